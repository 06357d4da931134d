"""`settle` as its equation, bin by bin: the native loop is held to it by a test."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from trainer.spectral.settling import REACH, Predictor

Complex = NDArray[np.complex128]


def settle_one(coefficients: Complex, predictor: Predictor, weakest: float, sweeps: int) -> Complex:
    """coefficients: (frames, bins). Bins no stronger than `weakest` stay as they are."""
    values = np.array(coefficients, dtype=np.complex128)
    magnitude = np.abs(values)
    for _ in range(sweeps):
        for n, m in _order(magnitude.shape):
            foretold = _foretold(values, predictor, n, m)
            if magnitude[n, m] > weakest and foretold != 0:
                values[n, m] = magnitude[n, m] * foretold / abs(foretold)
    return values


def _order(shape: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Frame by frame; in each, passes over bins of which none foretells another."""
    frames, bins = shape
    for n in range(frames):
        for first in range(REACH + 1):
            yield from ((n, m) for m in range(first, bins, REACH + 1))


def _foretold(values: Complex, predictor: Predictor, n: int, m: int) -> complex:
    return sum(
        complex(weight) * _at(values, n + int(d), m + int(e))
        for weight, (d, e) in zip(predictor.weights[:, m], predictor.offsets, strict=True)
    )


def _at(values: Complex, n: int, m: int) -> complex:
    """V[n, m], circular over frames, conjugate-even about DC and Nyquist."""
    frames, bins = values.shape
    value = complex(values[n % frames, m if 0 <= m < bins else -m % (2 * bins - 2)])
    return value if 0 <= m < bins else value.conjugate()
