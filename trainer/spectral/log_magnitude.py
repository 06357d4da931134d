"""The paper's representation: one channel of log-magnitudes; PGHI finds the phases."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from trainer.spectral import decibels
from trainer.spectral.clips import within_full_scale
from trainer.spectral.gabor import with_phases
from trainer.spectral.gabor_pictures import GaborPictures
from trainer.spectral.griffin_lim import fast_griffin_lim
from trainer.spectral.pghi import TOLERANCE, pghi

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class LogMagnitude(GaborPictures):
    """Channel 0: 1 is the clip's strongest bin, -1 is 100 dB below, and all of silence."""

    # Of fast Griffin-Lim. 15 bring noise nearer by 7-8 dB in 3.5 times the time, and may take from
    # what PGHI got right: averages of clean tones lose 10 dB, from -50.
    polish_iterations: int = 0
    tolerance: float = TOLERANCE  # of the strongest bin; below it phases are random
    channels: ClassVar[int] = 1

    def _pictures(self, sounds: Floats) -> Floats:
        levels = decibels.levels(np.abs(self.gabor.analyse(sounds)))
        return np.ascontiguousarray(levels.transpose(0, 2, 1))[:, None]

    def _sounds(self, pictures: Floats, seed: int) -> Floats:
        levels = np.ascontiguousarray(pictures[:, 0].transpose(0, 2, 1))
        magnitudes = decibels.magnitudes(levels)
        phases = pghi(
            decibels.log_magnitudes(levels), self.gabor, seed=seed, tolerance=self.tolerance
        )
        coefficients = with_phases(magnitudes, phases)
        coefficients = fast_griffin_lim(
            coefficients, magnitudes, self.gabor, self.polish_iterations
        )
        return within_full_scale(self.gabor.synthesise(coefficients))
