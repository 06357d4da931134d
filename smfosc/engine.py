"""The Python face of the native engine: voices, events, time and counters.

Everything here runs on the control thread (or any other Python thread, never
the audio thread); the audio thread meets it only through lock-free queues.
Frames count backend samples since the engine was made; they never jump back.

An event is heard `Engine.delay_frames` after the frame that it is given, whatever
its kind: that is the resampler's constant delay. Gain, pan and gate act on that
frame exactly, model parameters on the first model sample due at or after theirs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from smfosc import _core, taps
from smfosc.engine_values import (
    Bus,
    Clock,
    Counters,
    Kind,
    LevelState,
    Notice,
    NoticeKind,
    ParamRange,
    Ranged,
    Start,
    VoiceState,
)

__all__ = [
    "Bus",
    "Clock",
    "Counters",
    "Engine",
    "EngineFullError",
    "Kind",
    "LevelState",
    "Notice",
    "NoticeKind",
    "ParamRange",
    "Ranged",
    "Start",
    "VoiceState",
]

SEED_MASK = (1 << 64) - 1
START = Start(channel=0, bus=0, gate=False, gain=1.0, pan=0.0, frame=None)


class EngineFullError(RuntimeError):
    """No slot for a voice, no room for an event, or too many swaps in one voice."""


class Engine:
    """The sound of all voices at one backend rate. Any Python thread; see the module.

    `render` and `render_into` stand for the audio thread: call them from one thread
    only, and not at all while a native backend renders through `address`.
    workers: native threads beside the audio thread. first_frame: where frames begin
    to count (an engine that replaces another goes on where that one ended). buses: where
    voices go; none: one over all channels, panned over the first two. Raises ValueError.
    """

    def __init__(
        self,
        samplerate: int,
        *,
        channels: int = 2,
        workers: int = 0,
        realtime: bool = True,
        max_voices: int = 256,
        attack_s: float = 0.005,
        release_s: float = 0.05,
        first_frame: int = 0,
        buses: Sequence[Bus] = (),
    ) -> None:
        self.samplerate = samplerate
        self.channels = channels
        self.delay_frames = taps.delay_frames(samplerate)
        self._taps: dict[int, _core.Taps] = {}
        self._seeds: dict[int, int] = {}
        self._native = _core.Engine(
            samplerate=samplerate,
            channels=channels,
            max_voices=max_voices,
            workers=workers,
            realtime=realtime,
            attack_s=attack_s,
            release_s=release_s,
            first_frame=first_frame,
            delay_frames=self.delay_frames,
            buses=[_native_bus(bus) for bus in buses],
        )

    # -- voices ----------------------------------------------------------------

    def add_voice(
        self,
        kernel: _core.Kernel,
        *,
        parameters: Sequence[Ranged],
        values: Sequence[float],
        samplerate: int,
        seed: int,
        **start: Unpack[Start],
    ) -> int:
        """Build a voice, warm it up and let it begin: `prepare`, then `add_prepared`.

        Takes some tens of ms with the GIL released; call on the loader thread.
        Returns the voice's handle. Raises ValueError, EngineFullError.
        """
        player = self.prepare(
            kernel, parameters=parameters, values=values, samplerate=samplerate, seed=seed
        )
        return self.add_prepared(player, seed=seed, **start)

    def prepare(
        self,
        kernel: _core.Kernel,
        *,
        parameters: Sequence[Ranged],
        values: Sequence[float],
        samplerate: int,
        seed: int,
        mapping: Sequence[int] = (),
    ) -> _core.PreparedPlayer:
        """Build and warm up a player that a voice is to get later; loader thread.

        Many of them can then begin on one frame. values: start values in own units.
        samplerate: the model's. mapping: as in swap_model. Raises ValueError.
        """
        return _core.PreparedPlayer(
            kernel,
            self._taps_for(samplerate),
            samplerate=samplerate,
            ranges=_ranges(parameters),
            values=[float(value) for value in values],
            seed=seed & SEED_MASK,
            mapping=[int(index) for index in mapping],
        )

    def add_prepared(
        self,
        player: _core.PreparedPlayer,
        *,
        seed: int,
        **start: Unpack[Start],
    ) -> int:
        """Let a prepared player begin as a voice of its own: quick.

        Returns the voice's handle. Raises ValueError, EngineFullError.
        """
        try:
            slot: int = self._native.add_voice(player, **{**START, **start})
        except RuntimeError as error:
            raise EngineFullError(str(error)) from None
        self._seeds[slot] = seed & SEED_MASK
        return slot

    def free_voice(self, slot: int, frame: int | None = None) -> bool:
        """Release the voice; a FREED notice tells when it is silent and gone."""
        self._seeds.pop(slot, None)
        return self.send(slot, Kind.FREE, frame=frame)

    def swap_model(
        self,
        slot: int,
        kernel: _core.Kernel,
        parameters: Sequence[Ranged],
        values: Sequence[float],
        mapping: Sequence[int],
        samplerate: int,
        fade_ms: float,
        frame: int | None = None,
    ) -> None:
        """Crossfade the voice to another model, from `frame` on; loader thread.

        mapping[i] is the present model's parameter whose value and ramp the new
        parameter i takes over, or -1 to start at values[i]. Parameter events sent
        from now on mean the new model. With more than three crossfades on their way the
        oldest player is faded out at once, in 5 ms. Raises ValueError, EngineFullError
        (such a one is still to end, or the voice is gone).
        """
        player = self.prepare(
            kernel,
            parameters=parameters,
            values=values,
            samplerate=samplerate,
            seed=self._seeds.get(slot, 0),
            mapping=mapping,
        )
        self.swap_prepared(slot, player, fade_ms=fade_ms, frame=frame)

    def swap_prepared(
        self,
        slot: int,
        player: _core.PreparedPlayer,
        *,
        fade_ms: float,
        frame: int | None = None,
    ) -> None:
        """Crossfade the voice to a prepared player: quick. Raises EngineFullError."""
        if not self._native.swap_model(slot, player, fade_ms=float(fade_ms), frame=frame):
            raise EngineFullError(f"voice {slot}: gone, or four model swaps are still fading")

    def has_room_to_swap(self, slot: int) -> bool:
        """Whether a voice can be crossfaded to one more model; collect() before."""
        return bool(self._native.has_room_to_swap(slot))

    # -- events ------------------------------------------------------------------

    def send(
        self,
        slot: int,
        kind: Kind,
        *,
        frame: int | None = None,
        value: float = 0.0,
        ramp_ms: float = 0.0,
        index: int = 0,
    ) -> bool:
        """Queue an event for a frame (None: the start of the next block, never late).

        False if the queue is full (counted) or the voice is gone. Raises ValueError for
        a value or ramp that is not a finite number.
        """
        if not (math.isfinite(value) and math.isfinite(ramp_ms)):
            raise ValueError(f"{kind.name}: value {value}, ramp_ms {ramp_ms}; finite ones wanted")
        bits = int(value) & SEED_MASK if kind is Kind.SEED else 0
        if kind is Kind.SEED:
            self._seeds[slot] = bits
        done: bool = self._native.send(slot, int(kind), frame, float(value), bits, ramp_ms, index)
        return done

    def set_bus_gain(
        self, bus: int, gain: float, *, ramp_ms: float = 0.0, frame: int | None = None
    ) -> bool:
        """Move a bus's linear gain; False if the queue is full. Raises ValueError."""
        if not (math.isfinite(gain) and math.isfinite(ramp_ms)):
            raise ValueError(f"bus gain {gain}, ramp_ms {ramp_ms}; finite ones wanted")
        done: bool = self._native.set_bus_gain(bus, gain=gain, ramp_ms=ramp_ms, frame=frame)
        return done

    def clear(self) -> None:
        """Drop what is scheduled, but for ends of notes that sound, adds, frees and swaps."""
        self._native.clear_scheduled()

    # -- what can be read ----------------------------------------------------------

    @property
    def frame(self) -> int:
        """First frame of the next block."""
        return int(self._native.frame)

    @property
    def address(self) -> int:
        """Of the native engine, for audio callbacks. Valid while this object lives."""
        return int(self._native.address)

    @property
    def realtime(self) -> bool:
        """Whether render has deadlines; False offline and in freewheel."""
        return bool(self._native.realtime)

    @realtime.setter
    def realtime(self, on: bool) -> None:
        self._native.realtime = on

    def state(self, slot: int) -> VoiceState:
        """All that can be read of a voice. KeyError if gone."""
        state = self._native.state_of(slot, 16)
        if state is None:
            raise KeyError(slot)
        return VoiceState(*state)

    def value(self, slot: int, index: int) -> float:
        """Value of a parameter, in its own unit, as of the last block. KeyError if gone."""
        return float(self.state(slot).values[index])

    def gain(self, slot: int) -> float:
        """Linear gain as of the last block."""
        return float(self.state(slot).gain)

    def pan(self, slot: int) -> float:
        """Pan as of the last block."""
        return float(self.state(slot).pan)

    def temperature(self, slot: int) -> float:
        """Temperature as of the last block."""
        return float(self.state(slot).temperature)

    def gate(self, slot: int) -> bool:
        """Whether the gate is open as of the last block."""
        return bool(self.state(slot).gate)

    def bus_gain(self, bus: int) -> float:
        """Linear gain of a bus as of the last block. Raises ValueError."""
        return float(self._native.bus_gain(bus))

    def is_resting(self, slot: int) -> bool:
        """Whether the voice makes no samples, as of the last block."""
        return bool(self._native.is_resting(slot))

    def level(self, slot: int) -> LevelState:
        """How loud a voice is. KeyError if gone."""
        level = self._native.level_of(slot)
        if level is None:
            raise KeyError(slot)
        return LevelState(*level)

    def levels(self) -> list[LevelState]:
        """How loud each output is."""
        return [LevelState(*level) for level in self._native.levels()]

    def scope(self, frames: int) -> NDArray[np.float32]:
        """The newest sound of all outputs together, (frames,), at most 16,384.

        A voice in the middle of the mix has its own level. Silence if the audio thread
        overwrote what was being read.
        """
        out = np.empty(frames, np.float32)
        return out if self._native.read_scope(out) else np.zeros_like(out)

    def clock(self) -> Clock:
        """The newest pair of frame and time."""
        return Clock(*self._native.clock())

    def frame_of(self, monotonic_ns: int) -> float:
        """Frame that is due at a time of CLOCK_MONOTONIC."""
        return self.clock().frame_of(monotonic_ns)

    def counters(self) -> Counters:
        """What was counted since the start."""
        return Counters(**self._native.counters())

    def notices(self) -> list[Notice]:
        """Everything that happened since the last call, oldest first."""
        found = []
        while (raw := self._native.next_notice()) is not None:
            kind, slot, event, index, ms = raw
            found.append(Notice(NoticeKind(kind), slot, Kind(event), index, ms))
        return found

    def collect(self) -> int:
        """Destroy what the audio thread handed back. Call now and then; returns how many."""
        return int(self._native.collect())

    # -- the audio thread's part ----------------------------------------------------

    def render(self, nframes: int) -> NDArray[np.float32]:
        """Render the next frames: (channels, nframes)."""
        out = np.empty((self.channels, nframes), np.float32)
        self.render_into(out)
        return out

    def render_into(self, out: NDArray[np.float32]) -> None:
        """Fill out, (channels, T) float32, C-contiguous. The GIL is released."""
        self._native.render(out)

    def adopt_priority(self) -> None:
        """Give the workers the audio thread's scheduling. Call when it runs; OSError if refused."""
        try:
            self._native.adopt_priority()
        except RuntimeError as error:
            raise OSError(str(error)) from None

    # -- helpers -------------------------------------------------------------------

    def _taps_for(self, samplerate: int) -> _core.Taps:
        if samplerate not in self._taps:
            made = taps.design(samplerate, self.samplerate)
            self._taps[samplerate] = _core.Taps(made.up, made.down, made.rows)
        return self._taps[samplerate]


def _native_bus(bus: Bus) -> tuple[list[int], int, int, bool, float]:
    into = -1 if bus.into is None else bus.into
    return list(bus.channels), into, bus.speakers, bus.ring, bus.gain


def _ranges(parameters: Sequence[Ranged]) -> list[tuple[float, float]]:
    return [(float(p.minimum), float(p.maximum)) for p in parameters]
