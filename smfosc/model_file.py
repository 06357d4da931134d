"""The sound-model file: what it means, its writer and its reader. Spec: docs/model-format.md.

One `.onnx` file: the graph of one model sample, which plain onnxruntime runs, and metadata that
says what the tensors mean. The code through which a model hears and speaks (`mulaw.py`), which
the factory needs too, is had from here.

Errors:
    ModelFileError          one line: file, field, what was found, what to do
      NotCanonical          the file is sound, but its graph is not the GRU that the kernel plays

Threads: any but the audio thread; reading takes as long as the disk.
"""

import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from smfosc.model_graph import (
    MAX_HIDDEN,
    MAX_LAYERS,
    MAX_LEVELS,
    MAX_PARAMETERS,
    MIN_LEVELS,
    GruLayer,
    GruWeights,
    NotCanonical,
    Shape,
    State,
    build_graph,
    check_weights,
    read_weights,
    states_of,
)
from smfosc.model_info import ModelInfo, Parameter, SoundGraph, SoundModel
from smfosc.mulaw import mulaw_decode, mulaw_encode, mulaw_position, mulaw_table
from smfosc.names import shorten, why_not_model, why_not_parameter
from smfosc.onnx_container import ModelFileError, load_onnx, parse_onnx
from smfosc.whole_file import write_whole

__all__ = [
    "GruLayer",
    "GruWeights",
    "ModelFileError",
    "ModelInfo",
    "NotCanonical",
    "Parameter",
    "SoundGraph",
    "SoundModel",
    "State",
    "mulaw_decode",
    "mulaw_encode",
    "mulaw_position",
    "mulaw_table",
    "read_graph",
    "read_info",
    "read_model",
    "write_graph",
    "write_model",
]

FORMAT_VERSION = 1
MIN_SAMPLERATE, MAX_SAMPLERATE = 4_000, 96_000  # Hz
MAX_TEXT, MAX_DESCRIPTION = 100, 800  # bytes of UTF-8; a reply with both stays under 1,400
MAX_VALUE = 1e9  # of a parameter, either sign; the engine computes in float32
KEY = "smfosc."  # prefix of our keys among the file's metadata


# --- write ----------------------------------------------------------------------------------


def write_model(path: str | os.PathLike[str], info: ModelInfo, weights: GruWeights) -> None:
    """Write a model file; `path` is replaced at once or not at all.

    Raises ModelFileError for anything that `read_model` would refuse: it reads what it wrote.
    """
    with _naming(path):
        _check_info(info)
        check_weights(Shape(len(info.parameters), info.levels), weights)
        model = build_graph(weights)
        onnx.helper.set_model_props(model, _metadata(info, states_of(weights)))
        data = model.SerializeToString()
        _interpret(parse_onnx(data))
        _replace(Path(path), data)


def write_graph(path: str | os.PathLike[str], sound: SoundGraph) -> None:
    """Write a model of any graph; else as `write_model`. Raises ModelFileError."""
    with _naming(path):
        _check_info(sound.info)
        model = onnx.ModelProto()
        model.CopyFrom(sound.graph)
        onnx.helper.set_model_props(model, _metadata(sound.info, list(sound.states)))
        data = model.SerializeToString()
        _as_graph(parse_onnx(data))
        _replace(Path(path), data)


def _replace(path: Path, data: bytes) -> None:
    try:
        write_whole(path, data)
    except OSError as error:
        raise ModelFileError(f"cannot write: {error.strerror}") from error


def _metadata(info: ModelInfo, states: list[State]) -> dict[str, str]:
    """Every value is JSON but plain strings, so that other tools can read them."""
    values: dict[str, Any] = {f.name: getattr(info, f.name) for f in fields(info)}
    values["parameters"] = [{**asdict(p), "mapping": "linear"} for p in info.parameters]
    values |= {"states": [asdict(state) for state in states]}
    values |= {"format": FORMAT_VERSION, "encoding": "mu-law"}
    return {KEY + k: v if isinstance(v, str) else json.dumps(v) for k, v in values.items()}


# --- read -----------------------------------------------------------------------------------


def read_model(path: str | os.PathLike[str]) -> SoundModel:
    """Read a model for the native kernel; arrays are read-only, float32, C-contiguous.

    Raises NotCanonical when only the onnx engine can play the graph, ModelFileError otherwise.
    Unpickles nothing and opens no other file; memory stays within some 2.5 times the file's size.
    """
    with _naming(path):
        return _interpret(load_onnx(Path(path)))


def read_graph(path: str | os.PathLike[str]) -> SoundGraph:
    """Read a model for an engine that runs ONNX graphs, whatever its operators.

    Its inputs and outputs are those that the metadata tells, no more. Raises ModelFileError.
    """
    with _naming(path):
        return _as_graph(load_onnx(Path(path)))


def _as_graph(model: onnx.ModelProto) -> SoundGraph:
    info, states = _read_metadata(model)
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [port.name for port in model.graph.input if port.name not in weights]
    outputs = [port.name for port in model.graph.output]
    _check_ports("inputs", inputs, ["sample", "params", *(state.input for state in states)])
    _check_ports("outputs", outputs, ["logits", *(state.output for state in states)])
    return SoundGraph(info, tuple(states), model)


def _check_ports(which: str, found: list[str], wanted: list[str]) -> None:
    if sorted(found) != sorted(wanted):
        raise ModelFileError(
            f"graph: {which} {shorten(' '.join(found), 80)}; wanted {shorten(' '.join(wanted), 80)}"
        )


def read_info(path: str | os.PathLike[str]) -> ModelInfo:
    """What the file says about its model, whatever its graph. Raises ModelFileError."""
    with _naming(path):
        return _read_metadata(load_onnx(Path(path)))[0]


def _interpret(model: onnx.ModelProto) -> SoundModel:
    info, states = _read_metadata(model)
    shape = Shape(len(info.parameters), info.levels)
    return SoundModel(info, read_weights(model, shape, states))


@contextmanager
def _naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Put the file's name in front of every error."""
    try:
        yield
    except ModelFileError as error:
        raise type(error)(f"{os.fspath(path)}: {error}") from error.__cause__


# --- metadata -------------------------------------------------------------------------------


def _read_metadata(model: onnx.ModelProto) -> tuple[ModelInfo, list[State]]:
    values = _properties(model)
    _check_version(values)
    if values.get("encoding") != "mu-law":
        raise _wrong("encoding", values.get("encoding"), "mu-law")
    info = ModelInfo(
        name=_text(values, "name"),
        samplerate=_number(values, "samplerate", int),
        levels=_number(values, "levels", int),
        parameters=tuple(_parameter(k, p) for k, p in enumerate(_json(values, "parameters", list))),
        loudness_lufs=_number(values, "loudness_lufs", float),
        licence=_text(values, "licence"),
        authors=tuple(_json(values, "authors", list)),
        description=_text(values, "description"),
        provenance=_json(values, "provenance", dict),
    )
    _check_info(info)
    states = [_state(k, s) for k, s in enumerate(_json(values, "states", list))]
    _check_range("states' count", len(states), 1, MAX_LAYERS)
    return info, states


def _properties(model: onnx.ModelProto) -> dict[str, str]:
    """Our metadata, keys without their prefix."""
    values: dict[str, str] = {}
    for entry in model.metadata_props:
        key = entry.key.removeprefix(KEY)
        if key in values:
            raise ModelFileError(f"metadata {entry.key}: given twice; export the model again")
        if key != entry.key:
            values[key] = entry.value
    return values


def _check_version(values: dict[str, str]) -> None:
    if "format" not in values:
        raise ModelFileError(
            f"not a smfosc sound model: no {KEY}format in its metadata; make one with smf-train"
        )
    version = _number(values, "format", int)
    if version != FORMAT_VERSION:
        raise ModelFileError(
            f"format version {version}; this smfosc reads {FORMAT_VERSION}. "
            "Update smfosc or re-export."
        )


def _wrong(name: str, found: object, wanted: str) -> ModelFileError:
    shown = "missing" if found is None else shorten(repr(found), 60)
    return ModelFileError(f"metadata {KEY}{name}: {shown}; wanted {wanted}")


def _text(values: dict[str, str], name: str) -> str:
    if name not in values:
        raise _wrong(name, None, "text")
    return values[name]


def _json(values: dict[str, str], name: str, kind: type) -> Any:
    """The JSON value of `name`; RFC 8259, so no NaN and no Infinity."""
    text = _text(values, name)
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _wrong(name, text, f"JSON ({kind.__name__})") from None
    if not isinstance(value, kind):
        raise _wrong(name, value, f"JSON ({kind.__name__})")
    return value


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _number(values: dict[str, str], name: str, kind: type[int] | type[float]) -> Any:
    value = _json(values, name, object)
    if not _is_number(value) or (kind is int and not isinstance(value, int)):
        raise _wrong(name, value, "a whole number" if kind is int else "a number")
    return kind(value)


def _is_number(value: object) -> bool:
    """A finite number that a float can hold; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e300 if isinstance(value, int) else math.isfinite(value)


def _parameter(index: int, value: object) -> Parameter:
    where = f"parameters[{index}]"
    if not isinstance(value, dict):
        raise _wrong(where, value, "a JSON object")
    for key in ("name", "unit", "description", "mapping"):
        if not isinstance(value.get(key), str):
            raise _wrong(f"{where}.{key}", value.get(key), "text")
    for key in ("minimum", "maximum", "default"):
        if not _is_number(value.get(key)):
            raise _wrong(f"{where}.{key}", value.get(key), "a number")
    if value["mapping"] != "linear":
        raise _wrong(f"{where}.mapping", value["mapping"], "linear, the only one in format 1")
    return Parameter(
        name=value["name"],
        unit=value["unit"],
        minimum=float(value["minimum"]),
        maximum=float(value["maximum"]),
        default=float(value["default"]),
        description=value["description"],
    )


def _state(index: int, value: object) -> State:
    match value:
        case {"input": str(source), "output": str(target), "width": int(width)}:
            _check_range(f"states[{index}].width", width, 1, MAX_HIDDEN)
            return State(source, target, width)
    raise _wrong(f"states[{index}]", value, '{"input": text, "output": text, "width": number}')


# --- checks, the same for what is written and what is read ----------------------------------


def _check_info(info: ModelInfo) -> None:
    if reason := why_not_model(info.name):
        raise ModelFileError(f"metadata {KEY}name: {reason}")
    _check_range("samplerate", info.samplerate, MIN_SAMPLERATE, MAX_SAMPLERATE)
    _check_range("levels", info.levels, MIN_LEVELS, MAX_LEVELS)
    _check_range("loudness_lufs", info.loudness_lufs, -100, 20)
    _check_range("parameters' count", len(info.parameters), 1, MAX_PARAMETERS)
    for index, parameter in enumerate(info.parameters):
        _check_parameter(f"parameters[{index}]", parameter)
        if parameter.name in {other.name for other in info.parameters[:index]}:
            raise _wrong(f"parameters[{index}].name", parameter.name, "a name that is not taken")
    _check_line("licence", info.licence, MAX_TEXT)
    _check_line("description", info.description, MAX_DESCRIPTION)
    for index, author in enumerate(info.authors):
        _check_line(f"authors[{index}]", author, MAX_TEXT)
    try:
        json.dumps(info.provenance, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise _wrong("provenance", str(error), "what JSON can hold") from error


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise _wrong(name, value, f"{low} to {high}")


def _check_line(name: str, value: object, limit: int) -> None:
    printable = isinstance(value, str) and value.isprintable()
    if not printable or len(str(value).encode()) > limit:
        raise _wrong(name, value, f"one printable line of at most {limit} bytes")


def _check_parameter(where: str, parameter: Parameter) -> None:
    if reason := why_not_parameter(parameter.name):
        raise ModelFileError(f"metadata {KEY}{where}.name: {reason}")
    _check_line(f"{where}.unit", parameter.unit, MAX_TEXT)
    _check_line(f"{where}.description", parameter.description, MAX_DESCRIPTION)
    low, high = parameter.minimum, parameter.maximum
    _check_range(f"{where}.minimum", low, -MAX_VALUE, MAX_VALUE)
    _check_range(f"{where}.maximum", high, -MAX_VALUE, MAX_VALUE)
    if not np.float32(low) < np.float32(high):
        raise _wrong(f"{where}.maximum", high, f"a number above the minimum, {low}")
    if not low <= parameter.default <= high:
        raise _wrong(f"{where}.default", parameter.default, f"a number in {low} to {high}")
