"""Reading an .onnx file of unknown origin: no other file, no waiting, bounded time and memory.

Knows nothing of what a sound model is. Threads: any but the audio thread.
"""

import os
import stat
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.message import DecodeError, Message  # type: ignore[import-untyped]  # no stubs

MAX_FILE_BYTES = 256 << 20  # the largest model, 8 layers of 1,024 and 1,024 levels, has 185 MiB
MAX_HEADER_BYTES = 1 << 20  # all but the weights: protobuf objects take 100 times their bytes
NOT_ONNX = "not an ONNX file, or cut short; export or copy it again"


class ModelFileError(Exception):
    """A sound-model file that cannot be used or written; its text is one line."""


def load_onnx(path: Path) -> onnx.ModelProto:
    """The file's model. Raises ModelFileError (without the path)."""
    return parse_onnx(_read(path))


def parse_onnx(data: bytes) -> onnx.ModelProto:
    """The model in `data`, whose weights are all in it. Raises ModelFileError."""
    try:
        _header_bytes(memoryview(data), _RAW_DATA)
        model = onnx.load_model_from_string(data)
        _check_text(model)
    except (DecodeError, IndexError, ValueError) as error:
        raise ModelFileError(NOT_ONNX) from error
    for tensor in model.graph.initializer:
        if onnx.external_data_helper.uses_external_data(tensor):
            raise ModelFileError(
                f"graph: {tensor.name[:40]!r}: weights in another file; export them into this one"
            )
    return model


def _check_text(message: Any) -> None:
    """Raise ValueError where a text is not UTF-8: protobuf then hands out bytes for a str."""
    for field, value in message.ListFields():
        if field.type not in (field.TYPE_STRING, field.TYPE_MESSAGE):
            continue
        for item in [value] if isinstance(value, str | bytes | Message) else value:
            if field.type == field.TYPE_MESSAGE:
                _check_text(item)
            elif not isinstance(item, str):
                raise ValueError(f"{field.name} is not UTF-8")


def _read(path: Path) -> bytes:
    """The file's bytes, its kind and size checked before any is read."""
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ModelFileError("not a regular file; a sound model is one .onnx file")
            if status.st_size > MAX_FILE_BYTES:
                raise ModelFileError(
                    f"{status.st_size} bytes; a model has {MAX_FILE_BYTES} at most"
                )
            return file.read(status.st_size)
    except OSError as error:
        raise ModelFileError(f"cannot read: {error.strerror}") from error


def _open_without_waiting(path: str, flags: int) -> int:
    """Open, but never wait for a writer, as a named pipe would have us do."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


# ModelProto.graph, GraphProto.initializer, TensorProto.raw_data: field numbers in onnx.proto.
_RAW_DATA = (7, 5, 9)
_DELIMITED = 2  # protobuf's wire type of what carries its own length
_FIXED_BYTES = {1: 8, 5: 4}  # the wire types of fixed size; 3 and 4, groups, ONNX has none


def _header_bytes(view: memoryview, path: tuple[int, ...]) -> int:
    """Bytes of a protobuf message that are not in the fields at the end of `path`.

    A repeated message of 2 bytes becomes an object of some 100, while raw bytes stay what they
    are: so these are limited before anything is parsed. Stops as soon as they are too many, which
    bounds the time too. Raises ModelFileError; IndexError or ValueError where the data is cut.
    Source: protobuf.dev/programming-guides/encoding.
    """
    at = header = 0
    while at < len(view):
        start = at
        tag, at = _varint(view, at)
        size, at = _field_size(view, at, tag & 7)
        if size > len(view) - at:
            raise ValueError("a field longer than its message")
        content = size
        if tag == path[0] << 3 | _DELIMITED:
            content = _header_bytes(view[at : at + size], path[1:]) if path[1:] else 0
        header += at - start + content
        at += size
        if header > MAX_HEADER_BYTES:
            raise ModelFileError(
                f"over {MAX_HEADER_BYTES} bytes beside the weights' raw data; no model has so many"
            )
    return header


def _field_size(view: memoryview, at: int, wire_type: int) -> tuple[int, int]:
    """Bytes of the field's content and where it begins."""
    if wire_type == 0:
        return 0, _varint(view, at)[1]
    if wire_type == _DELIMITED:
        return _varint(view, at)
    if wire_type not in _FIXED_BYTES:
        raise ValueError(f"wire type {wire_type}")
    return _FIXED_BYTES[wire_type], at


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    """The base-128 number at `at`, at most 10 bytes, and where it ends."""
    value = 0
    for k in range(10):
        byte: Any = view[at + k]
        value |= (byte & 0x7F) << (7 * k)
        if byte < 0x80:
            return value, at + k + 1
    raise ValueError("a number of more than 10 bytes")
