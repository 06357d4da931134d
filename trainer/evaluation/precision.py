"""int8 beside float32: what the weights' rounding changes in what is heard."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.bands import band_distance_db, band_levels
from trainer.evaluation.material import Studio, held_at
from trainer.evaluation.pitch import listening
from trainer.evaluation.stability import halton
from trainer.measures import rms_db
from trainer.players import DaemonPlayer
from trainer.tuning import cents
from trainer.yin import yin

NAME = "precision"
PLACES = 8
EXACT = "float32"

Sounds = NDArray[np.float64]


def measure(studio: Studio) -> dict[str, Any]:
    """The same places and seeds by the daemon's own precision (int8) and by float32.

    Beside float32 with another seed, since two free runs of one network differ, too.
    """
    usual = DaemonPlayer(studio.material.model.absolute(), studio.samplerate)
    exact = replace(usual, precision=EXACT)
    rounded, whole = _played(studio, usual, 1), _played(studio, exact, 1)
    other = _played(studio, exact, 1 + PLACES)
    return {
        "places": PLACES,
        "apart": {
            "int8 and float32": _apart(studio, rounded, whole),
            "float32 and itself, other seeds": _apart(studio, other, whole),
        },
    }


def _played(studio: Studio, player: DaemonPlayer, seed: int) -> Sounds:
    seconds = studio.config.settle_s + studio.config.note_s
    points = halton(studio, PLACES)
    held = [held_at(p, studio.names, seconds, k) for k, p in enumerate(points, start=seed)]
    return np.stack([studio.settled(sound) for sound in player.play(held)]).astype(np.float64)


def _apart(studio: Studio, a: Sounds, b: Sounds) -> dict[str, float]:
    """Worst over the places: level, bands, and pitch where there is one."""
    rate = studio.samplerate
    found = {
        "level_db": round(float(np.max(np.abs(rms_db(a) - rms_db(b)))), 2),
        "bands_db": round(
            float(np.max(band_distance_db(band_levels(a, rate), band_levels(b, rate)))), 2
        ),
    }
    if "pitch" not in studio.names:
        return found
    look = listening(studio, studio.names.index("pitch"))
    first, second = (np.median(yin(each, rate, look), axis=1) for each in (a, b))
    return found | {"cents": round(float(np.max(np.abs(cents(first, second)))), 2)}
