"""Turns OSC messages into engine events and control actions, and answers them.

Control thread; no sockets. Live, `server.py` brings the messages; offline, the renderer
does, with the same results. When things happen:

- A message is performed when its frame is at most HORIZON_S ahead; before that it waits.
- What sounds goes to the engine at once with its frame. Control actions, and what is for a
  voice after its `/voice/free`, wait until an immediate message would have that frame. `get`
  waits until that frame has sounded, so a value that was set before is the value told.
- A voice that is being made, or is getting a new model, takes a while. Messages to it, by
  whomever, that have no meaning yet wait in order and are performed when it is there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from smfosc.address_space import AddressSpace
from smfosc.addresses import DAEMON, ENSEMBLE, SCORES, SNAPSHOTS, row
from smfosc.arguments import Refused
from smfosc.config import AudioConfig, VoiceConfig
from smfosc.groups import START as GROUP
from smfosc.groups import Groups
from smfosc.names import shorten
from smfosc.observation import Values, observe
from smfosc.osc import Element, Malformed, Message, Value
from smfosc.outputs import Outputs, Plan, mix_of
from smfosc.pattern import PatternError, is_pattern
from smfosc.questions import Questions
from smfosc.replies import Replies, Sendable, Source
from smfosc.roster import Admit, Held, Roster, listed, one_line
from smfosc.schedule import Agenda, read_clocks
from smfosc.score_standing import standing_here
from smfosc.scores import Scores
from smfosc.snapshots import Snapshots
from smfosc.surroundings import Now, Run, Settings, Surroundings, run_now
from smfosc.voices import MANY, Call, Route, Voice

if TYPE_CHECKING:
    from smfosc.engine import Engine
    from smfosc.hosts.peers import Peers
    from smfosc.models import Models
    from smfosc.score_check import Standing
    from smfosc.state_folder import StateFolder

__all__ = ["Commands", "Now", "Run", "Settings", "Surroundings", "run_now"]

logger = logging.getLogger(__name__)

# How far ahead of their frame messages are performed. When audio begins to run freely, some
# 100 times as fast as time, the loop has this / 100 to notice it and hand over everything.
HORIZON_S = 4.0
MAX_AFTER = 64  # arguments that /after passes on

_LATEST = 1 << 64  # a frame beyond all frames


class _Waiting(NamedTuple):
    """A message that waits for its frame."""

    message: Message
    source: Source | None


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
        self.replies = replies or Replies()
        self._settings = settings or Settings()
        self._engine = engine
        self._models = models
        self._state = state
        self._run = run
        self._now = Now(0, 0, 0)
        self._horizon = round(HORIZON_S * engine.samplerate)
        self._sounding: Agenda[_Waiting] = Agenda()
        self._controlling: Agenda[_Waiting] = Agenda()
        self._reading: Agenda[Call] = Agenda()
        self._ends: Agenda[tuple[Voice, int]] = Agenda()  # of notes; they survive /clearSched
        self._leaving: dict[str, int] = {}  # voices that wait to be freed, and at which frame
        self._around = around = surroundings or Surroundings()
        self._space = AddressSpace([])
        plan = outputs or mix_of(AudioConfig(channels=engine.channels))
        self.outputs = Outputs(plan, engine, self.replies)
        self._roster = Roster(
            engine,
            models,
            self._space,
            self.outputs,
            seed=self._settings.seed,
            replies=self.replies,
            surroundings=around,
            run=run,
            perform=self._perform_held,
            end_note=self._end_note_later,
            model_route=self._model_route,
        )
        self.voices = self._roster.voices
        self.groups = Groups(self._is_voice, self.replies, around.news)
        self._reload: Callable[[Call], None] | None = None
        self._peers: Peers | None = None
        self._questions = Questions(
            engine, models, self.voices, replies=self.replies, surroundings=around, run=run
        )
        self._snapshots = Snapshots(
            state.snapshots if state else None,
            engine,
            models,
            self._roster,
            seed=self._settings.seed,
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

    def standing(self) -> Standing:
        """What a score that is played now will find."""
        return standing_here(
            self._roster,
            self.groups,
            self._models,
            outputs=[output.name for output in self.outputs.plan.outputs],
            snapshots=self._state.snapshots if self._state else None,
            elsewhere=self._peers.names() if self._peers else (),
        )

    def _is_voice(self, name: str) -> bool:
        return name in self.voices or self._roster.is_making(name)

    def reload_by(self, reload: Callable[[Call], None]) -> None:
        """Let /config/reload lead there."""
        self._reload = reload

    def admit_by(self, admit: Admit) -> None:
        """Have it asked on the loader thread before a voice is made; it raises to refuse."""
        self._roster.admit = admit

    def play_with(self, peers: Peers) -> None:
        """Show and pass on to the voices of other hosts."""
        self._peers = peers

    @property
    def now(self) -> Now:
        """Where time stands."""
        return self._now

    # --- time -----------------------------------------------------------------------------

    def advance(self, now: Now) -> None:
        """Move time on and perform what has become due. Call it once per batch or block.

        Audio that runs freely would outrun the horizon: then everything ahead is performed.
        """
        self._now = now
        self._horizon = _LATEST if now.free else round(HORIZON_S * self._engine.samplerate)
        for frame, waiting in self._sounding.due(now.present + self._horizon):
            self._perform(waiting.message, waiting.source, frame)
        for frame, waiting in self._controlling.due(now.present):
            self._perform(waiting.message, waiting.source, frame)
        self._snapshots.advance(now)
        self.scores.advance(now)
        for frame, (voice, note_id) in self._ends.due(now.present + self._horizon):
            self._hand_over_end(voice, note_id, frame)
        for _, call in self._reading.due(_LATEST if now.rendered is None else now.rendered - 1):
            self._answer(call)

    @property
    def answers_wait(self) -> bool:
        """Whether anything waits for its frame to have sounded: advance soon again."""
        return len(self._reading) > 0

    @property
    def sounds_wait(self) -> bool:
        """Whether anything waits beyond the horizon: look often whether audio runs freely."""
        return len(self._sounding) + len(self._ends) > 0

    def next_due(self) -> int | None:
        """The frame of the next control action that waits; None when none does."""
        waiting = (self._controlling.next_frame(), self._snapshots.next_due())
        due = (*waiting, self.scores.next_due())
        return min((frame for frame in due if frame is not None), default=None)

    def _ahead(self, frame: int) -> int | None:
        """A frame that is still to come; None, as soon as can be, for what is immediate."""
        return frame if frame > self._now.present else None

    def _end_note_later(self, voice: Voice, note_id: int, frame: int) -> None:
        if frame <= self._now.present + self._horizon:
            self._hand_over_end(voice, note_id, frame)
        elif not self._ends.add(frame, (voice, note_id)):
            raise Refused(f"{len(self._ends)} notes wait for their end already")

    def _hand_over_end(self, voice: Voice, note_id: int, frame: int) -> None:
        try:
            voice.end_note(note_id, frame)
        except Refused:  # the engine's queue is full; a note must not sound for ever
            self._ends.add(max(frame, self._now.present + self._horizon + 1), (voice, note_id))

    @property
    def space(self) -> AddressSpace:
        """Every address there is at the moment."""
        return self._space

    def present(self) -> list[VoiceConfig]:
        """All voices as of the last block; notes are gestures and not among it."""
        return [self._snapshots.present(voice) for voice in self.voices.values()]

    def observe(self) -> Values:
        """What every plain address holds, as of the last block."""
        roster = self._roster
        own = observe(self.voices.values(), roster.is_making, roster.is_settling)
        own |= self.outputs.values()
        return self._peers.values() | own if self._peers else own

    # --- dispatch -------------------------------------------------------------------------

    def handle(self, element: Element, source: Source | None, frame: int) -> None:
        """Perform a message at `frame`, or keep it until then. Never raises."""
        if isinstance(element, Malformed):
            self.replies.fail(source, element.address, element.reason)
        elif self._goes_elsewhere(element, source):
            pass
        elif frame > self._now.present + self._horizon:
            self._wait(self._sounding, element, source, frame)
        else:
            self._perform(element, source, frame)

    def _goes_elsewhere(self, message: Message, source: Source | None) -> bool:
        """Pass on what other hosts' voices shall hear; True when it means none of ours."""
        if self._peers is None or not self._peers.take(message, source):
            return False
        try:
            if message.address == "/voice/free":
                return True
            if message.address.startswith(GROUP):
                return not self.groups.addresses(message.address)
            return not any(True for _ in self._meant_here(message.address))
        except (Refused, PatternError):
            return True

    def _meant_here(self, address: str) -> Iterable[str]:
        if is_pattern(address):
            return self._space.matching(address)
        return [address] if self._space.get(address) is not None else []

    def _wait(
        self, agenda: Agenda[_Waiting], message: Message, source: Source | None, frame: int
    ) -> None:
        if not agenda.add(frame, _Waiting(message, source)):
            self.replies.fail(source, message.address, f"{len(agenda)} messages wait already")
        elif message.address == "/voice/free" and agenda is self._controlling:
            name = "".join(map(str, message.arguments[:1]))
            self._leaving[name] = min(frame, self._leaving.get(name, _LATEST))

    def _perform(self, message: Message, source: Source | None, frame: int) -> None:
        """Find what the address leads to: one route, several by a pattern, or none."""
        route = self._space.get(message.address)
        if route is not None:
            self._dispatch(route, message, source, frame)
            return
        if message.address.startswith(GROUP):
            self._say_to_group(message, source, frame)
            return
        held = self._roster.hold(Held(message, source, frame))
        if not self._expand(message, source, frame) and not held:
            self.replies.fail(source, message.address, self._why_unknown(message.address))

    def _say_to_group(self, message: Message, source: Source | None, frame: int) -> None:
        try:
            addresses = self.groups.addresses(message.address)
        except Refused as refused:
            self.replies.fail(source, message.address, str(refused))
            return
        for address in addresses:
            self._perform(message._replace(address=address), source, frame)

    def _perform_held(self, held: Held) -> None:
        """Perform what waited for a voice; what is past acts now."""
        self._perform(held.message, held.source, max(held.frame, self._now.earliest))

    def _expand(self, message: Message, source: Source | None, frame: int) -> bool:
        """Perform the message at every address that its pattern matches; False if at none."""
        if not is_pattern(message.address):
            return False
        try:
            addresses = self._space.matching(message.address)
        except PatternError as error:
            self.replies.fail(source, message.address, str(error))
            return True
        for address in addresses:
            route = self._space.get(address)
            if route is not None:  # one before it may have freed its voice
                self._dispatch(route, message._replace(address=address), source, frame)
        return bool(addresses)

    def _dispatch(self, route: Route, message: Message, source: Source | None, frame: int) -> None:
        """Call the route now, or when its kind of action is due."""
        timing = route.row.timing
        if frame > self._now.present and (timing == "control" or self._leaves(message, frame)):
            self._wait(self._controlling, message, source, frame)
            return
        call = Call(message.address, message.arguments, source, max(frame, 0))
        if timing == "read":
            # What was sent before acts in the next block at the latest, late as it may be.
            clock = self._engine.clock()
            heard = max(frame, clock.frame + clock.blocksize) + self._engine.delay_frames
            if not self._reading.add(heard, call):
                self.replies.fail(source, message.address, "too many questions wait already")
            return
        if timing == "sound" and frame < self._now.earliest:
            late_ms = (self._now.earliest - frame) * 1000.0 / self._engine.samplerate
            self.replies.late(source, message.address, late_ms)
        self._call(route, call)

    def _leaves(self, message: Message, frame: int) -> bool:
        """Whether the voice that a message means is to be freed before: it means the next one."""
        if not self._leaving:
            return False
        _, _, name, *leaf = [*message.address.split("/", 3), ""]
        return bool(leaf) and frame >= self._leaving.get(name, _LATEST)

    def _answer(self, call: Call) -> None:
        route = self._space.get(call.address)
        if route is None:  # its voice has gone since
            self.replies.fail(call.source, call.address, self._why_unknown(call.address))
        else:
            self._call(route, call)

    def _call(self, route: Route, call: Call) -> None:
        try:
            self._check_host(route, call.source)
            route(call, self.replies)
            self._around.said(call)
            self.scores.heard(route, call)
        except Refused as refused:
            self.replies.fail(call.source, call.address, str(refused))
        except Exception as error:  # a defect of ours must not silence the daemon
            logger.exception("%s %s", call.address, call.arguments)
            self.replies.fail(call.source, call.address, f"internal error: {error!r}")

    def _check_host(self, route: Route, source: Source | None) -> None:
        if source is None or source.is_local or not route.row.local:
            return
        if not self._settings.allow_remote_control:
            raise Refused("not from another host; start the daemon with --allow-remote-control")

    def _why_unknown(self, address: str) -> str:
        if is_pattern(address):
            return "the pattern matches no address"
        parts = address.split("/")
        if len(parts) <= 3 or parts[1] != "voice":
            return "no such address; /voice/list and `smfosc addresses` tell what there is"
        voice = self.voices.get(parts[2])
        if voice is None:
            return self._roster.why_not_there(parts[2])
        names = listed(parameter.name for parameter in voice.parameters)
        what = shorten("/".join(parts[3:]))
        return f"voice {voice.name} ({voice.model.info.name}) has no {what!r}; parameters: {names}"

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
        for agenda in (self._sounding, self._controlling, self._reading, self._ends):
            agenda.clear()
        self._leaving.clear()
        self.outputs.move_to(engine)
        self._roster.move_to(engine)
        self._engine = self._questions.engine = engine
        self._snapshots.move_to(engine)
        self.scores.move_to(engine)
        self._horizon = round(HORIZON_S * engine.samplerate)

    def close(self) -> None:
        """Keep what is being recorded. After the last message, when the loader has ended."""
        self.scores.close()

    def _new_voice(
        self, call: Call, name: str, model: str, channel: int | None, output: str
    ) -> None:
        host = self._peers.host_of(name) if self._peers else None
        if host is not None:
            raise Refused(f"voice {name} exists already, on host {host}; take another name")
        frame = self._ahead(call.frame)
        if name in self.voices and frame is not None:
            # It may be freed before this comes true; look again then.
            message = Message(call.address, call.arguments)
            self._wait(self._controlling, message, call.source, frame)
            return
        told = self._teller(call, name)
        self.add_voice(name, model, channel=channel, output=output, frame=frame, done=told)

    def _free_voice(self, call: Call, name: str) -> None:
        self._leaving.pop(name, None)
        if self._roster.is_making(name):
            message = Message(call.address, call.arguments)
            self._roster.keep(name, Held(message, call.source, call.frame))
            return
        self._roster.free(name, call.frame)
        self.replies.done(call.source, call.address, name)

    def _model_route(self, voice: Voice) -> Route:
        return Route(row("/voice/NAME/model"), partial(self._change_model, voice))

    def _change_model(self, voice: Voice, call: Call, model_name: str, fade_ms: float) -> None:
        tell = self._teller(call, model_name)
        self._roster.change_model(voice, model_name, fade_ms, self._ahead(call.frame), tell)

    def change_model(self, voice: Voice, model_name: str, fade_ms: float) -> None:
        """Crossfade to a model as soon as it is loaded. Raises Refused while it gets another."""
        self._roster.change_model(voice, model_name, fade_ms, None, lambda _: None)

    def _teller(self, call: Call, *told: Sendable) -> Callable[[object], None]:
        """Answers a command that took time: /done, or /fail with the error's text."""

        def tell(result: object) -> None:
            if isinstance(result, Exception):
                self.replies.fail(call.source, call.address, one_line(result))
            else:
                self.replies.done(call.source, call.address, *told)

        return tell

    # --- the daemon's own addresses -------------------------------------------------------

    def _daemon_routes(self) -> Iterator[tuple[str, Route]]:
        handlers: dict[str, Callable[..., None]] = {
            **self._questions.handlers(),
            **self._snapshots.handlers(),
            **self.scores.handlers(),
            **self.groups.handlers(),
            **self.outputs.handlers(),
            "/config/reload": self._reload_config,
            "/host/list": self._list_hosts,
            "/clock": self._tell_clock,
            "/voice/new": self._new_voice,
            "/voice/free": self._free_voice,
            "/after": self._after,
            "/sync": self._sync,
            "/clearSched": self._clear_schedule,
        }
        for table_row in DAEMON + ENSEMBLE + SNAPSHOTS + SCORES:
            wanted = None
            if table_row.path == "/group/set":
                wanted = (*table_row.arguments[:1], *(MANY,) * MAX_AFTER)
            if table_row.path == "/after":  # its message's arguments are checked when it acts
                wanted = (*table_row.arguments[:2], *(MANY,) * MAX_AFTER)
            yield table_row.path, Route(table_row, handlers[table_row.path], wanted)

    def _tell_clock(self, call: Call) -> None:
        now = read_clocks()
        frame = self._engine.clock().frame_of(now.monotonic_ns)
        told = (f"{now.unix_ns / 1e9:.9f}", f"{frame:.2f}")
        self.replies.reply(call.source, call.address, *told)

    def _list_hosts(self, call: Call) -> None:
        lines = list(self._peers.lines()) if self._peers else []
        for line in lines:
            self.replies.reply(call.source, call.address, *line)
        self.replies.done(call.source, call.address, len(lines))

    def _after(self, call: Call, delay_ms: float, address: str, *_: Value) -> None:
        if not address.startswith("/"):
            raise Refused(f"ADDRESS {shorten(address)!r} does not start with '/'")
        if address == call.address:
            raise Refused("/after inside /after; add the delays up")
        delay = round(delay_ms * self._engine.samplerate / 1000.0)
        given = call.arguments[2:]  # without the defaults that the check filled in
        self.handle(Message(address, given), call.source, call.frame + delay)

    def _reload_config(self, call: Call) -> None:
        if self._reload is None:
            raise Refused("there is no ensemble file; start with `smfosc serve FILE`")
        self._reload(call)

    def _sync(self, call: Call, sync_id: Value) -> None:
        told = () if sync_id is None else (_sendable(sync_id),)
        # The loader works in order, so this job ends when all before it have ended.
        self._run(lambda: None, lambda _: self.replies.send(call.source, "/synced", *told))

    def _clear_schedule(self, call: Call) -> None:
        count = self._sounding.clear() + self._controlling.clear() + self._snapshots.clear()
        self._leaving.clear()
        self.scores.clear()
        self._engine.clear()
        self.replies.done(call.source, call.address, count)


def _sendable(value: Value) -> Sendable:
    return value if isinstance(value, (int, float, str)) else repr(value)
