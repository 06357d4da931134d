"""Scores: what to play and when, from a text file or a binary OSC score.

A text score has one event per line, `seconds address args...`; `#` starts a
comment. Numbers without a point are ints, with one floats; quotes keep a number
or spaces as a string. A binary score is scsynth's: for each bundle an int32
length (big-endian) and the bundle, whose time tag counts from the score's start.

Time is kept in NTP ticks of 2^-32 s, so that a score played live (time tags) and
rendered offline (frames) meets the same frames.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from smfosc import osc
from smfosc.schedule import frame_of

TICKS_PER_S = 1 << 32
MAX_BYTES = 64 << 20  # a file larger than this is not a score
# Text times are bounded so that their ticks fit the 64 bits of a time tag.
MAX_SECONDS = (1 << 31) - 1

_TOKEN = re.compile(r'\s*(?:(#.*)|"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|([^\s"\']+))')
_INT = re.compile(r"[+-]?\d+\Z")
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")


class ScoreError(ValueError):
    """A score that cannot be read; the text names file and line (or byte)."""


@dataclass(frozen=True)
class Event:
    """One message of a score."""

    ticks: int  # since the score's start, 2^-32 s
    address: str
    args: tuple[osc.Value, ...]
    where: str  # file:line, for messages about this event

    @property
    def seconds(self) -> float:
        """Time since the score's start."""
        return self.ticks / TICKS_PER_S

    def frame(self, samplerate: int) -> int:
        """The frame at which the event is due: the nearest, ties upwards."""
        return frame_of(self.ticks, samplerate)


@dataclass(frozen=True)
class Score:
    """Events in the order of time; events of one time keep the order of the file."""

    path: Path
    events: tuple[Event, ...]

    @property
    def seconds(self) -> float:
        """When the last event is due."""
        return self.events[-1].seconds if self.events else 0.0

    def voices(self) -> tuple[str, ...]:
        """Names of the voices that the score addresses, in order, patterns left out."""
        names = (event.address.split("/") for event in self.events)
        found = (parts[2] for parts in names if len(parts) > 3 and parts[1] == "voice")
        return tuple(dict.fromkeys(name for name in found if not set(name) & set("*?[]{}")))


def ticks_of(seconds: str) -> int:
    """Decimal seconds as ticks of 2^-32 s, rounded once. Raises ValueError."""
    if not _FLOAT.match(seconds):
        raise ValueError(f"time {seconds!r} is not a number of seconds")
    value = Fraction(seconds)
    if not 0 <= value <= MAX_SECONDS:
        raise ValueError(f"time {seconds} s is outside 0-{MAX_SECONDS}")
    return round(value * TICKS_PER_S)


def read_score(path: Path) -> Score:
    """Read a text or binary score. Raises ScoreError naming file and line."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ScoreError(f"{path}: larger than {MAX_BYTES >> 20} MiB: not a score")
        data = path.read_bytes()
    except OSError as error:
        raise ScoreError(f"{path}: {error.strerror or error}") from None
    events = list(_binary(path, data) if _is_binary(data) else _text(path, data))
    for event in events:
        _check_sendable(event)
    return Score(path, tuple(sorted(events, key=lambda event: event.ticks)))


def _check_sendable(event: Event) -> None:
    try:
        osc.encode_message(event.address, *event.args)  # type: ignore[arg-type]
    except osc.OscError as error:
        raise ScoreError(f"{event.where}: {error}") from None


def parse_args(tokens: list[str]) -> tuple[osc.Value, ...]:
    """Words of a command line as OSC arguments: ints, floats, else strings."""
    return tuple(_value(token) for token in tokens)


def _is_binary(data: bytes) -> bool:
    return data[4:12] == b"#bundle\0"


def _text(path: Path, data: bytes) -> Iterator[Event]:
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        at = data[: error.start].count(b"\n") + 1
        raise ScoreError(f"{path}:{at}: not UTF-8 text, and not a binary OSC score") from None
    for number, line in enumerate(lines, start=1):
        where = f"{path}:{number}"
        try:
            event = _text_event(line, where)
        except ValueError as error:
            raise ScoreError(f"{where}: {error}") from None
        if event is not None:
            yield event


def _text_event(line: str, where: str) -> Event | None:
    words = list(_words(line))
    if not words:
        return None
    ticks = ticks_of(str(words[0]))
    if len(words) < 2:
        raise ValueError("a time without an address; wanted: seconds address args...")
    address = str(words[1])
    if not address.startswith("/"):
        raise ValueError(f"address {address!r} does not start with /")
    return Event(ticks, address, tuple(words[2:]), where)


def _words(line: str) -> Iterator[str | int | float]:
    at = 0
    line = line.strip()
    while at < len(line):
        match = _TOKEN.match(line, at)
        if match is None:
            raise ValueError(f"a quote that is not closed: {line[at:].strip()}")
        at = match.end()
        comment, double, single, bare = match.groups()
        if comment is not None:
            return
        if bare is not None:
            yield bare if at == 0 else _value(bare)
        else:
            yield re.sub(r"\\(.)", r"\1", double) if double is not None else single


def _value(word: str) -> str | int | float:
    if _INT.match(word):
        return int(word) if -(1 << 63) <= int(word) < 1 << 63 else float(word)
    return float(word) if _FLOAT.match(word) else word


def _binary(path: Path, data: bytes) -> Iterator[Event]:
    at = 0
    while at < len(data):
        where = f"{path}: byte {at}"
        (size,) = struct.unpack_from(">i", data.ljust(at + 4, b"\0"), at)
        left = len(data) - at - 4
        if not 16 <= size <= left:
            raise ScoreError(f"{where}: a bundle of {size} bytes; wanted 16-{left}")
        yield from _packet_events(data[at + 4 : at + 4 + size], where)
        at += 4 + size


def _packet_events(packet: bytes, where: str) -> Iterator[Event]:
    for element in osc.decode(packet):
        if isinstance(element, osc.Malformed):
            raise ScoreError(f"{where}: {element.address}: {element.reason}")
        # 1 means "immediately": with the score's start.
        ticks = 0 if element.timetag == osc.IMMEDIATELY else element.timetag
        yield Event(ticks, element.address, element.arguments, where)
