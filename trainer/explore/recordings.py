"""Recordings to find in the latent space: a file, or the clips of a dataset that have a value."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from trainer.clips import read_metadata
from trainer.errors import TrainerError
from trainer.latent.generator import SAMPLERATE
from trainer.sources.steady import steadiest
from trainer.sources.tuned import pitch_of

CLIPS = 8  # of a dataset's: enough for what they have in common
IN_TUNE = 0.7  # share of frames near the median from which on a recording has a pitch


@dataclass(frozen=True)
class Wanted:
    """What to look for. sounds: (M, T); pitch: MIDI note, as labelled or heard, or None."""

    name: str
    sounds: NDArray[np.float32]
    pitch: float | None


def wanted(text: str, data: Path, samples: int, pitch: int | None) -> Wanted:
    """`--like TEXT`: a sound file, or COLUMN=VALUE of the dataset `data`. Raises TrainerError.

    samples: T. pitch: the clips of a dataset are taken at this MIDI note, where they have one.
    """
    column, found, value = text.partition("=")
    if found and not Path(text).exists():
        return _of_dataset(data, column, value, samples, pitch)
    sound = read_steady(Path(text), samples)
    return Wanted(Path(text).stem, sound[None], heard_pitch(sound))


def heard_pitch(sound: NDArray[np.float32]) -> float | None:
    """The MIDI note of a sound (T,), or None."""
    pitch, in_tune = pitch_of(sound.astype(np.float64), SAMPLERATE)
    return pitch if in_tune >= IN_TUNE else None


def read_steady(path: Path, samples: int) -> NDArray[np.float32]:
    """The steadiest `samples` of a file, mono, 16 kHz. Raises TrainerError."""
    try:
        sound, rate = soundfile.read(path, dtype="float64", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise TrainerError(f"explore: {path}: cannot be read as sound ({error})") from error
    mono = soxr.resample(sound.mean(axis=1), rate, SAMPLERATE)
    if len(mono) < samples or not np.any(mono):
        has = f"{len(mono) / SAMPLERATE:.2f} s" if np.any(mono) else "silence"
        raise TrainerError(f"explore: {path}: {has}, wanted {samples / SAMPLERATE:.2f} s of sound")
    begins = steadiest(mono, samples, SAMPLERATE) or [0]
    return np.asarray(mono[begins[0] : begins[0] + samples], dtype=np.float32)


def _of_dataset(data: Path, column: str, value: str, samples: int, pitch: int | None) -> Wanted:
    """Clips whose `column` is `value`, those nearest to `pitch`, spread over the dataset."""
    rows = read_metadata(data)
    if rows and column not in rows[0]:
        raise TrainerError(
            f"explore: {data}: no column {column!r}; metadata.csv has {', '.join(rows[0])}"
        )
    mine = [row for row in rows if row[column] == value]
    if not mine:
        known = ", ".join(sorted({row[column] for row in rows})[:12])
        raise TrainerError(f"explore: {data}: no clip with {column} {value!r}; there are {known}")
    if pitch is not None and mine[0].get("pitch"):
        off = [abs(float(row["pitch"]) - pitch) for row in mine]
        mine = [row for row, cents in zip(mine, off, strict=True) if cents == min(off)]
    chosen = [mine[k] for k in np.linspace(0, len(mine) - 1, min(CLIPS, len(mine))).astype(int)]
    sounds = np.stack([read_steady(data / row["file_name"], samples) for row in chosen])
    label = chosen[0].get("pitch")
    return Wanted(value, sounds, float(label) if label else heard_pitch(sounds[0]))
