"""The text of a score: lines to events and back; docs/scores.md has the whole of it.

    seconds address args...                 one message
    seconds address line 64 76 1000 70 500  breakpoints: from 64 to 76 in 1000 ms, then ...
    seconds end                             where the score ends

`#` starts a comment. Numbers without a point are ints, with one floats; quotes keep a
number or spaces as a string.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from smfosc import osc
from smfosc.names import shorten
from smfosc.schedule import frame_of

TICKS_PER_S = 1 << 32
# Text times are bounded so that their ticks fit the 64 bits of a time tag.
MAX_SECONDS = (1 << 31) - 1
MAX_LINE = 1 << 16  # bytes; a longer one is no score's
LINE, END = "line", "end"
JUMP_S = Fraction(2, 1000)  # that gain and pan take for a change without a ramp
_GLIDING = ("gain", "pan")

_TOKEN = re.compile(r'\s*(?:(#.*)|"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|([^\s"\']+))')
_INT = re.compile(r"[+-]?\d+\Z")
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_BARE = re.compile(r"[^\s\"'#]+\Z")


class ScoreError(ValueError):
    """A score that cannot be read; the text names file and line (or byte)."""


class Event(NamedTuple):
    """One message of a score."""

    ticks: int  # since the score's start, 2^-32 s
    address: str  # "" : nothing is sent, the score ends here
    args: tuple[osc.Value, ...]
    where: str  # file:line, for messages about this event

    @property
    def seconds(self) -> float:
        """Time since the score's start."""
        return self.ticks / TICKS_PER_S

    def frame(self, samplerate: int) -> int:
        """The frame at which the event is due: the nearest, ties upwards."""
        return frame_of(self.ticks, samplerate)


# --- reading --------------------------------------------------------------------------------


def lines_of(path: Path) -> Iterator[list[Event]]:
    """The events of each line that has any, one line in memory at a time. Raises ScoreError."""
    number = 0
    with path.open("rb") as file:
        while raw := file.readline(MAX_LINE + 1):
            if len(raw) > MAX_LINE:
                raise ScoreError(f"{path}:{number + 1}: a line of more than {MAX_LINE} bytes")
            try:
                text = raw.decode("utf-8-sig" if number == 0 else "utf-8")
            except UnicodeDecodeError:
                reason = "not UTF-8 text, and not a binary OSC score"
                raise ScoreError(f"{path}:{number + 1}: {reason}") from None
            for line in text.splitlines():
                number += 1
                if events := events_of(line, f"{path}:{number}"):
                    yield events


def events_of(line: str, where: str) -> list[Event]:
    """The events of one line, in their order; none in an empty one. Raises ScoreError."""
    try:
        events = list(_events(line, where))
    except ValueError as error:
        raise ScoreError(f"{where}: {shorten(str(error), 400)}") from None
    for event in events:
        check_sendable(event)
    return events


def check_sendable(event: Event) -> None:
    """Raises ScoreError for what OSC cannot carry."""
    try:
        if event.address:
            osc.encode_message(event.address, *event.args)  # type: ignore[arg-type]
    except osc.OscError as error:
        raise ScoreError(f"{event.where}: {error}") from None


def ticks_of(seconds: str) -> int:
    """Decimal seconds as ticks of 2^-32 s, rounded once. Raises ValueError."""
    if not _FLOAT.match(seconds):
        raise ValueError(f"time {seconds!r} is not a number of seconds")
    return _ticks(Fraction(seconds), seconds)


def parse_args(tokens: list[str]) -> tuple[osc.Value, ...]:
    """Words of a command line as OSC arguments: ints, floats, else strings."""
    return tuple(_value(token) for token in tokens)


def _ticks(seconds: Fraction, shown: object) -> int:
    if not 0 <= seconds <= MAX_SECONDS:
        raise ValueError(f"time {shown} s is outside 0-{MAX_SECONDS}")
    return round(seconds * TICKS_PER_S)


def _events(line: str, where: str) -> Iterator[Event]:
    words = list(_words(line))
    if not words:
        return
    ticks = ticks_of(str(words[0]))
    if len(words) < 2:
        raise ValueError("a time without an address; wanted: seconds address args...")
    address, args = str(words[1]), words[2:]
    if address == END and not args:
        yield Event(ticks, "", (), where)
    elif not address.startswith("/"):
        raise ValueError(f"address {address!r} does not start with /")
    elif args[:1] == [LINE]:
        yield from _breakpoints(ticks, Fraction(str(words[0])), address, args[1:], where)
    else:
        yield Event(ticks, address, tuple(args), where)


def _breakpoints(
    ticks: int, seconds: Fraction, address: str, numbers: Sequence[object], where: str
) -> Iterator[Event]:
    """`[from] to ms to ms ...`: one ramp for each pair."""
    for number in numbers:
        if not isinstance(number, (int, float)):
            raise ValueError(f"line: {number!r} is not a number; wanted [from] to ms to ms ...")
    values = [n for n in numbers if isinstance(n, (int, float))]
    if len(values) < 2:
        raise ValueError("line: wanted [from] to ms to ms ...")
    pairs, begin = values, seconds
    if len(values) % 2:
        yield Event(ticks, address, (values[0],), where)
        pairs = values[1:]
        begin += jump_s(address)
    for target, ms in zip(pairs[::2], pairs[1::2], strict=True):
        if not ms >= 0:
            raise ValueError(f"line: {ms:g} ms; wanted 0 or more")
        end = seconds + Fraction(ms) / 1000
        ramp_ms = float(max(end - begin, Fraction(0)) * 1000)
        yield Event(_ticks(begin, float(begin)), address, (target, ramp_ms), where)
        seconds = begin = end


def jump_s(address: str) -> Fraction:
    """How long a change without a ramp takes: what follows it must not begin before."""
    return JUMP_S if address.rpartition("/")[2] in _GLIDING else Fraction(0)


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
            yield bare if match.start() == 0 else _value(bare)
        else:
            yield re.sub(r"\\(.)", r"\1", double) if double is not None else single


def _value(word: str) -> str | int | float:
    if _INT.match(word):
        return int(word) if -(1 << 63) <= int(word) < 1 << 63 else float(word)
    return float(word) if _FLOAT.match(word) else word


# --- writing --------------------------------------------------------------------------------


def as_line(seconds: Fraction, address: str, args: Sequence[osc.Value]) -> str:
    """A message as a line that is read as the same message; floats have OSC's 32 bits.

    Raises ValueError for what a text score cannot hold (blobs, words of several lines).
    """
    return " ".join([_decimal(seconds), address, *map(_written, args)])


def _decimal(seconds: Fraction) -> str:
    """Nine digits: no frame of any rate is missed, none of 192 kHz by 0.0002."""
    whole, billionths = divmod(round(seconds * 10**9), 10**9)
    return f"{whole}.{billionths:09d}".rstrip("0").rstrip(".")


def _written(value: osc.Value) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(np.float32(value))
    if not isinstance(value, str) or "\n" in value or len(value.splitlines()) > 1:
        raise ValueError(f"{value!r}: no number and no word of one line")
    plain = _BARE.match(value) and isinstance(_value(value), str) and value != LINE
    return value if plain else json.dumps(value, ensure_ascii=False)
