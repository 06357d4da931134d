"""A real server before a real engine that plays in step with the clock, in this process."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_models import write_example

from smfosc.audio import AudioSettings
from smfosc.audio.file import NullBackend
from smfosc.commands import Commands, Settings
from smfosc.engine import Engine, Notice
from smfosc.models import Models
from smfosc.osc import Message, decode, encode_message
from smfosc.schedule import Timeline
from smfosc.server import Server


class LiveServer:
    """Server, commands and engine with one voice, `v1`, of the small model `example`."""

    def __init__(self, *, blocksize: int = 256, **server: Any) -> None:
        self.engine = Engine(48_000)
        self.backend = NullBackend(AudioSettings(samplerate=48_000, blocksize=blocksize))
        self.server = Server("127.0.0.1", 0, **server)
        self.server.backend = "null"
        self.timeline = Timeline(self.engine.clock, 48_000)
        self.commands = Commands(
            self.engine,
            Models(),
            settings=Settings(seed=1),
            surroundings=self.server,
            run=self.server.loader.run,
        )
        self.notices: list[Notice] = []
        self.server.watch(self.look_after)
        self.commands.add_voice("v1", "example", gate=True)
        self._thread = threading.Thread(target=self.run, name="control")

    @property
    def port(self) -> int:
        return self.server.port

    def run(self) -> None:
        self.server.serve(self.commands, self.engine, self.timeline)

    def look_after(self) -> None:
        self.engine.collect()
        self.notices += self.engine.notices()

    def start(self) -> None:
        self.backend.start(self.engine)
        self._thread.start()
        with Peer(self.port) as peer:  # the voice is there when the loader has worked
            assert peer.ask("/sync", 1)[-1].address == "/synced"

    def stop(self) -> None:
        self.server.stop()
        self._thread.join(20)
        self.backend.stop()
        assert not self._thread.is_alive()


@contextlib.contextmanager
def live_server(
    models: Path, monkeypatch: pytest.MonkeyPatch, **server: Any
) -> Iterator[LiveServer]:
    """A running server that finds `example` in the folder `models`."""
    write_example(models / "example.onnx")
    monkeypatch.setenv("SMFOSC_MODELS", str(models))
    live = LiveServer(**server)
    live.start()
    try:
        yield live
    finally:
        live.stop()


class Peer:
    """A UDP sender that hears its answers."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.connect((host, port))

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, address: str, *arguments: int | float | str | bytes) -> None:
        self.socket.send(encode_message(address, *arguments))

    def hear(self, timeout_s: float = 5.0) -> Message:
        """The next answer."""
        assert select.select([self.socket], [], [], timeout_s)[0], "no answer"
        (message,) = decode(self.socket.recv(65_536))
        assert isinstance(message, Message)
        return message

    def hears_nothing(self, seconds: float = 0.2) -> bool:
        return not select.select([self.socket], [], [], seconds)[0]

    def ask(self, address: str, *arguments: int | float | str | bytes) -> list[Message]:
        """Send; all answers up to the one that ends them."""
        self.send(address, *arguments)
        answers = [self.hear(20.0)]
        while answers[-1].address.endswith((".reply", "/late", "/clipped")) and (
            answers[-1].address not in ("/status.reply", "/version.reply")
        ):
            answers.append(self.hear())
        return answers


def eventually(condition: Any, timeout_s: float = 10.0) -> None:
    """Wait until `condition()` is true."""
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.005)
