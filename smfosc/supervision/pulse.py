"""The daemon's pulse: felt on the control thread, told to the service manager.

No word goes out when the control thread hangs (nobody calls `beat`) or when the audio has
stood still for STILL_S: either is ended by the watchdog and started anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from smfosc.supervision.notify import Notifier

STILL_S = 10.0  # a JACK graph that is rebuilt stands still for a second or two
BEATS = 4  # words in the time that the watchdog grants: three may be late or lost


class Pulse:
    """Tells the notifier that all is well, as long as it is.

    frame: the engine's first frame of the next block; it moves while audio is rendered.
    """

    def __init__(
        self,
        notifier: Notifier,
        frame: Callable[[], int],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._notifier = notifier
        self._frame = frame
        self._now_s = now_s
        self._seen = -1
        self._moved_s = self._told_s = now_s()

    @property
    def still_s(self) -> float:
        """For how long the audio has stood still, in seconds, as of the last beat."""
        return self._now_s() - self._moved_s

    def beat(self) -> None:
        """Look at the audio, and tell if it is time. Some times per second."""
        now_s, frame = self._now_s(), self._frame()
        if frame != self._seen:
            self._seen, self._moved_s = frame, now_s
        granted_s = self._notifier.watchdog_s
        if granted_s is None or now_s - self._moved_s >= STILL_S:
            return
        if now_s - self._told_s >= granted_s / BEATS:
            self._told_s = now_s
            self._notifier.alive()
