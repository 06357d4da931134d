"""Loudness over the space: LUFS at places of the range, and how far they lie apart."""

from typing import Any

import numpy as np

from trainer.evaluation.material import Studio, held_at
from trainer.evaluation.stability import halton
from trainer.loudness import lufs

NAME = "loudness"
PLACES = 32  # beside the corners
NOTE_S = 2.0  # 17 gating blocks of 400 ms
SILENCE_LUFS = -70.0  # the standard's absolute gate


def measure(studio: Studio) -> dict[str, Any]:
    """Integrated loudness (BS.1770) at the middle and a Halton sequence over the range."""
    points = halton(studio, PLACES)
    seconds = studio.config.settle_s + NOTE_S
    held = [held_at(p, studio.names, seconds, k) for k, p in enumerate(points, start=1)]
    found = np.array(
        [
            max(lufs(studio.settled(sound), studio.samplerate), SILENCE_LUFS)
            for sound in studio.player.play(held)
        ]
    )
    middle = float(np.median(found))
    return {
        "places": len(found),
        "median_lufs": round(middle, 2),
        "told_lufs": studio.told_lufs,
        "worst_apart_lu": round(float(np.max(np.abs(found - middle))), 2),
        "spread_lu": round(float(found.max() - found.min()), 2),
        "within_1_lu": round(float(np.mean(np.abs(found - middle) <= 1)), 4),
    }
