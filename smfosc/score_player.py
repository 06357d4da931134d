"""One score that the daemon plays: where it is, and what comes next.

Control thread, but for `read`, which runs on the loader thread and is not called again
before what it gave has been taken.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from fractions import Fraction
from itertools import islice

from smfosc.osc import Message, decode, encode_reply
from smfosc.replies import Source
from smfosc.schedule import frame_of
from smfosc.score import TICKS_PER_S, Event, Score
from smfosc.score_check import Fault
from smfosc.score_course import course, stretched
from smfosc.under_way import ScorePlace
from smfosc.voices import Call

CHUNK = 512  # events that are read at once; fewer than half of them left: the next are read


class Player(Source):
    """One score that is played. start: ticks into it. resumes: all is as it was there.

    It is the source of its messages: what they are answered goes to whoever started it,
    objections with file and line, other answers not at all.
    """

    def __init__(
        self, name: str, score: Score, call: Call, start: int, *, resumes: bool = False
    ) -> None:
        self.name = name
        self.score = score
        self.call = call
        self.tempo = Fraction(1)
        self.loops = False
        self.paused = False
        # Their pass, and the events with their times as if at tempo 1 since the beginning.
        self.ready: deque[tuple[int, Event]] = deque()
        self.early: deque[tuple[int, Event]] = deque()  # of those, what takes time to prepare
        self.reading = False
        self._start = start
        self._passes = 1  # that have been begun to be read
        self._reached = 1  # the pass of the newest event that was performed
        self._course: Iterator[Event] | None = course(score, start=start, resumes=resumes)
        self._anchor = (
            0,
            Fraction(0),
        )  # (frame, ticks) through which the present tempo's line goes
        self._where = ""
        self._told: frozenset[str] = frozenset()  # lines whose fault was told before it began
        self._left_out: frozenset[str] = frozenset()

    # --- as a source --------------------------------------------------------------------

    def __hash__(self) -> int:
        return id(self)

    @property
    def is_local(self) -> bool:
        """As whoever started it."""
        return self.call.source is None or self.call.source.is_local

    def send(self, packet: bytes) -> None:
        """Pass objections on."""
        for message in decode(packet):
            if isinstance(message, Message) and message.address in ("/fail", "/clipped", "/late"):
                self._object(message)

    def _object(self, message: Message) -> None:
        address, *rest = message.arguments
        if message.address == "/fail" and self._where in self._told:
            return
        if message.address == "/fail" and self._where:
            rest = [f"{self._where}: {rest[0]!s}"]
        if self.call.source is not None:
            told = [v for v in (address, *rest) if isinstance(v, (int, float, str))]
            self.call.source.send(encode_reply(message.address, *told))

    def know(self, found: Collection[Fault]) -> None:
        """Lines that come to nothing, which is told by now: not once more when their time comes.

        What may yet come true, if somebody makes a voice, is performed all the same.
        """
        resets = str(self.score.path)  # of voices that are not there: their lines were told
        self._told = frozenset([resets, *(fault.where for fault in found)])
        self._left_out = frozenset(fault.where for fault in found if fault.hopeless)

    def leaves_out(self, event: Event) -> bool:
        """Whether it is known to come to nothing."""
        return event.where in self._left_out

    # --- where it is ----------------------------------------------------------------------

    def begin(self, frame: int) -> None:
        """Its time 0 is that frame."""
        self._anchor = (frame, Fraction(0))

    def ticks_at(self, frame: int, samplerate: int) -> Fraction:
        """Where it is at a frame."""
        if self.paused:
            return self._anchor[1]
        passed = Fraction(max(frame - self._anchor[0], 0) * TICKS_PER_S, samplerate)
        return self._anchor[1] + passed * self.tempo

    def position_s(self, frame: int, samplerate: int) -> float:
        """Seconds into the score at a frame."""
        ticks = self._start + self.ticks_at(frame, samplerate)
        return float(ticks % self.score.ticks if self.score.ticks else 0) / TICKS_PER_S

    def place(self, frame: int, samplerate: int) -> ScorePlace:
        """What it takes to go on from there."""
        seconds = round(self.position_s(frame, samplerate), 6)
        return ScorePlace(self.name, seconds, float(self.tempo), self.loops, self.paused)

    def frame_at(self, ticks: int, samplerate: int) -> int:
        """When it gets there, at the present tempo."""
        frame, anchor = self._anchor
        return frame + frame_of(round((ticks - anchor) / self.tempo), samplerate)

    def anchor_at(self, frame: int, samplerate: int) -> None:
        """Let a new line begin where the old one is at that frame."""
        self._anchor = (frame, self.ticks_at(frame, samplerate))

    @property
    def end(self) -> int:
        """Ticks at which the pass ends that is being read."""
        return self._end_of(self._passes)

    def _end_of(self, number: int) -> int:
        return self.score.ticks * number - min(self._start, self.score.ticks)

    # --- what comes next --------------------------------------------------------------------

    def read(self) -> list[Event]:
        """The next events; fewer at the end of the pass. Loader thread. Raises ScoreError."""
        assert self._course is not None
        offset = self.end - self.score.ticks if self._passes > 1 else 0
        return [e._replace(ticks=e.ticks + offset) for e in islice(self._course, CHUNK)]

    def take(self, events: list[Event]) -> None:
        """What was read; the next pass is begun when this one has been read to its end."""
        for event in events:
            if self.leaves_out(event):
                continue
            kind = self.early if _takes_time(event.address) else self.ready
            kind.append((self._passes, event))
        if len(events) < CHUNK:
            self._course = None
        self.go_on()

    def go_on(self) -> None:
        """Begin the next pass, if it loops and this one is read."""
        if self._course is None and self.loops:
            self._passes += 1
            self._course = course(self.score, opens=False)

    def stop_looping(self, frame: int, samplerate: int) -> None:
        """End with the present pass, whatever has been read beyond it."""
        self.loops = False
        ticks, number = self.ticks_at(frame, samplerate), self._reached
        while self._end_of(number) <= ticks and number < self._passes:
            number += 1
        self.ready = deque(item for item in self.ready if item[0] <= number)
        self.early = deque(item for item in self.early if item[0] <= number)
        if number < self._passes:
            self._passes, self._course = number, None

    @property
    def wants_more(self) -> bool:
        """Whether it is time to read on."""
        return not self.is_read and not self.reading and len(self.ready) <= CHUNK // 2

    @property
    def is_read(self) -> bool:
        """Whether nothing more is to be read."""
        return self._course is None

    def waits_for(self, samplerate: int, ahead: int, prepare: int) -> int | None:
        """The frame at which the next event is to be performed; None while nothing is."""
        if self.paused:
            return None
        found = [
            self.frame_at(queue[0][1].ticks, samplerate) - frames
            for queue, frames in ((self.early, prepare), (self.ready, ahead))
            if queue
        ]
        return min(found, default=None)

    def next_event(self, limit: int, prepare: int, samplerate: int) -> tuple[int, Event] | None:
        """The next event that is due by the frame `limit`, with its frame.

        prepare: by how many frames more, for what takes time.
        """
        if self.paused:
            return None
        for queue, last in ((self.early, limit + prepare), (self.ready, limit)):
            if not queue:
                continue
            frame = self.frame_at(queue[0][1].ticks, samplerate)
            if frame <= last:
                self._reached, event = queue.popleft()
                self._where = event.where
                return frame, stretched(event, self.tempo)
        return None


def _takes_time(address: str) -> bool:
    """Whether files are read for a message: it is performed for its frame, but earlier."""
    own = ("/voice/new", "/snapshot/recall", "/snapshot/morph")
    return address in own or (address.startswith("/voice/") and address.endswith("/model"))
