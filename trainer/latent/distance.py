"""How different two sounds are: as a picture, as heard, and by both.

The paper's: L2 of spectrograms, in the network's own scale. The other one is the L1 of
time-averaged log-mel spectra, heard rather than seen: in dB, at one loudness. A SOM that goes by
the first alone may leave the second less even than it was (mixed): hence `seen_and_heard`.
"""

from collections.abc import Callable
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trainer.latent.generator import SAMPLERATE
from trainer.spectral import decibels

Floats = NDArray[np.float32]
Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]
Distance = Callable[[Floats, Pairs], NDArray[np.float64]]

CHUNK = 128  # pairs at once: 17 MB of spectrograms, near the cache

MEL_BANDS = 40
LOWEST_HZ = 50.0
FFT, HOP = 1024, 512  # 64 ms: separates the partials of MIDI 64 and above
FLOOR_DB = -80.0  # below the sound's own RMS: not heard
TINY = 1e-30  # where no two sounds differ, none differs more than others


def l2(features: Floats, pairs: Pairs) -> NDArray[np.float64]:
    """Euclidean distances of rows. features: (N, ...); pairs: two (M,) of row numbers."""
    return _in_chunks(features, pairs, lambda d: np.linalg.norm(d, axis=1))


def l1(features: Floats, pairs: Pairs) -> NDArray[np.float64]:
    """Mean absolute difference of rows; in dB of log-mel spectra."""
    return _in_chunks(features, pairs, lambda d: np.mean(np.abs(d), axis=1))


def seen_and_heard(pictures: Floats, pairs: Pairs) -> NDArray[np.float64]:
    """Geometric mean of L2 and log-mel L1, each as a multiple of its mean. pictures: (N, F, K)."""
    seen, heard = l2(pictures, pairs), l1(log_mel_of_pictures(pictures), pairs)
    return np.asarray(np.sqrt(seen * heard / max(seen.mean() * heard.mean(), TINY)))


Sense = Literal["seen", "seen-and-heard"]
DISTANCES: dict[Sense, Distance] = {"seen": l2, "seen-and-heard": seen_and_heard}


def _in_chunks(
    features: Floats, pairs: Pairs, length: Callable[[Floats], Floats]
) -> NDArray[np.float64]:
    rows = features.reshape(len(features), -1)
    first, second = pairs
    parts = [
        length(rows[first[k : k + CHUNK]] - rows[second[k : k + CHUNK]])
        for k in range(0, len(first), CHUNK)
    ]
    return np.concatenate(parts).astype(np.float64)


def log_mel(sounds: Floats) -> Floats:
    """Time-averaged log-mel spectra in dB, (N, T) -> (N, MEL_BANDS); the level is taken out."""
    frames = np.lib.stride_tricks.sliding_window_view(sounds, FFT, axis=1)[:, ::HOP]
    spectra = np.fft.rfft(frames * np.hanning(FFT).astype(np.float32), axis=2)
    return _levels_db(np.mean(np.abs(spectra) ** 2, axis=1) @ mel_filters().T)


def log_mel_of_pictures(pictures: Floats) -> Floats:
    """The same of log-magnitudes (N, F, K), in the network's scale, without making them sound."""
    power = np.mean(decibels.magnitudes(pictures) ** 2, axis=2)
    filters = mel_filters()[:, :: (FFT // 2) // (pictures.shape[1] - 1)]
    return _levels_db(power @ filters.T)


def _levels_db(bands: NDArray[np.floating]) -> Floats:
    """Powers (N, MEL_BANDS) in dB below their sum."""
    whole = np.maximum(bands.sum(axis=1, keepdims=True), 1e-12)
    level_db = 10 * np.log10(np.maximum(bands / whole, 1e-12))
    return np.asarray(np.maximum(level_db, FLOOR_DB), dtype=np.float32)


@cache
def mel_filters() -> NDArray[np.float64]:
    """Triangles even on the mel scale (2595 log10(1 + f / 700)), (MEL_BANDS, FFT / 2 + 1)."""
    top, bottom = (2595 * np.log10(1 + f / 700) for f in (SAMPLERATE / 2, LOWEST_HZ))
    mels = np.linspace(bottom, top, MEL_BANDS + 2)
    hertz = 700 * (10 ** (mels / 2595) - 1)
    bins = np.fft.rfftfreq(FFT, 1 / SAMPLERATE)
    up = (bins - hertz[:-2, None]) / (hertz[1:-1] - hertz[:-2])[:, None]
    down = (hertz[2:, None] - bins) / (hertz[2:] - hertz[1:-1])[:, None]
    return np.asarray(np.maximum(0.0, np.minimum(up, down)))
