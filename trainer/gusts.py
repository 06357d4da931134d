"""How the bands of a noise sway, and less of it.

A GAN's noises have clouds: bands that come and go within some tenths of a second. A network that
predicts the next sample learns each as a sound of its own, and leaps from one to the other, most
of all where a parameter glides. Nothing foretells them, and a steady noise has none.
"""

import numpy as np
from numpy.typing import NDArray

from trainer.harmonics import SWAYS_HZ
from trainer.spectral.gabor import Gabor

Floats = NDArray[np.float64]

# std of the band whose level is followed. With SWAYS_HZ some 40 squares of a Gaussian noise are
# averaged, so that its own chance, 1 dB, is hardly taken for a gust
BAND_HZ = 125.0
MOST_DB = 10.0  # that a band is raised: a lone click is no gust
TINY = 1e-20  # power, full scale 1


def calmed(samples: Floats, samplerate: int, gusts: float) -> Floats:
    """The noise (T,) with `gusts` of how its bands sway around their mean power, in dB.

    What is slower than SWAYS_HZ counts as sway; clicks and the noise's own chance stay. samples are
    taken as one turn of a circle (as a picture's are). T: a multiple of 128.
    """
    gabor = Gabor(samples=len(samples))
    coefficients = gabor.analyse(samples[None].astype(np.float32))
    power = np.abs(coefficients[0].astype(np.complex128)) ** 2  # (frames, bins)
    frame_hz = np.asarray(np.fft.fftfreq(gabor.frames, gabor.hop / samplerate), dtype=np.float64)
    slow = _smoothed(power, frame_hz, SWAYS_HZ)
    level = _across(slow, BAND_HZ * gabor.fft / samplerate)
    sway_db = 10 * np.log10((level + TINY) / (level.mean(axis=0) + TINY))
    gain_db = np.minimum(-(1 - gusts) * sway_db, MOST_DB)
    steady = coefficients * (10 ** (gain_db / 20)).astype(np.float32)
    return np.asarray(gabor.synthesise(steady)[0], dtype=np.float64)


def _smoothed(power: Floats, hz: Floats, width_hz: float) -> Floats:
    """Over the first axis, a circle, by a Gaussian of that std in frequency; never below 0."""
    kept = np.exp(-0.5 * (hz / width_hz) ** 2)[:, None]
    return np.maximum(np.fft.ifft(np.fft.fft(power, axis=0) * kept, axis=0).real, 0.0)


def _across(power: Floats, width: float) -> Floats:
    """Over the second axis, by a Gaussian of that std in bins; the ends lend nothing."""
    reach = np.arange(power.shape[1])
    weights = np.exp(-0.5 * ((reach[:, None] - reach) / width) ** 2)
    return np.asarray(power @ (weights / weights.sum(axis=0)))
