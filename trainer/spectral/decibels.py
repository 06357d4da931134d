"""Magnitudes and the network's range: -1 is 100 dB below the clip's strongest bin, which is 1.

The paper's scale (its code clips 10 log10 of magnitudes to -50 ... 0), moved to the range that a
network's output starts in. One step of the range is 50 dB.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RANGE_DB = 100.0  # quantised to 16 bits a clip holds 96 dB
_LOG_PER_UNIT = np.float32(RANGE_DB / 2 / 20 * np.log(10))  # nepers in one unit of the range


def levels(magnitudes: Floats) -> Floats:
    """Magnitudes (N, ...) >= 0 -> (N, ...) float32 in -1 ... 1; silence is -1 throughout."""
    peak = magnitudes.reshape(len(magnitudes), -1).max(axis=1, initial=0)
    peak = np.where(peak > 0, peak, 1).reshape(-1, *[1] * (magnitudes.ndim - 1))
    floor = np.float32(10 ** (-RANGE_DB / 20))
    relative = np.log(np.maximum(magnitudes / peak, floor))
    return np.asarray(np.maximum(1 + relative / _LOG_PER_UNIT, -1), dtype=np.float32)


def log_magnitudes(levels: Floats) -> Floats:
    """The natural logarithm, 0 at level 1. A network draws beyond the range: below, the floor
    holds; a clip that goes above is lowered as a whole, so that its strongest partial keeps its
    shape.
    """
    excess = np.maximum(levels.max(axis=(1, 2), keepdims=True, initial=1), 1) - 1
    return np.asarray((np.maximum(levels - excess, -1) - 1) * _LOG_PER_UNIT, dtype=np.float32)


def magnitudes(levels: Floats) -> Floats:
    """exp(log_magnitudes), but nothing at all at the floor: silence is silent."""
    logs = log_magnitudes(levels)
    return np.where(logs > -2 * _LOG_PER_UNIT, np.exp(logs), np.float32(0))
