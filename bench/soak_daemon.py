"""The daemon that bench/soak.py soaks: a process of its own, its counters, its memory."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from soak_messages import VoiceInfo

from smfosc import osc
from smfosc.client import OscClient

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Sample:
    """The daemon's process at one moment."""

    at_s: float
    rss_kib: int
    files: int
    threads: int


class Daemon:
    """`smfosc serve` with these arguments. Raises click.ClickException if it does not start."""

    def __init__(self, arguments: Sequence[str], environment: dict[str, str]) -> None:
        self.port, self.http_port = _free_port(), _free_port()
        ports = ["--port", str(self.port), "--http-port", str(self.http_port), "--no-announce"]
        code = "from smfosc.cli import main; main()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "serve", *arguments, *ports],
            env={**environment, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        if not any(line.startswith("delay") for line in self.process.stdout):
            raise click.ClickException("the daemon did not start")
        self.client = OscClient("127.0.0.1", self.port)

    def ask(self, address: str, *arguments: osc.Value) -> list[tuple[osc.Value, ...]]:
        """What is told of an address before /synced."""
        self.client.send(address, *arguments)
        told = list(self.client.until_synced(20.0))
        return [m.arguments for m in told if m.address == address + ".reply"]

    def synced(self) -> None:
        """What was sent before has sounded."""
        list(self.client.until_synced(20.0))

    def voice_names(self) -> list[str]:
        """Of those that are there now."""
        return [str(name) for name, *_ in self.ask("/voice/list")]

    def voices(self) -> list[VoiceInfo]:
        """The voices that there are, with their parameters."""
        return [VoiceInfo(name, self._parameters(name)) for name in self.voice_names()]

    def _parameters(self, name: str) -> dict[str, tuple[float, float, float]]:
        rows = self.ask(f"/voice/{name}/params")
        return {str(r[0]): (float(r[2]), float(r[3]), float(r[4])) for r in rows}  # type: ignore[arg-type]

    def status(self) -> dict[str, float]:
        """Its counters by name, from /health."""
        url = f"http://127.0.0.1:{self.http_port}/health"
        with urllib.request.urlopen(url, timeout=20) as answer:
            health = json.load(answer)
        found = {name: float(value) for name, value in health["counters"].items()}
        more = ("packets", "lost_packets", "limited_messages")
        return found | {name: float(health[name]) for name in more}

    def sample(self, at_s: float) -> Sample:
        """Memory, files and threads of its process."""
        proc = Path(f"/proc/{self.process.pid}")
        lines = (proc / "status").read_text().splitlines()
        told = dict(line.split(":", 1) for line in lines)
        files = len(os.listdir(proc / "fd"))
        return Sample(at_s, int(told["VmRSS"].split()[0]), files, int(told["Threads"]))

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
