"""Fast Griffin-Lim: phases made consistent with one another by projections.

Source: Perraudin, Balazs, Søndergaard: A fast Griffin-Lim algorithm (WASPAA 2013).
From random phases it needs scores of iterations; from PGHI's a few mend what differences cannot
know in noise.
"""

import numpy as np
from numpy.typing import NDArray

from trainer.spectral.gabor import Coefficients, Gabor

# The paper's 0.99 suits many iterations. After 15 from PGHI, 0.9 is 0-3.5 dB nearer in pitched
# sounds and as near in noise (measured; 0.8 loses 0.6 dB in noise).
ALPHA = 0.9


def fast_griffin_lim(
    coefficients: Coefficients,
    magnitudes: NDArray[np.float32],
    gabor: Gabor,
    iterations: int,
    *,
    alpha: float = ALPHA,
) -> Coefficients:
    """`iterations` steps from `coefficients`, all (N, frames, bins).

    t = P_range(P_magnitude(c)); c = t + alpha (t - t_before). Returns coefficients that are the
    transform of a sound.
    """
    before = coefficients
    momentum = coefficients
    for _ in range(iterations):
        consistent = gabor.analyse(gabor.synthesise(with_magnitude(momentum, magnitudes)))
        momentum = consistent + np.float32(alpha) * (consistent - before)
        before = consistent
    return before


def with_magnitude(coefficients: Coefficients, magnitudes: NDArray[np.float32]) -> Coefficients:
    """The coefficients' phases with these magnitudes; both (N, frames, bins)."""
    size = np.abs(coefficients)
    return np.asarray(magnitudes * coefficients / np.maximum(size, np.float32(1e-30)))
