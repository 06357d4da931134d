"""What docs/results.md asks of each model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Held = Mapping[str, Any]
MISSING = "not yet measured"


@dataclass(frozen=True)
class Clause:
    """One figure of a model's evaluation.json. path: keys, separated by slashes."""

    about: str
    goal: str
    path: str
    meets: Callable[[float], bool] | None = None  # None: told, not judged


def at_most(limit: float) -> Callable[[float], bool]:
    """Either way from 0."""
    return lambda value: abs(value) <= limit


def at_least(limit: float) -> Callable[[float], bool]:
    """A share, a length."""
    return lambda value: value >= limit


CLAUSES = (
    Clause("bits per sample, held-out rows", "", "likelihood/bits_per_sample"),
    Clause(
        "pitch at grid points: median of notes, cents",
        "<= 5",
        "pitch/notes/grid/median_abs_cents",
        at_most(5),
    ),
    Clause(
        "... 95th percentile of notes, cents",
        "<= 15",
        "pitch/notes/grid/p95_abs_cents",
        at_most(15),
    ),
    Clause(
        "pitch between: median of notes, cents",
        "<= 5",
        "pitch/notes/half_way/median_abs_cents",
        at_most(5),
    ),
    Clause(
        "... 95th percentile of notes, cents",
        "<= 15",
        "pitch/notes/half_way/p95_abs_cents",
        at_most(15),
    ),
    Clause("glides: frames within 50 cents", "", "pitch/where/glides/in_tune"),
    Clause("glides: median of frames, cents", "", "pitch/where/glides/median_abs_cents"),
    Clause("glides: 95th percentile of frames, cents", "", "pitch/where/glides/p95_abs_cents"),
    Clause(
        "pitch steps up to an octave within 2 periods or 100 samples",
        ">= 0.9",
        "response/within_2_periods_or_100_samples",
        at_least(0.9),
    ),
    Clause(
        "texture steps 90 % there within 20 ms", ">= 0.9", "response/within_20_ms", at_least(0.9)
    ),
    Clause(
        "grid CV after / before, spectrogram L2",
        "<= 0.5",
        "derived/cv_ratio_spectrogram_l2",
        at_most(0.5),
    ),
    Clause(
        "grid CV after / before, log-mel L1", "<= 0.5", "derived/cv_ratio_log_mel_l1", at_most(0.5)
    ),
    Clause(
        "... of each line by itself, spectrogram L2",
        "",
        "derived/line_cv_ratio_spectrogram_l2",
    ),
    Clause("... of each line by itself, log-mel L1", "", "derived/line_cv_ratio_log_mel_l1"),
    Clause(
        "grid detour before, spectrogram L2", "", "grid/distances/spectrogram_l2, before/detour"
    ),
    Clause("grid detour after", "", "grid/distances/spectrogram_l2, after/detour"),
    Clause(
        "grid max/mean before, spectrogram L2",
        "",
        "grid/distances/spectrogram_l2, before/max_to_mean",
    ),
    Clause("grid max/mean after", "", "grid/distances/spectrogram_l2, after/max_to_mean"),
    Clause(
        "RNN and GAN of one class (paper 0.888), pairs >= 143",
        "",
        "agreement/same_class/RNN and GAN",
    ),
    Clause("GAN and itself over phases of PGHI", "", "agreement/same_class/GAN and itself"),
    Clause("RNN and itself over seeds", "", "agreement/same_class/RNN and itself"),
    Clause(
        "... RNN and GAN below the GAN and itself",
        "<= 0.03",
        "derived/agreement_below_gan",
        lambda value: value <= 0.03,
    ),
    Clause("RNN beside GAN, log-mel, dB", "", "agreement/log_mel_l1_db/RNN and GAN"),
    Clause("free run, seconds", ">= 600", "stability/seconds", at_least(600)),
    Clause(
        "... last 10 s against first, cents", "< 5", "stability/worst/drift_cents", at_most(4.999)
    ),
    Clause("... last 10 s against first, dB", "< 0.5", "stability/worst/drift_db", at_most(0.4999)),
    Clause(
        "... seconds 3 dB above the median one", "0", "stability/worst/burst_seconds", at_most(0)
    ),
    Clause("... repetition of the envelope (1: a loop)", "", "stability/worst/envelope_repetition"),
    Clause("int8 beside float32: level, dB", "", "precision/apart/int8 and float32/level_db"),
    Clause("... bands, dB", "", "precision/apart/int8 and float32/bands_db"),
    Clause("... pitch, cents", "", "precision/apart/int8 and float32/cents"),
    Clause(
        "float32 beside itself, other seeds: bands, dB",
        "",
        "precision/apart/float32 and itself, other seeds/bands_db",
    ),
    Clause(
        "loudness across the space, worst from the median, LU",
        "<= 1",
        "loudness/worst_apart_lu",
        at_most(1),
    ),
    Clause("attack: rise of recorded notes, ms", "", "attack/median/recorded/rise_ms"),
    Clause("... of the model's, ms", "", "attack/median/played/rise_ms"),
    Clause(
        "... rise of the spectral centroid, recorded", "", "attack/median/recorded/centroid_rise"
    ),
    Clause("... the model's", "", "attack/median/played/centroid_rise"),
)


def derived(measures: Held) -> dict[str, float]:
    """Figures that are made of two."""
    found = {}
    for name in ("spectrogram_l2", "log_mel_l1"):
        for figure in ("cv", "line_cv"):
            before = value_at(measures, f"grid/distances/{name}, before/{figure}")
            after = value_at(measures, f"grid/distances/{name}, after/{figure}")
            if before and after is not None:
                found[f"{figure}_ratio_{name}"] = round(after / before, 4)
    rnn = value_at(measures, "agreement/same_class/RNN and GAN")
    own = value_at(measures, "agreement/same_class/GAN and itself")
    if rnn is not None and own is not None:
        found["agreement_below_gan"] = round(own - rnn, 4)
    return found


def value_at(held: Held, path: str) -> float | None:
    """A number, or None where it is not there."""
    place: Any = held
    for key in path.split("/"):
        if not isinstance(place, Mapping) or key not in place:
            return None
        place = place[key]
    return float(place) if isinstance(place, int | float) and not isinstance(place, bool) else None
