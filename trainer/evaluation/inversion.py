"""Inversion: how near a clip comes to itself through the GAN's representation and back."""

from typing import Any

import numpy as np

from trainer.evaluation.features import Floats, read_clips, some_rows
from trainer.evaluation.material import Studio
from trainer.spectral import representation
from trainer.spectral.gabor import Gabor
from trainer.spectral.measures import EDGE_FRAMES, spectral_convergence_db

NAME, UNIT = "inversion", "clip"
RANGE_DB = 80.0  # below a clip's strongest bin; what lies lower is not heard beside it
DEFAULT = "log-magnitude"


def measure(studio: Studio) -> dict[str, Any]:
    """Of the recordings, and of the grid's clips, evenly chosen."""
    name = studio.generator.generator.representation if studio.material.gan else DEFAULT
    sets = {"recordings": studio.material.dataset, "grid": studio.material.learned}
    if studio.material.learned == studio.material.dataset:
        del sets["grid"]
    if not any(sets.values()):
        studio.require("dataset", "dataset")
    found = {}
    for title, folder in sets.items():
        if folder is not None:
            clips = read_clips(folder, some_rows(folder, studio.config.clips))
            found[title] = inverted(clips, name, studio.config.seed)
    return {"representation": name, "sets": found}


def inverted(clips: Floats, name: str, seed: int) -> dict[str, float]:
    """Spectral convergence and log-spectral distance of (N, CLIP), dB, interior frames."""
    decoder, gabor = representation(name), Gabor()
    back = decoder.decode(decoder.encode(clips), seed=seed)
    wanted, found = (np.abs(gabor.analyse(sounds)) for sounds in (clips, back))
    convergence = spectral_convergence_db(back, wanted, gabor)
    convergence = convergence[np.isfinite(convergence)]
    return {
        "clips": len(clips),
        "spectral_convergence_db": _round(np.median(convergence)),
        "worst_spectral_convergence_db": _round(convergence.max()),
        "log_spectral_distance_db": _round(np.median(log_spectral_distance(found, wanted))),
    }


def log_spectral_distance(found: Floats, wanted: Floats) -> Floats:
    """RMS over bins of the level's difference, mean over frames: (N, frames, bins) -> (N,) dB.

    Both at one energy; nothing counts as lower than RANGE_DB under the clip's strongest bin.
    """
    levels = [_levels(each[:, EDGE_FRAMES:-EDGE_FRAMES]) for each in (found, wanted)]
    return np.asarray(np.sqrt(np.mean((levels[0] - levels[1]) ** 2, axis=2)).mean(axis=1))


def _levels(magnitudes: Floats) -> Floats:
    energy = np.sqrt(np.mean(magnitudes**2, axis=(1, 2), keepdims=True))
    levels = 20 * np.log10(np.maximum(magnitudes / np.maximum(energy, 1e-12), 1e-9))
    return np.asarray(np.maximum(levels, levels.max(axis=(1, 2), keepdims=True) - RANGE_DB))


def _round(value: Any) -> float:
    return round(float(value), 2)
