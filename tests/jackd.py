"""A jackd of one's own for a test: dummy driver, unique name, always ended."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator

from parts import require_or_skip


class Jackd:
    """One server process, which can be killed and started again under its name."""

    def __init__(self, samplerate: int = 48_000, blocksize: int = 256) -> None:
        # Names are bounded by JACK; a test's name must not meet another's.
        self.name = f"t{uuid.uuid4().hex[:10]}"
        self.samplerate = samplerate
        self.blocksize = blocksize
        self.process: subprocess.Popen[bytes] | None = None
        self._was_killed = False

    @property
    def environment(self) -> dict[str, str]:
        """For processes that shall meet this server."""
        return {
            **os.environ,
            "JACK_DEFAULT_SERVER": self.name,
            "JACK_NO_AUDIO_RESERVATION": "1",
            "JACK_NO_START_SERVER": "1",
        }

    def start(self) -> None:
        """Start the server and wait until clients may come."""
        rate, size = str(self.samplerate), str(self.blocksize)
        scheduling = ["-R", "-P", "20"] if may_run_realtime() else ["-r"]
        command = ["jackd", "-n", self.name, *scheduling, "-d", "dummy", "-r", rate, "-p", size]
        with tempfile.TemporaryFile("w+") as said:
            self.process = subprocess.Popen(
                command, env=self.environment, stdout=said, stderr=subprocess.STDOUT
            )
            self.run("jack_wait", "-w", "-t", "20", timeout_s=30)
            if "not running" in self.run("jack_wait", "-c"):
                said.seek(0)
                text = said.read()
                hint = "; remove /dev/shm/jack* while no server runs" if "Too many" in text else ""
                raise AssertionError(f"jackd does not start: {text}{hint}")

    def run(self, *command: str, timeout_s: float = 20.0) -> str:
        """Run a JACK tool against this server; returns its output."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=timeout_s
        )
        return done.stdout + done.stderr

    def kill(self) -> None:
        """End the server at once, as kill -9 does."""
        self._end(signal.SIGKILL)
        self._was_killed = True

    def stop(self) -> None:
        """End the server; if it does not listen, at once."""
        self._end(signal.SIGTERM)
        self._was_killed = False

    def clean(self) -> None:
        """End it, and leave nothing behind.

        JACK's registry in shared memory holds eight servers and forgets one that was killed
        only when its name comes again and ends in order.
        """
        if self._was_killed and self.process is None:
            self.start()
        self.stop()

    def connections(self, port: str) -> list[str]:
        """What a port is connected to, by jack_lsp."""
        lines = self.run("jack_lsp", "-c").splitlines()
        with contextlib.suppress(ValueError):
            after = lines[lines.index(port) + 1 :]
            ends = [i for i, line in enumerate(after) if not line.startswith(" ")]
            return [line.strip() for line in after[: ends[0] if ends else None]]
        return []

    def _end(self, how: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


@functools.cache
def may_run_realtime() -> bool:
    """Whether threads here may have real-time scheduling: then a loaded machine disturbs less."""
    chrt = shutil.which("chrt")
    return chrt is not None and subprocess.run([chrt, "-f", "20", "true"]).returncode == 0


@contextlib.contextmanager
def jackd(samplerate: int = 48_000, blocksize: int = 256) -> Iterator[Jackd]:
    """A running server, and its name in this process's environment meanwhile."""
    require_or_skip(shutil.which("jackd") and shutil.which("jack_wait"), "jackd (jackd2)")
    server = Jackd(samplerate, blocksize)
    before = {key: os.environ.get(key) for key in server.environment}
    os.environ.update(server.environment)
    try:
        server.start()
        yield server
    finally:
        server.clean()
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
