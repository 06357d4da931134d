"""Polyphase taps from a model's rate to the backend's: a Kaiser-windowed sinc.

Backend rate R, model rate S, R/S = L/M in lowest terms. Frame n lies at model
time n·M/L; its newest sample is k = floor(n·M/L), its phase p = n·M mod L:

    y[n] = sum_j rows[p, j] · x[k − j],    rows[p, j] = h[p + j·L]

h is a low-pass at the common rate S·L, symmetric about c = D·M, D the delay in
frames: the delay is constant, a whole number of frames and no longer than 2 ms.
That leaves c/(S·L) <= 2 ms of window on either side, and Kaiser's formula gives
the width of the transition:

    A − 7.95 = 14.36 · width · 2c / (S·L)

The stop band begins at half the lower rate, so that no image (or alias) of
anything in the model's sound is left; at 16 kHz to 48 kHz and A = 84 dB the
pass band ends at 8000 − 1323 = 6677 Hz.

Source: J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh
window function", 1974.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DELAY_S = 0.002
STOP_DB = 84.0  # 80 dB asked, and room for the rounding of taps and phases
MOST_TAPS = 1 << 24  # 64 MB: rates without a common divisor have a phase for every frame


@dataclass(frozen=True)
class Taps:
    """One pair of rates. rows: (L, taps per phase) float32, newest sample first."""

    up: int  # L
    down: int  # M
    rows: NDArray[np.float32]


def delay_frames(samplerate: int) -> int:
    """Delay of the resampler at this backend rate, in frames: 2 ms or just less."""
    return math.floor(DELAY_S * samplerate)


def transition_hz(samplerate: int) -> float:
    """Width between pass band and stop band."""
    window_s = 2 * delay_frames(samplerate) / samplerate
    return (STOP_DB - 7.95) / (14.36 * window_s)


def design(model_samplerate: int, samplerate: int) -> Taps:
    """Taps for a model's rate at a backend's; a plain delay when the two are equal.

    Raises ValueError if the rates have so little in common that the table would
    not fit in MOST_TAPS.
    """
    common = math.gcd(model_samplerate, samplerate)
    up, down = samplerate // common, model_samplerate // common
    centre = delay_frames(samplerate) * down
    length = -(-(2 * centre + 1) // up)
    if length * up > MOST_TAPS:
        raise ValueError(
            f"resampling {model_samplerate} Hz to {samplerate} Hz needs {length * up} taps, "
            f"more than {MOST_TAPS}; choose a rate with more in common"
        )
    window = np.zeros(length * up)
    window[: 2 * centre + 1] = _low_pass(
        model_samplerate, samplerate, centre, model_samplerate * up
    )
    rows = window.reshape(length, up).T
    # Each phase passes DC alike; else the phases' differences are images of DC.
    rows = rows / rows.sum(axis=1, keepdims=True)
    return Taps(up, down, np.ascontiguousarray(rows, dtype=np.float32))


def _low_pass(
    model_samplerate: int, samplerate: int, centre: int, rate: int
) -> NDArray[np.float64]:
    """h at `rate`: (2·centre + 1,)."""
    steps = np.arange(-centre, centre + 1)
    if model_samplerate == samplerate:
        return np.asarray(steps == 0, np.float64)
    cutoff_hz = min(model_samplerate, samplerate) / 2 - transition_hz(samplerate) / 2
    beta = 0.1102 * (STOP_DB - 8.7)
    turns = 2 * cutoff_hz / rate
    return np.asarray(np.sinc(turns * steps) * np.kaiser(2 * centre + 1, beta), np.float64)
