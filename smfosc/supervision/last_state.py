"""What survives `kill -9`: the performance as it last was.

    FOLDER/running/PORT.toml

One file for each daemon, told apart by its port (`performance.py` says what is in it). It is
written at most every 0.5 s, when something has moved, by a thread of its own. An orderly end
removes it; so a daemon that finds one was killed, or lost its power, and begins with it. It does
not when its settings name other voices by now, nor when it has tried three times in vain.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from smfosc.performance import Performance, as_toml, read_performance
from smfosc.snapshot_file import SnapshotError
from smfosc.whole_file import sweep, write_whole

EVERY_S = 0.5
SETTLED_S = 10.0  # a run that lasts so long was not ended by what it began with
MOST_TRIES = 3
AGAIN_S = 5.0  # from a write that failed to the next
JOIN_S = 2.0
MAX_BYTES = 1 << 20  # 1,024 voices of 16 parameters take some 300 KB

_HEAD = re.compile(r"# settings ([0-9a-f]{16}), tries ([0-9]{1,3})\n")

log = logging.getLogger(__name__)


def key_of(began: Sequence[object]) -> str:
    """Tells settings apart by what they begin with: 16 hex digits."""
    return hashlib.sha256(repr(tuple(began)).encode()).hexdigest()[:16]


class LastState:
    """The file of one daemon. folder: the state folder; began: what its settings begin with."""

    def __init__(self, folder: Path, port: int, began: Sequence[object]) -> None:
        self.path = folder / "running" / f"{port}.toml"
        self.tries = 0  # starts with this file since one lasted
        self._key = key_of(began)

    def restore(self) -> Performance | None:
        """With what to begin; None where the settings' own is to play.

        Counts the try in the file. Says in the log why a file is not used.
        """
        sweep(self.path.parent)
        tries = self._read_tries()
        if tries is None:
            return None
        if tries >= MOST_TRIES:
            self._set_aside(tries)
            return None
        try:
            performance = read_performance(self.path)
            self.tries = tries + 1
            self.write(performance)
        except (SnapshotError, OSError) as error:
            log.warning("the state before the last end is not restored: %s", error)
            return None
        return performance

    def write(self, performance: Performance) -> None:
        """Keep it: all or nothing, and on the disk itself. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        head, text = f"# settings {self._key}, tries {self.tries}\n", as_toml(performance)
        if len(head) + len(text) > MAX_BYTES:  # only groups can be so long; they are no sound
            text = as_toml(replace(performance, groups=()))
        write_whole(self.path, head + text)

    def forget(self) -> None:
        """An orderly end: the next start is as the settings say."""
        with suppress(OSError):
            self.path.unlink()

    def _set_aside(self, tries: int) -> None:
        bad = self.path.with_suffix(".failed")
        log.error("%s: %d starts with it failed; set aside as %s", self.path, tries, bad.name)
        with suppress(OSError):
            self.path.replace(bad)

    def _read_tries(self) -> int | None:
        """How often a start with this file was tried; None: no file, or one of others."""
        try:
            with self.path.open("rb") as file:
                head = _HEAD.match(file.read(80).decode("ascii", "replace"))
            size = self.path.stat().st_size
        except OSError:
            return None
        if head is None or size > MAX_BYTES:
            log.warning("%s: no state of ours; left alone", self.path)
            return None
        if head[1] != self._key:
            log.warning("%s: the settings have changed since; they play", self.path)
            return None
        return int(head[2])


class StateKeeper:
    """Writes the last state as it changes, on a thread of its own.

    look: reads what plays, on the control thread, which calls everything else here too.
    """

    def __init__(
        self,
        last: LastState,
        look: Callable[[], Performance],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.error: str | None = None  # why the state is not kept at present
        self._last = last
        self._look = look
        self._now_s = now_s
        self._began_s = self._looked_s = now_s()
        self._known: Performance | None = None
        self._waiting: Performance | None = None
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._work, name="smfosc-state", daemon=True)
        self._thread.start()

    def turn(self) -> None:
        """Look whether something has moved, when it is time to."""
        now_s = self._now_s()
        if now_s - self._looked_s < EVERY_S:
            return
        self._looked_s = now_s
        if self._last.tries and now_s - self._began_s >= SETTLED_S:
            self._last.tries, self._known = 0, None  # it stands: write that down
        performance = self._look()
        if performance != self._known:
            self._known = performance
            with self._changed:  # the writer holds it for no longer than an assignment
                self._waiting = performance
                self._changed.notify()

    def stop(self) -> None:
        """Return when nothing is being written any more. Safe to call twice."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join(JOIN_S)

    # --- the writer's thread ----------------------------------------------------------------

    def _work(self) -> None:
        while (performance := self._next()) is not None:
            try:
                self._last.write(performance)
            except OSError as error:
                self._failed(performance, error)
            else:
                self._succeeded()

    def _next(self) -> Performance | None:
        """What is to be written, as soon as there is something; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._waiting is not None)
            performance, self._waiting = self._waiting, None
            return None if self._ended else performance

    def _failed(self, performance: Performance, error: OSError) -> None:
        """Tell it once; later try again, with what is the newest then."""
        reason = f"{self._last.path}: {error.strerror or error}"
        if self.error is None:
            log.error("the state is not kept: %s; trying again", reason)
        self.error = reason
        with self._changed:
            self._changed.wait_for(lambda: self._ended, AGAIN_S)
            if self._waiting is None:
                self._waiting = performance

    def _succeeded(self) -> None:
        if self.error is not None:
            log.warning("the state is kept again")
        self.error = None
