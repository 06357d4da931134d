"""Phases from log-magnitudes: phase gradient heap integration (PGHI).

With a Gaussian window the transform is, up to a factor, an analytic function, so that the
phase's gradient is the log-magnitude's turned by a right angle (Cauchy-Riemann). Differences
give the gradient, and it is integrated from each bin to its neighbours by the trapezoidal rule,
always from the strongest bin on the frontier, so that errors made where little sounds do not
travel to where much does. Bins below the tolerance get a random phase of their own.

Measured and left: differences over five points and Simpson-like rules (worse by up to 11 dB: a
zero of the transform is a pole of the gradient, and a longer stencil meets more of them), and
integration across the clip's seam (worse by up to 3 dB in pitched sounds).
Source: Průša, Balazs, Søndergaard: A noniterative method for reconstruction of phase from STFT
magnitude, IEEE/ACM TASLP 25(5), 2017.

The loop is native (`trainer/native`): a heap has no vector form, and a compiled module of 0.1 MB
needs neither numba (LLVM, 120 MB, and a compilation of seconds in every process) nor a rebuild on
the user's machine. `pghi_reference.py` is its slow twin.
"""

import math

import numpy as np
from numpy.typing import NDArray

from trainer import _native
from trainer.spectral.gabor import Gabor

Floats = NDArray[np.float32]

TOLERANCE = 1e-4  # of the clip's strongest bin; 1e-3 to 1e-6 sound and measure alike


def background(gabor: Gabor, seed: int) -> Floats:
    """Random phases (frames, bins) float32 in -pi ... pi: of `seed` only, one set for all clips.

    So a clip sounds the same alone and in a batch.
    """
    draw = np.random.default_rng(seed).random((gabor.frames, gabor.bins), dtype=np.float32)
    return np.float32(np.pi) * (2 * draw - 1)


def pghi(
    log_magnitude: Floats, gabor: Gabor, *, seed: int = 0, tolerance: float = TOLERANCE
) -> Floats:
    """The phases of Gabor magnitudes, relative to the frames' centres.

    log_magnitude: (N, frames, bins) float32, natural logarithm, finite. tolerance: in 0 ... 1, of
    each clip's maximum. Returns (N, frames, bins) float32, radians in -pi ... pi.
    Any thread; releases the GIL. Raises ValueError for infinite or undefined numbers.
    """
    phases = np.empty(log_magnitude.shape, np.float32)
    _native.integrate_phases(
        np.ascontiguousarray(log_magnitude, dtype=np.float32),
        background(gabor, seed),
        phases,
        gamma=gabor.gamma,
        hop=gabor.hop,
        fft=gabor.fft,
        depth=-math.log(tolerance),
    )
    return phases
