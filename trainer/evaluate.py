"""How the model plays: pitch everywhere, response to pitch steps, a minute's drift.

Every figure is measured on sound. `DaemonPlayer` hears what a musician hears: `smfosc render` as
its own process, native int8 kernel, WAV. `NetworkPlayer` plays a checkpoint in torch: slower, for
when there is no model file yet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from trainer.measures import pitch_errors, response_frames, rms_db
from trainer.tuning import midi_to_hz

Sound = NDArray[np.float32]


@dataclass(frozen=True)
class Turn:
    """From `seconds` on, the voice plays this pitch (MIDI) at this timbre (0..1)."""

    seconds: float
    pitch: float
    timbre: float

    def parameters(self) -> tuple[tuple[str, float], ...]:
        """Names and values, as a score writes them."""
        return (("pitch", self.pitch), ("timbre", self.timbre))


class Change(Protocol):
    """New values for a voice's parameters, in units, from `seconds` on."""

    @property
    def seconds(self) -> float:
        """When."""
        ...

    def parameters(self) -> tuple[tuple[str, float], ...]:
        """Names and values."""
        ...


@dataclass(frozen=True)
class Performance:
    """One voice from its reset: turns in the order of time, the first at 0."""

    turns: tuple[Change, ...]
    seconds: float
    seed: int


class Player(Protocol):
    """Whoever turns performances into sound at the model's rate."""

    samplerate: int

    def play(self, performances: Sequence[Performance]) -> list[Sound]:
        """One (T,) per performance."""
        ...


@dataclass(frozen=True)
class EvaluationConfig:
    """What is asked of the instrument."""

    seeds: tuple[int, ...] = (1, 2, 3, 4, 5)
    seconds: float = 10.0  # per steady note
    settle_s: float = 0.25  # start from silence, not judged
    pitches: tuple[float, ...] = tuple(np.arange(64.0, 76.5, 0.5).tolist())
    timbres: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)
    step_timbres: tuple[float, ...] = (0.0, 0.5, 1.0)
    steps: int = 20  # pitch steps per timbre and seed
    step_s: float = 0.4
    drift_points: tuple[tuple[float, float], ...] = ((64, 0), (70, 0), (70, 0.5), (70, 1), (76, 1))
    drift_s: float = 60.0


@dataclass(frozen=True)
class Steady:
    """One steady note over all seeds, the worst seed reported."""

    pitch: float
    timbre: float
    cents: float  # of largest size, signed
    in_tune: float  # smallest share of frames within 50 cents
    level_db: float  # of the last seed

    @property
    def trained_end(self) -> bool:
        """A whole semitone of one of the two recorded instruments."""
        return self.pitch == round(self.pitch) and self.timbre in (0.0, 1.0)


@dataclass(frozen=True)
class Response:
    """PRT over all steps at one timbre, in samples at the model's rate."""

    timbre: float
    steps: int
    median: float
    worst: float
    missed: int  # steps without three periods in tune within 200 ms


@dataclass(frozen=True)
class Drift:
    """The last ten of sixty seconds against the first ten, worst of all seeds."""

    pitch: float
    timbre: float
    level_db: float
    cents: float
    in_tune: float


@dataclass(frozen=True)
class Report:
    """Everything measured."""

    steady: list[Steady]
    response: list[Response]
    drift: list[Drift]
    config: EvaluationConfig

    def summary(self) -> dict[str, Any]:
        """The card's figures: worst over notes and seeds."""
        ends = [note for note in self.steady if note.trained_end]
        between = [note for note in self.steady if not note.trained_end]
        return {
            "worst_cents_ends": max((abs(n.cents) for n in ends), default=None),
            "worst_cents_between": max((abs(n.cents) for n in between), default=None),
            "notes_ends_over_8_cents": sum(abs(n.cents) > 8 for n in ends),
            "notes_between_over_15_cents": sum(abs(n.cents) > 15 for n in between),
            "worst_in_tune": min((n.in_tune for n in self.steady), default=None),
            "notes_under_99_percent": sum(n.in_tune < 0.99 for n in self.steady),
            "notes": len(self.steady),
            "prt_median_samples": max((r.median for r in self.response), default=None),
            "prt_worst_samples": max((r.worst for r in self.response), default=None),
            "prt_missed": sum(r.missed for r in self.response),
            "drift_db": max((abs(d.level_db) for d in self.drift), default=None),
            "drift_cents": max((abs(d.cents) for d in self.drift), default=None),
        }

    def as_json(self) -> dict[str, Any]:
        """Plain values: the summary, then every note."""
        return {"summary": self.summary(), **asdict(self)}


def evaluate(player: Player, config: EvaluationConfig) -> Iterator[Steady | Response | Drift]:
    """Measure note after note, timbre after timbre, yielding each result once it is known."""
    for timbre in config.timbres:
        yield from steady_notes(player, config, timbre)
    for timbre in config.step_timbres:
        yield responses(player, config, timbre)
    yield from drifts(player, config)


def result_count(config: EvaluationConfig) -> int:
    """How many results `evaluate` yields."""
    notes = len(config.timbres) * len(config.pitches)
    return notes + len(config.step_timbres) + len(config.drift_points)


def report(results: Sequence[Steady | Response | Drift], config: EvaluationConfig) -> Report:
    """Sort results by kind."""
    return Report(
        [r for r in results if isinstance(r, Steady)],
        [r for r in results if isinstance(r, Response)],
        [r for r in results if isinstance(r, Drift)],
        config,
    )


NOTES_AT_ONCE = 4  # with five seeds 20 voices: five full groups of the daemon's player


def steady_notes(player: Player, config: EvaluationConfig, timbre: float) -> Iterator[Steady]:
    """Each pitch at one timbre, every note from a reset, over all seeds."""
    for first in range(0, len(config.pitches), NOTES_AT_ONCE):
        points = [(p, timbre) for p in config.pitches[first : first + NOTES_AT_ONCE]]
        held = _hold(player, config, points, config.seconds)
        yield from (_steady(p, timbre, s, player) for (p, _), s in zip(points, held, strict=True))


def _steady(pitch: float, timbre: float, settled: Sound, player: Player) -> Steady:
    """The worst of all seeds at one note. settled: (seeds, T)."""
    errors = pitch_errors(settled, np.full(len(settled), pitch), player.samplerate)
    return Steady(
        pitch=pitch,
        timbre=timbre,
        cents=max((e.median_cents for e in errors), key=abs),
        in_tune=min(e.in_tune for e in errors),
        level_db=float(rms_db(settled)[-1]),
    )


def _hold(
    player: Player,
    config: EvaluationConfig,
    points: Sequence[tuple[float, float]],
    seconds: float,
) -> list[Sound]:
    """Notes (pitch, timbre) held by every seed: (seeds, T) per note, settled."""
    performances = [
        Performance((Turn(0.0, pitch, timbre),), seconds, seed)
        for pitch, timbre in points
        for seed in config.seeds
    ]
    sounds = np.stack(player.play(performances))
    settled = sounds[:, round(config.settle_s * player.samplerate) :]
    return list(settled.reshape(len(points), len(config.seeds), -1))


def responses(player: Player, config: EvaluationConfig, timbre: float) -> Response:
    """Pitch steps from note to note, drawn without repeating the same pitch."""
    performances = [_stepping(config, timbre, seed) for seed in config.seeds]
    found: list[int | None] = []
    for performance, sound in zip(performances, player.play(performances), strict=True):
        for turn in performance.turns[1:]:
            step = round(turn.seconds * player.samplerate)
            hz = float(midi_to_hz(dict(turn.parameters())["pitch"]))
            found.append(response_frames(sound, step, hz, player.samplerate))
    heard = [frames for frames in found if frames is not None]
    return Response(
        timbre=timbre,
        steps=len(found),
        median=float(np.median(heard)) if heard else float("inf"),
        worst=float(max(heard, default=float("inf"))),
        missed=len(found) - len(heard),
    )


def _stepping(config: EvaluationConfig, timbre: float, seed: int) -> Performance:
    rng = np.random.default_rng(seed)
    jumps = rng.integers(1, 13, config.steps)  # 1 ... 12 semitones on a ring of 13 notes
    notes = 64 + (np.cumsum(np.concatenate([[6], jumps])) % 13)
    turns = tuple(Turn(k * config.step_s, float(p), timbre) for k, p in enumerate(notes))
    return Performance(turns, len(turns) * config.step_s + 0.1, seed)


def drifts(player: Player, config: EvaluationConfig) -> list[Drift]:
    """Notes held for a minute: the last sixth against the first."""
    held = _hold(player, config, config.drift_points, config.drift_s)
    points = zip(config.drift_points, held, strict=True)
    return [_drift(pitch, timbre, settled, player) for (pitch, timbre), settled in points]


def _drift(pitch: float, timbre: float, settled: Sound, player: Player) -> Drift:
    """The worst of all seeds at one note. settled: (seeds, T)."""
    sixth = settled.shape[1] // 6
    first, last = settled[:, :sixth], settled[:, -sixth:]
    pitches, rate = np.full(len(settled), pitch), player.samplerate
    before, after = pitch_errors(first, pitches, rate), pitch_errors(last, pitches, rate)
    moved = [b.median_cents - a.median_cents for a, b in zip(before, after, strict=True)]
    return Drift(
        pitch=pitch,
        timbre=timbre,
        level_db=float(max(rms_db(last) - rms_db(first), key=abs)),
        cents=max(moved, key=abs),
        in_tune=min(e.in_tune for e in pitch_errors(settled, pitches, rate)),
    )
