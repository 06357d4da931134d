"""Pictures of the Pd patches as they look on a screen: `python patches/generate/pictures.py`.

Needs Xvfb, xdotool, ImageMagick and Pd with its window system; a daemon of its own plays.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PATCHES = ROOT / "patches" / "pd"
DISPLAY = ":97"
PORT, DRIVER = 7797, 7798
SETTLE_S = 5.0  # models are loaded and parameters told
SMFOSC = [sys.executable, "-c", "from smfosc.cli import main; main()"]
# Which patch, and what the musician has done to it.
SHOWN = {
    "pd-ensemble": ("ensemble.pd", ["smf-send /voice/v2/timbre 1", "smf-send /voice/v3/gain -9"]),
    "pd-rhapsody": ("rhapsody.pd", ["smf-rhapsody bang"]),
    "pd-voice-help": ("smf.voice-help.pd", ["smf-send /voice/v1/pitch 90"]),
    "pd-xy-help": ("smf.xy-help.pd", ["smf-send /voice/v1/timbre 0.7"]),
    "pd-score-help": ("smf.score-help.pd", ["smf-send /score/record take"]),
    "pd-keyboard-help": ("smf.keyboard-help.pd", []),
}


@contextmanager
def running(*command: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block."""
    process = subprocess.Popen(
        command, env={**os.environ, **more}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def picture(patch: Path, target: Path, messages: list[str], port: int = PORT) -> None:
    """Open a patch beside a daemon at that port and take its window's picture."""
    options = ["-nosound", "-noprefs", "-nomidi", "-stderr", "-path", str(PATCHES)]
    drive = [
        "-open",
        str(ROOT / "tests/patches/driver.pd"),
        "-send",
        f"driver-port listen {DRIVER}",
    ]
    with running("pd", *options, "-open", str(patch), *drive, DISPLAY=DISPLAY):
        time.sleep(2.0)
        for message in (f"smf-connect 127.0.0.1 {port}", None, *messages):
            _tell(message)
        time.sleep(SETTLE_S / 2)
        window = _window(patch.name)
        subprocess.run(["xdotool", "windowraise", window], check=True, env=_screen())
        time.sleep(0.5)
        subprocess.run(["import", "-window", window, str(target)], check=True, env=_screen())


def _await_daemon() -> None:
    """Until its voices are there."""
    for _ in range(30):
        ask = [*SMFOSC, "send", "--port", str(PORT), "/sync", "1"]
        if "synced" in subprocess.run(ask, capture_output=True, text=True).stdout:
            return
        time.sleep(1.0)
    sys.exit("the daemon did not come up")


def _tell(message: str | None) -> None:
    """Send into the running Pd; None waits for what was sent before."""
    if message is None:
        time.sleep(SETTLE_S)
        return
    for _ in range(60):  # Pd may still be starting
        with contextlib.suppress(ConnectionRefusedError):
            with socket.create_connection(("127.0.0.1", DRIVER)) as driver:
                driver.sendall(f"{message};\n".encode())
            return
        time.sleep(0.5)
    sys.exit("Pd did not come up")


def _window(name: str) -> str:
    found = subprocess.run(
        ["xdotool", "search", "--name", name], capture_output=True, text=True, env=_screen()
    )
    return found.stdout.split()[-1]


def _screen() -> dict[str, str]:
    return {**os.environ, "DISPLAY": DISPLAY}


def main() -> None:
    """Write all pictures into docs."""
    wanted = sys.argv[1:] or list(SHOWN)
    with running("Xvfb", DISPLAY, "-screen", "0", "1400x1000x24"):
        for name in wanted:
            patch, messages = SHOWN[name]
            with running(*SMFOSC, "serve", "--port", str(PORT), "--audio", "null"):
                _await_daemon()
                picture(PATCHES / patch, ROOT / "docs" / f"{name}.png", messages)


if __name__ == "__main__":
    main()
