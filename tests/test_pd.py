"""The Pd patches against a real daemon: Pd runs headless and is driven by a second patch."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from live_server import Peer, eventually, live_server
from parts import require_or_skip

ROOT = Path(__file__).parent.parent
PATCHES = sorted((ROOT / "patches" / "pd").glob("*.pd"))
FIRST_SOUND = ROOT / "patches" / "pd" / "first-sound.pd"
BROKEN = re.compile(r"couldn't create|can't open|error:|no method|no such object", re.IGNORECASE)


class Pd:
    """A headless Pd with a patch and the driver, whose receivers are reached by `send`."""

    def __init__(self, patch: Path, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.log = log
        options = ["-nogui", "-nosound", "-noprefs", "-nomidi", "-stderr"]
        files = ["-open", str(patch), "-open", str(ROOT / "tests/patches/driver.pd")]
        with log.open("w") as output:
            self.process = subprocess.Popen(
                ["pd", *options, *files, "-send", f"driver-port listen {port}"],
                stderr=output,
                stdout=output,
                stdin=subprocess.DEVNULL,
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
        self.socket.sendall(f"{line};\n".encode())

    def printed(self) -> str:
        return self.log.read_text()

    def stop(self) -> None:
        self.socket.close()
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def live(tmp_path, monkeypatch):
    with live_server(tmp_path, monkeypatch) as server:
        yield server


@pytest.fixture
def open_patch(tmp_path):
    require_or_skip(shutil.which("pd"), "puredata-core")
    opened: list[Pd] = []

    def open_it(patch: Path) -> Pd:
        opened.append(Pd(patch, tmp_path / "pd.log"))
        return opened[-1]

    yield open_it
    for pd in opened:
        pd.stop()


@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_a_patch_opens_in_pd_without_a_complaint(patch, open_patch):
    pd = open_patch(patch)
    pd.send("smf-nobody 1")
    time.sleep(0.3)
    assert not BROKEN.search(pd.printed()), pd.printed()


def test_the_first_patch_moves_the_sound_and_shows_what_the_daemon_answers(live, open_patch):
    pd = open_patch(FIRST_SOUND)
    pd.send("smf-net disconnect")
    pd.send(f"smf-net connect 127.0.0.1 {live.port}")
    for line in ("smf-pitch 72.5", "smf-timbre 0.25", "smf-gain -12", "smf-gate 0"):
        pd.send(line)
    with Peer(live.port) as peer:

        def value(leaf: str) -> float:
            return peer.ask(f"/voice/v1/{leaf}/get")[-1].arguments[0]

        eventually(lambda: value("gain") == pytest.approx(-12, abs=0.01))
        assert (value("pitch"), value("timbre"), value("gate")) == (72.5, 0.25, 0)
        pd.send("smf-note 68 100 10000")
        eventually(lambda: (value("pitch"), value("gate")) == (68.0, 1))
    pd.send("smf-status bang")
    pd.send("smf-params bang")
    eventually(lambda: "smfosc: done /voice/v1/params 2" in pd.printed())
    assert "smfosc: status.reply 1 1" in pd.printed()
    assert re.search(r"smfosc: voice v1 params.reply pitch .* 64 76 70 68 ", pd.printed())
    pd.send("smf-note 99 100")
    eventually(lambda: "smfosc: clipped /voice/v1/note 99 76" in pd.printed())
    assert not BROKEN.search(pd.printed()), pd.printed()
