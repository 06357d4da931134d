"""What goes wrong around a daemon, done to it: JACK, disks, clocks, models."""

import contextlib
import http.client
import json
import os
import resource
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from jackd import jackd
from live_server import LiveServer, Peer, eventually, live_server
from parts import require_or_skip
from playing import (
    Served,
    command,
    environment,
    free_port,
    model_folder,
    read_wav,
    wait_until,
)
from small_models import INFO, random_weights

from smfosc.client import OscClient
from smfosc.model_file import write_model
from smfosc.osc import encode_bundle, encode_message
from smfosc.schedule import Instant, Timeline, read_clocks, timetag_of


def ask(port: int, address: str, *arguments) -> list[tuple]:
    with OscClient(port=port) as client:
        client.send(address, *arguments)
        return [(m.address, *m.arguments) for m in client.until_synced(10)]


def objections(answers: list[tuple]) -> list[tuple]:
    """What was not done; on a busy machine a message may be late, by less than a block."""
    return [answer for answer in answers if answer[0] != "/late"]


def health(port: int) -> dict:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/health")
    told = json.loads(connection.getresponse().read())
    connection.close()
    return told


# --- the sound system ---------------------------------------------------------------------------


def test_jack_dies_and_returns_with_another_rate_and_period_and_voices_play_on(tmp_path):
    models, port = model_folder(tmp_path / "models"), free_port()
    with jackd(48_000, 256) as server:
        more = {"models": models, "XDG_STATE_HOME": str(tmp_path), **server.environment}
        same = ("--model", "example", "--model", "example", "--http-port", port, "--no-announce")
        with Served(*same, **more) as daemon, OscClient(port=daemon.port) as client:
            ask(daemon.port, "/voice/v2/pitch", 74.5)
            ask(daemon.port, "/voice/v1/gate", 0)
            assert (health(port)["samplerate"], health(port)["blocksize"]) == (48_000, 256)
            client.send("/notify", 1)
            server.kill()
            assert any(m.address == "/audio.lost" for m in client.replies(15.0))
            assert not health(port)["audible"]
            ask(daemon.port, "/voice/v1/pitch", 66.0)  # it plays on in silence
            server.samplerate, server.blocksize = 44_100, 512
            server.start()
            assert any(m.address == "/audio.back" for m in client.replies(30.0))
            assert health(port)["audible"]
            assert wait_until(lambda: health(port)["blocksize"] == 512, 10)
            told = health(port)
            assert told["samplerate"] == 44_100
            assert [v["gate"] for v in told["voices"]] == [False, True]
            assert ask(daemon.port, "/voice/v1/pitch/get") == [("/voice/v1/pitch", 66.0)]
            assert ask(daemon.port, "/voice/v2/pitch/get") == [("/voice/v2/pitch", 74.5)]
            assert wait_until(lambda: health(port)["voices"][1]["rms_db"] > -60, 10)
            assert daemon.end() == 0


# --- disks --------------------------------------------------------------------------------------


@contextlib.contextmanager
def small_disk(folder: Path, size: str):
    """A file system of its own, that is soon full."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    may = os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0
    require_or_skip(may, "the right to mount a file system in memory")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_told_and_heard_by_nobody_and_all_is_kept_when_there_is_room(tmp_path):
    models, port = model_folder(tmp_path / "models"), free_port()
    with small_disk(tmp_path / "disk", "256k") as disk:
        where = ("--state", disk, "--log", disk / "smfosc.log", "--http-port", port)
        same = ("--model", "example", "--audio", "null", "--no-announce", *where)
        with Served(*same, models=models) as daemon:
            state = disk / "running" / f"{daemon.port}.toml"
            assert wait_until(state.exists, 10)
            full = disk / "filler"
            with contextlib.suppress(OSError), full.open("wb", buffering=0) as file:
                while True:
                    file.write(b"x" * 4_096)
            before = state.read_text()
            assert objections(ask(daemon.port, "/voice/v1/pitch", 75.5)) == []
            (fail,) = ask(daemon.port, "/snapshot/store", "night")
            assert fail[:2] == ("/fail", "/snapshot/store")
            assert "No space left on device" in fail[2]
            assert wait_until(lambda: health(port)["status"] == "degraded", 10)
            assert "No space left" in health(port)["worries"][0]
            assert state.read_text() == before  # the last whole one
            assert ask(daemon.port, "/voice/v1/pitch/get") == [("/voice/v1/pitch", 75.5)]
            assert health(port)["counters"]["underruns"] == 0
            full.unlink()
            assert wait_until(lambda: health(port)["status"] == "ok", 15)
            assert "pitch = 75.5" in state.read_text()
            assert ("/done", "/snapshot/store", "night", 1) in ask(
                daemon.port, "/snapshot/store", "night"
            )
            assert daemon.end() == 0
            assert "Traceback" not in daemon.process.stdout.read()


@pytest.mark.parametrize("how", ["a full disk", "a limit of the file's size"])
def test_a_file_that_takes_no_more_sound_is_closed_whole_and_told_and_the_daemon_plays_on(
    tmp_path, how
):
    models, port, size = model_folder(tmp_path / "models"), free_port(), 1 << 20
    with contextlib.ExitStack() as stack:
        disk = tmp_path
        if how == "a full disk":
            disk = stack.enter_context(small_disk(tmp_path / "disk", str(size)))
        where = ("--state", tmp_path / "state", "--out", disk / "x.wav", "--http-port", port)
        daemon = stack.enter_context(
            Served("--model", "example", "--no-announce", *where, models=models)
        )
        client = stack.enter_context(OscClient(port=daemon.port))
        client.send("/notify", 1)
        if disk is tmp_path:
            resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (size, size))
        lost = next(m for m in client.replies(20.0) if m.address == "/audio.lost")
        assert str(disk / "x.wav") in lost.arguments[0]
        told = health(port)
        assert (told["status"], told["audible"], told["sound_losses"]) == ("failing", False, 1)
        assert any(str(disk / "x.wav") in event["text"] for event in told["events"])
        assert objections(ask(daemon.port, "/voice/v1/pitch", 75.5)) == []
        assert ask(daemon.port, "/voice/v1/pitch/get") == [("/voice/v1/pitch", 75.5)]
        frames = health(port)["counters"]["frames"]
        assert wait_until(lambda: health(port)["counters"]["frames"] > frames + 9_600, 5)
        sound, _ = read_wav(disk / "x.wav")  # while the daemon plays on: it is closed
        assert 0.95 < 8 * len(sound) / size <= 1.0
        assert np.abs(sound[-4_800:]).max() > 0.001
        assert np.isfinite(sound).all()
        assert daemon.end() == 0
        said = daemon.process.stdout.read()
        assert "playing on in silence" in said
        assert "Traceback" not in said


READ_ONLY = """
set -e
mount --make-rprivate /
mount --bind "$STATE" "$STATE"
for place in $(findmnt -rno TARGET | grep -v "^/proc\\|^/sys\\|^/dev\\|^$STATE"); do
  mount -o remount,ro,bind "$place" 2>/dev/null || true
done
! touch "$OUTSIDE" 2>/dev/null
exec "$@"
"""


def test_a_read_only_root_with_one_state_folder_is_enough(tmp_path):
    may = os.geteuid() == 0 and shutil.which("findmnt") and shutil.which("unshare")
    may = may and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0
    require_or_skip(may, "the right to make a mount namespace")
    models, port, state = model_folder(tmp_path / "models"), free_port(), tmp_path / "state"
    state.mkdir()
    more = {"STATE": str(state), "OUTSIDE": str(tmp_path / "no"), "STATE_DIRECTORY": str(state)}
    serve = command("serve", "--model", "example", "--audio", "null", "--no-http", "--port", port)
    process = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", READ_ONLY, "sh", *serve],
        env=environment(models, more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("delay"):
                break
        assert said[-1].startswith("delay"), said
        assert ("/done", "/snapshot/store", "a", 1) in ask(port, "/snapshot/store", "a")
        assert (state / "snapshots" / "a.toml").exists()
        assert wait_until((state / "running" / f"{port}.toml").exists, 10)
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert rest == ""


# --- clocks -------------------------------------------------------------------------------------

DAY_S = 86_400
TO_ERA_S = 2_085_978_496  # 2036-02-07 06:28:16 UTC, where NTP's seconds begin anew


@contextlib.contextmanager
def with_a_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A live server whose time of day can be set."""
    shift_ns = [0]

    def now() -> Instant:
        instant = read_clocks()
        return replace(instant, unix_ns=instant.unix_ns + shift_ns[0])

    init = LiveServer.__init__

    def with_clock(self, **options) -> None:
        init(self, **options)
        self.timeline = Timeline(self.engine.clock, 48_000, now=now)

    monkeypatch.setattr(LiveServer, "__init__", with_clock)
    with live_server(tmp_path, monkeypatch) as live:
        yield live, shift_ns


def tagged(unix_ns: int, value: float) -> bytes:
    return encode_bundle(timetag_of(unix_ns), [encode_message("/voice/v1/pitch", value)])


def pitch(live: LiveServer) -> float:
    return live.commands.voices["v1"].values()["pitch"]


@pytest.mark.parametrize("jump_s", [3_600, -3_600, 400 * DAY_S, -400 * DAY_S, 0.002, -0.002])
def test_after_a_jump_of_the_clock_messages_now_and_for_later_sound_in_time(
    tmp_path, monkeypatch, jump_s
):
    with with_a_clock(tmp_path, monkeypatch) as (live, shift_ns), Peer(live.port) as peer:
        peer.socket.send(tagged(time.time_ns() + 50_000_000, 65.0))
        eventually(lambda: pitch(live) == 65.0)
        shift_ns[0] = round(jump_s * 1e9)
        peer.send("/voice/v1/pitch", 70.0)
        eventually(lambda: pitch(live) == 70.0, 2.0)
        began_s = time.monotonic()
        peer.socket.send(tagged(time.time_ns() + shift_ns[0] + 300_000_000, 72.0))
        eventually(lambda: pitch(live) == 72.0, 3.0)
        assert time.monotonic() - began_s > 0.25
        assert live.timeline.reanchored >= 1
        assert live.engine.counters().resets == 0


def test_time_goes_on_over_the_end_of_ntps_era_in_2036(tmp_path, monkeypatch):
    with with_a_clock(tmp_path, monkeypatch) as (live, shift_ns), Peer(live.port) as peer:
        era_ns = TO_ERA_S * 1_000_000_000
        shift_ns[0] = era_ns - time.time_ns() - 150_000_000  # 0.15 s before
        tags = [timetag_of(era_ns + ms * 1_000_000) & (2**64 - 1) for ms in (50, 250)]
        for tag, value in zip(tags, (66.0, 67.0), strict=True):
            peer.socket.send(encode_bundle(tag, [encode_message("/voice/v1/pitch", value)]))
        eventually(lambda: pitch(live) == 66.0, 3.0)
        eventually(lambda: pitch(live) == 67.0, 3.0)


# --- models -------------------------------------------------------------------------------------


def test_a_model_that_is_stuck_is_restarted_counted_and_told_and_disturbs_no_other(
    tmp_path, monkeypatch
):
    weights = random_weights()
    bias = np.zeros_like(weights.out_bias)
    bias[37] = 1e4  # always this level
    with live_server(tmp_path, monkeypatch) as live, Peer(live.port) as peer:
        stuck = replace(weights, out_bias=bias)
        write_model(tmp_path / "stuck.onnx", replace(INFO, name="stuck"), stuck)
        peer.ask("/notify", 1)
        peer.send("/voice/new", "bad", "stuck")
        peer.send("/voice/bad/gate", 1)
        eventually(lambda: live.engine.counters().resets >= 2)
        slot = live.commands.voices["v1"].slot
        assert live.engine.level(slot).rms > 0.001
        assert {n.slot for n in live.notices if n.kind.name == "RESTARTED"} == {
            live.commands.voices["bad"].slot
        }
