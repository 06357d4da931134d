"""Whether one more voice fits into a block's time: what kernels cost, and what is measured.

A kernel is timed once, when its first voice is asked for. From that the load of any set of
voices is predicted as the engine would spread them over its threads (native/workers.cpp),
and scaled by what the engine's own meter says of the voices that play. Models that are made
ahead (onnx_engine) were timed when they were loaded; their thread has the voices of one model,
and all of them share the machine's cores. Loader thread, but for `observe`: control thread.
"""

from __future__ import annotations

import heapq
import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from smfosc import _core
    from smfosc.config import OverloadConfig
    from smfosc.engine import Engine
    from smfosc.voices import LoadedModel, Voice

WIDTHS = (1, 2, 4, 8)  # voices in a batch that are timed; between them lie straight lines
WIDEST = WIDTHS[-1]  # native/voice_state.h
STEPS = 48  # model samples per timing: 0.6 to 3 ms of the paper's model
REPEATS = 3  # the quickest counts: whatever disturbs makes it slower
STEADY_S = 2.0  # the meter's smoothing is 0.5 s: so long after a change it has settled
COMING_S = 10.0  # a voice that was let in and has not come by then never will
SCALES = (0.5, 3.0)  # what the meter may make of the prediction


class NoRoom(Exception):  # noqa: N818  the text is the reason that the sender reads
    """A voice that would not fit; the text says by how much."""


class Cost(NamedTuple):
    """Seconds of CPU time that a batch of each of WIDTHS takes for one model sample."""

    seconds: tuple[float, ...]
    samplerate: int  # model samples per second

    def load(self, width: int) -> float:
        """Share of a thread that a batch of that width takes."""
        return float(np.interp(width, WIDTHS, self.seconds)) * self.samplerate


def timed(kernel: _core.Kernel, samplerate: int, parameters: int) -> Cost:
    """What a kernel costs here and now."""
    values = np.full(parameters, 0.5, np.float32)

    def once(width: int) -> float:
        start = time.thread_time()
        kernel.generate(list(range(width)), values, STEPS, batch=width)
        return (time.thread_time() - start) / STEPS

    quickest = (min(once(width) for _ in range(REPEATS)) for width in WIDTHS)
    return Cost(tuple(quickest), samplerate)


def batches(counts: Iterable[int], threads: int) -> list[list[int]]:
    """Widths of each kernel's batches, as Workers::plan makes them. counts: voices by kernel."""
    voices = list(counts)
    width = min(max(-(-sum(voices) // threads), 2), WIDEST)
    found = [_even(count, width) for count in voices]
    rest = sum(map(len, found)) % threads
    if threads > 1 and rest:
        last = found[-1].pop()
        pieces = min(threads - rest + 1, (last + 1) // 2)
        found[-1] += _even(last, -(-last // pieces))
    return found


def _even(count: int, width: int) -> list[int]:
    sizes = []
    for left in range(-(-count // width), 0, -1):
        sizes.append(-(-count // left))
        count -= sizes[-1]
    return sizes


def predicted(costs: Mapping[int, Cost], counts: Mapping[int, int], threads: int) -> float:
    """Load of the busiest thread; each takes the next batch as soon as it is free."""
    busy = [0.0] * threads
    there = [key for key in counts if counts[key] and key in costs]
    for key, widths in zip(there, batches([counts[k] for k in there], threads), strict=True):
        for width in widths:
            heapq.heapreplace(busy, busy[0] + costs[key].load(width))
    return max(busy)


class Admission:
    """Lets voices in, or refuses them. threads: the audio thread and its workers."""

    def __init__(
        self,
        engine: Callable[[], Engine],
        voices: Mapping[str, Voice],
        settings: OverloadConfig,
        threads: int,
    ) -> None:
        self.settings = settings
        self._engine = engine
        self._voices = voices
        self._threads = threads
        self._kernels: dict[int, tuple[_core.Kernel, Cost]] = {}  # by id, which lasts as they do
        self._coming: dict[str, tuple[float, int]] = {}  # voices let in: when, with which kernel
        self._ahead: set[int] = set()  # those that a thread of their own makes ahead
        self._cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        self._scale = 1.0
        self._seen: tuple[float, Counter[int]] = (0.0, Counter())  # since when, which kernels

    def __call__(self, name: str, model: LoadedModel, leaving: Collection[str] = ()) -> None:
        """Before a voice is made. leaving: voices that go when it comes. Raises NoRoom."""
        engine = self._engine()
        if self.settings.admit == "all" or not engine.realtime:
            return
        self._time(model)
        playing = self._playing(leaving)
        now, key = time.monotonic(), id(model.kernel)
        self._coming = {n: c for n, c in self._coming.items() if n not in self._voices
                        and now - c[0] < COMING_S}  # fmt: skip
        playing.update(kernel for _, kernel in self._coming.values())
        if key in self._ahead:
            load, of = self._ahead_load(key, playing), " of its renderer"
            expected = self._ahead_load(key, playing + Counter([key]))
        else:
            load, of = engine.counters().load, ""
            expected = self._load(playing + Counter([key]))
        if playing and expected > self.settings.most:
            raise NoRoom(self._why(name, of, load, expected))
        self._coming[name] = (now, key)

    def _why(self, name: str, of: str, load: float, expected: float) -> str:
        return (
            f"voice {name} would not fit: the load{of} is {load:.2f} and would be {expected:.2f};"
            f" [overload] most = {self.settings.most:g}. Free a voice, add workers, or let all"
            f' in: admit = "all"'
        )

    def observe(self) -> None:
        """Hold the prediction against the meter; call it some times per second."""
        playing, now = self._playing(), time.monotonic()
        if playing != self._seen[1]:
            self._seen = (now, playing)
        elif playing and now - self._seen[0] >= STEADY_S:
            expected = self._load(playing) / self._scale
            if expected > 0.0:
                measured = self._engine().counters().load / expected
                self._scale = min(max(measured, SCALES[0]), SCALES[1])

    def _time(self, model: LoadedModel) -> None:
        """Time a model's kernel once, or take what was measured when it was loaded."""
        kernel, rate = model.kernel, model.info.samplerate
        if id(kernel) in self._kernels:
            return
        if model.ahead_s:
            self._ahead.add(id(kernel))
            self._kernels[id(kernel)] = (kernel, Cost(model.ahead_s, rate))
        else:
            cost = timed(kernel, rate, len(model.info.parameters))
            self._kernels[id(kernel)] = (kernel, cost)

    def _playing(self, leaving: Collection[str] = ()) -> Counter[int]:
        engine = self._engine()
        return Counter(
            id(voice.model.kernel)
            for voice in list(self._voices.values())
            if voice.name not in leaving and not engine.is_resting(voice.slot)
        )

    def _load(self, counts: Counter[int]) -> float:
        """Of the audio thread and its workers."""
        costs = {key: c for key, (_, c) in self._kernels.items() if key not in self._ahead}
        return self._scale * predicted(costs, counts, self._threads)

    def _ahead_load(self, key: int, counts: Counter[int]) -> float:
        """Of the thread of a model that is made ahead, or of all cores, whichever is nearer full.

        Its voices come in batches of WIDEST, one after another.
        """
        loads = {k: predicted({k: self._kernels[k][1]}, {k: counts[k]}, 1) for k in self._ahead}
        return max(loads[key], sum(loads.values()) / self._cores)
