"""The Python face of the native engine: voices, events, time and counters.

Everything here runs on the control thread (or any other Python thread, never
the audio thread); the audio thread meets it only through lock-free queues.
Frames count backend samples since the engine was made; they never jump back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """What an event does to its voice; values are shared with native/event.h."""

    PARAM = 0  # index, value in the parameter's own unit, ramp_ms
    GAIN = 1  # value: linear amplitude >= 0, ramp_ms
    PAN = 2  # value: -1..1, ramp_ms
    GATE = 3  # value: 0 closes (release), else opens (attack)
    NOTE = 4  # value: level 0..1 (velocity); opens the gate; index: note id
    NOTE_OFF = 5  # index: note id; closes the gate only if that note still holds it
    TEMPERATURE = 6  # value 0.1..2
    SEED = 7  # value: bits of the 64-bit seed
    RESET = 8  # hidden state, RNG counter, model-sample phase, resampler history


@dataclass(frozen=True)
class Clock:
    """Where audio time stands: a filtered pair of frame and monotonic time."""

    frame: int  # first frame of the newest block
    monotonic_ns: int  # CLOCK_MONOTONIC when that block was due (delay-locked loop)
    samplerate: float  # measured frames per second
    blocksize: int  # frames of the newest block


@dataclass(frozen=True)
class Counters:
    """What the audio thread counted since the start."""

    frames: int
    blocks: int
    load: float  # CPU time of render / period, smoothed, 1.0 = all of it
    peak_load: float
    late_events: int
    resets: int  # voices whose output went non-finite, silent or stuck
    underruns: int  # render's CPU time exceeded the period
    wall_misses: int  # wall time exceeded it though CPU time did not
    dropped_events: int  # queue full
