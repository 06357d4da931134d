"""Iterations that bring a sound nearer to its spectrogram than PGHI does: noise above all.

First relaxed reflections, which leave the nearest local optimum: where phases turn about a zero
that the sound does not have, projections stop. Then fast Griffin-Lim, which goes down into the
next. Over 108 clips, 25 iterations in two parts come 0.4 dB nearer in white noise than 25 of fast
Griffin-Lim, 0.8 in pink noise, as near in pops and horns and 0.5 to 2.6 dB in other pitched sounds.
"""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from trainer.spectral.gabor import Coefficients, Gabor
from trainer.spectral.griffin_lim import fast_griffin_lim, with_magnitude

Floats = NDArray[np.float32]

REFLECTED = Fraction(3, 5)  # of the iterations; from 1/2 to 7/10 alike
# 1 is Douglas and Rachford's, which never settles on pictures that no sound has, as a network's
# are. 0.95 is 0.5 dB behind in noise, 0.8 up to 0.7 dB in clarinets.
BETA = 0.85


def polish(
    coefficients: Coefficients, magnitudes: Floats, gabor: Gabor, iterations: int
) -> Coefficients:
    """`iterations`, of one analysis and one synthesis each, from `coefficients`.

    Both (N, frames, bins); iterations >= 0. Any thread.
    """
    reflected = int(REFLECTED * iterations)
    coefficients = reflections(coefficients, magnitudes, gabor, reflected)
    return fast_griffin_lim(coefficients, magnitudes, gabor, iterations - reflected)


def reflections(
    coefficients: Coefficients, magnitudes: Floats, gabor: Gabor, iterations: int
) -> Coefficients:
    """z = beta (z + P_range(2 P_magnitude(z) - z) - P_magnitude(z)) + (1 - beta) P_magnitude(z).

    P_magnitude of what it returns is what it has found.
    Source: Luke: Relaxed averaged alternating reflections for diffraction imaging (Inverse
    Problems 21, 2005); with beta = 1 the ADMM of Masuyama, Yatabe, Oikawa: Griffin-Lim like phase
    recovery via alternating direction method of multipliers (IEEE SPL 26, 2019).
    """
    z = coefficients
    for _ in range(iterations):
        wanted = with_magnitude(z, magnitudes)
        consistent = gabor.analyse(gabor.synthesise(2 * wanted - z))
        z = np.float32(BETA) * (z + consistent - wanted) + np.float32(1 - BETA) * wanted
    return z
