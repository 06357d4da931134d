"""The pad under a real mouse, and real keys: Pd with its windows, on a screen nobody sees."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from live_server import Peer, eventually, live_server
from parts import require_or_skip
from pd import Pd, patch_with


@pytest.fixture
def screen():
    """Environment of a screen of its own."""
    for part in ("Xvfb", "xdotool", "pd-gui"):
        require_or_skip(shutil.which(part), f"{part} (xvfb, xdotool, puredata-gui)")
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1000x800x24"]
    process = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as told:
        display = f":{told.readline().strip()}"
    yield {**os.environ, "DISPLAY": display}
    process.terminate()
    process.wait(10)


class Shown:
    """A patch in a window, and what is done to it there."""

    def __init__(self, patch: Path, folder: Path, screen: dict[str, str]) -> None:
        self.pd = Pd(patch, folder / "pd.log", screen=screen)
        self._screen = screen
        eventually(lambda: self.do("search", "--name", patch.name), 60)
        self.window = self.do("search", "--name", patch.name).split()[-1]
        self.do("windowraise", self.window)

    def do(self, *words: object) -> str:
        done = subprocess.run(
            ["xdotool", *map(str, words)], env=self._screen, capture_output=True, text=True
        )
        return done.stdout

    def drag(self, x: int, y: int, across: int, up: int, steps: int = 5) -> None:
        self.do("mousemove", "--window", self.window, x, y, "mousedown", 1)
        for step in range(1, steps + 1):
            at = (x + across * step // steps, y - up * step // steps)
            self.do("mousemove", "--window", self.window, *at, "sleep", 0.05)
        self.do("mouseup", 1)


@pytest.fixture
def show(tmp_path, monkeypatch, screen):
    """Open an abstraction beside a daemon; what that says of v1's addresses."""
    with live_server(tmp_path, monkeypatch) as live, Peer(live.port) as peer:
        opened: list[Shown] = []

        def open_it(abstraction: str, **ports: int) -> tuple[Shown, Callable[[str], float]]:
            patch = patch_with(tmp_path, live.port, abstraction, **ports)
            opened.append(Shown(patch, tmp_path, screen))
            eventually(lambda: "up: 1" in opened[0].pd.printed(), 30)
            return opened[0], lambda leaf: peer.ask(f"/voice/v1/{leaf}/get")[-1].arguments[0]

        yield open_it
        for shown in opened:
            shown.pd.stop()


def test_dragging_the_point_moves_both_parameters(show):
    shown, value = show("smf.xy v1 pitch timbre", inlets=2, outlets=2)
    shown.pd.send("smf-send /voice/v1/timbre 0.5")
    eventually(lambda: value("timbre") == 0.5)

    def is_dragged() -> bool:  # again, should the window not have been drawn yet
        shown.pd.send("in1 0.5")
        shown.pd.send("in2 0.5")
        eventually(lambda: (value("pitch"), value("timbre")) == (70, 0.5))
        shown.drag(44 + 100, 164 + 100 + 32, 50, 40)  # from the pad's middle, below the menu
        with contextlib.suppress(AssertionError):
            eventually(lambda: value("pitch") > 72 and value("timbre") > 0.65, 2)
            return True
        return False

    eventually(is_dragged, 40)


def test_the_computers_keys_play_when_they_are_switched_on(show):
    shown, value = show("smf.keyboard v1", inlets=1)
    shown.pd.send("smf-send /voice/v1/gate 0")
    eventually(lambda: value("gate") == 0)

    def press(key: str, how: str) -> None:
        shown.do("mousemove", "--window", shown.window, 500, 400)
        shown.do("windowfocus", shown.window, how, key)

    def is_told() -> bool:  # again, should the window not have been in front yet
        press("g", "key")
        with contextlib.suppress(AssertionError):
            eventually(lambda: f"key: {ord('g')}" in shown.pd.printed(), 2)
            return True
        return False

    eventually(is_told, 40)  # not switched on: see the end
    shown.pd.touch("typing", 1)
    shown.pd.send("driver-print on")
    eventually(lambda: "driver: on" in shown.pd.printed())
    press("h", "keydown")  # A: the tenth key of the octave
    eventually(lambda: (value("pitch"), value("gate")) == (69, 1))
    press("h", "keyup")
    eventually(lambda: value("gate") == 0)
    assert re.findall(r"out1: (\d+) (\d+)", shown.pd.printed())[0] == ("69", "100")
