"""`settle` as its equation, bin by bin: the native loop is held to it by a test."""

import numpy as np
from numpy.typing import NDArray

from trainer.spectral.settling import Predictor

Complex = NDArray[np.complex128]


def settle_one(coefficients: Complex, predictor: Predictor, weakest: float, sweeps: int) -> Complex:
    """coefficients: (frames, bins). Bins no stronger than `weakest` stay as they are."""
    values = np.array(coefficients, dtype=np.complex128)
    magnitude = np.abs(values)
    for _ in range(sweeps):
        for n, m in np.argwhere(magnitude > weakest):
            foretold = _foretold(values, predictor, int(n), int(m))
            if foretold != 0:
                values[n, m] = magnitude[n, m] * foretold / abs(foretold)
    return values


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
