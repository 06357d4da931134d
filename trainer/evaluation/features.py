"""A sound as a row of numbers: how its log-mel spectrum lies, and how it moves.

Shapes: N sounds, T samples, K frames. The level is taken out: it is matched elsewhere.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trainer.clips import read_clip, read_metadata
from trainer.evaluation.material import CLIP, Absent, spread
from trainer.latent.distance import FFT, FLOOR_DB, HOP, mel_filters

Floats = NDArray[np.float32]
Rows = NDArray[np.float64]
SHORTEST = CLIP - CLIP // 8  # of a clip: a second less two seams
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
    """The middles (N, CLIP) of a dataset's clips. Raises Absent where there are none or much
    shorter ones, TrainerError for what is no sound of 16 kHz.
    """
    if not rows:
        raise Absent(f"{folder} has no clips")
    sounds = [read_clip(folder / row["file_name"]) for row in rows]
    shortest = min(map(len, sounds))
    if shortest < SHORTEST:
        raise Absent(f"clips of {shortest} samples, wanted {CLIP}")
    return np.stack([middle(sound) for sound in sounds])


def middle(sound: Floats) -> Floats:
    """The middle CLIP samples of (T,); of a grid's clip, its seams left out, the ends are turned
    around to make up for them.
    """
    missing = -(-max(0, CLIP - len(sound)) // 2)
    whole = np.pad(sound, missing, mode="reflect")
    begin = (len(whole) - CLIP) // 2
    return np.asarray(whole[begin : begin + CLIP])
