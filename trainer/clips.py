"""A dataset read back: every clip in memory as mu-law codes, with its parameters.

Reads any folder in the audiofolder convention whose metadata.csv has the parameters' columns.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from smfosc.model_file import Parameter, mulaw_encode
from trainer.errors import TrainerError

PARAMETERS = (
    Parameter("pitch", "MIDI note", 64.0, 76.0, 70.0, "Pitch; fractions are in tune."),
    Parameter("timbre", "", 0.0, 1.0, 0.0, "0 clarinet ... 1 trumpet."),
)


@dataclass(frozen=True)
class Clips:
    """N clips of one length. codes: (N, T) uint16; parameters: (N, P) float32, network's 0..1."""

    codes: NDArray[np.uint16]
    parameters: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.codes)


def normalise(
    values: NDArray[np.floating], parameters: tuple[Parameter, ...]
) -> NDArray[np.float32]:
    """Units to the network's 0..1: (..., P) -> (..., P) float32. Beyond the ends is allowed."""
    low = np.array([p.minimum for p in parameters])
    high = np.array([p.maximum for p in parameters])
    return np.asarray((values - low) / (high - low), dtype=np.float32)


def load(
    folder: Path,
    split: str,
    *,
    samplerate: int = 16_000,
    levels: int = 256,
    parameters: tuple[Parameter, ...] = PARAMETERS,
) -> Clips:
    """Read one split ("train" or "validation"), trimmed to its shortest clip."""
    rows = [row for row in read_metadata(folder) if row.get("split", "train") == split]
    if not rows:
        raise TrainerError(f"dataset: {folder}: no clip in split {split!r}; see metadata.csv")
    sounds = [_read(folder / row["file_name"], samplerate) for row in rows]
    length = min(len(sound) for sound in sounds)
    codes = np.stack([mulaw_encode(sound[:length], levels) for sound in sounds])
    values = np.array([[_number(folder, row, p.name) for p in parameters] for row in rows])
    return Clips(codes.astype(np.uint16), normalise(values, parameters))


def read_metadata(folder: Path) -> list[dict[str, str]]:
    """The lines of a dataset's metadata.csv. Raises TrainerError."""
    path = folder / "metadata.csv"
    if not path.is_file():
        raise TrainerError(f"dataset: {folder}: no metadata.csv; make one with `smf-train dataset`")
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _read(path: Path, samplerate: int) -> NDArray[np.float32]:
    try:
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise TrainerError(f"dataset: {path}: cannot be read as sound ({error})") from error
    if rate != samplerate:
        raise TrainerError(f"dataset: {path}: {rate} Hz, wanted {samplerate} Hz; resample it")
    return np.asarray(sound[:, 0])


def _number(folder: Path, row: dict[str, str], column: str) -> float:
    try:
        return float(row[column])
    except (KeyError, TypeError, ValueError):
        raise TrainerError(
            f"dataset: {folder / 'metadata.csv'}: {row.get('file_name')}: "
            f"column {column!r} holds {row.get(column)!r}, wanted a number"
        ) from None
