"""Model files that are broken or hostile: an error in one line, soon, and in bounded memory."""

import contextlib
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import write_example

from smfosc.model_file import ModelFileError, read_info, read_model
from smfosc.onnx_container import MAX_FILE_BYTES, MAX_HEADER_BYTES, parse_onnx

MUTATIONS = 3_000


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_example(tmp_path_factory.mktemp("fuzz") / "m.onnx").read_bytes()


def _read_or_refuse(path: Path, data: bytes) -> str:
    """What reading says: "" when it works, else the error's one line."""
    path.write_bytes(data)
    said = ""
    try:
        read_model(path)
    except ModelFileError as error:
        said = str(error)
    assert not said or said.startswith(f"{path}: ")
    assert "\n" not in said
    return said


def _mutated(data: bytes, draw: random.Random) -> bytes:
    """A few bytes changed, removed or put in, mostly outside of the weights."""
    mutated = bytearray(data)
    for _ in range(draw.randint(1, 8)):
        at = draw.randrange(len(mutated))
        match draw.randrange(4):
            case 0:
                mutated[at] = draw.randrange(256)
            case 1:
                mutated[at] ^= 1 << draw.randrange(8)
            case 2:
                del mutated[at : at + draw.randint(1, 16)]
            case 3:
                mutated[at:at] = draw.randbytes(draw.randint(1, 16))
    return bytes(mutated)


def test_mutated_files_are_read_or_refused_in_one_line(example: bytes, tmp_path: Path) -> None:
    draw = random.Random(20)
    said = {_read_or_refuse(tmp_path / "m.onnx", _mutated(example, draw)) for _ in range(MUTATIONS)}
    assert len(said) > 25  # the mutations reach many different checks


def test_mutated_structure_is_read_or_refused_in_one_line(example: bytes, tmp_path: Path) -> None:
    """The same without weights to hit: nodes, attributes, shapes and metadata only."""
    model = onnx.load_model_from_string(example)
    for tensor in model.graph.initializer:
        tensor.raw_data = tensor.raw_data[:8]
    draw, bare = random.Random(21), model.SerializeToString()
    said = {_read_or_refuse(tmp_path / "m.onnx", _mutated(bare, draw)) for _ in range(MUTATIONS)}
    assert "" not in said


def test_a_file_cut_anywhere_is_refused(example: bytes, tmp_path: Path) -> None:
    for end in (*range(0, 200), *range(200, len(example), 97)):
        assert _read_or_refuse(tmp_path / "m.onnx", example[:end])


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    with contextlib.suppress(ModelFileError):
        parse_onnx(data)  # an empty model, perhaps


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited protobuf field."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


MANY = 40 << 20  # bytes; of 2-byte messages they would parse to some gigabytes
BOMBS = {
    "empty nodes": lambda: _field(7, _field(1, b"") * (MANY // 2)),
    "empty tensors": lambda: _field(7, _field(5, b"") * (MANY // 2)),
    "empty metadata": lambda: _field(14, b"") * (MANY // 2),
    "empty graphs": lambda: _field(7, b"") * (MANY // 2),
    "strings in a tensor": lambda: _field(7, _field(5, _field(6, b"") * (MANY // 2))),
    "packed dims": lambda: _field(7, _field(5, _field(1, b"\x01" * MANY))),
    "nested attributes": lambda: _nested(100_000),
    "one long name": lambda: _field(14, _field(1, b"x" * MANY)),
}


def _nested(depth: int) -> bytes:
    """A graph in an attribute of a node of a graph ..."""
    data = b""
    for _ in range(min(depth, 2_000)):
        data = _field(1, _field(5, _field(6, data)))
    return _field(7, data)


LIMITED = """
import resource, sys
from smfosc.model_file import ModelFileError, read_model
held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
limit = held + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    read_model(sys.argv[1])
except ModelFileError as error:
    sys.exit(str(error))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS and /proc are Linux's")
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_hostile_file_takes_little_time_and_memory(bomb: str, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(BOMBS[bomb]())
    allowed = 3 * path.stat().st_size + 100 * MAX_HEADER_BYTES
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path), str(allowed)],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stderr.startswith(f"{path}: "), done.stderr
    assert done.stderr.count("\n") == 1
    assert time.monotonic() - start < 15  # the interpreter's start included, on a busy machine


@pytest.mark.skipif(sys.platform != "linux", reason="sparse files")
def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for read in (read_model, read_info):
        with pytest.raises(ModelFileError, match=f"1099511627776 bytes; .* {MAX_FILE_BYTES}"):
            read(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 10_000  # KiB
