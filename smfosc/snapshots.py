"""/snapshot/...: all voices as they were, kept in files and brought back on one frame.

Control thread; files are read, and models built and warmed up, on the loader thread. A
recall has three steps: read the file, prepare the players that are missing, and then, when
its frame is the present and no voice is in the making, hand everything to the engine with
one frame. What changed in between (a voice came, another recall) is looked at again then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from smfosc.arguments import Refused
from smfosc.config import VoiceConfig
from smfosc.engine import EngineFullError, Kind
from smfosc.replies import Replies
from smfosc.roster import Roster, one_line
from smfosc.schedule import Agenda
from smfosc.snapshot_file import as_text, read_snapshot
from smfosc.state_folder import Shelf, StateError
from smfosc.surroundings import Now, Run, Surroundings
from smfosc.voices import Call, LoadedModel, Voice, amplitude_of, decibels_of, seed_of

if TYPE_CHECKING:
    from smfosc import _core
    from smfosc.engine import Engine
    from smfosc.models import Models

FADE_MS = 50.0  # of models at a recall, as /voice/NAME/model has it
CLICK_MS = 2.0  # gain and pan take so long for a change without a ramp (native/voice.h)
HAND_OVER_S = 20e-6  # that the control thread may need for one event


class _Player(NamedTuple):
    """A warm player, and what it was made for."""

    player: _core.PreparedPlayer
    model: LoadedModel
    instead_of: LoadedModel | None  # the model that it takes over from; None: a new voice


@dataclass(eq=False)
class _Recall:
    """One recall on its way."""

    call: Call
    name: str
    ms: float
    voices: tuple[VoiceConfig, ...]
    players: dict[str, _Player] = field(default_factory=dict)  # by voice
    engine: Engine | None = None  # that they were made for
    on_time: bool = False  # it waited for its frame
    told: list[str] = field(default_factory=list)  # what does not fit

    @property
    def fade_ms(self) -> float:
        """Of models."""
        return max(self.ms, FADE_MS)


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
        self._waiting: Agenda[_Recall] = Agenda()
        self._closing: Agenda[tuple[Voice, _Recall]] = Agenda()  # gates at the end of a morph
        self._newest: _Recall | None = None  # the newest recall; older ones close no gate any more

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
        for frame, (voice, recall) in self._closing.due(now.present):
            if recall is self._newest and self._roster.voices.get(voice.name) is voice:
                self.engine.send(voice.slot, Kind.GATE, frame=frame, value=0.0)

    def next_due(self) -> int | None:
        """The frame of what waits; None when nothing does."""
        due = (self._waiting.next_frame(), self._closing.next_frame())
        return min((frame for frame in due if frame is not None), default=None)

    def clear(self) -> int:
        """Forget the recalls that wait; how many."""
        return self._waiting.clear()

    def move_to(self, engine: Engine) -> None:
        """Go on with another engine, whose frames are others."""
        self.engine = engine
        self._waiting.clear()
        self._closing.clear()

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
        """A voice as of the last block. A note is a gesture and not kept."""
        state = self.engine.state(voice.slot)
        pairs = zip(voice.parameters, state.values, strict=False)
        own_seed = voice.seed != seed_of(self._seed, voice.name)
        return VoiceConfig(
            name=voice.name,
            model=voice.model.info.name,
            channel=voice.channel or None,
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
                self._prepare(_Recall(call, name, ms, result))

        self._run(lambda: read_snapshot(shelf.find(name)), read)

    def _prepare(self, recall: _Recall) -> None:
        """Build the players that are missing, then perform or wait."""
        if self._roster.busy:  # the loader works in order: look again when that is done
            self._run(lambda: None, lambda _: self._prepare(recall))
            return
        engine, missing = self.engine, list(self._missing(recall))
        if not missing:
            self._perform_on_time(recall)
            return

        def job() -> dict[str, _Player]:
            return {voice.name: self._player(engine, voice, present) for voice, present in missing}

        def prepared(result: dict[str, _Player] | Exception) -> None:
            if isinstance(result, Exception):
                self._replies.fail(recall.call.source, recall.call.address, one_line(result))
                return
            recall.players = (recall.players if recall.engine is engine else {}) | result
            recall.engine = engine
            self._prepare(recall)

        self._run(job, prepared)

    def _missing(self, recall: _Recall) -> Iterator[tuple[VoiceConfig, Voice | None]]:
        """Voices that need a player which is not prepared, with the voice that is to get it."""
        for wanted in recall.voices:
            present = self._same_place(wanted)
            if present is not None and present.model.info.name == wanted.model:
                continue
            player = recall.players.get(wanted.name) if recall.engine is self.engine else None
            if player is None or player.instead_of is not (present.model if present else None):
                yield wanted, present

    def _same_place(self, wanted: VoiceConfig) -> Voice | None:
        """The voice of that name, unless it plays on another channel: then it is made anew."""
        voice = self._roster.voices.get(wanted.name)
        return voice if voice is not None and voice.channel == (wanted.channel or 0) else None

    def _player(self, engine: Engine, wanted: VoiceConfig, present: Voice | None) -> _Player:
        """Loader thread. Raises what a model's file says; ValueError."""
        old = present.model if present else None
        model = self._models.load(wanted.model)
        parameters = model.info.parameters
        indices = {p.name: i for i, p in enumerate(old.info.parameters)} if old else {}
        if (wanted.channel or 0) > engine.channels:
            there = f"there are {engine.channels}"
            raise ValueError(f"voice {wanted.name}: channel {wanted.channel}; {there}")
        player = engine.prepare(
            model.kernel,
            parameters=parameters,
            values=[wanted.params.get(p.name, p.default) for p in parameters],
            samplerate=model.info.samplerate,
            seed=present.seed if present else self._seed_for(wanted),
            mapping=[indices.get(p.name, -1) for p in parameters] if old else (),
        )
        return _Player(player, model, old)

    def _seed_for(self, wanted: VoiceConfig) -> int:
        seed = seed_of(self._seed, wanted.name) if wanted.seed is None else wanted.seed
        return seed % (1 << 64)

    def _perform_on_time(self, recall: _Recall) -> None:
        at = recall.call.frame - self._hand_over_frames(recall)
        recall.on_time = at > self._now.present
        if not recall.on_time:
            self._perform(recall)
        elif not self._waiting.add(at, recall):
            self._replies.fail(recall.call.source, recall.call.address, "too many recalls wait")

    def _perform(self, recall: _Recall) -> None:
        """Hand everything over with one frame, if it still fits what there is."""
        if self._roster.busy or any(self._missing(recall)):
            self._prepare(recall)
            return
        frame = self._frame_for(recall)
        self._newest = recall
        names = {wanted.name for wanted in recall.voices}
        for voice in list(self._roster.voices.values()):
            if voice.name not in names:
                self._let_go(voice, frame, recall.ms)
        for wanted in recall.voices:
            self._restore(wanted, frame, recall)
        self._tell(recall)

    def _frame_for(self, recall: _Recall) -> int:
        """Its own frame, or, where reading and building took longer, the next that holds all."""
        if recall.on_time or not self.engine.realtime:
            return max(recall.call.frame, self._now.earliest)
        return self._now.present + self._hand_over_frames(recall)

    def _hand_over_frames(self, recall: _Recall) -> int:
        events = sum(8 + len(voice.params) for voice in recall.voices)
        return round(events * HAND_OVER_S * self.engine.samplerate)

    def _tell(self, recall: _Recall) -> None:
        call = recall.call
        for what in recall.told:
            self._replies.reply(call.source, call.address, recall.name, what)
        self._surroundings.news("/snapshot.recalled", recall.name, recall.ms)
        self._replies.done(call.source, call.address, recall.name, len(recall.voices))

    # --- one voice ------------------------------------------------------------------------

    def _let_go(self, voice: Voice, frame: int, ms: float) -> None:
        """Its name is free at once; it sounds until it has faded out."""
        if ms > 0.0:
            self.engine.send(voice.slot, Kind.GAIN, frame=frame, value=0.0, ramp_ms=ms)
        self._roster.free(voice.name, frame + self._frames(ms))

    def _restore(self, wanted: VoiceConfig, frame: int, recall: _Recall) -> None:
        voice = self._same_place(wanted)
        if voice is None:
            self._add(wanted, frame, recall)
            return
        if voice.model.info.name != wanted.model:
            self._exchange(voice, frame, recall)
        self._set_params(voice, wanted, frame, recall)
        self._set_sound(voice, wanted, frame, recall)

    def _exchange(self, voice: Voice, frame: int, recall: _Recall) -> None:
        prepared = recall.players[voice.name]
        try:
            self.engine.swap_prepared(
                voice.slot, prepared.player, fade_ms=recall.fade_ms, frame=frame
            )
        except EngineFullError as error:
            recall.told.append(f"voice {voice.name} keeps {voice.model.info.name}: {error}")
        else:
            self._roster.take_model(voice, prepared.model)

    def _set_params(self, voice: Voice, wanted: VoiceConfig, frame: int, recall: _Recall) -> None:
        for index, value in self._fitting(voice.model, wanted, recall):
            self.engine.send(
                voice.slot, Kind.PARAM, frame=frame, value=value, ramp_ms=recall.ms, index=index
            )

    def _fitting(
        self, model: LoadedModel, wanted: VoiceConfig, recall: _Recall
    ) -> Iterator[tuple[int, float]]:
        """Index and value of what the model has; the rest is told."""
        known = {p.name: (index, p) for index, p in enumerate(model.info.parameters)}
        for name, asked in wanted.params.items():
            if name not in known:
                what = f"voice {wanted.name}: model {model.info.name} has no parameter {name}"
                recall.told.append(what)
                continue
            index, parameter = known[name]
            used = min(max(asked, parameter.minimum), parameter.maximum)
            if used != asked:
                address = f"/voice/{wanted.name}/{name}"
                self._replies.clipped(recall.call.source, address, asked, used)
            yield index, used

    def _set_sound(self, voice: Voice, wanted: VoiceConfig, frame: int, recall: _Recall) -> None:
        """Gain, pan, temperature, seed and gate of a voice that is there."""
        gain, swells = amplitude_of(wanted.gain), False
        if wanted.gate and recall.ms > 0.0 and not self.engine.gate(voice.slot):
            # From silence, not from the loudness that the voice had when it was last heard.
            self.engine.send(voice.slot, Kind.GAIN, frame=frame, value=0.0)
            swells = True
        begin = frame + (self._frames(CLICK_MS) if swells else 0)

        def send(kind: Kind, value: float, at: int = frame) -> None:
            self.engine.send(voice.slot, kind, frame=at, value=value, ramp_ms=recall.ms)

        send(Kind.GAIN, gain, begin)
        send(Kind.PAN, wanted.pan)
        send(Kind.TEMPERATURE, wanted.temperature)
        voice.seed = self._seed_for(wanted)
        self.engine.send(voice.slot, Kind.SEED, frame=frame, value=voice.seed)
        if wanted.gate:
            self._open(voice, begin)
        elif not voice.plays_note:
            self._close(voice, frame, recall)

    def _open(self, voice: Voice, frame: int) -> None:
        self.engine.send(voice.slot, Kind.GATE, frame=frame, value=1.0)
        voice.let_go_of_note()

    def _close(self, voice: Voice, frame: int, recall: _Recall) -> None:
        """At once, or when the morph has ended."""
        if recall.ms > 0.0:
            self._closing.add(frame + self._frames(recall.ms), (voice, recall))
        else:
            self.engine.send(voice.slot, Kind.GATE, frame=frame, value=0.0)

    def _add(self, wanted: VoiceConfig, frame: int, recall: _Recall) -> None:
        """Begin a voice, with its values from its first sample on; in a morph it swells in."""
        present = self._roster.voices.get(wanted.name)
        if present is not None:  # on another channel
            self._let_go(present, frame, recall.ms)
        prepared, seed = recall.players[wanted.name], self._seed_for(wanted)
        list(self._fitting(prepared.model, wanted, recall))  # tells what does not fit
        gain, morphs = amplitude_of(wanted.gain), recall.ms > 0.0
        try:
            slot = self.engine.add_prepared(
                prepared.player,
                seed=seed,
                channel=wanted.channel or 0,
                gate=wanted.gate,
                gain=0.0 if morphs else gain,
                pan=wanted.pan,
                frame=frame,
            )
        except EngineFullError as error:
            recall.told.append(f"voice {wanted.name} is missing: {error}")
            return
        self.engine.send(slot, Kind.TEMPERATURE, frame=frame, value=wanted.temperature)
        if morphs:
            self.engine.send(slot, Kind.GAIN, frame=frame, value=gain, ramp_ms=recall.ms)
        channel = wanted.channel or 0
        self._roster.enter(wanted.name, prepared.model, slot, channel=channel, seed=seed)

    def _frames(self, ms: float) -> int:
        return round(ms * self.engine.samplerate / 1000.0)
