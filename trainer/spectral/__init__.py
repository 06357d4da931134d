"""Sound as a picture a network can draw, and back.

A `Representation` turns clips of 16,384 samples into spectrograms of C channels in -1 ... 1 and
spectrograms, drawn or analysed, into clips. `representation(name)` gives one:

| name | channels | phases |
|---|---|---|
| `log-magnitude` (`log_magnitude.py`) | 1 | found from the magnitudes by PGHI; the paper's |
| `instantaneous-frequency` (`instantaneous_frequency.py`) | 2 | drawn too; GANSynth's |

`docs/representation.md` compares them.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from trainer.errors import TrainerError
from trainer.spectral.instantaneous_frequency import InstantaneousFrequency
from trainer.spectral.log_magnitude import LogMagnitude

__all__ = ["InstantaneousFrequency", "LogMagnitude", "Representation", "names", "representation"]

Floats = NDArray[np.float32]


class Representation(Protocol):
    """NumPy in, NumPy out; immutable; any thread. Raises TrainerError for what is no clip."""

    @property
    def channels(self) -> int:
        """C: pictures of a clip."""

    @property
    def bins(self) -> int:
        """257, DC to Nyquist."""

    @property
    def frames(self) -> int:
        """128, circular in time."""

    @property
    def samples(self) -> int:
        """16,384 at 16 kHz."""

    def encode(self, sounds: Floats) -> Floats:
        """(N, samples) -> (N, C, bins, frames) in -1 ... 1; loudness is lost."""

    def decode(self, spectrograms: Floats, *, seed: int) -> Floats:
        """(N, C, bins, frames) -> (N, samples) in -1 ... 1; the same seed, the same sounds."""


_KINDS: dict[str, Callable[[], Representation]] = {
    "log-magnitude": LogMagnitude,
    "instantaneous-frequency": InstantaneousFrequency,
}


def names() -> tuple[str, ...]:
    """The representations there are; the paper's first."""
    return tuple(_KINDS)


def representation(name: str) -> Representation:
    """The representation called `name`, as the paper or GANSynth has it. Raises TrainerError."""
    if name not in _KINDS:
        raise TrainerError(f"representation {name!r}: no such one; wanted {' or '.join(_KINDS)}")
    return _KINDS[name]()
