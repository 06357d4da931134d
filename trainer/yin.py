"""Fundamental frequency by YIN (de Cheveigné and Kawahara, JASA 111(4), 2002), vectorised.

The signal is up-sampled first: at 16 kHz a period of MIDI 76 is 24 samples, and the parabola
through three lags would be cents off. Frame j compares x[s + i] with x[s + i + lag], i < window.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.signal import resample_poly

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class YinConfig:
    """How YIN looks at a signal."""

    minimum_hz: float = 200.0  # MIDI 55: an octave error downwards from 67 still shows
    maximum_hz: float = 1500.0  # MIDI 90: an octave error upwards from 76 still shows
    window_s: float = 0.025  # 8 periods of MIDI 64; steps are located to a window
    hop_s: float = 0.05  # one verdict every 50 ms
    threshold: float = 0.15  # the paper's step 4 uses 0.1; sampled sound is noisier
    oversampling: int = 4  # lags of 1/64 ms: the parabola's error falls under half a cent


def yin(
    samples: NDArray[np.floating], samplerate: float, config: YinConfig = YinConfig()
) -> Floats:
    """Fundamental (Hz) every `hop_s`, frame k starting at sample k * hop.

    samples: (T,) or (B, T). Returns (K,) or (B, K); empty when T is shorter than one frame.
    """
    fine = resample_poly(np.asarray(samples, dtype=np.float64), config.oversampling, 1, axis=-1)
    rate = samplerate * config.oversampling
    frames = _frames(fine, rate, config)
    return rate / _best_lags(_normalised_difference(frames, rate, config), rate, config)


def _frames(samples: Floats, rate: float, config: YinConfig) -> Floats:
    """Overlapping frames (..., K, window + longest lag + 1)."""
    length = round(config.window_s * rate) + _longest_lag(rate, config) + 1
    if samples.shape[-1] < length:
        return np.empty((*samples.shape[:-1], 0, length))
    hop = round(config.hop_s * rate)
    return np.asarray(sliding_window_view(samples, length, axis=-1)[..., ::hop, :])


def _longest_lag(rate: float, config: YinConfig) -> int:
    return int(np.ceil(rate / config.minimum_hz)) + 1


def _normalised_difference(frames: Floats, rate: float, config: YinConfig) -> Floats:
    """Equation 8: d'(lag) for lags 0 ... longest; d by equation 7 through the FFT."""
    window = round(config.window_s * rate)
    lags = _longest_lag(rate, config) + 1
    size = int(2 ** np.ceil(np.log2(frames.shape[-1])))
    head = np.fft.rfft(frames[..., :window], size)
    cross = np.fft.irfft(np.conj(head) * np.fft.rfft(frames, size), size)[..., :lags]
    power = np.cumsum(np.pad(frames**2, [(0, 0)] * (frames.ndim - 1) + [(1, 0)]), axis=-1)
    energy = power[..., window : window + lags] - power[..., :lags]
    difference = np.maximum(energy[..., :1] + energy - 2.0 * cross, 0.0)
    difference[..., 0] = 0.0
    mean = np.cumsum(difference[..., 1:], axis=-1) / np.arange(1, lags)
    return np.concatenate(
        [np.ones_like(difference[..., :1]), difference[..., 1:] / np.maximum(mean, 1e-12)], axis=-1
    )


def _best_lags(normalised: Floats, rate: float, config: YinConfig) -> Floats:
    """Steps 4 and 5: the first dip under the threshold, else the deepest; then a parabola."""
    shortest = int(rate / config.maximum_hz)
    before, here, after = normalised[..., :-2], normalised[..., 1:-1], normalised[..., 2:]
    dip = (here < before) & (here <= after)
    dip[..., : shortest - 1] = False
    good = dip & (here < config.threshold)
    deepest = np.argmin(np.where(dip, here, np.inf), axis=-1)
    lag = 1 + np.where(good.any(axis=-1), np.argmax(good, axis=-1), deepest)
    return np.asarray(lag + _parabola(normalised, lag))


def _parabola(values: Floats, lag: NDArray[np.intp]) -> Floats:
    """Offset (-0.5 ... 0.5) of the minimum of the parabola through lag - 1, lag, lag + 1."""
    left, middle, right = (
        np.take_along_axis(values, (lag + k)[..., None], axis=-1)[..., 0] for k in (-1, 0, 1)
    )
    bend = left - 2.0 * middle + right
    return np.where(bend > 1e-12, 0.5 * (left - right) / np.maximum(bend, 1e-12), 0.0)
