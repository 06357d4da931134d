"""What a daemon tells its service manager: that it is ready, alive, about to end.

The protocol is one datagram of NAME=VALUE lines to the socket that the environment names:
sd_notify(3) and sd_watchdog_enabled(3). Without such a socket nothing is told.
"""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping
from contextlib import suppress


class Notifier:
    """Speaks to the service manager. Control thread; never raises, never waits.

    environment: NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID are taken out of it, so that
    programs started from here do not speak for the daemon.
    """

    def __init__(self, environment: MutableMapping[str, str] = os.environ) -> None:
        self._address = _address(environment.pop("NOTIFY_SOCKET", ""))
        self.watchdog_s = _watchdog_s(
            environment.pop("WATCHDOG_USEC", ""), environment.pop("WATCHDOG_PID", "")
        )

    def ready(self, status: str) -> None:
        """It plays and listens."""
        self._tell("READY=1", f"STATUS={status}")

    def alive(self) -> None:
        """To be told at least every `watchdog_s`, or the daemon is ended and started anew."""
        self._tell("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._tell(f"STATUS={text}")

    def stopping(self) -> None:
        """It ends of its own will."""
        self._tell("STOPPING=1")

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        text = "\n".join(line.replace("\n", " ") for line in lines)
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
            speaker.setblocking(False)  # nobody reads: the watchdog will act, not we
            speaker.sendto(text.encode(), self._address)


def _address(given: str) -> str:
    """The socket's address: a path, or a name in Linux's abstract namespace (`@`)."""
    if given.startswith("@"):
        return "\0" + given[1:]
    return given if given.startswith("/") else ""


def _watchdog_s(given_us: str, pid: str) -> float | None:
    """The longest silence that is borne, in seconds; None: nobody watches, or another one."""
    if not given_us.isdecimal() or (pid and pid != str(os.getpid())):
        return None
    return int(given_us) * 1e-6 or None
