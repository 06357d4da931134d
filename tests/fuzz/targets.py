"""Everything that reads what strangers write: how each is fed, and what it may answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from fake_engine import Listener
from small_models import INFO, random_weights
from stage import Stage

from smfosc.config_file import ConfigError, read_config
from smfosc.midi_file import Choice, MidiError, score_lines
from smfosc.model_file import ModelFileError, ModelInfo, read_info, read_model, write_model
from smfosc.models import Models
from smfosc.osc import Malformed, decode, encode_message
from smfosc.performance import Performance
from smfosc.score import ScoreError, read_score
from smfosc.snapshot_file import SnapshotError, read_snapshot
from smfosc.supervision.last_state import LastState

Feed = Callable[[bytes], None]


@dataclass(frozen=True)
class Target:
    """A reader. kind: its corpus' folder. open: gives what feeds it, in a folder of its own.

    words: pieces that are put into mutated inputs.
    """

    kind: str
    open: Callable[[Path], Iterator[Feed]]
    words: tuple[bytes, ...]
    limit: int = 4_096  # bytes of an input


def from_file(suffix: str, read: Callable[[Path], object], *errors: type[Exception]):
    """A reader of files that may refuse with these errors, in one line that names the file."""

    def opened(folder: Path) -> Iterator[Feed]:
        path = folder / f"input{suffix}"

        def feed(data: bytes) -> None:
            path.write_bytes(data)
            try:
                read(path)
            except errors as error:
                for line in str(error).splitlines():
                    assert str(path) in line, line
                    assert len(line) < 1_500, line

        yield feed

    return opened


def _all_lines(path: Path) -> None:
    for _ in score_lines(path, Choice(controllers={1: "timbre"}, model="example")):
        pass


def _all_events(path: Path) -> None:
    for _ in read_score(path).events:
        pass


def _model(path: Path) -> None:
    with suppress(ModelFileError):
        read_info(path)
    read_model(path)


def _described(name: str) -> ModelInfo:
    return INFO


def _last_state(folder: Path) -> Iterator[Feed]:
    last = LastState(folder, 7770, [])
    last.write(Performance())

    def feed(data: bytes) -> None:
        last.path.write_bytes(data.replace(b"KEY", last._key.encode()))
        last.restore()  # it never raises

    yield feed


def _osc(folder: Path) -> Iterator[Feed]:
    """Decoded, and performed by a daemon's commands before a real engine."""
    write_model(folder / "example.onnx", INFO, random_weights())
    models = Models("float32")
    models.give(folder / "example.onnx")
    stage = Stage(folder / "state", models)
    stage.voice()
    stage.play(64)
    hear = Listener()
    fed = 0

    def feed(packet: bytes) -> None:
        nonlocal fed
        for element in decode(packet):
            if isinstance(element, Malformed):
                assert len(element.reason) < 1_000
            stage.commands.handle(element, hear, stage.engine.frame)
        fed += 1
        if fed % 50 == 0:
            stage.play(64)
            stage.engine.notices()
        for answer in hear.taken():
            assert len(encode_message(answer[0], *answer[1:])) < 65_536

    yield feed
    assert stage.ask("/version")


TOML_WORDS = (
    b"[voices.v1]\n", b"model = \"example\"\n", b"gain = ", b"params = {", b"}", b"[", b"]]",
    b"nan",
    b"-inf", b"1e999", b"\"\"\"", b"99999999999999999999", b"true", b"\xff", b"\x00", b"# ", b"[[",
    b"1979-05-27T07:32:00Z", b"a.b.c = 1\n", b"\xf0\x9f\x8e\xb5", b"allow = [\"10.0.0.0/8\"]\n",
    b"[outputs.main]\nchannels = 2\n", b"[groups.g]\nvoices = [\"*\"]\n",
)  # fmt: skip

TARGETS = (
    Target("osc", _osc, (
        b"/voice/v1/pitch\0", b"/voice/*/gain\0\0\0", b"#bundle\0", b",f\0\0", b",s\0\0",
        b",[[]]\0\0\0", b"/{a,b}*",
        b"\xff\xff\xff\xfc", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"/after\0\0", b"/voice/new\0\0",
        b"/snapshot/store\0", b"\x7f\xc0\0\0", b"/group/set\0\0", b"/score/play\0", b"/status\0",
    )),
    Target("config", from_file(".toml", lambda p: read_config(p, _described), ConfigError),
           TOML_WORDS),
    Target("snapshot", from_file(".toml", read_snapshot, SnapshotError), TOML_WORDS),
    Target("last-state", _last_state, (*TOML_WORDS, b"# settings KEY, tries 0\n")),
    Target("score", from_file(".score", _all_events, ScoreError), (
        b"0 ", b"/voice/v1/pitch ", b"\n", b"1e9 ", b"line ", b"end\n", b"-1 ", b"\"", b"#", b"\\",
        b"0.000000000000001 ", b"/voice/new v1 example\n", b"nan ", b"\xff", b"\x00", b"64:0.5 ",
    )),
    Target("midi", from_file(".mid", _all_lines, MidiError), (
        b"MThd\0\0\0\x06", b"MTrk", b"\xff\x51\x03", b"\xff\x2f\0", b"\x90\x3c\x64", b"\xb0\x01",
        b"\xff\xff\xff\xff", b"\x80", b"\0\0\0\0", b"\xf0", b"\xff\x58\x04", b"\x81\x48", b"\xe0",
    )),
    Target("model", from_file(".onnx", _model, ModelFileError), (
        b"\x0a\x80", b"smfosc.", b"\xff\xff\xff\xff\x0f", b"{}", b"[]", b"GRU", b"\x12\x00",
        b"\x08\x96\x01", b"params", b"NaN", b"1e400", b"\x3a\x00", b"\x72\x00", b"null",
    ), limit=65_536),
)  # fmt: skip


@contextmanager
def opened(target: Target, folder: Path) -> Iterator[Feed]:
    """What feeds a target; its own check at the end."""
    feeding = target.open(folder)
    yield next(feeding)
    for _ in feeding:
        pass
