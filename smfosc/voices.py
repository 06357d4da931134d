"""One voice as OSC sees it: its addresses, what they do, and what they answer.

Control thread. A handler checks by the address table, then sends events to the engine;
nothing here knows sockets or the time of day.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from smfosc.addresses import SILENCE_DB, Address, Argument, row
from smfosc.arguments import Clips, Refused, take
from smfosc.engine import Kind
from smfosc.model_file import ModelInfo, Parameter
from smfosc.osc import Value
from smfosc.replies import Replies, Sendable, Source
from smfosc.under_way import SoundingNote

if TYPE_CHECKING:
    from smfosc import _core
    from smfosc.engine import Engine

A4_HZ, A4_NOTE = 440.0, 69.0  # ISO 16; MIDI note 69
MAX_NOTES = 128  # pitches whose note can still be ended by name


@dataclass(frozen=True)
class LoadedModel:
    """A model that can be played: what its file says, and its packed weights.

    ahead_s: of a model whose samples a thread of its own makes ahead, the seconds that it takes
    for one sample of 1, 2, 4 and 8 voices, measured when it was loaded; else none.
    """

    info: ModelInfo
    kernel: _core.Kernel
    ahead_s: tuple[float, ...] = ()


@dataclass(slots=True)
class Call:
    """One message on its way to a handler: who sent it, and the frame at which it acts."""

    address: str
    arguments: tuple[Value, ...]
    source: Source | None
    frame: int


Perform = Callable[..., None]


class Route:
    """What an address leads to: its row of the table, what it takes, and its handler."""

    __slots__ = ("perform", "row", "wanted")

    def __init__(
        self, row: Address, perform: Perform, wanted: tuple[Argument, ...] | None = None
    ) -> None:
        self.row = row
        self.perform = perform
        self.wanted = row.arguments if wanted is None else wanted

    def __call__(self, call: Call, replies: Replies) -> None:
        """Check, perform, and tell what was clipped. Raises Refused."""
        clips: Clips = []
        self.perform(call, *take(self.wanted, call.arguments, clips))
        for asked, used in clips:
            replies.clipped(call.source, call.address, asked, used)


def seed_of(daemon_seed: int, name: str) -> int:
    """A voice's default seed: 64 bits that differ for every daemon seed and name."""
    digest = hashlib.sha256(f"{daemon_seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:8], "little")


def amplitude_of(gain_db: float) -> float:
    """Linear amplitude of a gain in dB; 0 at SILENCE_DB and below."""
    return 0.0 if gain_db <= SILENCE_DB else math.pow(10.0, gain_db / 20.0)


def decibels_of(amplitude: float) -> float:
    """Gain in dB of a linear amplitude; SILENCE_DB for silence."""
    return SILENCE_DB if amplitude <= 0.0 else max(SILENCE_DB, 20.0 * math.log10(amplitude))


def note_of(frequency_hz: float) -> float:
    """MIDI note number, with its fraction, of a frequency."""
    return A4_NOTE + 12.0 * math.log2(frequency_hz / A4_HZ)


def frequency_of(note: float) -> float:
    """Frequency in Hz of a MIDI note number."""
    return A4_HZ * math.pow(2.0, (note - A4_NOTE) / 12.0)


def level_of(velocity: float) -> float:
    """Level 0..1 of a MIDI velocity: its square, as the General MIDI guidelines have it."""
    return (velocity / 127.0) ** 2


class Voice:
    """A voice: where it lives in the engine, its model, and its handlers."""

    def __init__(
        self,
        name: str,
        slot: int,
        model: LoadedModel,
        *,
        channel: int,
        output: str = "",
        seed: int,
        engine: Engine,
        replies: Replies,
        end_note: Callable[[Voice, int, int], None],
    ) -> None:
        self.name = name
        self.slot = slot
        self.model = model
        self.channel = channel  # 0: panned
        self.output = output  # "": the first one
        self.seed = seed
        self._engine = engine
        self._replies = replies
        self._end_note = end_note  # (voice, note id, duration's end frame)
        self._notes: dict[float, int] = {}  # pitch -> newest note id
        self._note_id = 0
        self._note_holds = False  # the newest to open the gate was a note
        self._note = SoundingNote("")
        self._note_end: int | None = None  # frame

    def settle(self, engine: Engine, slot: int) -> None:
        """Live on in another engine, at that slot."""
        self._engine = engine
        self.slot = slot

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The model's parameters, in the order of their indices."""
        return self.model.info.parameters

    @property
    def plays_note(self) -> bool:
        """Whether a note holds the gate open, as of the last block."""
        return self._note_holds and self._engine.gate(self.slot)

    def let_go_of_note(self) -> None:
        """The gate is held open by itself now, whatever note opened it."""
        self._note_holds = False

    @property
    def pitch(self) -> int | None:
        """Index of the parameter `pitch`; None in a model that has none."""
        names = [parameter.name for parameter in self.parameters]
        return names.index("pitch") if "pitch" in names else None

    def parameter_addresses(self) -> list[str]:
        """The addresses that mean one of the model's parameters by its index."""
        leaves = [parameter.name for parameter in self.parameters]
        more = ["", "/normalized", "/get", "/normalized/get"]
        found = [f"/voice/{self.name}/{leaf}{end}" for leaf in leaves for end in more]
        ends = ("note", "pitch/hz", "pitch/hz/get", "params")
        return [*found, *(f"/voice/{self.name}/{leaf}" for leaf in ends)]

    def values(self, *, parameters: bool = True) -> dict[str, Sendable]:
        """What its plain addresses hold as of the last block, by leaf. KeyError if gone."""
        state = self._engine.state(self.slot)
        found: dict[str, Sendable] = {
            "gain": decibels_of(state.gain),
            "pan": state.pan,
            "gate": int(state.gate),
            "temperature": state.temperature,
            "seed": self._shown_seed(),
            "model": self.model.info.name,
        }
        if parameters:
            pairs = zip(self.parameters, state.values, strict=False)
            found.update((parameter.name, value) for parameter, value in pairs)
        return found

    # --- addresses ------------------------------------------------------------------------

    def routes(self) -> Iterator[tuple[str, Route]]:
        """Every address of this voice; those of its parameters change with the model."""
        handlers: dict[str, Perform] = {
            "gain": self._set_gain,
            "pan": self._set_pan,
            "gate": self._set_gate,
            "temperature": self._set_temperature,
            "seed": self._set_seed,
            "reset": self._reset,
            "params": self._list_parameters,
            "gain/get": self._getter("gain", lambda: decibels_of(self._engine.gain(self.slot))),
            "pan/get": self._getter("pan", lambda: self._engine.pan(self.slot)),
            "gate/get": self._getter("gate", lambda: int(self._engine.gate(self.slot))),
            "temperature/get": self._getter(
                "temperature", lambda: self._engine.temperature(self.slot)
            ),
            "seed/get": self._getter("seed", self._shown_seed),
            "model/get": self._getter("model", lambda: self.model.info.name),
        }
        for leaf, handler in handlers.items():
            yield f"/voice/{self.name}/{leaf}", Route(row(f"/voice/NAME/{leaf}"), handler)
        yield from self._pitch_routes()
        for index, parameter in enumerate(self.parameters):
            yield from self._parameter_routes(index, parameter)

    def _pitch_routes(self) -> Iterator[tuple[str, Route]]:
        """Note and pitch/hz; a model without pitch has them too, to say that it has none."""
        base, index = f"/voice/{self.name}", self.pitch
        note, hertz = row("/voice/NAME/note"), row("/voice/NAME/pitch/hz")
        if index is None:
            for path, table_row in (("note", note), ("pitch/hz", hertz)):
                anything = (replace(MANY, name="arguments"),) * 8
                yield f"{base}/{path}", Route(table_row, self._no_pitch, anything)
            return
        wanted = (_ranged(note.arguments[0], self.parameters[index]), *note.arguments[1:])
        yield f"{base}/note", Route(note, self._play_note, wanted)
        yield f"{base}/pitch/hz", Route(hertz, self._hertz_setter(index))
        get = self._getter("pitch/hz", lambda: frequency_of(self._engine.value(self.slot, index)))
        yield f"{base}/pitch/hz/get", Route(row("/voice/NAME/pitch/hz/get"), get)

    def _parameter_routes(self, index: int, parameter: Parameter) -> Iterator[tuple[str, Route]]:
        base = f"/voice/{self.name}/{parameter.name}"
        plain = row("/voice/NAME/PARAM")
        wanted = (_ranged(plain.arguments[0], parameter), *plain.arguments[1:])

        def value() -> float:
            return self._engine.value(self.slot, index)

        def normalized() -> float:
            return parameter.normalize(value())

        def set_normalized(call: Call, asked: float, ramp_ms: float) -> None:
            self._send(call, Kind.PARAM, parameter.denormalize(asked), ramp_ms, index)

        def set_value(call: Call, asked: float, ramp_ms: float) -> None:
            self._send(call, Kind.PARAM, asked, ramp_ms, index)

        get, get_normalized = row("/voice/NAME/PARAM/get"), row("/voice/NAME/PARAM/normalized/get")
        yield base, Route(plain, set_value, wanted)
        yield f"{base}/normalized", Route(row("/voice/NAME/PARAM/normalized"), set_normalized)
        yield f"{base}/get", Route(get, self._getter(parameter.name, value))
        leaf = f"{parameter.name}/normalized"
        yield f"{base}/normalized/get", Route(get_normalized, self._getter(leaf, normalized))

    # --- handlers -------------------------------------------------------------------------

    def _send(
        self, call: Call, kind: Kind, value: float = 0.0, ramp_ms: float = 0.0, index: int = 0
    ) -> None:
        if not self._engine.send(
            self.slot, kind, frame=call.frame, value=value, ramp_ms=ramp_ms, index=index
        ):
            raise Refused("the engine's event queue is full: too many events at once or ahead")

    def _set_gain(self, call: Call, gain_db: float, ramp_ms: float) -> None:
        self._send(call, Kind.GAIN, amplitude_of(gain_db), ramp_ms)

    def _set_pan(self, call: Call, pan: float, ramp_ms: float) -> None:
        self._send(call, Kind.PAN, pan, ramp_ms)

    def _set_gate(self, call: Call, is_open: bool) -> None:
        self._note_holds = False
        self._send(call, Kind.GATE, float(is_open))

    def _set_temperature(self, call: Call, temperature: float, ramp_ms: float) -> None:
        self._send(call, Kind.TEMPERATURE, temperature, ramp_ms)

    def _set_seed(self, call: Call, seed: int) -> None:
        self.seed = seed % (1 << 64)
        self._send(call, Kind.SEED, self.seed)

    def _reset(self, call: Call) -> None:
        self._send(call, Kind.RESET)

    def _play_note(
        self, call: Call, pitch: float, velocity: float, duration_ms: float | None
    ) -> None:
        if velocity == 0.0:
            self._stop_note(call, pitch)
            return
        index = self.pitch
        assert index is not None  # the route exists only then
        self._send(call, Kind.PARAM, pitch, 0.0, index)
        left_ms = 0.0 if duration_ms is None else max(duration_ms, 0.001)
        self._sound(call, SoundingNote(self.name, pitch, velocity, left_ms))

    def _sound(self, call: Call, note: SoundingNote) -> None:
        """Let a note sound, and end when it has a duration; the pitch is set already."""
        self._note_id = (self._note_id + 1) % (1 << 31)
        self._note_holds, self._note, self._note_end = True, note, None
        self._notes.pop(note.pitch, None)
        self._notes[note.pitch] = self._note_id
        if len(self._notes) > MAX_NOTES:
            del self._notes[next(iter(self._notes))]
        self._send(call, Kind.NOTE, level_of(note.velocity), 0.0, self._note_id)
        if note.left_ms:
            self._note_end = call.frame + round(note.left_ms * self._engine.samplerate / 1000.0)
            self._end_note(self, self._note_id, self._note_end)

    def sounding_note(self, frame: int) -> SoundingNote | None:
        """The note that holds the gate open, with what is left of it at a frame."""
        if not self.plays_note:
            return None
        left = 0 if self._note_end is None else max(self._note_end - frame, 1)
        return replace(self._note, left_ms=round(left * 1000.0 / self._engine.samplerate, 1))

    def sound_again(self, note: SoundingNote, frame: int) -> None:
        """Let a note sound on, at the pitch that the voice has. Raises Refused."""
        self._sound(Call("", (), None, frame), note)

    def _stop_note(self, call: Call, pitch: float) -> None:
        """End the newest note of this pitch; a newer note of another pitch sounds on."""
        note_id = self._notes.pop(pitch, None)
        if note_id is not None:
            self._send(call, Kind.NOTE_OFF, index=note_id)

    def end_note(self, note_id: int, frame: int) -> None:
        """Send the note's end to the engine; a full queue cannot keep it open for ever."""
        call = Call("", (), None, frame)
        self._send(call, Kind.NOTE_OFF, index=note_id)

    def _no_pitch(self, call: Call, *_ignored: Any) -> None:
        names = ", ".join(parameter.name for parameter in self.parameters)
        raise Refused(f"model {self.model.info.name} has no parameter pitch; it has {names}")

    def _hertz_setter(self, index: int) -> Perform:
        parameter = self.parameters[index]

        def set_hertz(call: Call, frequency_hz: float, ramp_ms: float) -> None:
            note = note_of(frequency_hz)
            used = min(max(note, parameter.minimum), parameter.maximum)
            self._send(call, Kind.PARAM, used, ramp_ms, index)
            if used != note:
                used_hz = frequency_of(used)
                self._replies.clipped(call.source, call.address, frequency_hz, used_hz)

        return set_hertz

    # --- answers --------------------------------------------------------------------------

    def _getter(self, leaf: str, read: Callable[[], float | int | str]) -> Perform:
        def get(call: Call) -> None:
            self._replies.send(call.source, f"/voice/{self.name}/{leaf}", read())

        return get

    def _shown_seed(self) -> int | str:
        return self.seed if self.seed < 1 << 31 else str(self.seed)  # 64 bits fit no i

    def _list_parameters(self, call: Call) -> None:
        for index, parameter in enumerate(self.parameters):
            value = self._engine.value(self.slot, index)
            limits = (float(parameter.minimum), float(parameter.maximum))
            told = (parameter.name, parameter.unit, *limits, float(parameter.default), value)
            self._replies.reply(call.source, call.address, *told, parameter.description)
        self._replies.done(call.source, call.address, len(self.parameters))


MANY = Argument("arguments", "any", optional=True)


def _ranged(argument: Argument, parameter: Parameter) -> Argument:
    """The table's argument with the range and unit that the model file gives."""
    return replace(
        argument,
        name=parameter.name,
        unit=parameter.unit,
        minimum=parameter.minimum,
        maximum=parameter.maximum,
    )
