"""GANSynth's representation beside the paper's: log-magnitudes and instantaneous frequencies.

The second channel is how far a bin's phase moves from one frame to the next, in turns of pi:
steady for a steady partial, whatever the phase it started with. Decoding adds the steps up.
Here the phase is counted against the bin's own centre frequency, which takes the pattern of
0, 1/2, 1, -1/2 that hop / fft = 1/4 would print over the bins. The first frame's step is from
phase 0: it holds the phases themselves, so that an analysed sound comes back exactly.

Left out: GANSynth's mel scale (its best variant; 257 bins of 31 Hz hold fewer than mel would ask
of the low octave, and the sound would no more come back exactly), its larger FFT and its +-0.8.
Source: Engel et al.: GANSynth, ICLR 2019.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from trainer.spectral import decibels
from trainer.spectral.clips import within_full_scale
from trainer.spectral.gabor import Coefficients, with_phases
from trainer.spectral.gabor_pictures import GaborPictures

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class InstantaneousFrequency(GaborPictures):
    """Channel 0: levels as in `LogMagnitude`. Channel 1: phase steps, pi radians, -1 ... 1.

    A seed changes nothing: all phases are in the picture.
    """

    channels: ClassVar[int] = 2

    def _pictures(self, sounds: Floats) -> Floats:
        coefficients = self.gabor.analyse(sounds)
        steps = _principal(np.diff(self._phases(coefficients), axis=1, prepend=0))
        pictures = np.stack([decibels.levels(np.abs(coefficients)), steps / np.pi], axis=1)
        return np.ascontiguousarray(pictures.transpose(0, 1, 3, 2), dtype=np.float32)

    def _sounds(self, pictures: Floats, seed: int) -> Floats:
        levels, steps = pictures.transpose(1, 0, 3, 2)
        phases = np.pi * np.cumsum(steps, axis=1, dtype=np.float64) + self._carrier()
        coefficients = with_phases(decibels.magnitudes(levels), _principal(phases))
        return within_full_scale(self.gabor.synthesise(coefficients))

    def _phases(self, coefficients: Coefficients) -> NDArray[np.float64]:
        """Phases against each bin's own oscillation, which stands still at the clip's start."""
        phases: NDArray[np.float64] = np.angle(coefficients).astype(np.float64)
        return phases - self._carrier()

    def _carrier(self) -> NDArray[np.float64]:
        """(frames, bins): 2 pi m hop n / fft."""
        turn = 2 * np.pi * self.gabor.hop / self.gabor.fft
        return turn * np.outer(np.arange(float(self.frames)), np.arange(self.bins))


def _principal(radians: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same angle in -pi ... pi."""
    return np.asarray(radians - 2 * np.pi * np.round(radians / (2 * np.pi)))
