"""The mu-law code, through which a model hears and speaks: samples to codes and back.

Source: ITU-T G.711's continuous law. Any thread.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]


def mulaw_encode(x: ArrayLike, levels: int = 256) -> NDArray[np.int16]:
    """Nearest code on the mu-law scale, 0 ... levels - 1; see `mulaw_position`."""
    codes: NDArray[np.int16] = np.rint(mulaw_position(x, levels)).astype(np.int16)
    return codes


def mulaw_position(x: ArrayLike, levels: int = 256) -> NDArray[np.float64]:
    """Place on the mu-law scale, 0 ... levels - 1, unrounded. x: any shape, clipped to -1..1.

    F(x) = sign(x) ln(1 + mu |x|) / ln(1 + mu), mu = levels - 1 (ITU-T G.711's continuous law),
    stretched to `levels` steps from -1 to 1. Raises ValueError for NaN.
    """
    values = np.clip(np.asarray(x, dtype=np.float64), -1.0, 1.0)
    if np.isnan(values).any():
        raise ValueError("mulaw_encode: x holds NaN; audio must be finite")
    mu = levels - 1
    curve = np.sign(values) * np.log1p(mu * np.abs(values)) / np.log1p(mu)
    position: NDArray[np.float64] = (curve + 1.0) / 2.0 * mu
    return position


def mulaw_decode(codes: ArrayLike, levels: int = 256) -> Floats:
    """Samples (float32, -1..1) of codes 0 ... levels - 1; the inverse of `mulaw_encode`."""
    samples: Floats = _table(levels)[np.asarray(codes)]
    return samples


def mulaw_table(levels: int) -> Floats:
    """The sample of every code: (levels,), rising from -1 to 1, odd about the middle.

    With an even number of levels none is 0: silence is the middle pair, about -+1e-4 at 256.
    """
    return _table(levels).copy()


@lru_cache(maxsize=4)
def _table(levels: int) -> Floats:
    mu = levels - 1
    curve = (2.0 * np.arange(levels) - mu) / mu
    table: Floats = (np.sign(curve) * np.expm1(np.abs(curve) * np.log1p(mu)) / mu).astype("f4")
    return table
