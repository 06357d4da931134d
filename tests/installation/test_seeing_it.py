"""What the operator sees: logs, /health, /metrics, `smfosc top`."""

import contextlib
import http.client
import json
import logging
import os
import pty
import re
import select
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jackd import jackd
from playing import Served, command, environment, free_port, model_folder, smfosc, wait_until
from prometheus_client.parser import text_string_to_metric_families

from smfosc.config import LogConfig
from smfosc.logs import (
    MAX_LINE,
    MOST_PER_MINUTE,
    JsonForm,
    LogError,
    LogFile,
    Recent,
    Sparing,
    TerminalForm,
    TextForm,
    start_logging,
)
from smfosc.top import duration


@pytest.fixture(autouse=True)
def _logging_as_before():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:], root.level = handlers, level


def record(text: str, *values: object, level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("smfosc.server", level, "server.py", 1, text, values, None)


# --- lines ------------------------------------------------------------------------------------


@given(st.text(max_size=3_000))
def test_whatever_a_stranger_sends_is_one_printable_line_of_bounded_length(text):
    for form in (TerminalForm(), TerminalForm(True), TextForm(), JsonForm()):
        line = form.format(record("no voice %s", text))
        assert "\n" not in line
        assert "\x1b" not in line
        assert len(line) < MAX_LINE + 200
    assert json.loads(JsonForm().format(record("%s", text)))["level"] == "WARNING"


def test_lines_have_time_level_part_and_text():
    line = TextForm().format(record("voice %s: silent", "low"))
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING smfosc.server: voice low: silent", line
    )
    assert TerminalForm(journal=True).format(record("x", level=logging.ERROR)) == "<3>x"


def test_one_kind_of_message_is_written_so_often_per_minute_and_others_still_are():
    time_s = [0.0]
    sparing = Sparing(lambda: time_s[0])
    passed = [sparing.filter(record("flood of %d", n)) for n in range(1_000)]
    assert sum(passed) == MOST_PER_MINUTE
    assert sparing.filter(record("something else"))
    time_s[0] = 61.0
    assert sparing.filter(record("flood of %d", 0))


def test_files_rotate_and_the_oldest_goes(tmp_path):
    file = tmp_path / "logs" / "smfosc.log"
    start_logging(LogConfig(file=str(file), max_mb=0.01, keep=2, format="json"))
    for n in range(2_000):
        logging.getLogger(f"smfosc.part{n % 200}").warning("kind %d of trouble", n)
    found = sorted(path.name for path in file.parent.iterdir())
    assert found == ["smfosc.log", "smfosc.log.1", "smfosc.log.2"]
    assert all(path.stat().st_size <= 10_000 for path in file.parent.iterdir())
    for line in file.read_text().splitlines():
        assert set(json.loads(line)) == {"time", "level", "part", "text"}


def test_the_environment_is_in_no_log(tmp_path, monkeypatch):
    monkeypatch.setenv("A_SECRET", "hunter2-token")
    file = tmp_path / "smfosc.log"
    start_logging(LogConfig(file=str(file), level="debug"), verbose=True)
    try:
        raise ValueError("bad thing")
    except ValueError:
        logging.getLogger("smfosc").exception("a defect")
    text = file.read_text()
    assert "ValueError: bad thing" in text
    assert "hunter2" not in text


def test_a_log_that_cannot_be_written_is_refused_in_a_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LogError, match=r"log .*x\.log: .*; \[log\] file names it"):
        start_logging(LogConfig(file=str(tmp_path / "file" / "x.log")))


def test_a_full_disk_costs_the_log_and_is_said_once(capsys):
    log = LogFile("/dev/full", 10_000, 0)
    for n in range(5):
        log.emit(record("line %d", n))
    with contextlib.suppress(OSError):  # it tries to write once more
        log.stream.close()
    log.stream = None
    log.close()
    assert log.lost == 5
    assert capsys.readouterr().err.count("No space left") == 1


def test_the_newest_warnings_are_remembered_and_all_are_counted():
    recent = Recent()
    recent.emit(record("not worth it", level=logging.INFO))
    for n in range(80):
        recent.emit(record("event %d", n))
    assert recent.counts == {"WARNING": 80}
    assert [event.text for event in recent.events][-1] == "event 79"
    assert len(recent.events) == 50


# --- over HTTP ----------------------------------------------------------------------------------


def get(port: int, path: str, **headers: str) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read().decode()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A daemon with two voices and a log; its HTTP port."""
    folder = tmp_path_factory.mktemp("watched")
    port = free_port()
    two = ("--model", "example", "--model", "example", "--audio", "null", "--no-announce")
    files = ("--state", folder / "state", "--log", folder / "x.log", "--log-format", "json")
    models = model_folder(folder / "models")
    with Served(*two, *files, "--http-port", port, models=models) as daemon:
        daemon.http_port, daemon.log = port, folder / "x.log"
        yield daemon


def test_health_tells_how_it_is(watched):
    status, kind, text = get(watched.http_port, "/health")
    told = json.loads(text)
    assert (status, kind.split(";")[0], told["status"]) == (200, "application/json", "ok")
    assert [voice["name"] for voice in told["voices"]] == ["v1", "v2"]
    assert told["voices"][0]["model"] == "example"
    assert told["voices"][0]["rms_db"] > -60
    assert told["counters"]["frames"] > 0
    assert told["backend"].startswith("null")
    assert told["failures"] == told["worries"] == []


def test_metrics_are_what_prometheus_reads(watched):
    status, kind, text = get(watched.http_port, "/metrics", Accept="text/plain;version=0.0.4")
    assert status == 200
    assert kind.startswith("text/plain")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    value = {name: family.samples[0].value for name, family in families.items()}
    assert value["smfosc_voices"] == 2
    assert value["smfosc_audible"] == value["smfosc_healthy"] == value["smfosc_state_kept"] == 1
    assert value["smfosc_frames"] > 0
    assert families["smfosc_frames"].type == "counter"
    assert value["process_open_fds"] > 5
    labels = [sample.labels for sample in families["smfosc_voice_rms_db"].samples]
    assert labels == [{"voice": "v1", "model": "example"}, {"voice": "v2", "model": "example"}]


def test_metrics_count_on(watched):
    def frames() -> float:
        text = get(watched.http_port, "/metrics")[2]
        return float(re.search(r"(?m)^smfosc_frames_total (\S+)$", text)[1])

    before = frames()
    assert wait_until(lambda: frames() > before, 5)


def test_openmetrics_is_told_to_whoever_asks_for_it(watched):
    _, kind, text = get(watched.http_port, "/metrics", Accept="application/openmetrics-text")
    assert kind.startswith("application/openmetrics-text")
    assert text.endswith("# EOF\n")


def test_a_website_gets_neither(watched):
    assert get(watched.http_port, "/metrics", Host="evil.example")[0] == 403
    assert get(watched.http_port, "/health", Host="evil.example")[0] == 403


def test_what_was_refused_stands_in_the_log_as_json(watched):
    logged = [json.loads(line) for line in watched.log.read_text().splitlines()]
    assert all(set(line) >= {"time", "level", "part", "text"} for line in logged)


def test_health_fails_while_the_sound_system_is_gone_and_is_well_when_it_is_back(tmp_path):
    port, models = free_port(), model_folder(tmp_path / "models")

    def status() -> tuple[int, str]:
        code, _, text = get(port, "/health")
        return code, json.loads(text)["status"]

    with jackd() as server:
        more = {"models": models, **server.environment}
        same = ("--model", "example", "--state", tmp_path / "state", "--no-announce")
        with Served(*same, "--http-port", port, **more):
            assert wait_until(lambda: status() == (200, "ok"), 20)
            server.kill()
            assert wait_until(lambda: status() == (503, "failing"), 20)
            assert "JACK" in get(port, "/health")[2]
            server.start()
            assert wait_until(lambda: status() == (200, "ok"), 30)
            assert "smfosc_sound_losses_total 1.0" in get(port, "/metrics")[2]


# --- on the terminal ----------------------------------------------------------------------------


def test_top_shows_voices_load_and_events_on_a_terminal(watched):
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command("top", "--http-port", watched.http_port, "--every", "0.1"),
        env=environment(None, {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    shown = ""
    try:
        end_s = time.monotonic() + 20
        while time.monotonic() < end_s and shown.count("smfosc ok") < 3:
            if select.select([master], [], [], 0.2)[0]:
                shown += os.read(master, 65_536).decode(errors="replace")
        process.send_signal(2)
        while process.poll() is None and time.monotonic() < end_s + 10:
            if select.select([master], [], [], 0.2)[0]:  # unread, a full terminal holds it up
                with contextlib.suppress(OSError):  # its end of the terminal is closed
                    os.read(master, 65_536)
        assert process.poll() == 0
    finally:
        process.kill()
        process.wait()
        os.close(master)
    for word in ("null", "load", "v1", "v2", "example", "open", "underruns 0", "events"):
        assert word in shown, shown
    assert shown.count("smfosc ok") >= 3  # it goes on
    assert "\x1b[?1049h" in shown  # on a screen of its own


def test_top_once_prints_a_look_and_tells_by_its_exit_code(watched):
    done = smfosc("top", "--once", "--http-port", watched.http_port)
    assert done.returncode == 0, done.stderr
    assert "smfosc ok" in done.stdout
    assert "\x1b" not in done.stdout
    done = smfosc("top", "--once", "--http-port", free_port())
    assert done.returncode == 1
    assert "Connection refused" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_durations_are_shown_in_days_and_hours():
    assert duration(59.9) == "00:00:59"
    assert duration(90_061) == "1 d 01:01:01"


def test_the_command_line_says_where_the_log_goes(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "smfosc", "serve", "--audio", "null", "--log", "/proc/no/x.log"],
        env=environment(None, {}),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: log /proc/no/x.log: ")
