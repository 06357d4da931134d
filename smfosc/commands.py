"""All addresses and the voices behind them: what a message comes to, live and offline.

Control thread; no sockets. Live, `server.py` brings the messages; offline, the renderer
does, with the same results. This is where the parts meet: `dispatch.py` finds whom a message
means and when, `roster.py` holds the voices, and each group of addresses has its own module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from smfosc.address_space import AddressSpace
from smfosc.addresses import DAEMON, ENSEMBLE, SCORES, SNAPSHOTS
from smfosc.config import AudioConfig, VoiceConfig
from smfosc.daemon_commands import DaemonCommands
from smfosc.dispatch import Dispatch
from smfosc.groups import Groups
from smfosc.note_ends import NoteEnds
from smfosc.observation import Values, observe
from smfosc.osc import Element
from smfosc.outputs import Outputs, Plan, mix_of
from smfosc.questions import Questions
from smfosc.replies import Replies, Source
from smfosc.roster import Admit, Roster
from smfosc.score_standing import standing_here
from smfosc.scores import Scores
from smfosc.snapshots import Snapshots
from smfosc.surroundings import Now, Run, Settings, Surroundings, run_now
from smfosc.voice_commands import VoiceCommands
from smfosc.voices import MANY, Call, Route, Voice

if TYPE_CHECKING:
    from smfosc.engine import Engine
    from smfosc.hosts.peers import Peers
    from smfosc.models import Models
    from smfosc.score_check import Standing
    from smfosc.state_folder import StateFolder

__all__ = ["Commands", "Now", "Run", "Settings", "Surroundings", "run_now"]

MAX_AFTER = 64  # arguments that /after passes on


class Commands:
    """All addresses, the voices behind them, and what waits for its time.

    run: runs a job that takes time on the loader thread, in order, and calls back with its
    result (or its exception) on the control thread. state: where snapshots and scores are
    kept; None: nowhere. outputs: those of the engine; None: one mix.
    """

    def __init__(
        self,
        engine: Engine,
        models: Models,
        *,
        settings: Settings | None = None,
        replies: Replies | None = None,
        surroundings: Surroundings | None = None,
        run: Run = run_now,
        state: StateFolder | None = None,
        outputs: Plan | None = None,
    ) -> None:
        settings = settings or Settings()
        self.replies = replies or Replies()
        self._engine = engine
        self._models = models
        self._state = state
        self._around = around = surroundings or Surroundings()
        self._space = AddressSpace([])
        plan = outputs or mix_of(AudioConfig(channels=engine.channels))
        self.outputs = Outputs(plan, engine, self.replies)
        self._roster = Roster(
            engine,
            models,
            self._space,
            self.outputs,
            seed=settings.seed,
            replies=self.replies,
            surroundings=around,
            run=run,
            perform=lambda held: self._dispatch.perform_held(held),
            end_note=lambda voice, note_id, frame: self._note_ends.add(voice, note_id, frame),
            model_route=lambda voice: self._of_voices.model_route(voice),
        )
        self.voices = self._roster.voices
        self.groups = Groups(self._is_voice, self.replies, around.news)
        self._dispatch = Dispatch(
            engine,
            self._space,
            self._roster,
            self.groups,
            replies=self.replies,
            allows_remote=settings.allow_remote_control,
            performed=self._performed,
        )
        self._note_ends = NoteEnds(lambda: self._dispatch.horizon)
        self._of_voices = VoiceCommands(self._roster, self._dispatch, self.replies)
        self._of_daemon = DaemonCommands(
            engine, self._dispatch, replies=self.replies, run=run, clear=self._clear
        )
        self._questions = Questions(
            engine, models, self.voices, replies=self.replies, surroundings=around, run=run
        )
        self._snapshots = Snapshots(
            state.snapshots if state else None,
            engine,
            models,
            self._roster,
            seed=settings.seed,
            replies=self.replies,
            surroundings=around,
            run=run,
        )
        self.scores = Scores(
            state.scores if state else None,
            engine,
            self._roster,
            replies=self.replies,
            surroundings=around,
            run=run,
            perform=self.handle,
            present=self._snapshots.present,
            standing=self.standing,
        )
        self._space.add(self._daemon_routes())
        self._space.add(self.outputs.routes())

    def handle(self, element: Element, source: Source | None, frame: int) -> None:
        """Perform a message at `frame`, or keep it until then. Never raises."""
        self._dispatch.handle(element, source, frame)

    def standing(self) -> Standing:
        """What a score that is played now will find."""
        return standing_here(
            self._roster,
            self.groups,
            self._models,
            outputs=[output.name for output in self.outputs.plan.outputs],
            snapshots=self._state.snapshots if self._state else None,
            elsewhere=self._dispatch.peers.names() if self._dispatch.peers else (),
        )

    def _is_voice(self, name: str) -> bool:
        return name in self.voices or self._roster.is_making(name)

    def _performed(self, route: Route, call: Call) -> None:
        self._around.said(call)
        self.scores.heard(route, call)

    def reload_by(self, reload: Callable[[Call], None] | None) -> None:
        """Let /config/reload lead there; None: there is no file to read again."""
        self._of_daemon.reload = reload

    def admit_by(self, admit: Admit) -> None:
        """Have it asked on the loader thread before a voice is made; it raises to refuse."""
        self._roster.admit = admit

    def play_with(self, peers: Peers) -> None:
        """Show and pass on to the voices of other hosts."""
        self._dispatch.peers = peers

    @property
    def now(self) -> Now:
        """Where time stands."""
        return self._dispatch.now

    # --- time -----------------------------------------------------------------------------

    def advance(self, now: Now) -> None:
        """Move time on and perform what has become due. Call it once per batch or block.

        Audio that runs freely would outrun the horizon: then everything ahead is performed.
        """
        self._dispatch.advance(now)
        self._snapshots.advance(now)
        self.scores.advance(now)
        self._note_ends.advance()
        self._dispatch.answer()

    @property
    def answers_wait(self) -> bool:
        """Whether anything waits for its frame to have sounded: advance soon again."""
        return self._dispatch.answers_wait

    @property
    def sounds_wait(self) -> bool:
        """Whether anything waits beyond the horizon: look often whether audio runs freely."""
        return self._dispatch.sounds_wait or len(self._note_ends) > 0

    def next_due(self) -> int | None:
        """The frame of the next control action that waits; None when none does."""
        due = (part.next_due() for part in (self._dispatch, self._snapshots, self.scores))
        return min((frame for frame in due if frame is not None), default=None)

    def _clear(self) -> int:
        """Forget what waits for its time; how many messages. Notes still end."""
        count = self._dispatch.clear() + self._snapshots.clear()
        self.scores.clear()
        self._engine.clear()
        return count

    # --- what there is ---------------------------------------------------------------------

    @property
    def space(self) -> AddressSpace:
        """Every address there is at the moment."""
        return self._space

    def present(self) -> list[VoiceConfig]:
        """All voices as of the last block; notes are gestures and not among it."""
        return [self._snapshots.present(voice) for voice in self.voices.values()]

    def observe(self) -> Values:
        """What every plain address holds, as of the last block."""
        roster, peers = self._roster, self._dispatch.peers
        own = observe(self.voices.values(), roster.is_making, roster.is_settling)
        own |= self.outputs.values()
        return peers.values() | own if peers else own

    # --- voices ---------------------------------------------------------------------------

    def add_voice(
        self,
        name: str,
        model_name: str,
        *,
        channel: int | None = None,
        output: str = "",
        gate: bool = False,
        frame: int | None = None,
        done: Callable[[Voice | Exception], None] = lambda result: None,
    ) -> None:
        """Make a voice at its defaults; as `make_voice`. Raises Refused.

        channel: of its output, from 1; None: panned over it. output: "" is the first.
        """
        wanted = VoiceConfig(name, model_name, output=output, channel=channel or None, gate=gate)
        self.make_voice(wanted, frame=frame, done=done)

    def make_voice(
        self,
        wanted: VoiceConfig,
        *,
        frame: int | None = None,
        done: Callable[[Voice | Exception], None] = lambda result: None,
    ) -> None:
        """Make a voice on the loader thread; `done` gets it, or why there is none.

        frame: where it begins, None: as soon as it can. Raises Refused.
        """
        self._roster.add(wanted, frame=frame, done=done)

    def move_to(self, engine: Engine) -> None:
        """Make all voices anew in another engine (the backend's rate has changed).

        They keep their parameters, gain, pan, gate, temperature and seed. What was
        scheduled is forgotten: its frames belonged to the other engine. Takes a while.
        """
        self._dispatch.move_to(engine)
        self._note_ends.clear()
        self.outputs.move_to(engine)
        self._roster.move_to(engine)
        self._engine = self._questions.engine = self._of_daemon.engine = engine
        self._snapshots.move_to(engine)
        self.scores.move_to(engine)

    def change_model(self, voice: Voice, model_name: str, fade_ms: float) -> None:
        """Crossfade to a model as soon as it is loaded. Raises Refused while it gets another."""
        self._roster.change_model(voice, model_name, fade_ms, None, lambda _: None)

    def close(self) -> None:
        """Keep what is being recorded. After the last message, when the loader has ended."""
        self.scores.close()

    def _daemon_routes(self) -> Iterator[tuple[str, Route]]:
        handlers: dict[str, Callable[..., None]] = {
            **self._questions.handlers(),
            **self._snapshots.handlers(),
            **self.scores.handlers(),
            **self.groups.handlers(),
            **self.outputs.handlers(),
            **self._of_voices.handlers(),
            **self._of_daemon.handlers(),
        }
        for table_row in DAEMON + ENSEMBLE + SNAPSHOTS + SCORES:
            wanted = None
            if table_row.path == "/group/set":
                wanted = (*table_row.arguments[:1], *(MANY,) * MAX_AFTER)
            if table_row.path == "/after":  # its message's arguments are checked when it acts
                wanted = (*table_row.arguments[:2], *(MANY,) * MAX_AFTER)
            yield table_row.path, Route(table_row, handlers[table_row.path], wanted)
