"""What goes into the native engine and what can be read of it: plain values.

Any thread. `smfosc.engine` has them all too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Protocol, TypedDict


class Kind(IntEnum):
    """What an event does to its voice; values are shared with native/event.h."""

    PARAM = 0  # index, value in the parameter's own unit, ramp_ms
    GAIN = 1  # value: linear amplitude >= 0, ramp_ms
    PAN = 2  # value: -1..1, ramp_ms
    GATE = 3  # value: 0 closes (release), else opens (attack) at full level
    NOTE = 4  # value: level 0..1 (velocity), 0 closes; opens the gate; index: note id
    NOTE_OFF = 5  # index: note id; closes the gate only if that note still holds it
    TEMPERATURE = 6  # value 0.1..2, ramp_ms
    SEED = 7  # value: bits of the 64-bit seed
    RESET = 8  # hidden state, RNG counter, model-sample phase, resampler history
    BUS_GAIN = 9  # by set_bus_gain
    REST = 10  # value: not 0 releases, then makes no samples until a gate or note opens; 0 wakes
    ADD = 11  # by add_voice; this and the following are seen in notices only
    FREE = 12  # by free_voice
    SWAP = 13  # by swap_model
    CLEAR = 14  # by clear


class NoticeKind(IntEnum):
    """What the audio thread tells; values are shared with native/event.h."""

    LATE = 0  # an event came `ms` after its frame and acted at once
    RESTARTED = 1  # a voice's sound went non-finite or stuck; its model was restarted
    FREED = 2  # a voice has fallen silent and is gone
    SWAPPED = 3  # a model crossfade has ended
    MISSED = 4  # a worker was late: the voice was silent for a block


@dataclass(frozen=True)
class Notice:
    """One thing that happened on the audio thread."""

    kind: NoticeKind
    slot: int
    event: Kind  # LATE: of what kind
    index: int  # LATE: parameter or note id; RESTARTED: how often
    ms: float  # LATE: by how much


@dataclass(frozen=True)
class Clock:
    """Where audio time stands: a filtered pair of frame and monotonic time."""

    frame: int  # first frame of the newest block
    monotonic_ns: int  # CLOCK_MONOTONIC when that block was due (delay-locked loop)
    samplerate: float  # measured frames per second
    blocksize: int  # frames of the newest block; 0 before the first

    def frame_of(self, monotonic_ns: int) -> float:
        """Frame that is due at a monotonic time."""
        return self.frame + (monotonic_ns - self.monotonic_ns) * self.samplerate * 1e-9

    def monotonic_ns_of(self, frame: int) -> int:
        """Monotonic time at which a frame is due."""
        return self.monotonic_ns + round((frame - self.frame) * 1e9 / self.samplerate)


@dataclass(frozen=True)
class Counters:
    """What the audio thread counted since the start."""

    frames: int
    blocks: int
    load: float  # CPU time of render / period, smoothed, 1.0 = all of it
    peak_load: float
    late_events: int
    stray_events: int  # for a voice or a model that was gone
    resets: int  # models restarted because their output went non-finite or stuck
    underruns: int  # render's CPU time exceeded the period
    wall_misses: int  # wall time exceeded it though CPU time did not
    missed_passes: int  # voices that were silent for a block: a worker had too much to do
    stolen_passes: int  # the same, but the machine kept the worker from running
    slow_blocks: int  # as underruns, but the same work took 1.2 times its usual CPU time or more
    slow_passes: int  # as missed_passes, but likewise
    dropped_events: int  # queue full
    dropped_notices: int  # nobody fetched them


class VoiceState(NamedTuple):
    """A voice as of the last block."""

    values: list[float]  # of its parameters, in their own units
    gain: float  # linear
    pan: float
    temperature: float
    gate: bool


@dataclass(frozen=True)
class Bus:
    """Channels that voices are mixed to. The engine has some of them, in order."""

    channels: tuple[int, ...]  # from 0: of the bus `into`, or of the outputs
    into: int | None = None  # the number of a bus before this one; None: the outputs
    speakers: int = 2  # its first channels, over which pan goes
    ring: bool = False  # they stand in a ring; else in a line
    gain: float = 1.0  # linear


class Start(TypedDict, total=False):
    """How a voice begins."""

    channel: int  # 0: panned over its bus; else that one of its channels alone, from 1
    bus: int
    gate: bool
    gain: float  # linear
    pan: float
    frame: int | None  # at which it begins; None: the next block


class LevelState(NamedTuple):
    """How loud a voice or an output is, linear: 1 is full scale."""

    peak: float  # falls 20 dB in 1.7 s
    rms: float  # over 0.3 s


class Ranged(Protocol):
    """What the engine needs of a model's parameter; model_file.Parameter has it."""

    @property
    def minimum(self) -> float:
        """Lowest value in the parameter's own unit."""

    @property
    def maximum(self) -> float:
        """Highest value."""


class ParamRange(NamedTuple):
    """A parameter that is nothing but its range."""

    minimum: float
    maximum: float
