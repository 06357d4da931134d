"""OSC time <-> audio frames, and what waits for its frame.

Control thread. A frame is one sample of all channels at the backend's rate. Immediate
messages get one constant latency: arrival + one period + lead. Tags of one source are
placed relative to that source's first tag, so that the intervals between them are exact;
docs/architecture.md, "Time", has the whole rule.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from smfosc.engine import Clock

NTP_TO_UNIX_S = 2_208_988_800  # from 1900-01-01 to 1970-01-01
HALF_ERA = 1 << 63  # half of what a time tag can hold: 68 years
LEAD_S = 0.002  # what the control thread may take from arrival to the engine's queue
MAX_DRIFT_S = 0.0009  # of audio clock against system clock until an anchor follows it
MAX_ERROR_S = 0.001  # beyond which an anchor is set anew instead of following slowly
SLEW_S = 1 / 16_000  # one model sample: an anchor's step, at most so often:
SLEW_EVERY_S = 0.1
STALL_S = 0.5  # without a block for so long (or four blocks) the audio clock stands still
MAX_ANCHORS = 1024  # sources whose first tag is remembered; the oldest goes first
MAX_WAITING = 100_000  # messages that wait for their time

T = TypeVar("T")


def unwrapped(timetag: int) -> int:
    """An NTP time tag on a line that goes on: those of 64 bits begin again in February 2036.

    What reads as before 1968 is after 2036 (RFC 4330, section 3), up to 2104.
    """
    return timetag if timetag >= HALF_ERA else timetag + 2 * HALF_ERA


def unix_ns_of(timetag: int) -> int:
    """Nanoseconds since 1970 of an NTP time tag (2^-32 s since 1900), whatever its era."""
    return ((unwrapped(timetag) - (NTP_TO_UNIX_S << 32)) * 1_000_000_000) >> 32


def timetag_of(unix_ns: int) -> int:
    """The NTP time tag of nanoseconds since 1970, rounded up, so that it converts back.

    Beyond 64 bits after February 2036; `osc.encode_bundle` drops the era.
    """
    return -((-unix_ns << 32) // 1_000_000_000) + (NTP_TO_UNIX_S << 32)


def frame_of(ticks: int, samplerate: int) -> int:
    """The frame nearest to `ticks` of 2^-32 s, ties upwards; offline and live the same."""
    return (ticks * samplerate + (1 << 31)) >> 32


@dataclass(frozen=True)
class Instant:
    """One moment on three clocks."""

    monotonic_ns: int
    unix_ns: int


def read_clocks() -> Instant:
    """Both system clocks at one moment: the best of a few readings, lest one was interrupted."""
    best = None
    for _ in range(5):
        before = time.monotonic_ns()
        unix_ns = time.time_ns()
        took = time.monotonic_ns() - before
        if best is None or took < best[0]:
            best = took, Instant(before + took // 2, unix_ns)
        if took < 5_000:
            break
    assert best is not None
    return best[1]


@dataclass(slots=True)
class _Anchor:
    """Where a source's tags are counted from, and the newest of them."""

    timetag: int
    frame: int
    offset: float  # frames by which the audio clock led the system clock
    last_tag: int
    last_frame: int

    def place(self, timetag: int, samplerate: int) -> int:
        """The frame of a tag; never before that of an earlier tag, wherever the anchor went."""
        frame = self.frame + frame_of(timetag - self.timetag, samplerate)
        if timetag >= self.last_tag:
            self.last_frame = frame = max(frame, self.last_frame)
            self.last_tag = timetag
        return frame


class Timeline:
    """Places arrivals and time tags on the audio clock.

    samplerate: the backend's nominal rate in Hz. freewheel: audio runs detached from the
    system clock; anchors then hold, whatever the clocks say. Call `update` once per batch.
    """

    def __init__(
        self,
        clock: Callable[[], Clock],
        samplerate: int,
        *,
        lead_s: float = LEAD_S,
        now: Callable[[], Instant] = read_clocks,
    ) -> None:
        self.samplerate = samplerate
        self.lead_s = lead_s
        self.freewheel = False
        self.reanchored = 0  # times that drift moved a source's anchor
        self._read_clock = clock
        self._read_now = now
        self._anchors: dict[Hashable, _Anchor] = {}
        self._newest = 0  # frame of the newest immediate message
        self.update()

    def update(self) -> None:
        """Read the audio and system clocks; everything else computes from this reading."""
        self._clock = self._read_clock()
        self._now = self._read_now()
        age_ns = self._now.monotonic_ns - self._clock.monotonic_ns
        limit_s = max(STALL_S, 4 * self._clock.blocksize / self.samplerate)
        self.stalled = self.freewheel or not -1e9 < age_ns < limit_s * 1e9
        self._measured = self._clock.samplerate or float(self.samplerate)
        self._origin = self._clock.frame  # the frame of `_origin_ns`
        self._origin_ns = self._now.monotonic_ns if self.stalled else self._clock.monotonic_ns
        self._constant = self._clock.blocksize + self.lead_s * self._measured

    @property
    def earliest(self) -> int:
        """The first frame that no block holds yet: what comes before it is late."""
        return self._clock.frame + self._clock.blocksize

    @property
    def present(self) -> int:
        """The frame that an immediate message gets which arrives now."""
        return self.of_arrival(self._now.monotonic_ns)

    def of_arrival(self, monotonic_ns: int) -> int:
        """The frame of an immediate message: arrival + one period + lead."""
        age_s = (monotonic_ns - self._origin_ns) * 1e-9
        return round(self._origin + age_s * self._measured + self._constant)

    def of_next_arrival(self, monotonic_ns: int) -> int:
        """The same for the next message in order: never before the one that came before it.

        A clock that is set back (the audio stood still, and this was noticed) must not let
        an older value overtake a newer one.
        """
        frame = self.of_arrival(monotonic_ns)
        if 0 < self._newest - frame < 2 * STALL_S * self.samplerate:
            return self._newest
        self._newest = frame
        return frame

    def of_tag(self, source: Hashable, timetag: int) -> int:
        """The frame of a time tag: exact relative to the source's first tag.

        When the clocks have drifted apart the anchor follows by one model sample at a time,
        so that intervals stay exact to that; after a jump it is set anew.
        """
        timetag = unwrapped(timetag)
        anchor = self._anchors.get(source)
        if anchor is None:
            anchor = self._anchors[source] = self._new_anchor(timetag)
            if len(self._anchors) > MAX_ANCHORS:
                del self._anchors[next(iter(self._anchors))]
        drift = 0.0 if self.freewheel else self._offset() - anchor.offset
        if abs(drift) > MAX_DRIFT_S * self.samplerate:
            self._follow(anchor, timetag, drift)
        return anchor.place(timetag, self.samplerate)

    def forget(self, source: Hashable | None = None) -> None:
        """Drop a source's anchor (its connection is gone), or all (the rate has changed)."""
        if source is None:
            self._anchors.clear()
        else:
            self._anchors.pop(source, None)

    def _frame_now(self) -> float:
        age_s = (self._now.monotonic_ns - self._origin_ns) * 1e-9
        return self._origin + age_s * self._measured

    def _offset(self) -> float:
        return self._frame_now() - self._now.unix_ns * self.samplerate // 1_000_000_000

    def _follow(self, anchor: _Anchor, timetag: int, drift: float) -> None:
        """Bring an anchor nearer to the clocks: drift frames are between them."""
        step = round(math.copysign(SLEW_S * self.samplerate, drift))
        if abs(drift - step) > MAX_ERROR_S * self.samplerate:
            self.reanchored += 1
            new = self._new_anchor(timetag)
            anchor.timetag, anchor.frame, anchor.offset = timetag, new.frame, new.offset
        elif abs(timetag - anchor.timetag) >= round(SLEW_EVERY_S * 2**32):
            anchor.frame += frame_of(timetag - anchor.timetag, self.samplerate) + step
            anchor.timetag = timetag
            anchor.offset += step

    def _new_anchor(self, timetag: int) -> _Anchor:
        ahead_s = (unix_ns_of(timetag) - self._now.unix_ns) * 1e-9
        frame = round(self._frame_now() + ahead_s * self.samplerate)
        return _Anchor(timetag, frame, self._offset(), timetag, frame)


class Agenda(Generic[T]):
    """What waits for its frame: a heap that keeps the order of arrival within a frame."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, T]] = []
        self._arrivals = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, frame: int, item: T) -> bool:
        """Keep `item` until `frame`; False when MAX_WAITING items wait already."""
        if len(self._heap) >= MAX_WAITING:
            return False
        heapq.heappush(self._heap, (frame, self._arrivals, item))
        self._arrivals += 1
        return True

    def due(self, frame: int) -> Iterator[tuple[int, T]]:
        """Remove and give what is due at or before `frame`, in the order of time."""
        while self._heap and self._heap[0][0] <= frame:
            due_frame, _, item = heapq.heappop(self._heap)
            yield due_frame, item

    def next_frame(self) -> int | None:
        """The frame of the first item; None when nothing waits."""
        return self._heap[0][0] if self._heap else None

    def clear(self) -> int:
        """Forget everything; how many items that were."""
        count = len(self._heap)
        self._heap.clear()
        return count
