"""Small pictures and sounds of a clip, ready to stand in a page: data URIs and SVG points."""

import base64
import io

import numpy as np
import soundfile
from numpy.typing import NDArray

from trainer.sources.spectra import HIGHEST_HZ, LOWEST_HZ
from trainer.sources.takes import Floats
from trainer.yin import YinConfig, yin

WIDTH, HEIGHT = 128, 80  # a column per 128 samples of the GAN's clip; a row per 1/11 octave
RANGE_DB = 70.0  # below the clip's loudest point: black
FFT, HOP = 1024, 128
LEVEL_RANGE_DB = 24.0  # of the level's curve, around the clip's mean
SMOOTH_S = 0.032


def spectrogram(samples: Floats, samplerate: int) -> Floats:
    """(HEIGHT, T // HOP) dB below the loudest, row 0 the highest; a logarithmic frequency axis."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, FFT)[::HOP]
    magnitude = np.abs(np.fft.rfft(frames * np.hanning(FFT), axis=1)).T
    level = 20 * np.log10(np.maximum(magnitude / max(magnitude.max(), 1e-12), 1e-6))
    bins = row_hz()[::-1] / samplerate * FFT
    low = np.clip(bins.astype(int), 0, len(level) - 2)
    part = np.clip(bins - low, 0, 1)[:, None]
    rows = level[low] * (1 - part) + level[low + 1] * part
    missing = len(samples) // HOP - rows.shape[1]  # half a frame at both ends: as its neighbour
    return np.pad(rows, ((0, 0), (missing // 2, missing - missing // 2)), mode="edge")


def row_hz() -> Floats:
    """The picture's frequencies from its lowest row upwards."""
    return np.geomspace(LOWEST_HZ, HIGHEST_HZ * 0.99, HEIGHT)


def picture(samples: Floats, samplerate: int) -> str:
    """The spectrogram as a PNG, a data URI."""
    from matplotlib.image import imsave

    out = io.BytesIO()
    level = spectrogram(samples, samplerate)
    imsave(out, level, cmap="magma", vmin=-RANGE_DB, vmax=0, format="png")
    return _uri("image/png", out.getvalue())


def sound(samples: Floats, samplerate: int) -> str:
    """The clip as FLAC, a data URI that all browsers play."""
    out = io.BytesIO()
    soundfile.write(out, samples, samplerate, format="FLAC", subtype="PCM_16")
    return _uri("audio/flac", out.getvalue())


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def level_curve(samples: Floats, samplerate: int) -> str:
    """RMS over time as SVG points in 0..WIDTH, 0..20; the middle is the clip's mean level."""
    length = round(SMOOTH_S * samplerate)
    frames = samples[: len(samples) // length * length].reshape(-1, length)
    level = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-12)
    mean = 10 * np.log10(np.mean(samples**2) + 1e-12)
    y = 10 - np.clip((level - mean) / LEVEL_RANGE_DB, -0.5, 0.5) * 20
    return _points(np.linspace(0, WIDTH, len(y)), y)


def pitch_curve(samples: Floats, samplerate: int, pitch_hz: float) -> str:
    """YIN's track as SVG points on the spectrogram, for a clip said to be of `pitch_hz`."""
    looked = YinConfig(
        minimum_hz=0.45 * pitch_hz,
        maximum_hz=min(2.5 * pitch_hz, samplerate / 4),
        window_s=0.05,
        hop_s=0.032,
    )
    hz = yin(samples, samplerate, looked)
    octaves = np.log2(hz / LOWEST_HZ) / np.log2(HIGHEST_HZ * 0.99 / LOWEST_HZ)
    y = HEIGHT * (1 - np.clip(octaves, 0, 1))
    frame_s = looked.window_s + 1 / looked.minimum_hz
    x = (np.arange(len(hz)) * looked.hop_s + frame_s / 2) / (len(samples) / samplerate) * WIDTH
    return _points(x, y)


def spectrum_curve(spectrum_db: Floats) -> str:
    """A band spectrum (BANDS,) as SVG points in 0..WIDTH, 0..40, 60 dB high."""
    y = 40 - np.clip((spectrum_db - spectrum_db.max()) / 60 + 1, 0, 1) * 40
    return _points(np.linspace(0, WIDTH, len(y)), y)


def _points(x: NDArray[np.floating], y: NDArray[np.floating]) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
