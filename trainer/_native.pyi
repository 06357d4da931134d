"""The native module of the factory (trainer/native): pghi.py and settling.py are its face."""

import numpy as np
from numpy.typing import NDArray

def integrate_phases(
    log_magnitude: NDArray[np.float32],
    background: NDArray[np.float32],
    out: NDArray[np.float32],
    *,
    gamma: float,
    hop: float,
    fft: float,
    depth: float,
) -> None: ...
def settle_phases(
    coefficients: NDArray[np.complex64],
    offsets: NDArray[np.int32],
    weights: NDArray[np.complex64],
    *,
    tolerance: float,
    sweeps: int,
) -> None: ...
