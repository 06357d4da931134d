"""Scores: what to play and when, from a text file (`score_text.py`) or a binary OSC score.

A binary score is scsynth's: for each bundle an int32 length (big-endian) and the bundle,
whose time tag counts from the score's start.

Time is kept in NTP ticks of 2^-32 s, so that a score played live (time tags) and
rendered offline (frames) meets the same frames. A long text score whose lines are in the
order of time stays on the disk and is read as it is played.
"""

from __future__ import annotations

import heapq
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from smfosc import osc
from smfosc.score_text import (
    TICKS_PER_S,
    Event,
    ScoreError,
    check_sendable,
    lines_of,
    parse_args,
    ticks_of,
)

__all__ = ["TICKS_PER_S", "Event", "Score", "ScoreError", "parse_args", "read_score", "ticks_of"]

KEPT_BYTES = 1 << 20  # a text of up to this is kept in memory
MAX_BYTES = 64 << 20  # of a binary score, and of a text that must be sorted


@dataclass(frozen=True)
class Score:
    """Events in the order of time; events of one time keep the order of the file.

    events: may be gone through several times; from a long file it may raise ScoreError
    where the file has changed since.
    """

    path: Path
    events: Iterable[Event]
    ticks: int  # where it ends: its `end`, or its last event
    has_end: bool = False
    addressed: tuple[str, ...] = ()  # voices, in order, patterns left out
    made_later: frozenset[str] = frozenset()  # voices that it makes after time 0

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.ticks / TICKS_PER_S

    def voices(self) -> tuple[str, ...]:
        """Names of the voices that the score addresses, in order, patterns left out."""
        return self.addressed


def read_score(path: Path, kept_bytes: int = KEPT_BYTES) -> Score:
    """Read a text or binary score; all of it is checked. Raises ScoreError naming file and line.

    kept_bytes: a longer text that is in order is not kept in memory.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            binary = file.read(12)[4:] == b"#bundle\0"
        if binary:
            return _surveyed(path, sorted(_binary(path, size), key=_by_time))
        if size > kept_bytes:
            stream = _Stream(path)
            with suppress(_GoesBackError):
                return replace(_surveyed(path, stream.all()), events=stream)
        if size > MAX_BYTES:
            reason = f"larger than {MAX_BYTES >> 20} MiB, and its times go back: not a score"
            raise ScoreError(f"{path}: {reason}")
        events = [event for line in lines_of(path) for event in line]
        return _surveyed(path, sorted(events, key=_by_time))
    except OSError as error:
        raise ScoreError(f"{path}: {error.strerror or error}") from None


def _by_time(event: Event) -> int:
    return event.ticks


class _GoesBackError(ScoreError):
    """A line whose time is before that of the line above it."""


class _Stream:
    """The events of a text whose lines are in order, read anew each time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[Event]:
        return (event for event in self.all() if event.address)

    def all(self) -> Iterator[Event]:
        """In the order of time: what a line's breakpoints do later waits for its turn."""
        later: list[tuple[int, int, Event]] = []
        count = before = 0
        try:
            for events in lines_of(self._path):
                if events[0].ticks < before:
                    raise _GoesBackError(f"{events[0].where}: its time goes back")
                before = events[0].ticks
                while later and later[0][0] <= events[0].ticks:
                    yield heapq.heappop(later)[2]
                for event in events:
                    heapq.heappush(later, (event.ticks, count := count + 1, event))
        except OSError as error:
            raise ScoreError(f"{self._path}: {error.strerror or error}") from None
        yield from (heapq.heappop(later)[2] for _ in range(len(later)))


def _surveyed(path: Path, events: Iterable[Event]) -> Score:
    """A score with what must be known before it is played; its `end` is taken out."""
    last, end, kept = 0, None, []
    addressed: dict[str, None] = {}
    later: set[str] = set()
    for event in events:
        if not event.address:
            end = event
            continue
        last = event.ticks
        if isinstance(events, list):
            kept.append(event)
        addressed.update(dict.fromkeys(_voices_of(event)))
        if event.address == "/voice/new" and event.ticks and event.args:
            later.add(str(event.args[0]))
    if end is not None and end.ticks < last:
        until = f"until {last / TICKS_PER_S:g} s"
        raise ScoreError(f"{end.where}: the score goes on after its end, {until}")
    ticks = last if end is None else end.ticks
    return Score(path, tuple(kept), ticks, end is not None, tuple(addressed), frozenset(later))


def _voices_of(event: Event) -> Iterator[str]:
    parts = event.address.split("/")
    if len(parts) > 3 and parts[1] == "voice" and not set(parts[2]) & set("*?[]{}"):
        yield parts[2]


def _binary(path: Path, size: int) -> Iterator[Event]:
    if size > MAX_BYTES:
        raise ScoreError(f"{path}: larger than {MAX_BYTES >> 20} MiB: not a score")
    data = path.read_bytes()
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
        event = Event(ticks, element.address, element.arguments, where)
        check_sendable(event)
        yield event
