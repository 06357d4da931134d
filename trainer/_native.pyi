"""The factory's native module (trainer/native): pghi.py, settling.py and gru.py are its face."""

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
def gru_window_runs_here() -> bool: ...
def gru_window_forward(
    x: NDArray[np.uint16],
    weight: NDArray[np.float32],
    bias: NDArray[np.float32],
    *,
    states: NDArray[np.float32],
    gates: NDArray[np.float32],
    pulls: NDArray[np.float32],
) -> None: ...
def gru_window_backward(
    grads: NDArray[np.float32],
    weight: NDArray[np.float32],
    states: NDArray[np.float32],
    gates: NDArray[np.float32],
    pulls: NDArray[np.float32],
    *,
    towards_x: NDArray[np.uint16],
    towards_h: NDArray[np.uint16],
) -> None: ...
