"""How far the clocks of two hosts are apart: question and answer over UDP, as NTP does it.

    t0 asked, t1 received there, t2 answered there, t3 received here   (unix time, ns)
    offset = ((t1 - t0) + (t2 - t3)) / 2        round trip = (t3 - t0) - (t2 - t1)

The offset is wrong by at most half of the round trip, so of the last answers the one with the
shortest counts. Source: RFC 5905, section 8. Time tags are played by each host's own clock: this
only measures whether chrony or PTP keeps them together.
"""

from __future__ import annotations

import logging
import socket
import struct
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

logger = logging.getLogger(__name__)

QUESTION, ANSWER = struct.Struct(">4sq"), struct.Struct(">4sqqq")
MAGIC = b"smfc"
KEPT = 16  # answers of which the quickest counts
ANSWER_S = 0.25  # one that takes longer says nothing


@dataclass(frozen=True)
class Reading:
    """offset_s: how far the other clock is ahead of ours; wrong by round_trip_s / 2 at most."""

    offset_s: float
    round_trip_s: float


def reading(t0: int, t1: int, t2: int, t3: int) -> Reading:
    """Of the four times in ns.

    >>> reading(0, 1_500_000, 1_600_000, 1_100_000)
    Reading(offset_s=0.001, round_trip_s=0.001)
    """
    return Reading(((t1 - t0) + (t2 - t3)) / 2e9, ((t3 - t0) - (t2 - t1)) / 1e9)


class ClockServer:
    """Tells the time to whoever asks, on a thread of its own. Raises OSError."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="smfosc-clock", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port in use."""
        return int(self._socket.getsockname()[1])

    def stop(self) -> None:
        """End the thread."""
        self._stopped = True
        with suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self._socket.getsockname())
        self._thread.join(1.0)
        self._socket.close()

    def _run(self) -> None:
        while not self._stopped:
            with suppress(OSError):  # the network is gone for a while
                question, address = self._socket.recvfrom(64)
                received = time.time_ns()
                if len(question) == QUESTION.size and question[:4] == MAGIC:
                    (_, asked) = QUESTION.unpack(question)
                    answer = ANSWER.pack(MAGIC, asked, received, time.time_ns())
                    self._socket.sendto(answer, address)


class ClockQuestions:
    """Measures one other host's clock. One thread."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._readings: deque[Reading] = deque(maxlen=KEPT)

    @property
    def best(self) -> Reading | None:
        """The quickest of the last readings."""
        return min(self._readings, key=lambda r: r.round_trip_s, default=None)

    def ask(self) -> bool:
        """Ask once; whether an answer came."""
        with suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as asking:
            asking.settimeout(ANSWER_S)
            asking.connect(self._address)
            t0 = time.time_ns()
            asking.send(QUESTION.pack(MAGIC, t0))
            answer = asking.recv(64)
            t3 = time.time_ns()
            if len(answer) == ANSWER.size:
                magic, asked, t1, t2 = ANSWER.unpack(answer)
                if (magic, asked) == (MAGIC, t0):
                    self._readings.append(reading(t0, t1, t2, t3))
                    return True
        return False

    def forget(self) -> None:
        """The host was away: its clock may have been set since."""
        self._readings.clear()
