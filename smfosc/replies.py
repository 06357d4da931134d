"""What the daemon answers, and how often: replies, /fail, /clipped, /late.

Control thread. A reply is its address + ".reply"; a failure is told at most 100 times per
second to one sender and then counted once per second; a clipped or late message is told
once per second and address (the newest, when there were more).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from smfosc.osc import encode_reply

logger = logging.getLogger(__name__)

MAX_FAILS = 100  # per second and sender
MAX_ADDRESSES = 1024  # addresses told as clipped or late, per second and sender
WINDOW_S = 1.0

Sendable = int | float | str | bytes


class Source(Protocol):
    """Whoever sent a message; one object per sender, compared by identity."""

    def __hash__(self) -> int:
        """By identity."""

    @property
    def is_local(self) -> bool:
        """Whether the sender is on this host."""

    def send(self, packet: bytes) -> None:
        """Send an encoded message back. Never raises, never waits."""


@dataclass
class _Window:
    """One second of one sender, from its first limited message on."""

    start: float
    fails: int = 0
    last_failed: str = ""
    # (kind, address) told in this window -> what has been held back since
    told: dict[tuple[str, str], tuple[Sendable, ...] | None] = field(default_factory=dict)


class Replies:
    """Sends answers and keeps the limits. now: a clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._windows: dict[Source, _Window] = {}

    def send(self, source: Source | None, address: str, *arguments: Sendable) -> None:
        """Send one message, without limit. Without a source (offline) it goes nowhere."""
        if source is not None:
            source.send(encode_reply(address, *arguments))

    def reply(self, source: Source | None, address: str, *arguments: Sendable) -> None:
        """Answer a query: the address + ".reply"."""
        self.send(source, address + ".reply", *arguments)

    def done(self, source: Source | None, address: str, *arguments: Sendable) -> None:
        """End an answer of several lines (with their count) or a command that took time."""
        self.send(source, "/done", address, *arguments)

    def fail(self, source: Source | None, address: str, reason: str) -> None:
        """Tell why a message was rejected; beyond MAX_FAILS per second, count it."""
        if source is None:
            logger.warning("%s: %s", address, reason)
            return
        window = self._window(source)
        window.fails += 1
        window.last_failed = address
        if window.fails <= MAX_FAILS:
            self.send(source, "/fail", address, reason)

    def clipped(self, source: Source | None, address: str, asked: float, used: float) -> None:
        """Tell that a value was out of range, at most once per second and address."""
        self._sparsely(source, "/clipped", address, asked, used)

    def late(self, source: Source | None, address: str, late_ms: float) -> None:
        """Tell that a message came too late, at most once per second and address."""
        self._sparsely(source, "/late", address, late_ms)

    def tick(self) -> None:
        """End the windows that are a second old; call it some times per second."""
        now = self._now()
        ended = [s for s, window in self._windows.items() if now - window.start >= WINDOW_S]
        for source in ended:
            self._end(source, self._windows.pop(source))

    def _window(self, source: Source) -> _Window:
        window = self._windows.get(source)
        if window is not None and self._now() - window.start >= WINDOW_S:
            self._end(source, self._windows.pop(source))
            window = self._windows.get(source)
        if window is None:
            window = self._windows[source] = _Window(self._now())
        return window

    def _sparsely(self, source: Source | None, kind: str, address: str, *values: float) -> None:
        if source is None:
            logger.warning("%s %s %s", kind[1:], address, " ".join(f"{v:g}" for v in values))
            return
        told = self._window(source).told
        if (kind, address) in told:
            told[kind, address] = values
        elif len(told) < MAX_ADDRESSES:
            told[kind, address] = None
            self.send(source, kind, address, *values)

    def _end(self, source: Source, window: _Window) -> None:
        """Tell what was held back; what is told now opens the next second."""
        if window.fails > MAX_FAILS:
            held_back = window.fails - MAX_FAILS
            reason = f"and {held_back} more messages were rejected within this second"
            self.send(source, "/fail", window.last_failed, reason)
        for (kind, address), values in window.told.items():
            if values is not None:
                self._sparsely(source, kind, address, *map(float, values))
