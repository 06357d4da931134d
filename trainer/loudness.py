"""Integrated loudness in LUFS (ITU-R BS.1770-4), mono, for the model file's metadata."""

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import lfilter

RATE = 48_000  # the standard gives its filters at this rate
# BS.1770-4, tables 1 and 2: the head's shelf, then the RLB high-pass
SHELF = (
    [1.53512485958697, -2.69169618940638, 1.19839281085285],
    [1.0, -1.69065929318241, 0.73248077421585],
)
HIGH_PASS = ([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621])
BLOCK, HOP = round(0.4 * RATE), round(0.1 * RATE)  # 400 ms, overlapping by 75 %


def lufs(samples: NDArray[np.floating], samplerate: float) -> float:
    """Gated loudness of a mono sound (T,), full scale 1. -inf for silence or under 400 ms."""
    sound = soxr.resample(np.asarray(samples, dtype=np.float64), samplerate, RATE)
    weighted = lfilter(*HIGH_PASS, lfilter(*SHELF, sound))
    starts = range(0, len(weighted) - BLOCK + 1, HOP)
    power = np.array([np.mean(weighted[k : k + BLOCK] ** 2) for k in starts])
    loud = power[_loudness(power) > -70.0]
    return float(_loudness(_mean(loud[_loudness(loud) > _loudness(_mean(loud)) - 10.0])))


def _mean(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(power.mean() if len(power) else 0.0)


def _loudness(power: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.asarray(-0.691 + 10 * np.log10(power))
