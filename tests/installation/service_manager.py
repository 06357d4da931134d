"""A service manager's ear: what a daemon says to NOTIFY_SOCKET."""

from __future__ import annotations

import socket
import time
from pathlib import Path


class Ear:
    """A socket at `path` that hears sd_notify(3)'s lines."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(0.1)

    def __enter__(self) -> Ear:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def hears(self, line: str, within_s: float = 10.0) -> bool:
        """Whether a line that starts so comes, among what has not been looked at yet."""
        end_s = time.monotonic() + within_s
        while time.monotonic() < end_s:
            try:
                lines = self._socket.recv(4096).decode().split("\n")
            except TimeoutError:
                continue
            self.heard += lines
            if any(said.startswith(line) for said in lines):
                return True
        return False

    def forget(self) -> None:
        """Drop what has been said so far."""
        self._socket.setblocking(False)
        try:
            while True:
                self._socket.recv(4096)
        except BlockingIOError:
            self._socket.settimeout(0.1)
