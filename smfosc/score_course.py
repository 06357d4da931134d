"""The course of a score: what is sent, in which order, and when, from a place and at a tempo.

The one way from a score to its messages: played from the command line, by the daemon, or
rendered offline, it takes this course.

1. The voices that it makes at its time 0 are made first (`preparations`), for that takes time.
2. At time 0 each voice that it addresses is reset, so that nothing before it matters.
3. Started later than at 0, what was set before is set at once: the last message to each
   address, a ramp that is under way from where it would be. Notes that began before stay away.
   Resumed after the daemon was killed, all is as it was: only ramps under way go on.
4. Then its events, at their times.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, takewhile
from typing import NamedTuple

from smfosc import osc
from smfosc.addresses import DAEMON, PLACES, SNAPSHOTS, VOICES, Address
from smfosc.score import TICKS_PER_S, Event, Score
from smfosc.score_text import jump_s

_VOICE, _OUTPUT = "/voice/NAME/", "/output/NAME/"


def preparations(score: Score) -> list[Event]:
    """The voices that a score makes at its time 0."""
    begin = takewhile(lambda event: event.ticks == 0, score.events)
    return [event for event in begin if _is_preparation(event)]


def _is_preparation(event: Event) -> bool:
    return event.ticks == 0 and event.address == "/voice/new"


def _by_time(event: Event) -> int:
    return event.ticks


def missing(score: Score, there: Collection[tuple[str, str, int]]) -> list[Event]:
    """Those of its preparations that are not there; `there`: name, model, channel (0: mix)."""
    return [event for event in preparations(score) if _made_by(event) not in there]


def _made_by(event: Event) -> tuple[str, str, int]:
    name, model, channel = (*event.args, *("", "", 0)[len(event.args) :])[:3]
    return str(name), str(model), int(channel) if isinstance(channel, (int, float)) else -1


def course(
    score: Score,
    *,
    start: int = 0,
    tempo: Fraction = Fraction(1),
    opens: bool = True,
    resumes: bool = False,
) -> Iterator[Event]:
    """The events with their times since the beginning of play. start: ticks into the score.

    tempo: 2 is twice as fast, ramps and durations too. opens: with the resets of the voices.
    resumes: what was set before the start still is. May raise ScoreError where a long file has
    changed since it was read.
    """
    if opens and not resumes:
        yield from _resets(score)
    events = (event for event in score.events if not _is_preparation(event))
    chased: dict[str, _Set] = {}
    rest: Iterator[Event] = iter(())
    for event in events:
        if event.ticks >= start:
            rest = chain([event], events)
            break
        _remember(chased, event)

    def placed() -> Iterator[Event]:
        for event in rest:
            ticks = round((event.ticks - start) / tempo)
            yield stretched(event, tempo)._replace(ticks=ticks)

    before = [b for b in chased.values() if not resumes or b.left_ms(start) > 0.0]
    caught_up = [event for one in before for event in _caught_up(one, start, tempo)]
    caught_up.sort(key=_by_time)
    yield from heapq.merge(caught_up, placed(), key=_by_time)


@dataclass(frozen=True)
class Passage:
    """What of a score is played, and how fast. start: ticks; tempo 2: twice as fast."""

    start: int = 0
    tempo: Fraction = Fraction(1)
    loops: bool = False

    def events(self, score: Score) -> Iterator[Event]:
        """With their times since the beginning of play. Endless when it loops."""
        yield from course(score, start=self.start, tempo=self.tempo)
        ends, again = self.length(score), replace(self, start=0).length(score)
        while self.loops and again:
            for event in course(score, tempo=self.tempo, opens=False):
                yield event._replace(ticks=ends + event.ticks)
            ends += again

    def length(self, score: Score) -> int:
        """Ticks from the beginning of play to the score's (first) end."""
        return round(max(score.ticks - self.start, 0) / self.tempo)


WHOLE = Passage()


def stretched(event: Event, tempo: Fraction) -> Event:
    """An event whose ramp or duration is that of another tempo."""
    at = time_argument(event.address)
    if tempo == 1 or at is None or at >= len(event.args):
        return event
    ms = event.args[at]
    if not isinstance(ms, (int, float)):
        return event
    args = (*event.args[:at], ms / float(tempo), *event.args[at + 1 :])
    return event._replace(args=args)


def as_received(address: str, args: Sequence[osc.Value]) -> osc.Message:
    """A message as the daemon would decode it: floats rounded to 32 bits, and so on."""
    (element,) = osc.decode(osc.encode_message(address, *args))  # type: ignore[arg-type]
    if isinstance(element, osc.Malformed):
        raise osc.OscError(f"{element.address}: {element.reason}")
    return element


def time_argument(address: str) -> int | None:
    """Which argument of a message is a time in ms; None: none is."""
    parts = address.split("/", 3)
    if len(parts) == 4 and parts[1] == "output":
        return _OF_OUTPUTS.get(parts[3])
    if len(parts) == 4 and parts[1] in ("voice", "group"):
        return _OF_VOICES.get(parts[3], _OF_VOICES["PARAM"])
    return _OF_DAEMON.get(address)


def _position(row: Address) -> int | None:
    found = [index for index, argument in enumerate(row.arguments) if argument.unit == "ms"]
    return found[0] if found else None


_OF_VOICES = {row.path.removeprefix(_VOICE): _position(row) for row in VOICES}
_OF_OUTPUTS = {row.path.removeprefix(_OUTPUT): _position(row) for row in PLACES}
_OF_DAEMON = {row.path: _position(row) for row in DAEMON + SNAPSHOTS}


def _resets(score: Score) -> Iterator[Event]:
    made = [str(event.args[0]) for event in preparations(score) if event.args]
    for name in dict.fromkeys([*made, *score.voices()]):
        if name not in score.made_later:
            yield Event(0, f"/voice/{name}/reset", (), str(score.path))


# --- started later ----------------------------------------------------------------------------


class _Set(NamedTuple):
    """The last message to an address, and the value from which its ramp began, if known."""

    event: Event
    begin: float | None = None

    def value_at(self, ticks: int) -> float | None:
        """Where its ramp is at a time; None when that is not known."""
        target, ms = (*self.event.args, 0.0, 0.0)[:2]
        if not isinstance(target, (int, float)) or not isinstance(ms, (int, float)):
            return None
        share = self.passed_ms(ticks) / ms if ms > 0 else 1.0
        if share >= 1.0:
            return float(target)
        return None if self.begin is None else self.begin + (target - self.begin) * share

    def passed_ms(self, ticks: int) -> float:
        return float(Fraction(ticks - self.event.ticks, TICKS_PER_S) * 1000)

    @property
    def ramps(self) -> bool:
        return time_argument(self.event.address) == 1 and len(self.event.args) == 2

    def left_ms(self, ticks: int) -> float:
        """Of its ramp at a time; 0 when there is none, or it has ended."""
        if not self.ramps:
            return 0.0
        return max(float(self.event.args[1]) - self.passed_ms(ticks), 0.0)  # type: ignore[arg-type]


def _remember(chased: dict[str, _Set], event: Event) -> None:
    """Keep the last message to each address, in the order of time."""
    if event.address.endswith("/note") or event.address == "/after":
        return
    # Each voice that is made or freed, each snapshot, is an event of its own.
    own = event.address.startswith("/voice/") and event.address.count("/") > 2
    key = event.address if own else f"{event.address} {event.args}"
    before = chased.pop(key, None)
    chased[key] = _Set(event, before.value_at(event.ticks) if before else None)


def _caught_up(before: _Set, start: int, tempo: Fraction) -> Iterator[Event]:
    """What a message of before `start` comes to at the beginning of play."""
    event, left_ms = before.event, before.left_ms(start)
    if not left_ms:
        yield event._replace(ticks=0, args=event.args[:1] if before.ramps else event.args)
        return
    value, jump_ms = before.value_at(start), 0.0
    if value is not None:
        jump_ms = float(jump_s(event.address) * 1000)
        yield event._replace(ticks=0, args=(value,))
    ticks = round(Fraction(jump_ms) / 1000 * TICKS_PER_S)
    rest_ms = max(left_ms / float(tempo) - jump_ms, 0.0)
    yield event._replace(ticks=ticks, args=(event.args[0], rest_ms))
