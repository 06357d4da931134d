"""A recording's file read, mixed to mono, resampled, and cut to its steadiest parts."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from trainer.sources.steady import steadiest
from trainer.sources.takes import ClipFormat, Floats, SkipError

BLOCK = 1 << 20  # frames; only their mean over the channels is kept


@dataclass(frozen=True)
class Header:
    """What a file says of itself before it is read."""

    samplerate: int
    frames: int


def header(path: Path) -> Header:
    """The file's rate and length. Raises SkipError for what is no sound."""
    try:
        found = soundfile.info(path)
    except (soundfile.LibsndfileError, OSError) as error:
        raise SkipError("cannot be read as sound") from error
    return Header(int(found.samplerate), int(found.frames))


def read(path: Path, samplerate: int) -> Floats:
    """The whole file, (T,): the mean of its channels, without offset, at `samplerate`.

    Raises SkipError for what cannot be read, holds NaN or is empty.
    """
    try:
        with soundfile.SoundFile(path) as file:
            rate = file.samplerate
            blocks = [block.mean(axis=1) for block in file.blocks(BLOCK, always_2d=True)]
    except (soundfile.LibsndfileError, OSError) as error:
        raise SkipError("cannot be read as sound") from error
    if not blocks:
        raise SkipError("empty")
    mono = np.concatenate(blocks)
    if not np.all(np.isfinite(mono)):
        raise SkipError("holds NaN or infinity")
    if rate != samplerate:
        mono = soxr.resample(mono, rate, samplerate, quality="VHQ")
    return np.asarray(mono - mono.mean())


def steady_parts(samples: Floats, clip: ClipFormat, count: int = 1) -> list[tuple[int, Floats]]:
    """Up to `count` clips of (T,) with their first frames, in the recording's order.

    Raises SkipError for what is shorter than a clip.
    """
    if len(samples) < clip.frames:
        wanted = clip.frames / clip.samplerate
        raise SkipError(f"shorter than {wanted:.3f} s")
    starts = sorted(steadiest(samples, clip.frames, clip.samplerate, count=count))
    return [(start, samples[start : start + clip.frames]) for start in starts]
