"""Who looks after the daemon: the service manager's protocol, the units, the supervisor."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from parts import require_or_skip
from playing import Served, environment, free_port, model_folder, smfosc, wait_until
from service_manager import Ear

from smfosc.supervision.notify import Notifier
from smfosc.supervision.pulse import STILL_S, Pulse
from smfosc.supervision.supervisor import USAGE, Patience, Supervisor
from smfosc.supervision.unit import unit_text

QUICK = Patience(watchdog_s=0.6, start_s=3.0, first_wait_s=0.02, longest_wait_s=0.05)


# --- the protocol ---------------------------------------------------------------------------


def test_without_a_service_manager_nothing_is_said():
    notifier = Notifier({})
    notifier.ready("plays")
    notifier.alive()
    assert notifier.watchdog_s is None


def test_each_word_is_one_datagram_of_lines(tmp_path):
    with Ear(tmp_path / "n") as ear:
        given = {"NOTIFY_SOCKET": str(ear.path), "WATCHDOG_USEC": "10000000"}
        notifier = Notifier(given)
        assert given == {}  # no child speaks for us
        assert notifier.watchdog_s == 10.0
        notifier.ready("null,\n48000 Hz")
        notifier.status("silent")
        notifier.stopping()
        assert ear.hears("STOPPING=1")
    told = ["READY=1", "STATUS=null, 48000 Hz", "STATUS=silent", "STOPPING=1"]
    assert ear.heard == told


def test_an_abstract_socket_is_meant_by_an_at_sign():
    require_or_skip(sys.platform == "linux", "Linux's abstract sockets")
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(f"\0smfosc-test-{os.getpid()}")
        Notifier({"NOTIFY_SOCKET": f"@smfosc-test-{os.getpid()}"}).alive()
        assert ear.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize("path", ["nowhere", "", "/no/such/socket", "vsock:1:2"])
def test_a_manager_that_cannot_be_reached_disturbs_nothing(path):
    Notifier({"NOTIFY_SOCKET": path}).ready("plays")


def test_a_watchdog_of_another_process_is_not_ours():
    assert Notifier({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}).watchdog_s is None
    assert Notifier({"WATCHDOG_USEC": "0"}).watchdog_s is None
    assert Notifier({"WATCHDOG_USEC": "soon"}).watchdog_s is None


class Told:
    """A notifier that counts."""

    watchdog_s = 8.0

    def __init__(self) -> None:
        self.words = 0

    def alive(self) -> None:
        self.words += 1


def test_the_pulse_is_told_four_times_per_watchdog_while_frames_pass():
    told, time_s, frame = Told(), [0.0], [0]
    pulse = Pulse(told, lambda: frame[0], lambda: time_s[0])
    for _ in range(160):
        time_s[0] += 0.25
        frame[0] += 12_000
        pulse.beat()
    assert told.words == 20


def test_audio_that_stands_still_ends_the_pulse_and_audio_that_returns_begins_it():
    told, time_s, frame = Told(), [0.0], [0]
    pulse = Pulse(told, lambda: frame[0], lambda: time_s[0])
    while time_s[0] < STILL_S + 0.5:
        time_s[0] += 0.25
        pulse.beat()
    silent_from = told.words
    assert pulse.still_s >= STILL_S
    for _ in range(100):
        time_s[0] += 0.25
        pulse.beat()
    assert told.words == silent_from
    frame[0] = 256
    time_s[0] += 2.0
    pulse.beat()
    assert told.words == silent_from + 1


# --- the units ------------------------------------------------------------------------------


@pytest.mark.parametrize("system", [True, False])
def test_systemd_finds_no_fault_with_the_unit(tmp_path, system):
    require_or_skip(shutil.which("systemd-analyze"), "systemd-analyze (package systemd)")
    piece = tmp_path / "piece 1.toml"
    piece.write_text("")
    unit = tmp_path / "smfosc.service"
    unit.write_text(unit_text([str(piece), "--port", "7000"], system=system, user="root"))
    kind = [] if system else ["--user"]
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *kind, unit],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    assert f'serve "{piece}" --port 7000' in unit.read_text()


def test_the_machines_unit_exposes_little(tmp_path):
    require_or_skip(shutil.which("systemd-analyze"), "systemd-analyze (package systemd)")
    unit = tmp_path / "smfosc.service"
    unit.write_text(unit_text([], system=True))
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=30", unit]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout  # at most 3.0 of 10


def test_the_command_prints_the_unit(tmp_path):
    done = smfosc("unit", "--system", "--user", "artist", "--model", "50% $x")
    assert done.returncode == 0, done.stderr
    assert "User=artist" in done.stdout
    assert 'serve --model "50%% $$x"' in done.stdout
    assert "@" not in done.stdout.replace("@system-service", "")


# --- the supervisor -------------------------------------------------------------------------

READY = "import os, socket, sys, time; from smfosc.supervision.notify import Notifier; "
READY += "n = Notifier(); n.ready('x'); "


def supervised(code: str, patience: Patience = QUICK) -> tuple[Supervisor, list[str]]:
    told: list[str] = []
    return Supervisor([sys.executable, "-c", code], patience, told.append), told


@pytest.mark.parametrize("code", [0, USAGE])
def test_one_that_ends_in_order_or_was_called_wrongly_is_not_started_again(code):
    supervisor, told = supervised(f"raise SystemExit({code})")
    assert supervisor.run() == code
    assert (supervisor.starts, told) == (1, [])


def test_one_that_fails_is_started_again_until_it_ends_in_order(tmp_path):
    count = tmp_path / "count"
    code = f"p = {str(count)!r}; open(p, 'a').write('x'); n = len(open(p).read()); "
    code += "import os; os.kill(os.getpid(), 9) if n == 1 else exit(1 if n < 4 else 0)"
    supervisor, told = supervised(code)
    assert supervisor.run() == 0
    assert supervisor.starts == 4
    assert "was ended by SIGKILL; starting it again in 0.0 s" in told[0]
    assert "ended with code 1" in told[1]


def test_one_that_falls_silent_is_ended_and_started_again(tmp_path):
    mark = tmp_path / "mark"
    code = READY + f"os.path.exists({str(mark)!r}) and exit(0); open({str(mark)!r}, 'w'); "
    code += "time.sleep(60)"
    supervisor, told = supervised(code)
    began_s = time.monotonic()
    assert supervisor.run() == 0
    assert time.monotonic() - began_s < 8
    assert "said nothing for 1 s and was ended" in told[0]


def test_one_that_says_that_it_lives_is_let_be():
    code = READY + "[(time.sleep(0.2), n.alive()) for _ in range(8)]; n.stopping()"
    supervisor, told = supervised(code)
    assert supervisor.run() == 0
    assert told == []


def test_a_stranger_cannot_say_that_it_lives(tmp_path):
    require_or_skip(sys.platform == "linux", "SO_PASSCRED (Linux)")
    mark = tmp_path / "mark"
    stranger = "import os, socket, time; s = socket.socket(1, 2); a = os.environ['N']; "
    stranger += "[(time.sleep(.1), s.sendto(b'WATCHDOG=1', chr(0) + a[1:])) for _ in range(90)]"
    code = f"import os; a = os.environ['NOTIFY_SOCKET']; {READY}"
    code += f"os.path.exists({str(mark)!r}) and exit(0); open({str(mark)!r}, 'w'); "
    code += f"import subprocess; p = subprocess.Popen([sys.executable, '-c', {stranger!r}], "
    code += "env={**os.environ, 'N': a}); time.sleep(60)"
    supervisor, told = supervised(code)
    assert supervisor.run() == 0
    assert "said nothing" in told[0]


# --- the daemon ------------------------------------------------------------------------------


def test_the_daemon_tells_that_it_is_ready_that_it_lives_and_that_it_ends(tmp_path):
    models = model_folder(tmp_path / "models")
    with Ear(tmp_path / "n") as ear:
        more = {"NOTIFY_SOCKET": str(ear.path), "WATCHDOG_USEC": "2000000"}
        more["XDG_STATE_HOME"] = str(tmp_path)
        with Served("--model", "example", "--audio", "null", models=models, **more) as daemon:
            assert ear.hears("READY=1")
            assert any(line.startswith("STATUS=null") for line in ear.heard)
            assert ear.hears("WATCHDOG=1", 2.0)
            assert ear.hears("WATCHDOG=1", 2.0)
            daemon.process.send_signal(signal.SIGSTOP)  # it hangs
            time.sleep(0.3)
            ear.forget()
            assert not ear.hears("WATCHDOG=1", 1.5)
            daemon.process.send_signal(signal.SIGCONT)
            assert ear.hears("WATCHDOG=1", 2.0)
            assert daemon.end() == 0
            assert ear.hears("STOPPING=1")


def test_a_daemon_that_hangs_is_started_again_by_the_supervisor(tmp_path):
    models, port = model_folder(tmp_path / "models"), free_port()
    arguments = ["--audio", "null", "--model", "example", "--no-http", "--port", str(port)]
    command = [sys.executable, "-m", "smfosc", "supervise", "--watchdog", "1.5", *arguments]
    more = {"XDG_STATE_HOME": str(tmp_path)}
    process = subprocess.Popen(
        command,
        env=environment(models, more),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        first = wait_for_child(process.pid)
        assert wait_until(lambda: (tmp_path / "smfosc/running" / f"{port}.toml").exists(), 15)
        os.kill(first, signal.SIGSTOP)
        assert wait_until(lambda: children(process.pid) not in ([], [first]), 15)
        assert wait_until(lambda: answers(port), 15)
    finally:
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "said nothing for 2 s and was ended" in said
    assert children(process.pid) == []


def wait_for_child(pid: int) -> int:
    assert wait_until(lambda: children(pid), 10)
    return children(pid)[0]


def children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def answers(port: int) -> bool:
    return smfosc("send", "/version", "--port", port).returncode == 0
