"""An engine that only writes down what it is told, and a source that keeps its answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from small_models import INFO, PITCH, TIMBRE

from smfosc.engine import Clock, Counters, Kind, VoiceState
from smfosc.model_file import ModelInfo, Parameter
from smfosc.osc import Message, decode
from smfosc.voices import LoadedModel


@dataclass(frozen=True)
class Sent:
    """One event as the engine got it."""

    slot: int
    kind: Kind
    frame: int | None = None
    value: float = 0.0
    ramp_ms: float = 0.0
    index: int = 0


@dataclass
class FakeEngine:
    """Records; a PARAM, GAIN, ... can be read back at once."""

    samplerate: int = 48_000
    channels: int = 64
    delay_frames: int = 0
    room: int = 1_000_000  # events until its queue is full
    events: list[Sent] = field(default_factory=list)
    added: list[dict[str, Any]] = field(default_factory=list)
    freed: list[tuple[int, int | None]] = field(default_factory=list)
    swaps: list[dict[str, Any]] = field(default_factory=list)
    values: dict[tuple[int, int], float] = field(default_factory=dict)
    settings: dict[tuple[int, Kind], float] = field(default_factory=dict)
    bus_gains: dict[int, float] = field(default_factory=dict)
    cleared: int = 0
    newest_block: int = 0

    def add_voice(self, kernel: Any, **given: Any) -> int:
        self.added.append({"kernel": kernel, **given})
        slot = len(self.added) - 1
        self._take_values(slot, given["values"])
        self.settings |= {(slot, Kind.GAIN): 1.0, (slot, Kind.GATE): float(given["gate"])}
        return slot

    def free_voice(self, slot: int, frame: int | None = None) -> bool:
        self.freed.append((slot, frame))
        return True

    def swap_model(self, slot: int, kernel: Any, **given: Any) -> None:
        self.swaps.append({"slot": slot, "kernel": kernel, **given})
        self._take_values(slot, given["values"])

    def send(self, slot: int, kind: Kind, **given: Any) -> bool:
        if len(self.events) >= self.room:
            return False
        sent = Sent(slot, kind, **given)
        self.events.append(sent)
        if kind is Kind.PARAM:
            self.values[slot, sent.index] = sent.value
        self.settings[slot, kind] = sent.value
        return True

    def set_bus_gain(self, bus: int, gain: float, **given: Any) -> bool:
        self.bus_gains[bus] = gain
        return True

    def bus_gain(self, bus: int) -> float:
        return self.bus_gains.get(bus, 1.0)

    def clear(self) -> None:
        self.cleared += 1

    def value(self, slot: int, index: int) -> float:
        return self.values[slot, index]

    def gain(self, slot: int) -> float:
        return self.settings[slot, Kind.GAIN]

    def pan(self, slot: int) -> float:
        return self.settings.get((slot, Kind.PAN), 0.0)

    def gate(self, slot: int) -> bool:
        return bool(self.settings.get((slot, Kind.GATE), 0.0))

    def temperature(self, slot: int) -> float:
        return self.settings.get((slot, Kind.TEMPERATURE), 1.0)

    def state(self, slot: int) -> VoiceState:
        indices = sorted(index for at, index in self.values if at == slot)
        values = [self.values[slot, index] for index in indices]
        rest = (self.gain, self.pan, self.temperature, self.gate)
        return VoiceState(values, *(read(slot) for read in rest))

    @property
    def frame(self) -> int:
        return self.newest_block

    def clock(self) -> Clock:
        return Clock(self.newest_block, 0, float(self.samplerate), 256)

    def counters(self) -> Counters:
        return Counters(**dict.fromkeys(Counters.__dataclass_fields__, 0))

    def _take_values(self, slot: int, values: list[float]) -> None:
        self.values |= {(slot, index): value for index, value in enumerate(values)}


class FakeModels:
    """Three models: the example, one without pitch, one with other parameters in front."""

    def __init__(self) -> None:
        noise = Parameter("colour", "", 0.0, 10.0, 5.0, "Dark to bright.")
        self._infos = {
            "example": INFO,
            "noise": replace(INFO, name="noise", parameters=(noise,)),
            "other": replace(INFO, name="other", parameters=(noise, TIMBRE, PITCH)),
        }

    def names(self) -> list[str]:
        return sorted(self._infos)

    def info(self, name: str) -> ModelInfo:
        try:
            return self._infos[name]
        except KeyError:
            raise LookupError(f"no model {name!r}; there are: {' '.join(self._infos)}") from None

    def load(self, name: str) -> LoadedModel:
        return LoadedModel(self.info(name), kernel=f"kernel of {name}")  # type: ignore[arg-type]


class Listener:
    """A sender that keeps what it is answered."""

    def __init__(self, *, is_local: bool = True) -> None:
        self.is_local = is_local
        self.heard: list[Message] = []

    def send(self, packet: bytes) -> None:
        (message,) = decode(packet)
        assert isinstance(message, Message)
        self.heard.append(message)

    def taken(self) -> list[tuple[Any, ...]]:
        """What was heard since the last call: (address, arguments...)."""
        heard, self.heard = self.heard, []
        return [(message.address, *message.arguments) for message in heard]
