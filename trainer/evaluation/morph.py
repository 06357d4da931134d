"""From end to end of each parameter: does the spectrum change step by step, or jump?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.audition import in_units
from trainer.bands import band_levels
from trainer.evaluation.material import Studio, held_at
from trainer.volume import NAME as VOLUME
from trainer.volume import audible

NAME = "morph"
STOPS = 21  # per parameter: the paper's grid
SECONDS = 1.0  # held at each
BANDS = 32


def measure(studio: Studio) -> dict[str, Any]:
    """Each parameter in turn from 0 to 1, the others half-way: band levels at every stop."""
    found, levels = {}, {}
    for column, name in enumerate(studio.names):
        if name == VOLUME:
            continue  # a step of it strikes a note: see attack
        heard = _levels(studio, column)
        found[name] = evenness(heard)
        levels[name] = [[round(float(v), 1) for v in row] for row in heard]
    return {"along": found, "levels": levels}


def _levels(studio: Studio, column: int) -> NDArray[np.float64]:
    """(STOPS, BANDS) dB, the mean level taken out."""
    shares = audible(np.full((STOPS, len(studio.ranges)), 0.5), studio.ranges)
    shares[:, column] = np.linspace(0, 1, STOPS)
    points = in_units(shares, studio.ranges)
    seconds = studio.config.settle_s + SECONDS
    sounds = studio.player.play([held_at(p, studio.names, seconds, 1) for p in points])
    heard = band_levels(
        np.stack([studio.settled(sound) for sound in sounds]), studio.samplerate, bands=BANDS
    )
    return np.asarray(heard - heard.mean(axis=1, keepdims=True))


def evenness(levels: NDArray[np.float64]) -> dict[str, float]:
    """CV of the steps, the worst one, path / chord. levels: (stops, bands)."""
    steps = np.mean(np.abs(np.diff(levels, axis=0)), axis=1)
    chord = float(np.mean(np.abs(levels[-1] - levels[0])))
    mean = float(steps.mean())
    return {
        "whole_db": round(chord, 2),
        "cv": round(float(steps.std()) / max(mean, 1e-9), 3),
        "max_to_mean": round(float(steps.max()) / max(mean, 1e-9), 3),
        "detour": round(float(steps.sum()) / max(chord, 1e-9), 3),
    }
