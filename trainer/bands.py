"""A sound as levels of bands, averaged over time: what an unpitched, steady sound is known by."""

import numpy as np
from numpy.typing import NDArray

FFT = 512  # 32 ms at 16 kHz
RANGE_DB = 50.0  # below the loudest band; a mu-law code of 256 levels hides what lies lower


def band_levels(
    samples: NDArray[np.floating], samplerate: float, *, bands: int = 24
) -> NDArray[np.float64]:
    """Level (dB, full scale 0) of mel-spaced bands up to half the rate: (..., T) -> (..., bands).

    Nothing lies lower than RANGE_DB under the loudest. Raises ValueError when T < FFT.
    """
    windows = np.lib.stride_tricks.sliding_window_view(samples, FFT, axis=-1)[..., :: FFT // 2, :]
    window = np.hanning(FFT)
    spectra = np.fft.rfft(windows * window, axis=-1)
    power = np.mean(np.abs(spectra) ** 2, axis=-2) * 2 / (FFT * np.sum(window**2))
    levels = 10 * np.log10(power @ _sums(samplerate, bands) + 1e-12)
    return np.asarray(np.maximum(levels, levels.max(axis=-1, keepdims=True) - RANGE_DB))


def _sums(samplerate: float, bands: int) -> NDArray[np.float64]:
    """(FFT/2 + 1, bands): which bin counts for which band; each band has one bin at least."""
    top = 2595 * np.log10(1 + samplerate / 2 / 700)  # O'Shaughnessy's mel scale
    edges = 700 * (10 ** (np.linspace(0, top, bands + 1) / 2595) - 1)
    bins = np.round(edges / samplerate * FFT).astype(int)
    for k in range(1, bands + 1):
        bins[k] = max(bins[k], bins[k - 1] + 1)
    bins[-1] = FFT // 2 + 1
    place = np.arange(FFT // 2 + 1)[:, None]
    return ((place >= bins[:-1]) & (place < bins[1:])).astype(np.float64)


def band_distance_db(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mean difference of two sets of band levels, dB: (..., bands) -> (...). Level counts too."""
    return np.asarray(np.mean(np.abs(a - b), axis=-1))
