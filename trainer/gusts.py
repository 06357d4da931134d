"""How the bands of a noise sway, and less of it.

A GAN's noises have clouds: bands that come and go within some tenths of a second. A network that
predicts the next sample learns each as a sound of its own, and leaps from one to the other, most
of all where a parameter glides. Nothing foretells them, and a steady noise has none.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from trainer.harmonics import SWAYS_HZ
from trainer.spectral.gabor import Gabor

Floats = NDArray[np.float64]

BAND_HZ = 125.0  # std of the band that is followed: white noise then sways by 0.6 dB, by chance
MOST_DB = 10.0  # that a band is raised: what is left in a gap is not the noise
TINY = 1e-20  # power, full scale 1


def calmed(samples: Floats, samplerate: int, gusts: float) -> Floats:
    """The noise (T,) with `gusts` of how its bands sway around their mean power, in dB.

    What is slower than SWAYS_HZ counts as sway; clicks and the noise's own chance stay. samples are
    taken as one turn of a circle (as a picture's are). T: a multiple of 128.
    """
    gabor = Gabor(samples=len(samples))
    coefficients = gabor.analyse(samples[None].astype(np.float32))
    power = np.abs(coefficients[0].astype(np.complex128)) ** 2  # (frames, bins)
    over_time = samplerate / gabor.hop / (2 * np.pi * SWAYS_HZ)  # std in frames
    over_bands = BAND_HZ * gabor.fft / samplerate  # ... in bins
    level = gaussian_filter(power, (over_time, over_bands), mode=("wrap", "constant"))
    sway_db = 10 * np.log10((level + TINY) / (level.mean(axis=0) + TINY))
    gain_db = np.minimum(-(1 - gusts) * sway_db, MOST_DB)
    steady = coefficients * (10 ** (gain_db / 20)).astype(np.float32)
    return np.asarray(gabor.synthesise(steady)[0], dtype=np.float64)
