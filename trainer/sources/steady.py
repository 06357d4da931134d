"""Where a recording is steadiest: by level and by spectral flux, both in dB.

The paper trains on the steady state of its notes; attacks and decays in the clips spoil the GAN.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from trainer.sources.takes import Floats

FRAME_S = 0.032
HOP_S = 0.016
BANDS = 24  # a third of an octave each, from 40 Hz: as fine as the ear, coarse against noise
AT_ONCE = 4096  # frames, a minute of sound: an hour at once would take gigabytes
FLOOR_DB = -60.0  # below the loudest frame; what is quieter does not count as a change


@dataclass(frozen=True)
class Course:
    """A sound's course over F frames. level_db: (F,). flux_db: (F,), mean change of a band."""

    level_db: Floats
    flux_db: Floats
    hop: int


def course(samples: Floats, samplerate: int) -> Course:
    """Level and spectral flux of (T,), T >= one frame."""
    length, hop = round(FRAME_S * samplerate), round(HOP_S * samplerate)
    frames = sliding_window_view(samples, length)[::hop]
    matrix = _band_matrix(length, samplerate)
    parts = [_analysed(frames[k : k + AT_ONCE], matrix) for k in range(0, len(frames), AT_ONCE)]
    power, bands = (np.concatenate(column) for column in zip(*parts, strict=True))
    bands_db = 10 * np.log10(np.maximum(bands / max(bands.max(), 1e-20), 10 ** (FLOOR_DB / 10)))
    flux = np.abs(np.diff(bands_db, axis=0, prepend=bands_db[:1])).mean(axis=1)
    return Course(10 * np.log10(power), flux, hop)


def _analysed(frames: Floats, matrix: Floats) -> tuple[Floats, Floats]:
    """Power (F,) and band powers (F, BANDS) of (F, length)."""
    spectra = np.abs(np.fft.rfft(frames * np.hanning(frames.shape[1]), axis=1)) ** 2
    return frames.var(axis=1) + 1e-20, spectra @ matrix


def _band_matrix(length: int, samplerate: int) -> Floats:
    """(bins, BANDS) of 0 and 1."""
    hz = np.fft.rfftfreq(length, 1 / samplerate)
    edges = np.geomspace(40.0, samplerate / 2, BANDS + 1)
    return ((hz[:, None] >= edges[:-1]) & (hz[:, None] < edges[1:])).astype(np.float64)


def unsteadiness(samples: Floats, samplerate: int) -> float:
    """Deviation of the level plus mean spectral flux, dB; what `steadiest` makes small."""
    seen = course(samples, samplerate)
    return float(seen.level_db.std() + seen.flux_db[1:].mean())


def level_deviation_db(samples: Floats, samplerate: int, frame_s: float = 0.064) -> float:
    """Standard deviation of the RMS level of consecutive frames, dB."""
    length = round(frame_s * samplerate)
    frames = samples[: len(samples) // length * length].reshape(-1, length)
    return float(np.std(10 * np.log10(np.mean(frames**2, axis=1) + 1e-20)))


def steadiest(
    samples: Floats, frames: int, samplerate: int, *, count: int = 1, quietest_db: float = -12.0
) -> list[int]:
    """First frames of up to `count` windows of `frames` that do not overlap, the steadiest first.

    samples: (T,). Windows more than `quietest_db` below the loudest are left out: silence is
    steady, too. Empty when T < frames.
    """
    if len(samples) < frames:
        return []
    seen = course(samples, samplerate)
    inside = max(1, (frames - round(FRAME_S * samplerate)) // seen.hop + 1)
    level = sliding_window_view(seen.level_db, inside)
    flux = sliding_window_view(seen.flux_db, inside)[:, 1:]
    score = level.std(axis=1) + flux.mean(axis=1)
    power = (10 ** (level / 10)).mean(axis=1)
    score[power < power.max() * 10 ** (quietest_db / 10)] = np.inf
    starts = np.arange(len(score)) * seen.hop
    score[starts + frames > len(samples)] = np.inf
    return _without_overlap(score, starts, frames, count)


def _without_overlap(
    score: Floats, starts: NDArray[np.int64], frames: int, count: int
) -> list[int]:
    """Greedily the best windows."""
    found: list[int] = []
    score = score.copy()
    while len(found) < count and np.isfinite(score).any():
        best = int(starts[np.argmin(score)])
        found.append(best)
        score[np.abs(starts - best) < frames] = np.inf
    return found
