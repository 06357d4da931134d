"""The machine's unit under a real systemd, process 1 of namespaces of its own."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from parts import require_or_skip
from playing import command, environment, model_folder, wait_until

PORT = 7_999  # of a network of its own
TOOLS = ("unshare", "nsenter", "systemctl", "mount")
SYSTEMD = Path("/lib/systemd/systemd")

# `container`: systemd leaves the hardware and the console to others.
BOOT = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount --bind "$STATE" /var/lib
mkdir -p /run/systemd/system/smfosc.service.d
cp "$UNITS/smfosc.service" "$UNITS/piece.target" /run/systemd/system/
cp "$UNITS/here.conf" /run/systemd/system/smfosc.service.d/
export container=lxc
exec /lib/systemd/systemd --system --unit=piece.target --show-status=no --log-target=null
"""

TARGET = "[Unit]\nDefaultDependencies=no\nWants=smfosc.service\n"
HERE = """[Unit]
DefaultDependencies=no
After=
[Service]
WatchdogSec=2
Environment={environment}
"""


class Box:
    """A machine in namespaces, whose process 1 is systemd."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.state.mkdir()
        self._units = folder / "units"
        self._units.mkdir()
        model_folder(self.state / "models")  # the unit's /tmp is its own: there none would be seen
        self._write_units(Path("/var/lib/models"))
        more = {"STATE": str(self.state), "UNITS": str(self._units)}
        names = ["-m", "-n", "-u", "-i", "-C"]
        self._outer = subprocess.Popen(
            ["unshare", "-f", "-p", *names, "--mount-proc", "sh", "-c", BOOT],
            env={**os.environ, **more},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert wait_until(self._children, 10)
        self.init = self._children()[0]

    def _write_units(self, models: Path) -> None:
        words = command("unit", "--system", "--user", "root", "--model", "example")
        words += ["--audio", "null", "--no-http", "--port", str(PORT)]
        unit = subprocess.run(words, env=environment(models, {}), capture_output=True, text=True)
        (self._units / "smfosc.service").write_text(unit.stdout)
        given = environment(models, {})
        told = " ".join(f'"{name}={given[name]}"' for name in ("PYTHONPATH", "SMFOSC_MODELS"))
        (self._units / "here.conf").write_text(HERE.format(environment=told))
        (self._units / "piece.target").write_text(TARGET)

    def _children(self) -> list[int]:
        path = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children")
        return [int(word) for word in path.read_text().split()]

    def run(self, *words: object) -> subprocess.CompletedProcess:
        """Run a command inside."""
        enter = ["nsenter", "-t", str(self.init), "-m", "-p", "-n", "-u", "-i", "-C"]
        return subprocess.run(
            [*enter, *map(str, words)], capture_output=True, text=True, timeout=30,
            env=environment(None, {}),
        )  # fmt: skip

    def tells(self, name: str) -> str:
        """A property of the service."""
        return self.run("systemctl", "show", "smfosc", "-p", name, "--value").stdout.strip()

    def is_active(self) -> bool:
        return self.tells("SubState") == "running"

    def is_another(self, process: str) -> bool:
        """Whether a daemon runs that is not this process; between two there is none, 0."""
        return self.tells("MainPID") not in (process, "0") and self.is_active()

    def send(self, *words: object) -> str:
        """What `smfosc send` prints inside."""
        main = "from smfosc.cli import main; main()"
        return self.run(sys.executable, "-c", main, "send", *words, "--port", PORT).stdout

    def end(self) -> None:
        """Switch it off, and leave no group of processes behind."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.init, signal.SIGKILL)
        self._outer.wait(10)


def control_groups() -> set[Path]:
    found = {path for name in ("init.scope", "system.slice")
             for path in Path("/sys/fs/cgroup").glob(f"*/{name}")}  # fmt: skip
    return found


@pytest.fixture
def box(tmp_path):
    may = os.geteuid() == 0 and SYSTEMD.exists() and all(map(shutil.which, TOOLS))
    probe = ["unshare", "-mpnuiCf", "true"]
    may = may and subprocess.run(probe, capture_output=True).returncode == 0
    require_or_skip(may, "systemd and the right to make namespaces")
    before = control_groups()
    machine = Box(tmp_path)
    try:
        yield machine
    finally:
        machine.end()
        for path in control_groups() - before:
            for folder in sorted([path, *path.rglob("*/")], reverse=True):
                with contextlib.suppress(OSError):
                    folder.rmdir()


@pytest.mark.reach
def test_systemd_starts_it_and_starts_it_again_after_kill_9_and_when_it_hangs(box):
    assert wait_until(box.is_active, 30), box.run("systemctl", "status", "smfosc").stdout
    assert box.tells("StatusText").startswith("null (no sound)")
    assert box.send("/voice/v1/pitch", 71.5) == ""
    state = box.state / "smfosc" / "running" / f"{PORT}.toml"
    assert wait_until(lambda: state.exists() and "pitch = 71.5" in state.read_text(), 10)

    first = box.tells("MainPID")
    box.run("kill", "-9", first)
    began_s = time.monotonic()
    assert wait_until(lambda: box.is_another(first), 20)
    took_s = time.monotonic() - began_s
    assert box.send("/voice/v1/pitch/get") == "/voice/v1/pitch 71.5\n"
    assert box.tells("NRestarts") == "1"

    second = box.tells("MainPID")
    box.run("kill", "-STOP", second)
    assert wait_until(lambda: box.is_another(second), 30)
    assert box.tells("NRestarts") == "2"
    assert box.send("/voice/v1/pitch/get") == "/voice/v1/pitch 71.5\n"
    print(f"running again {took_s:.2f} s after kill -9")

    own = box.tells("MainPID")
    touch = box.run("nsenter", "-t", own, "-m", "touch", "/usr/it-writes")
    assert "Read-only file system" in touch.stderr
    assert box.run("systemctl", "stop", "smfosc").returncode == 0
    assert box.tells("Result") == "success"
    assert not state.exists()
