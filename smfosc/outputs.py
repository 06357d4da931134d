"""Where voices sound: outputs with loudspeakers of their own, and buses into them.

Control thread. `plan` turns what an ensemble file says into channels, ports and the engine's
buses; `Outputs` performs /output/....
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smfosc.addresses import row
from smfosc.arguments import Refused
from smfosc.config import AudioConfig, Config, OutputConfig
from smfosc.engine_values import Bus
from smfosc.names import shorten
from smfosc.voices import Call, Route, amplitude_of, decibels_of

if TYPE_CHECKING:
    from smfosc.engine import Engine
    from smfosc.replies import Replies, Sendable

MIX = "main"  # the output of an ensemble that names none


@dataclass(frozen=True)
class Plan:
    """All outputs, in order; the first is where voices go that name none."""

    outputs: tuple[OutputConfig, ...]
    buses: tuple[Bus, ...]  # of the engine, one for each output
    ports: tuple[str, ...]  # one for each channel of the engine
    connect: tuple[str, ...]  # a pattern for each port; "": the physical port of its number

    @property
    def channels(self) -> int:
        """Of the engine."""
        return len(self.ports)


def plan(config: Config) -> Plan:
    """What the outputs of an ensemble, or its stereo mix, come to."""
    if not config.outputs:
        return mix_of(config.audio)
    buses: list[Bus] = []
    ports: list[str] = []
    patterns: list[str] = []
    numbers = {output.name: number for number, output in enumerate(config.outputs)}
    for output in config.outputs:
        if output.into:
            speakers = output.speakers or tuple(range(1, output.channels + 1))
            channels = tuple(speaker - 1 for speaker in speakers)
            buses.append(_bus(output, channels, numbers[output.into]))
        else:
            buses.append(_bus(output, tuple(range(len(ports), len(ports) + output.channels))))
            ports += [f"{output.name}_{number + 1}" for number in range(output.channels)]
            patterns += _pattern_of_each(output)
    return Plan(config.outputs, tuple(buses), tuple(ports), tuple(patterns))


def mix_of(audio: AudioConfig) -> Plan:
    """The one output of an ensemble that names none: pan goes over its first two channels."""
    output = OutputConfig(MIX, channels=audio.channels)
    bus = Bus(tuple(range(audio.channels)), speakers=min(2, audio.channels))
    ports = tuple(f"out_{number + 1}" for number in range(audio.channels))
    return Plan((output,), (bus,), ports, (audio.connect,) * audio.channels)


def _bus(output: OutputConfig, channels: tuple[int, ...], into: int | None = None) -> Bus:
    return Bus(channels, into, len(channels), output.layout == "ring", amplitude_of(output.gain))


def _pattern_of_each(output: OutputConfig) -> list[str]:
    if len(output.connect) == output.channels:
        return list(output.connect)
    return list(output.connect or ("",)) * output.channels


class Outputs:
    """The outputs of an engine by name, and the handlers of /output/...."""

    def __init__(self, plan: Plan, engine: Engine, replies: Replies) -> None:
        self.engine = engine
        self.plan = plan
        self._replies = replies
        self._numbers = {output.name: number for number, output in enumerate(plan.outputs)}

    def bus(self, name: str) -> int:
        """The bus of an output; "" is the first. Raises Refused."""
        if not name:
            return 0
        if name not in self._numbers:
            there = ", ".join(self._numbers)
            raise Refused(f"no output {shorten(name)!r}; there are: {there}")
        return self._numbers[name]

    def check(self, name: str, channel: int | None) -> int:
        """The same, for a voice on one of its channels. Raises Refused."""
        number = self.bus(name)
        output = self.plan.outputs[number]
        if (channel or 0) > output.channels:
            raise Refused(f"channel {channel}; output {output.name} has {output.channels}")
        return number

    def name(self, name: str) -> str:
        """An output's name as a voice keeps it: "" for the first."""
        return "" if self.bus(name) == 0 else name

    # --- addresses ------------------------------------------------------------------------

    def handlers(self) -> dict[str, Callable[..., None]]:
        """By the path of the table."""
        return {"/output/list": self._list}

    def routes(self) -> Iterator[tuple[str, Route]]:
        """The addresses of each output."""
        for name, number in self._numbers.items():
            yield f"/output/{name}/gain", Route(row("/output/NAME/gain"), self._setter(number))
            get = self._getter(name, number)
            yield f"/output/{name}/gain/get", Route(row("/output/NAME/gain/get"), get)

    def values(self) -> dict[str, tuple[Sendable, ...]]:
        """What the plain addresses hold."""
        return {f"/output/{name}/gain": (self._gain(n),) for name, n in self._numbers.items()}

    def move_to(self, engine: Engine) -> None:
        """Go on with another engine, with the gains as they are."""
        for number in self._numbers.values():
            engine.set_bus_gain(number, self.engine.bus_gain(number))
        self.engine = engine

    def _gain(self, number: int) -> float:
        return decibels_of(self.engine.bus_gain(number))

    def _setter(self, number: int) -> Callable[..., None]:
        def set_gain(call: Call, gain_db: float, ramp_ms: float) -> None:
            gain = amplitude_of(gain_db)
            if not self.engine.set_bus_gain(number, gain, ramp_ms=ramp_ms, frame=call.frame):
                raise Refused("the engine's event queue is full: too many events at once or ahead")

        return set_gain

    def _getter(self, name: str, number: int) -> Callable[..., None]:
        def get(call: Call) -> None:
            self._replies.send(call.source, f"/output/{name}/gain", self._gain(number))

        return get

    def _list(self, call: Call) -> None:
        for output in self.plan.outputs:
            told = (output.name, output.channels, output.layout, output.into)
            self._replies.reply(call.source, call.address, *told)
        self._replies.done(call.source, call.address, len(self.plan.outputs))
