"""One recall of a snapshot: what it takes, and how the voices become as it says.

Control thread; everything here is quick and acts on one frame. `snapshots.py` brings the
recalls here when all that takes time is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from smfosc.arguments import Refused
from smfosc.config import VoiceConfig
from smfosc.engine import EngineFullError, Kind
from smfosc.replies import Replies
from smfosc.roster import Roster
from smfosc.schedule import Agenda
from smfosc.voices import Call, LoadedModel, Voice, amplitude_of, seed_of

if TYPE_CHECKING:
    from smfosc import _core
    from smfosc.engine import Engine

FADE_MS = 50.0  # of models at a recall, as /voice/NAME/model has it
CLICK_MS = 2.0  # gain and pan take so long for a change without a ramp (native/voice.h)


class Prepared(NamedTuple):
    """A warm player, and what it was made for."""

    player: _core.PreparedPlayer
    model: LoadedModel
    instead_of: LoadedModel | None  # the model that it takes over from; None: a new voice


@dataclass(eq=False)
class Recall:
    """One recall on its way."""

    call: Call
    name: str
    ms: float
    voices: tuple[VoiceConfig, ...]
    players: dict[str, Prepared] = field(default_factory=dict)  # by voice
    engine: Engine | None = None  # that they were made for
    on_time: bool = False  # it waited for its frame
    refused: dict[str, str] = field(default_factory=dict)  # voices without room, and why
    told: list[str] = field(default_factory=list)  # what does not fit

    @property
    def fade_ms(self) -> float:
        """Of models."""
        return max(self.ms, FADE_MS)


class Restorer:
    """Makes the voices as a recall says, all on one frame. seed: the daemon's."""

    def __init__(self, engine: Engine, roster: Roster, *, seed: int, replies: Replies) -> None:
        self.engine = engine
        self._roster = roster
        self._seed = seed
        self._replies = replies
        self._closing: Agenda[tuple[Voice, Recall]] = Agenda()  # gates at the end of a morph
        self._newest: Recall | None = None  # older ones close no gate any more

    def restore(self, recall: Recall, frame: int) -> None:
        """Everything, on that frame; the players that are missing must be prepared."""
        self._newest = recall
        names = {wanted.name for wanted in recall.voices}
        for voice in list(self._roster.voices.values()):
            if voice.name not in names:
                self._let_go(voice, frame, recall.ms)
        for wanted in recall.voices:
            if wanted.name in recall.refused:
                recall.told.append(recall.refused[wanted.name])
            else:
                self._restore(wanted, frame, recall)

    def leaving(self, recall: Recall) -> set[str]:
        """Voices that are gone as soon as a new one comes; in a morph they sound beside it."""
        if recall.ms > 0.0:
            return set()
        stay = {v.name for v in recall.voices if self.same_place(v) or v.name in recall.refused}
        return set(self._roster.voices) - stay

    def crowded(self, recall: Recall) -> bool:
        """Whether a voice that is to get another model has no room for one more crossfade."""
        self.engine.collect()
        present = ((wanted, self.same_place(wanted)) for wanted in recall.voices)
        return any(
            voice is not None
            and voice.model.info.name != wanted.model
            and not self.engine.has_room_to_swap(voice.slot)
            for wanted, voice in present
        )

    def settling(self, voice: Voice) -> VoiceConfig | None:
        """What a voice will be that the engine does not tell yet; None for all others."""
        if self._newest is None or not self._roster.is_settling(voice.name):
            return None
        return next((v for v in self._newest.voices if v.name == voice.name), None)

    def close_gates(self, present: int) -> None:
        """Of morphs that have ended by that frame."""
        for frame, (voice, recall) in self._closing.due(present):
            if recall is self._newest and self._roster.voices.get(voice.name) is voice:
                self.engine.send(voice.slot, Kind.GATE, frame=frame, value=0.0)

    def next_due(self) -> int | None:
        """The frame of the next gate; None when none is to close."""
        return self._closing.next_frame()

    def move_to(self, engine: Engine) -> None:
        """Go on with another engine, whose frames are others."""
        self.engine = engine
        self._closing.clear()

    def same_place(self, wanted: VoiceConfig) -> Voice | None:
        """The voice of that name, unless it plays elsewhere: then it is made anew."""
        voice = self._roster.voices.get(wanted.name)
        place = (wanted.output, wanted.channel or 0)
        return voice if voice is not None and (voice.output, voice.channel) == place else None

    def bus_of(self, wanted: VoiceConfig) -> int:
        """The bus of its output. Raises ValueError where that is not there."""
        try:
            return self._roster.outputs.check(wanted.output, wanted.channel)
        except Refused as refused:
            raise ValueError(f"voice {wanted.name}: {refused}") from None

    def seed_for(self, wanted: VoiceConfig) -> int:
        """64 bits: its own, or the one that its name gets from the daemon's."""
        seed = seed_of(self._seed, wanted.name) if wanted.seed is None else wanted.seed
        return seed % (1 << 64)

    # --- one voice ------------------------------------------------------------------------

    def _let_go(self, voice: Voice, frame: int, ms: float) -> None:
        """Its name is free at once; it sounds until it has faded out."""
        if ms > 0.0:
            self.engine.send(voice.slot, Kind.GAIN, frame=frame, value=0.0, ramp_ms=ms)
        self._roster.free(voice.name, frame + self._frames(ms))

    def _restore(self, wanted: VoiceConfig, frame: int, recall: Recall) -> None:
        voice = self.same_place(wanted)
        if voice is None:
            self._add(wanted, frame, recall)
            return
        if voice.model.info.name != wanted.model:
            self._exchange(voice, frame, recall)
        self._set_params(voice, wanted, frame, recall)
        self._set_sound(voice, wanted, frame, recall)

    def _exchange(self, voice: Voice, frame: int, recall: Recall) -> None:
        prepared = recall.players[voice.name]
        try:
            self.engine.swap_prepared(
                voice.slot, prepared.player, fade_ms=recall.fade_ms, frame=frame
            )
        except EngineFullError as error:
            recall.told.append(f"voice {voice.name} keeps {voice.model.info.name}: {error}")
        else:
            self._settle(voice.name, frame)
            self._roster.take_model(voice, prepared.model)

    def _set_params(self, voice: Voice, wanted: VoiceConfig, frame: int, recall: Recall) -> None:
        for index, value in self._fitting(voice.model, wanted, recall):
            self.engine.send(
                voice.slot, Kind.PARAM, frame=frame, value=value, ramp_ms=recall.ms, index=index
            )

    def _fitting(
        self, model: LoadedModel, wanted: VoiceConfig, recall: Recall
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

    def _set_sound(self, voice: Voice, wanted: VoiceConfig, frame: int, recall: Recall) -> None:
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
        voice.seed = self.seed_for(wanted)
        self.engine.send(voice.slot, Kind.SEED, frame=frame, value=voice.seed)
        if wanted.gate:
            self._open(voice, begin)
        elif not voice.plays_note:
            self._close(voice, frame, recall)

    def _open(self, voice: Voice, frame: int) -> None:
        self.engine.send(voice.slot, Kind.GATE, frame=frame, value=1.0)
        voice.let_go_of_note()

    def _close(self, voice: Voice, frame: int, recall: Recall) -> None:
        """At once, or when the morph has ended."""
        if recall.ms > 0.0:
            self._closing.add(frame + self._frames(recall.ms), (voice, recall))
        else:
            self.engine.send(voice.slot, Kind.GATE, frame=frame, value=0.0)

    def _add(self, wanted: VoiceConfig, frame: int, recall: Recall) -> None:
        """Begin a voice, with its values from its first sample on; in a morph it swells in."""
        present = self._roster.voices.get(wanted.name)
        if present is not None:  # elsewhere
            self._let_go(present, frame, recall.ms)
        prepared, seed = recall.players[wanted.name], self.seed_for(wanted)
        list(self._fitting(prepared.model, wanted, recall))  # tells what does not fit
        gain, morphs = amplitude_of(wanted.gain), recall.ms > 0.0
        try:
            slot = self.engine.add_prepared(
                prepared.player,
                seed=seed,
                channel=wanted.channel or 0,
                bus=self.bus_of(wanted),
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
        self._settle(wanted.name, frame)
        place: dict[str, Any] = {"channel": wanted.channel or 0, "output": wanted.output}
        self._roster.enter(wanted.name, prepared.model, slot, seed=seed, **place)

    def _settle(self, name: str, frame: int) -> None:
        """Gain, pan and gate act when what the model makes is heard, and take CLICK_MS."""
        self._roster.settle_on(name, frame + self.engine.delay_frames + self._frames(CLICK_MS))

    def _frames(self, ms: float) -> int:
        return round(ms * self.engine.samplerate / 1000.0)
