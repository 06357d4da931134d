"""How near an inverted sound comes to its spectrogram."""

import numpy as np
from numpy.typing import NDArray

from trainer.spectral.gabor import Gabor

EDGE_FRAMES = 4  # half of a window: what a clip's seam can reach


def spectral_convergence_db(
    sounds: NDArray[np.float32], magnitudes: NDArray[np.float32], gabor: Gabor
) -> NDArray[np.float64]:
    """How far the sounds' spectrograms are from the wanted ones, of each clip, interior frames.

    sounds: (N, samples); magnitudes: (N, frames, bins). Returns (N,), dB (`convergence_db`).
    """
    return convergence_db(np.abs(gabor.analyse(sounds)), magnitudes)


def convergence_db(
    found: NDArray[np.floating], wanted: NDArray[np.floating]
) -> NDArray[np.float64]:
    """20 log10(|| scale found - wanted || / || wanted ||), without the frames at the edges.

    Both (N, frames, bins). scale, one number a clip, is the one that fits best: a representation
    may normalise. Returns (N,), dB, lower is nearer; nan where nothing is wanted.
    """
    inner = slice(EDGE_FRAMES, -EDGE_FRAMES)
    found, wanted = found[:, inner].astype(np.float64), wanted[:, inner].astype(np.float64)
    axes = (1, 2)
    energy = (found**2).sum(axes, keepdims=True)
    scale = (found * wanted).sum(axes, keepdims=True) / np.where(energy > 0, energy, 1)
    error = np.linalg.norm(scale * found - wanted, axis=axes)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(20 * np.log10(error / np.linalg.norm(wanted, axis=axes)))
