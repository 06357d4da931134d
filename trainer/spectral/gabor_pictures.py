"""What both representations share: the Gabor transform, what is checked, and the cores."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from trainer.spectral.clips import checked, in_parallel
from trainer.spectral.gabor import Gabor

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class GaborPictures(ABC):
    """Pictures of Gabor transforms. Immutable; any thread; works on all cores that we may use."""

    channels: ClassVar[int]
    gabor: Gabor = field(default_factory=Gabor, kw_only=True)

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
        """16,384: 1.024 s at 16 kHz."""
        return self.gabor.samples

    def encode(self, sounds: NDArray[np.floating]) -> Floats:
        """sounds: (N, samples). Returns (N, channels, bins, frames) float32 in -1 ... 1.

        Loudness is lost. Raises TrainerError for another shape, and for NaN or infinity.
        """
        clips = checked(sounds, (self.samples,), "encoding: sounds")
        shape = (self.channels, self.bins, self.frames)
        return in_parallel(self._pictures, clips, np.empty((0, *shape), np.float32))

    def decode(self, spectrograms: NDArray[np.floating], *, seed: int) -> Floats:
        """spectrograms: (N, channels, bins, frames). Returns (N, samples) float32 in -1 ... 1.

        Takes values beyond -1 ... 1 (`decibels.log_magnitudes`). Each clip depends on its own
        spectrogram and the seed only. Raises TrainerError for another shape, NaN or infinity.
        """
        shape = (self.channels, self.bins, self.frames)
        pictures = checked(spectrograms, shape, "decoding: spectrograms")
        silence = np.empty((0, self.samples), np.float32)
        return in_parallel(lambda batch: self._sounds(batch, seed), pictures, silence)

    @abstractmethod
    def _pictures(self, sounds: Floats) -> Floats:
        """`encode` of some checked clips."""

    @abstractmethod
    def _sounds(self, pictures: Floats, seed: int) -> Floats:
        """`decode` of some checked pictures."""
