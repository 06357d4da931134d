"""`smfosc supervise`: starts the daemon, and starts it again, where no service manager does.

It listens as systemd would: the daemon says that it is ready and then, again and again, that
it is alive. One that ends with an error, or falls silent, is started anew; one that ends in
order (/quit) or was called wrongly (exit code 2) is not.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USAGE = 2  # exit code of a wrong command line (click): the same again would be as wrong
LOOK_S = 0.1
_CREDENTIALS = struct.Struct("iII")  # pid, uid, gid: unix(7), SCM_CREDENTIALS


@dataclass(frozen=True)
class Patience:
    """How long what may take."""

    watchdog_s: float = 5.0  # without a word from a daemon that was ready; one is due each 1.25 s
    start_s: float = 120.0  # until it is ready: many large models are read and warmed up
    stop_s: float = 15.0  # from SIGTERM to SIGKILL: a WAV is finished meanwhile
    first_wait_s: float = 0.1  # before it is started again; doubled each time,
    longest_wait_s: float = 10.0  # up to this,
    lasted_s: float = 10.0  # until a run has lasted so long


class Supervisor:
    """Runs one command for as long as it should run. Main thread (it takes the signals).

    tell: gets a line about each thing that happens.
    """

    def __init__(
        self,
        command: Sequence[str],
        patience: Patience | None = None,
        tell: Callable[[str], None] = print,
    ) -> None:
        self.starts = 0
        self._command = list(command)
        self._patience = patience or Patience()
        self._tell = tell
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = True

    def run(self) -> int:
        """Until the daemon ends in order, or a signal ends both; the exit code."""
        wait_s = self._patience.first_wait_s
        with _listening() as (ears, address), self._taking_signals():
            while True:
                began_s = time.monotonic()
                reason, code = self._one_run(ears, address)
                if not self._wanted or code in (0, USAGE):
                    return code if self._wanted else 0
                if time.monotonic() - began_s >= self._patience.lasted_s:
                    wait_s = self._patience.first_wait_s
                self._tell(f"the daemon {reason}; starting it again in {wait_s:.1f} s")
                self._rest(wait_s)
                wait_s = min(2 * wait_s, self._patience.longest_wait_s)

    def _one_run(self, ears: socket.socket, address: str) -> tuple[str, int]:
        """Start it, listen until it ends; why it did, and its exit code."""
        if not self._wanted:
            return "was not wanted any more", 0
        self.starts += 1
        process = self._process = subprocess.Popen(self._command, env=self._environment(address))
        heard_s, granted_s = time.monotonic(), self._patience.start_s
        while process.poll() is None:
            words = _words(ears, process.pid, LOOK_S)
            if "STOPPING=1" in words:
                granted_s = self._patience.stop_s
            elif "READY=1" in words:
                granted_s = self._patience.watchdog_s
            if words:
                heard_s = time.monotonic()
            elif time.monotonic() - heard_s > granted_s:
                self._end(process)
                return f"said nothing for {granted_s:.0f} s and was ended", -signal.SIGKILL
        return _how_it_ended(process.returncode), process.returncode

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """One that hangs does not listen to SIGTERM; SIGABRT would leave a dump of its memory."""
        process.kill()
        process.wait()

    def _rest(self, seconds: float) -> None:
        end_s = time.monotonic() + seconds
        while self._wanted and time.monotonic() < end_s:
            time.sleep(min(LOOK_S, seconds))

    def _environment(self, address: str) -> dict[str, str]:
        us = str(round(self._patience.watchdog_s * 1e6))
        return {**os.environ, "NOTIFY_SOCKET": address, "WATCHDOG_USEC": us}

    @contextmanager
    def _taking_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end both; SIGHUP is passed on."""
        handlers = {
            signal.SIGTERM: self._stop,
            signal.SIGINT: self._stop,
            signal.SIGHUP: lambda *_: self._pass_on(signal.SIGHUP),
        }
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, *_: object) -> None:
        self._wanted = False
        self._pass_on(signal.SIGTERM)

    def _pass_on(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)


def daemon_command(arguments: Sequence[str]) -> list[str]:
    """The command line that runs `smfosc serve ARGUMENTS` with this interpreter."""
    return [sys.executable, "-m", "smfosc", "serve", *arguments]


def _how_it_ended(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


@contextmanager
def _listening() -> Iterator[tuple[socket.socket, str]]:
    """A socket for the daemon's words, and its address for NOTIFY_SOCKET.

    On Linux it has a name but no place in the file system, which may be read-only.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ears:
        if sys.platform == "linux":
            ears.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            ears.bind("")  # autobind: unix(7)
            yield ears, "@" + ears.getsockname()[1:].decode()
        else:
            with tempfile.TemporaryDirectory() as folder:
                path = str(Path(folder) / "notify")
                ears.bind(path)
                yield ears, path


def _words(ears: socket.socket, pid: int, wait_s: float) -> list[str]:
    """The lines that the daemon itself says within a time; none if it says nothing."""
    if not select.select([ears], [], [], wait_s)[0]:
        return []
    data, ancillary, _, _ = ears.recvmsg(4096, socket.CMSG_SPACE(_CREDENTIALS.size))
    for level, kind, value in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SCM_CREDENTIALS):
            speaker, _, _ = _CREDENTIALS.unpack(value)
            if speaker != pid:  # anyone on this machine can find the socket
                return []
    return data.decode(errors="replace").split("\n")


_SCM_CREDENTIALS = 2  # <sys/socket.h> of Linux; Python does not name it everywhere
