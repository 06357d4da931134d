"""A dataset read back: every clip in memory as mu-law codes, with its parameters.

Reads any folder in the audiofolder convention whose metadata.csv has a column for each parameter
that its parameters.json names. A parameter that moves within a clip has a track besides: the
column `tracks` names such parameters, separated by spaces, and the column `tracks_file` a WAV of
the clip's rate and length with a channel for each, 0 ... 1 of the parameter's range. Its number in
metadata.csv is then what stands for the clip as a whole.
"""

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from smfosc.model_file import Parameter, mulaw_position
from smfosc.names import why_not_parameter
from trainer.errors import TrainerError
from trainer.files import write_json

PARAMETERS_FILE = "parameters.json"
TRACK_STEPS = 32_767  # a 16-bit WAV's full scale: 0.04 cents of an octave


@dataclass(frozen=True)
class Clips:
    """N clips of one length. codes: (N, T) uint16; parameters: (N, P) float32, network's 0..1.

    ranges: what the P parameters are called, and what their 0 and 1 mean. rests: (N, T) float16,
    what rounding to the codes took away, in codes; None where that is not known. tracks: by the
    parameter's number, (N, T) uint16 of TRACK_STEPS; what is not there stands still.
    """

    codes: NDArray[np.uint16]
    parameters: NDArray[np.float32]
    ranges: tuple[Parameter, ...]
    rests: NDArray[np.float16] | None = None
    tracks: Mapping[int, NDArray[np.uint16]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.codes)

    def moving(self, chosen: NDArray[np.integer], span: NDArray[np.integer]) -> NDArray[np.float32]:
        """Parameters (B, T, P) of clips `chosen` (B,) at samples `span` (B, T)."""
        held = np.repeat(self.parameters[chosen][:, None], span.shape[1], axis=1)
        for number, track in self.tracks.items():
            held[..., number] = track[chosen[:, None], span] / np.float32(TRACK_STEPS)
        return held


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
    sounds = [read_clip(folder / row["file_name"], samplerate) for row in rows]
    length = min(len(sound) for sound in sounds)
    places = [mulaw_position(sound[:length], levels) for sound in sounds]
    codes = np.stack([np.rint(place).astype(np.uint16) for place in places])
    rests = np.stack([(place - np.rint(place)).astype(np.float16) for place in places])
    values = np.array([[_number(folder, row, p.name) for p in parameters] for row in rows])
    tracks = _tracks(folder, rows, parameters, normalise(values, parameters), length)
    return Clips(codes, normalise(values, parameters), parameters, rests, tracks)


def _tracks(
    folder: Path,
    rows: list[dict[str, str]],
    parameters: tuple[Parameter, ...],
    values: NDArray[np.float32],
    length: int,
) -> dict[int, NDArray[np.uint16]]:
    """What moves within the clips, by the parameter's number; where it does not, its number."""
    names = [parameter.name for parameter in parameters]
    tracks: dict[int, NDArray[np.uint16]] = {}
    for k, row in enumerate(rows):
        for channel, name in enumerate((row.get("tracks") or "").split()):
            number = _number_of(folder, row, name, names)
            if number not in tracks:
                still = np.clip(np.rint(values[:, number] * TRACK_STEPS), 0, TRACK_STEPS)
                tracks[number] = np.repeat(still.astype(np.uint16)[:, None], length, axis=1)
            tracks[number][k] = _track(folder, row, channel, length)
    return tracks


def _number_of(folder: Path, row: dict[str, str], name: str, names: list[str]) -> int:
    if name not in names:
        raise TrainerError(
            f"dataset: {folder / 'metadata.csv'}: {row['file_name']}: track {name!r}, "
            f"wanted one of the parameters {' '.join(names)}"
        )
    return names.index(name)


def _track(folder: Path, row: dict[str, str], channel: int, length: int) -> NDArray[np.uint16]:
    """One channel of a clip's tracks, (length,). Raises TrainerError."""
    path = folder / (row.get("tracks_file") or "")
    try:
        held = soundfile.read(path, dtype="int16", always_2d=True)[0]
    except (soundfile.LibsndfileError, OSError) as error:
        raise TrainerError(f"dataset: {path}: tracks cannot be read ({error})") from None
    if held.shape[1] <= channel or len(held) < length:
        raise TrainerError(
            f"dataset: {path}: {held.shape[1]} tracks of {len(held)} samples, "
            f"wanted {channel + 1} of {length}; make the dataset anew"
        )
    return np.asarray(np.maximum(held[:length, channel], 0), dtype=np.uint16)


def read_metadata(folder: Path) -> list[dict[str, str]]:
    """The lines of a dataset's metadata.csv. Raises TrainerError."""
    path = folder / "metadata.csv"
    if not path.is_file():
        raise TrainerError(f"dataset: {folder}: no metadata.csv; make one with `smf-train dataset`")
    try:
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise TrainerError(f"dataset: {path}: not a table of text ({error})") from None
    for number, row in enumerate(rows, start=1):
        if not row.get("file_name"):
            raise TrainerError(
                f"dataset: {path}: clip {number} has no file_name; make the dataset anew with "
                "`smf-train dataset`"
            )
    return rows


def read_clip(path: Path, samplerate: int = 16_000) -> NDArray[np.float32]:
    """A clip of a dataset, (T,) mono. Raises TrainerError for what is no sound of that rate."""
    try:
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise TrainerError(f"dataset: {path}: cannot be read as sound ({error})") from error
    if rate != samplerate:
        raise TrainerError(f"dataset: {path}: {rate} Hz, wanted {samplerate} Hz; resample it")
    return np.asarray(sound.mean(1))


def write_clip(path: Path, samples: NDArray[np.floating], samplerate: int) -> None:
    """A WAV of 16 bits, whole or not there. Raises TrainerError where the disk is full.

    Not flushed to the disk one by one: the journal knows every clip's size.
    """
    wav = io.BytesIO()  # libsndfile would not say that the disk is full
    soundfile.write(wav, samples, samplerate, "PCM_16", format="WAV")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(wav.getvalue())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise TrainerError(
            f"writing: {path}: {error.strerror or error}; make room and run it again, "
            "it goes on from there"
        ) from error


def _number(folder: Path, row: dict[str, str], column: str) -> float:
    try:
        return float(row[column])
    except (KeyError, TypeError, ValueError):
        raise TrainerError(
            f"dataset: {folder / 'metadata.csv'}: {row.get('file_name')}: "
            f"column {column!r} holds {row.get(column)!r}, wanted a number"
        ) from None
