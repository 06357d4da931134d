"""The paper's representation: one channel of log-magnitudes; PGHI finds the phases, settling
makes them agree, and polish, where it is wanted, brings them nearer still.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from trainer.spectral import decibels
from trainer.spectral.clips import within_full_scale
from trainer.spectral.gabor import with_phases
from trainer.spectral.gabor_pictures import GaborPictures
from trainer.spectral.pghi import TOLERANCE, pghi
from trainer.spectral.polish import polish
from trainer.spectral.settling import SWEEPS, settle

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class LogMagnitude(GaborPictures):
    """Channel 0: 1 is the clip's strongest bin, -1 is 100 dB below, and all of silence."""

    # 25 bring noise nearer by 4 dB in 4 times the time, and may take from what was right:
    # averages of clean tones lose 12 dB, from -53.
    polish_iterations: int = 0
    sweeps: int = SWEEPS  # of settling; 0 is the PGHI of its paper
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
        coefficients = settle(
            with_phases(magnitudes, phases),
            self.gabor,
            tolerance=self.tolerance,
            sweeps=self.sweeps,
        )
        coefficients = polish(coefficients, magnitudes, self.gabor, self.polish_iterations)
        return within_full_scale(self.gabor.synthesise(coefficients))
