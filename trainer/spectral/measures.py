"""How near an inverted sound comes to its spectrogram."""

import numpy as np
from numpy.typing import NDArray

from trainer.spectral.gabor import Gabor

EDGE_FRAMES = 4  # half of a window: what a clip's seam can reach


def spectral_convergence_db(
    sounds: NDArray[np.float32], magnitudes: NDArray[np.float32], gabor: Gabor
) -> NDArray[np.float64]:
    """20 log10(||  |X(sound)| - magnitude  || / ||magnitude||) of each clip, interior frames.

    sounds: (N, samples); magnitudes: (N, frames, bins), of any scale: the sound is brought to the
    one that fits best, as a representation may normalise. Returns (N,), dB; lower is nearer.
    Raises nothing; a silent magnitude gives nan.
    """
    inner = slice(EDGE_FRAMES, -EDGE_FRAMES)
    found = np.abs(gabor.analyse(sounds))[:, inner].astype(np.float64)
    wanted = magnitudes[:, inner].astype(np.float64)
    axes = (1, 2)
    energy = (found**2).sum(axes, keepdims=True)
    scale = (found * wanted).sum(axes, keepdims=True) / np.where(energy > 0, energy, 1)
    error = np.linalg.norm(scale * found - wanted, axis=axes)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(20 * np.log10(error / np.linalg.norm(wanted, axis=axes)))
