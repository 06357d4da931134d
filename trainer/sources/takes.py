"""What a source is: a list of takes, each rendered on its own, or skipped with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Value = str | int | float
Row = dict[str, Value]


class SkipError(Exception):
    """This take gives no clip; the text says why, the same words for the same reason."""


@dataclass(frozen=True)
class ClipFormat:
    """What all clips of a dataset have in common."""

    samplerate: int = 16_000  # the paper's
    frames: int = 16_384  # 128 spectrogram frames of hop 128: what the GAN takes
    rms: float = 0.15  # a trumpet, crest factor 5.1, then peaks at 0.77
    lufs: float | None = None  # loudness instead of RMS: equal to the ear, not to the meter
    peak: float = 0.95  # a clip that would pass it (sparse clicks) is left quieter instead


@dataclass(frozen=True)
class Take:
    """One thing to render.

    name: stem of its files, unique. source: what it was taken from; all clips of one source are in
    one split. values: columns of metadata.csv known beforehand. stamp: the input file's state.
    """

    name: str
    source: str
    values: Mapping[str, Value] = field(default_factory=dict)
    stamp: str = ""


@dataclass(frozen=True)
class Clip:
    """A clip as rendered. samples: (frames,), any level. values: more columns.

    tracks: parameters that move within the clip, (frames,) each, 0 ... 1 of their range. levelled:
    the source has set the level, which is to stay.
    """

    samples: Floats
    values: Mapping[str, Value] = field(default_factory=dict)
    tracks: Mapping[str, Floats] = field(default_factory=dict)
    levelled: bool = False


@dataclass(frozen=True)
class Skipped:
    """Something that was left out."""

    name: str
    reason: str


@dataclass(frozen=True)
class Listing:
    """What a source has: takes to render, and what it will not even try."""

    takes: list[Take]
    skipped: list[Skipped] = field(default_factory=list)


class Source(Protocol):
    """A dataclass of plain values (it is sent to the rendering processes and fingerprinted)."""

    @property
    def clip(self) -> ClipFormat:
        """Rate, length and level of the clips."""

    @property
    def reads(self) -> Path | None:
        """The folder or file that it takes from, which is never written to."""

    def listing(self) -> Listing:
        """All takes, in a stable order. Raises TrainerError where there is nothing to take."""

    def render(self, take: Take) -> list[Clip]:
        """The take's clips. Raises SkipError. Called in other processes; depends on `take` only."""
