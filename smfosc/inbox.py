"""Calls from any thread to the control thread: it wakes and performs them."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress


class Inbox:
    """Callables that wait for the control thread; a selector sees it readable while some do."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], object]] = deque()
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def fileno(self) -> int:
        """What a selector waits for."""
        return self._reader.fileno()

    def post(self, call: Callable[[], object]) -> None:
        """Have `call` called on the control thread. Any thread, and signal handlers."""
        self._waiting.append(call)
        with suppress(OSError):  # full: it is readable already; closed: nobody waits any more
            self._writer.send(b"\0")

    def run(self) -> None:
        """Call what waits. Control thread."""
        with suppress(BlockingIOError):
            while self._reader.recv(4096):
                pass
        for _ in range(len(self._waiting)):
            self._waiting.popleft()()

    def close(self) -> None:
        """Give the sockets back."""
        self._reader.close()
        self._writer.close()
