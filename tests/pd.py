"""A real Pd, headless, and patches that hold one abstraction for a test."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PATCHES = ROOT / "patches" / "pd"
DRIVER = ROOT / "tests/patches/driver.pd"
BROKEN = re.compile(r"couldn't create|can't open|error:|no method|no such object", re.IGNORECASE)
LOCALS = range(1000, 1080)  # what $0 may be in a patch that has just been opened

sys.path.insert(0, str(ROOT / "patches" / "generate"))

import pd_files  # noqa: E402  from the folder above
from pd_canvas import Canvas  # noqa: E402

__all__ = ["BROKEN", "PATCHES", "ROOT", "Canvas", "Pd", "patch_with", "patches_at", "pd_files"]


class Pd:
    """A Pd with a patch and the driver, whose receivers are reached by `send`.

    screen: the environment of a screen to open windows on; None: headless.
    """

    def __init__(
        self,
        patch: Path,
        log: Path,
        patches: Path = PATCHES,
        screen: dict[str, str] | None = None,
    ) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.log = log
        options = [
            *([] if screen else ["-nogui"]),
            "-nosound",
            "-noprefs",
            "-nomidi",
            "-stderr",
            "-path",
            str(patches),
        ]
        files = ["-open", str(patch), "-open", str(DRIVER)]
        with log.open("w") as output:
            self.process = subprocess.Popen(
                ["pd", *options, *files, "-send", f"driver-port listen {port}"],
                stderr=output,
                stdout=output,
                stdin=subprocess.DEVNULL,
                env=screen,
            )
        self.socket = self._connect(port)

    def _connect(self, port: int) -> socket.socket:
        for _ in range(200):
            try:
                return socket.create_connection(("127.0.0.1", port))
            except ConnectionRefusedError:
                time.sleep(0.05)
        pytest.fail(f"Pd did not come up: {self.printed()}")

    def send(self, line: str) -> None:
        """To a receiver: `smf-send /status`."""
        self.socket.sendall(f"{line};\n".encode())

    def touch(self, name: str, value: object = "bang") -> None:
        """Move what a face has, a slider say, under its local name `$0-name`."""
        for local in LOCALS:
            self.send(f"{local}-{name} {value}")

    def printed(self) -> str:
        return self.log.read_text()

    def stop(self) -> None:
        self.socket.close()
        self.process.terminate()
        self.process.wait(10)


def patches_at(folder: Path, port: int) -> Path:
    """A copy of all patches whose usual port is that one: no daemon of anybody is touched."""
    copy = folder / "patches"
    copy.mkdir()
    for path in PATCHES.glob("*.pd"):
        (copy / path.name).write_text(path.read_text().replace(" 7770", f" {port}"))
    return copy


def patch_with(folder: Path, port: int, abstraction: str, *, inlets: int = 1, outlets: int = 1):
    """A patch of [smfosc] and an abstraction, from `r in1`, ... to `print out1`, ..."""
    patch = Canvas(600, 500)
    connection = patch.obj(20, 20, f"smfosc 127.0.0.1 {port}")
    patch.wire((connection, 1), patch.obj(460, 140, "print up"))
    played = connection if abstraction == "smfosc" else patch.obj(20, 160, abstraction)
    for inlet in range(inlets):
        patch.wire(patch.obj(20 + 90 * inlet, 0, f"r in{inlet + 1}"), (played, inlet))
    for outlet in range(outlets):
        patch.wire((played, outlet), patch.obj(20 + 90 * outlet, 450, f"print out{outlet + 1}"))
    path = folder / "test.pd"
    path.write_text(patch.as_patch())
    return path
