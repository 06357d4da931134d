"""A dataset read back: every clip in memory as mu-law codes, with its parameters.

Reads any folder in the audiofolder convention whose metadata.csv has a column for each parameter
that its parameters.json names.
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from smfosc.model_file import Parameter, mulaw_position
from smfosc.names import why_not_parameter
from trainer.errors import TrainerError
from trainer.files import write_json

PARAMETERS_FILE = "parameters.json"


@dataclass(frozen=True)
class Clips:
    """N clips of one length. codes: (N, T) uint16; parameters: (N, P) float32, network's 0..1.

    ranges: what the P parameters are called, and what their 0 and 1 mean. rests: (N, T) float16,
    what rounding to the codes took away, in codes; None where that is not known.
    """

    codes: NDArray[np.uint16]
    parameters: NDArray[np.float32]
    ranges: tuple[Parameter, ...]
    rests: NDArray[np.float16] | None = None

    def __len__(self) -> int:
        return len(self.codes)


def write_parameters(folder: Path, parameters: Sequence[Parameter]) -> None:
    """Say what a dataset's parameters are: `folder`/parameters.json. Raises TrainerError."""
    write_json(folder / PARAMETERS_FILE, {"parameters": [asdict(p) for p in parameters]})


def read_parameters(folder: Path) -> tuple[Parameter, ...]:
    """The parameters of a dataset, in the order that the network sees. Raises TrainerError."""
    path = folder / PARAMETERS_FILE
    try:
        found = tuple(Parameter(**each) for each in json.loads(path.read_text())["parameters"])
    except FileNotFoundError:
        raise TrainerError(
            f"dataset: {folder}: no {PARAMETERS_FILE}, so no model can be trained on it; "
            "make it with `smf-train dataset` or `smf-train grid`"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise TrainerError(f"dataset: {path}: not a list of parameters ({error!r})") from None
    for parameter in found:
        if problem := _why_not(parameter):
            raise TrainerError(f"dataset: {path}: parameter {parameter.name!r}: {problem}")
    return found


def _why_not(parameter: Parameter) -> str | None:
    """Why a model cannot have this parameter: better told now than after the training."""
    low, default, high = parameter.minimum, parameter.default, parameter.maximum
    if not all(isinstance(value, int | float) for value in (low, default, high)):
        return "minimum, default and maximum must be numbers"
    if not low < high or not low <= default <= high:
        return f"got {low} <= {default} <= {high}, wanted minimum <= default <= maximum"
    return why_not_parameter(parameter.name)


def normalise(
    values: NDArray[np.floating], parameters: tuple[Parameter, ...]
) -> NDArray[np.float32]:
    """Units to the network's 0..1: (..., P) -> (..., P) float32. Beyond the ends is allowed."""
    low = np.array([p.minimum for p in parameters])
    high = np.array([p.maximum for p in parameters])
    return np.asarray((values - low) / (high - low), dtype=np.float32)


def load(folder: Path, split: str, *, samplerate: int = 16_000, levels: int = 256) -> Clips:
    """Read one split ("train" or "validation"), trimmed to its shortest clip."""
    rows = [row for row in read_metadata(folder) if row.get("split", "train") == split]
    parameters = read_parameters(folder)
    if not rows:
        raise TrainerError(f"dataset: {folder}: no clip in split {split!r}; see metadata.csv")
    sounds = [_read(folder / row["file_name"], samplerate) for row in rows]
    length = min(len(sound) for sound in sounds)
    places = [mulaw_position(sound[:length], levels) for sound in sounds]
    codes = np.stack([np.rint(place).astype(np.uint16) for place in places])
    rests = np.stack([(place - np.rint(place)).astype(np.float16) for place in places])
    values = np.array([[_number(folder, row, p.name) for p in parameters] for row in rows])
    return Clips(codes, normalise(values, parameters), parameters, rests)


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
