"""The paper's representation: one channel of log-magnitudes; PGHI finds the phases."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from trainer.spectral import decibels
from trainer.spectral.clips import checked, in_parallel, within_full_scale
from trainer.spectral.gabor import Gabor, with_phases
from trainer.spectral.griffin_lim import fast_griffin_lim
from trainer.spectral.pghi import TOLERANCE, pghi

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class LogMagnitude:
    """Log-magnitude Gabor transform, 100 dB in -1 ... 1, and back by PGHI."""

    # Of fast Griffin-Lim. 15 bring noise nearer by 7-8 dB in 3.5 times the time, and may take from
    # what PGHI got right: averages of clean tones lose 10 dB, from -50.
    polish_iterations: int = 0
    tolerance: float = TOLERANCE  # of the strongest bin; below it phases are random
    gabor: Gabor = field(default_factory=Gabor)
    channels = 1

    @property
    def bins(self) -> int:
        """257, DC to Nyquist."""
        return self.gabor.bins

    @property
    def frames(self) -> int:
        """128, circular in time."""
        return self.gabor.frames

    @property
    def samples(self) -> int:
        """16,384 at 16 kHz."""
        return self.gabor.samples

    def encode(self, sounds: NDArray[np.floating]) -> Floats:
        """sounds: (N, samples). Returns (N, 1, bins, frames) float32 in -1 ... 1.

        1 is the clip's strongest bin, -1 is 100 dB below and all of silence. Raises TrainerError.
        """
        clips = checked(sounds, (self.samples,), "encoding: sounds")
        return in_parallel(self._levels, clips, self._empty())

    def decode(self, spectrograms: NDArray[np.floating], *, seed: int) -> Floats:
        """spectrograms: (N, 1, bins, frames). Returns (N, samples) float32 in -1 ... 1.

        Takes values beyond -1 ... 1 (`decibels.log_magnitudes`). Each clip depends on its own
        spectrogram and the seed only. Raises TrainerError.
        """
        shape = (self.channels, self.bins, self.frames)
        levels = checked(spectrograms, shape, "decoding: spectrograms")
        silence = np.empty((0, self.samples), np.float32)
        return in_parallel(lambda batch: self._sounds(batch, seed), levels, silence)

    def _levels(self, sounds: Floats) -> Floats:
        levels = decibels.levels(np.abs(self.gabor.analyse(sounds)))
        return np.ascontiguousarray(levels.transpose(0, 2, 1))[:, None]

    def _sounds(self, spectrograms: Floats, seed: int) -> Floats:
        levels = np.ascontiguousarray(spectrograms[:, 0].transpose(0, 2, 1))
        magnitudes = decibels.magnitudes(levels)
        phases = pghi(
            decibels.log_magnitudes(levels), self.gabor, seed=seed, tolerance=self.tolerance
        )
        coefficients = with_phases(magnitudes, phases)
        coefficients = fast_griffin_lim(
            coefficients, magnitudes, self.gabor, self.polish_iterations
        )
        return within_full_scale(self.gabor.synthesise(coefficients))

    def _empty(self) -> Floats:
        return np.empty((0, self.channels, self.bins, self.frames), np.float32)
