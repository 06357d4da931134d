"""The pad under a real mouse: Pd with its windows, on a screen that nobody sees."""

from __future__ import annotations

import os
import shutil
import subprocess
import time

import pytest
from live_server import Peer, eventually, live_server
from parts import require_or_skip
from pd import PATCHES, patch_with


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


def test_dragging_the_point_moves_both_parameters(tmp_path, monkeypatch, screen):
    def mouse(*words: object) -> str:
        done = subprocess.run(
            ["xdotool", *map(str, words)], env=screen, capture_output=True, text=True
        )
        time.sleep(0.1)
        return done.stdout

    with live_server(tmp_path, monkeypatch) as live, Peer(live.port) as peer:
        patch = patch_with(tmp_path, live.port, "smf.xy v1 pitch timbre", inlets=2, outlets=2)
        options = ["-nosound", "-noprefs", "-nomidi", "-path", str(PATCHES)]
        pd = subprocess.Popen(["pd", *options, "-open", str(patch)], env=screen)
        try:

            def value(leaf: str) -> float:
                return peer.ask(f"/voice/v1/{leaf}/get")[-1].arguments[0]

            eventually(
                lambda: "test.pd" in mouse("search", "--name", "test.pd", "getwindowname"), 30
            )
            peer.send("/voice/v1/timbre", 0.5)
            time.sleep(2.0)  # the window is drawn and has been told
            window = mouse("search", "--name", "test.pd").split()[-1]
            mouse("windowraise", window)
            x, y = 44 + 100, 164 + 100 + 32  # the pad's middle, below the menu
            mouse("mousemove", "--window", window, x, y)
            mouse("mousedown", 1)
            for step in range(1, 6):
                mouse("mousemove", "--window", window, x + 10 * step, y - 8 * step)
            mouse("mouseup", 1)
            eventually(lambda: value("pitch") > 72 and value("timbre") > 0.65)
        finally:
            pd.terminate()
            pd.wait(10)
