"""A sound as a row of numbers: how its log-mel spectrum lies, and how it moves.

Shapes: N sounds, T samples, K frames. The level is taken out: it is matched elsewhere.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from trainer.clips import read_metadata
from trainer.errors import TrainerError
from trainer.evaluation.material import CLIP, Absent, spread
from trainer.latent.distance import FFT, FLOOR_DB, HOP, mel_filters

Floats = NDArray[np.float32]
Rows = NDArray[np.float64]
AT_ONCE = 64  # sounds: 35 MB of spectra


def log_mel_frames(sounds: Floats) -> Rows:
    """(N, T) -> (N, K, bands) dB below the sound's mean power, not lower than FLOOR_DB."""
    frames = np.lib.stride_tricks.sliding_window_view(sounds, FFT, axis=1)[:, ::HOP]
    spectra = np.abs(np.fft.rfft(frames * np.hanning(FFT).astype(np.float32), axis=2)) ** 2
    bands = spectra @ mel_filters().T
    whole = np.maximum(bands.mean(axis=1).sum(axis=1), 1e-12)[:, None, None]
    return np.asarray(np.maximum(10 * np.log10(np.maximum(bands / whole, 1e-12)), FLOOR_DB))


def features(sounds: Floats) -> Rows:
    """(N, T) -> (N, 2 bands): mean and standard deviation of each band over the frames, dB."""
    parts = [log_mel_frames(sounds[k : k + AT_ONCE]) for k in range(0, len(sounds), AT_ONCE)]
    return np.concatenate(
        [np.concatenate([part.mean(axis=1), part.std(axis=1)], axis=1) for part in parts]
    )


def some_rows(folder: Path, most: int) -> list[dict[str, str]]:
    """At most `most` lines of a dataset's metadata, evenly spread."""
    rows = read_metadata(folder)
    return [rows[k] for k in spread(len(rows), min(most, len(rows)))]


def read_clips(folder: Path, rows: Sequence[dict[str, str]]) -> Floats:
    """The middles (N, CLIP) of a dataset's clips; a grid's, its seams left out, are turned around
    at both ends. Raises Absent where they are much shorter, TrainerError for what is no sound.
    """
    sounds = [_read(folder / row["file_name"]) for row in rows]
    shortest = min(len(sound) for sound in sounds)
    if shortest < CLIP - CLIP // 8:
        raise Absent(f"clips of {shortest} samples, wanted {CLIP}")
    sounds = [np.pad(s, -(-max(0, CLIP - len(s)) // 2), mode="reflect") for s in sounds]
    begins = [(len(sound) - CLIP) // 2 for sound in sounds]
    return np.stack([s[b : b + CLIP] for s, b in zip(sounds, begins, strict=True)])


def _read(path: Path) -> Floats:
    try:
        sound = soundfile.read(path, dtype="float32", always_2d=True)[0]
    except soundfile.LibsndfileError as error:
        raise TrainerError(f"evaluate: {path}: cannot be read as sound ({error})") from None
    return np.asarray(sound[:, 0])
