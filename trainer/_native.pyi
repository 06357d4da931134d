"""The factory's native module (trainer/native). trainer/spectral/pghi.py is its face."""

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
