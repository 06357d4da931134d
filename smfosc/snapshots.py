"""/snapshot/...: all voices as they were, kept in files and brought back on one frame.

Control thread; files are read, and models built and warmed up, on the loader thread. A
recall has three steps: read the file, prepare the players that are missing, and then, when
its frame is the present and no voice is in the making, hand everything to the engine with
one frame. What changed in between (a voice came, another recall) is looked at again then.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

from smfosc.admission import NoRoom
from smfosc.arguments import Refused
from smfosc.config import VoiceConfig
from smfosc.replies import Replies
from smfosc.roster import Roster, one_line
from smfosc.schedule import Agenda
from smfosc.snapshot_file import as_text, read_snapshot
from smfosc.snapshot_recall import Prepared, Recall, Restorer
from smfosc.state_folder import Shelf, StateError
from smfosc.surroundings import Now, Run, Surroundings
from smfosc.voices import Call, Voice, decibels_of, seed_of

if TYPE_CHECKING:
    from smfosc.engine import Engine
    from smfosc.models import Models

CROWDED_S = 0.005  # after that a recall looks again whether a crossfade has ended
HAND_OVER_S = 20e-6  # that the control thread may need for one event


class Snapshots:
    """Handlers of /snapshot/..., and the recalls that wait for their frame.

    shelf: where the files are; None: nowhere, every command is refused. seed: the daemon's.
    """

    def __init__(
        self,
        shelf: Shelf | None,
        engine: Engine,
        models: Models,
        roster: Roster,
        *,
        seed: int,
        replies: Replies,
        surroundings: Surroundings,
        run: Run,
    ) -> None:
        self.engine = engine
        self._files = shelf
        self._models = models
        self._roster = roster
        self._seed = seed
        self._replies = replies
        self._surroundings = surroundings
        self._run = run
        self._now = Now(0, 0, 0)
        self._restorer = Restorer(engine, roster, seed=seed, replies=replies)
        self._waiting: Agenda[Recall] = Agenda()

    def handlers(self) -> dict[str, Callable[..., None]]:
        """By the path of the table."""
        return {
            "/snapshot/store": self._store,
            "/snapshot/recall": self._recall,
            "/snapshot/morph": self._morph,
            "/snapshot/list": self._list,
            "/snapshot/delete": self._delete,
        }

    # --- time -----------------------------------------------------------------------------

    def advance(self, now: Now) -> None:
        """Move time on; perform what has become due."""
        self._now = now
        for _, recall in self._waiting.due(now.present):
            self._perform(recall)
        self._restorer.close_gates(now.present)

    def next_due(self) -> int | None:
        """The frame of what waits; None when nothing does."""
        due = (self._waiting.next_frame(), self._restorer.next_due())
        return min((frame for frame in due if frame is not None), default=None)

    def clear(self) -> int:
        """Forget the recalls that wait; how many."""
        return self._waiting.clear()

    def move_to(self, engine: Engine) -> None:
        """Go on with another engine, whose frames are others."""
        self.engine = engine
        self._waiting.clear()
        self._restorer.move_to(engine)

    # --- store, list, delete --------------------------------------------------------------

    def _shelf(self) -> Shelf:
        if self._files is None:
            raise Refused("no state folder; start with --state DIR")
        return self._files

    def _store(self, call: Call, name: str) -> None:
        shelf = self._shelf()
        voices = [self.present(voice) for voice in self._roster.voices.values()]
        text = as_text(voices)

        def stored(result: Exception | None) -> None:
            if isinstance(result, Exception):
                self._replies.fail(call.source, call.address, one_line(result))
            else:
                self._surroundings.news("/snapshot.stored", name)
                self._replies.done(call.source, call.address, name, len(voices))

        self._run(lambda: shelf.write(name, text), stored)

    def present(self, voice: Voice) -> VoiceConfig:
        """A voice as of the last block. A note is a gesture and not kept.

        While a recall has not reached the sound, it is what was recalled.
        """
        if (wanted := self._restorer.settling(voice)) is not None:
            return wanted
        state = self.engine.state(voice.slot)
        pairs = zip(voice.parameters, state.values, strict=False)
        own_seed = voice.seed != seed_of(self._seed, voice.name)
        return VoiceConfig(
            name=voice.name,
            model=voice.model.info.name,
            channel=voice.channel or None,
            output=voice.output,
            gate=state.gate and not voice.plays_note,
            gain=decibels_of(state.gain),
            pan=state.pan,
            temperature=state.temperature,
            seed=voice.seed if own_seed else None,
            params={parameter.name: value for parameter, value in pairs},
        )

    def _list(self, call: Call) -> None:
        names = self._shelf().names()
        for name in names:
            self._replies.reply(call.source, call.address, name)
        self._replies.done(call.source, call.address, len(names))

    def _delete(self, call: Call, name: str) -> None:
        try:
            self._shelf().delete(name)
        except StateError as error:
            raise Refused(str(error)) from None
        self._surroundings.news("/snapshot.deleted", name)
        self._replies.done(call.source, call.address, name)

    # --- recall: read, prepare, perform -----------------------------------------------------

    def _recall(self, call: Call, name: str) -> None:
        self._morph(call, name, 0.0)

    def _morph(self, call: Call, name: str, ms: float) -> None:
        shelf = self._shelf()

        def read(result: tuple[VoiceConfig, ...] | Exception) -> None:
            if isinstance(result, Exception):
                self._replies.fail(call.source, call.address, one_line(result))
            else:
                self._prepare(Recall(call, name, ms, result))

        self._run(lambda: read_snapshot(shelf.find(name)), read)

    def _prepare(self, recall: Recall) -> None:
        """Build the players that are missing, then perform or wait."""
        if self._roster.busy:  # the loader works in order: look again when that is done
            self._run(lambda: None, lambda _: self._prepare(recall))
            return
        engine, missing = self.engine, list(self._missing(recall))
        leaving = self._restorer.leaving(recall)
        if not missing:
            self._perform_on_time(recall)
            return

        def job() -> dict[str, Prepared | NoRoom]:
            return {v.name: self._player(engine, v, present, leaving) for v, present in missing}

        def prepared(result: dict[str, Prepared | NoRoom] | Exception) -> None:
            if isinstance(result, Exception):
                self._replies.fail(recall.call.source, recall.call.address, one_line(result))
                return
            recall.refused |= {n: str(why) for n, why in result.items() if isinstance(why, NoRoom)}
            players = {n: made for n, made in result.items() if isinstance(made, Prepared)}
            recall.players = (recall.players if recall.engine is engine else {}) | players
            recall.engine = engine
            self._prepare(recall)

        self._run(job, prepared)

    def _missing(self, recall: Recall) -> Iterator[tuple[VoiceConfig, Voice | None]]:
        """Voices that need a player which is not prepared, with the voice that is to get it."""
        for wanted in recall.voices:
            if wanted.name in recall.refused:
                continue
            present = self._restorer.same_place(wanted)
            if present is not None and present.model.info.name == wanted.model:
                continue
            player = recall.players.get(wanted.name) if recall.engine is self.engine else None
            if player is None or player.instead_of is not (present.model if present else None):
                yield wanted, present

    def _player(
        self, engine: Engine, wanted: VoiceConfig, present: Voice | None, leaving: Collection[str]
    ) -> Prepared | NoRoom:
        """Or why a voice that is not there has no room. Loader thread.

        Raises what a model's file says; ValueError.
        """
        old = present.model if present else None
        model = self._models.load(wanted.model)
        if present is None:
            try:
                self._roster.admit(wanted.name, model, leaving)
            except NoRoom as reason:
                return reason
        parameters = model.info.parameters
        indices = {p.name: i for i, p in enumerate(old.info.parameters)} if old else {}
        self._restorer.bus_of(wanted)
        player = engine.prepare(
            model.kernel,
            parameters=parameters,
            values=[wanted.params.get(p.name, p.default) for p in parameters],
            samplerate=model.info.samplerate,
            seed=present.seed if present else self._restorer.seed_for(wanted),
            mapping=[indices.get(p.name, -1) for p in parameters] if old else (),
        )
        return Prepared(player, model, old)

    def _perform_on_time(self, recall: Recall) -> None:
        at = recall.call.frame - self._hand_over_frames(recall)
        recall.on_time = at > self._now.present
        if not recall.on_time:
            self._perform(recall)
        else:
            self._wait(recall, at)

    def _wait(self, recall: Recall, frame: int) -> None:
        if not self._waiting.add(frame, recall):
            self._replies.fail(recall.call.source, recall.call.address, "too many recalls wait")

    def _perform(self, recall: Recall) -> None:
        """Hand everything over with one frame, if it still fits what there is."""
        if self._roster.busy or any(self._missing(recall)):
            self._prepare(recall)
            return
        if self._restorer.crowded(recall):
            self._wait(recall, self._now.present + round(CROWDED_S * self.engine.samplerate))
            return
        frame = self._frame_for(recall)
        self._restorer.restore(recall, frame)
        self._tell(recall)

    def _frame_for(self, recall: Recall) -> int:
        """Its own frame, or, where reading and building took longer, the next that holds all."""
        if recall.on_time or not self.engine.realtime:
            return max(recall.call.frame, self._now.earliest)
        return self._now.present + self._hand_over_frames(recall)

    def _hand_over_frames(self, recall: Recall) -> int:
        events = sum(8 + len(voice.params) for voice in recall.voices)
        return round(events * HAND_OVER_S * self.engine.samplerate)

    def _tell(self, recall: Recall) -> None:
        call = recall.call
        for what in recall.told:
            self._replies.reply(call.source, call.address, recall.name, what)
        self._surroundings.news("/snapshot.recalled", recall.name, recall.ms)
        voices = len(recall.voices) - len(recall.refused)
        self._replies.done(call.source, call.address, recall.name, voices)
