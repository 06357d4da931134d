"""What a soak saw, and whether it passed: one line for each criterion."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from soak_daemon import Sample
from soak_hearing import Hearing

MOST_CENTS, MOST_DB = 5.0, 0.5
WARM_UP = 0.1  # of the time, at most two minutes: caches fill, voices are made
REFERENCE = 3  # hearings at the start whose mean is what a voice drifts from; as many at the end


@dataclass(frozen=True)
class Criterion:
    """One thing that had to hold."""

    name: str
    measured: str
    wanted: str
    holds: bool

    def __str__(self) -> str:
        """Its line of the verdict."""
        verdict = "passed" if self.holds else "FAILED"
        return f"{verdict}  {self.name}: {self.measured} (wanted {self.wanted})"


@dataclass(frozen=True)
class Drift:
    """How far a voice went from its first hearings: the furthest single one, and the last.

    cents and cents_at_end are None where a hearing had no pitch.
    """

    voice: str
    hearings: int
    cents: float | None
    cents_at_end: float | None
    db: float
    db_at_end: float
    pitched: bool

    @property
    def holds(self) -> bool:
        """Under 5 cents and 0.5 dB; a voice with a pitch has it in every hearing."""
        in_tune = not self.pitched or (self.cents is not None and self.cents < MOST_CENTS)
        return in_tune and self.db < MOST_DB

    def __str__(self) -> str:
        """Its figures."""
        level = f"{self.db:.2f} dB (at the end {self.db_at_end:+.2f})"
        if self.cents is None:
            return f"{'pitch lost' if self.pitched else 'no pitch'}, {level}"
        return f"{self.cents:.1f} cents (at the end {self.cents_at_end:+.1f}), {level}"


def _drift(values: Sequence[float]) -> tuple[float, float]:
    """The furthest from the mean of the first ones, and how far the last ones' mean is."""
    count = min(REFERENCE, max(1, len(values) // 2))
    start = statistics.fmean(values[:count])
    return max(abs(v - start) for v in values), statistics.fmean(values[-count:]) - start


@dataclass
class Soak:
    """What was seen. status: the daemon's counters, of the soak alone."""

    seconds: float = 0.0
    sent: int = 0
    stolen_s: float = 0.0
    status: dict[str, float] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    hearings: list[Hearing] = field(default_factory=list)

    def warm_s(self) -> float:
        """When the warm-up was over."""
        return min(120.0, WARM_UP * self.seconds)

    def _warm(self) -> list[Sample]:
        return [s for s in self.samples if s.at_s >= self.warm_s()]

    def growth_kib(self) -> float:
        """Median memory of the last quarter less that of the first after the warm-up."""
        rss = [s.rss_kib for s in self._warm()]
        quarter = max(1, len(rss) // 4)
        return statistics.median(rss[-quarter:]) - statistics.median(rss[:quarter])

    def more_files(self) -> int:
        """Files open at the end, less those after the warm-up."""
        files = [s.files for s in self._warm()]
        return files[-1] - files[0]

    def voices(self) -> list[str]:
        """That were heard."""
        return sorted({h.voice for h in self.hearings})

    def drift(self, voice: str) -> Drift:
        """Of one voice."""
        own = [h for h in self.hearings if h.voice == voice]
        db, db_at_end = _drift([h.level_db for h in own])
        pitches = [h.pitch_hz for h in own if h.pitch_hz]
        cents: tuple[float | None, float | None] = (None, None)
        if len(pitches) == len(own):
            cents = _drift([1200 * float(np.log2(hz)) for hz in pitches])
        return Drift(voice, len(own), *cents, db, db_at_end, bool(pitches))

    def criteria(self, most_growth_kib: float) -> Iterator[Criterion]:
        """What had to hold."""
        for name, of in (
            ("underruns", "underruns of ours"),
            ("missed_passes", "missed passes of ours"),
            ("resets", "resets of models"),
            ("dropped_events", "dropped events"),
        ):
            count = self.status[name]
            yield Criterion(of, f"{count:g}", "0", count == 0)
        growth, files = self.growth_kib(), self.more_files()
        wanted = f"less than {most_growth_kib:g}"
        yield Criterion(
            "memory after the warm-up", f"{growth:+.0f} KiB", wanted, growth < most_growth_kib
        )
        yield Criterion("file handles after the warm-up", f"{files:+d}", "no more", files <= 0)
        for voice in self.voices():
            drift = self.drift(voice)
            limits = f"under {MOST_CENTS:g} cents, {MOST_DB:g} dB"
            name = f"drift of {voice} in {drift.hearings} hearings"
            yield Criterion(name, str(drift), limits, drift.holds)

    def as_dict(self, most_growth_kib: float) -> dict[str, Any]:
        """For JSON: all there is, and the verdict."""
        criteria = [asdict(criterion) for criterion in self.criteria(most_growth_kib)]
        drifts = [asdict(self.drift(voice)) for voice in self.voices()]
        return {**asdict(self), "drifts": drifts, "criteria": criteria}


def report(soak: Soak, criteria: Sequence[Criterion]) -> Iterator[str]:
    """The lines for people: what was done, what the machine did, then the verdict."""
    status, last = soak.status, soak.samples[-1]
    yield f"{soak.seconds / 60:.1f} minutes, {soak.sent} packets, {status['voices']:g} voices"
    yield (
        f"load {status['load']:.2f}, peak {status['peak_load']:.2f}; memory"
        f" {last.rss_kib / 1024:.1f} MiB, {last.files} files, {last.threads} threads"
    )
    names = ("late_events", "stray_events", "lost_packets", "limited_messages")
    yield ", ".join(f"{name} {status[name]:g}" for name in names)
    yield (
        f"the machine's: {status['wall_misses']:g} blocks and {status['stolen_passes']:g} passes"
        f" late because a thread was kept from running, {status['slow_blocks']:g} blocks and"
        f" {status['slow_passes']:g} passes because the same work took 1.2 times its CPU time,"
        f" {soak.stolen_s:.1f} s stolen by the host"
    )
    yield from map(str, criteria)
    failed = [criterion.name for criterion in criteria if not criterion.holds]
    yield "passed" if not failed else "FAILED: " + ", ".join(failed)
