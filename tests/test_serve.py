"""The daemon as its own process, played over real sockets."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from jackd import jackd
from parts import require_or_skip
from playing import Served, free_port, model_folder, pieces, read_wav, smfosc, wait_until, where

from smfosc.client import OscClient

SCORE = """
0     /voice/v1/pitch 64
0     /voice/v2/gain -6.02
0.31  /voice/v1/pitch 76 200
0.5   /voice/v1/timbre 1 150
0.55  /voice/v2/pan -0.7 10
0.77  /voice/v1/reset
0.81  /voice/v2/gate 0
0.93  /voice/v2/gate 1
1.2   /voice/v1/gate 0
"""
TWO = ("--model", "example", "--model", "example")


@pytest.fixture
def models(tmp_path) -> Path:
    return model_folder(tmp_path / "models")


@pytest.fixture
def daemon(tmp_path, models):
    with Served(*TWO, "--audio", "file", "--out", tmp_path / "x.wav", models=models) as served:
        yield served


def oscsend(port: int, *words: object) -> None:
    require_or_skip(shutil.which("oscsend"), "oscsend (liblo-tools)")
    subprocess.run(["oscsend", "localhost", str(port), *map(str, words)], check=True)


def ask(port: int, address: str, *args) -> list[tuple]:
    with OscClient(port=port) as client:
        client.send(address, *args)
        return [(m.address, *m.arguments) for m in client.until_synced(10)]


def test_it_tells_what_plays_and_what_listens_before_it_plays(daemon):
    told = "\n".join(daemon.lines)
    assert f"127.0.0.1:{daemon.port}" in told
    assert "receive buffer" in told
    assert "x.wav, 48000 Hz, blocks of 256" in told
    assert "v1: example (pitch 64-76, timbre 0-1)" in told
    assert "v2: example" in told
    assert "int8" in told
    assert "delay  9.3 ms" in told


def test_oscsend_is_heard_in_the_wav(tmp_path, daemon):
    time.sleep(0.5)
    oscsend(daemon.port, "/voice/*/gate", "i", 0)
    time.sleep(0.6)
    assert daemon.end() == 0
    sound, _ = read_wav(tmp_path / "x.wav")
    assert np.abs(sound[:12_000]).max() > 0.01
    assert np.abs(sound[-4_800:]).max() == 0


def test_replies_reach_the_sender(daemon):
    assert ("/voice/v1/pitch", 70.0) in ask(daemon.port, "/voice/v1/pitch/get")
    (status,) = ask(daemon.port, "/status")
    assert status[:3] == ("/status.reply", 2, 1)
    assert any("x.wav" in str(value) for value in status)


def test_send_takes_negative_numbers_and_prints_what_comes_back(daemon):
    done = smfosc("send", "--port", daemon.port, "/voice/v1/gain", "-6.5")
    assert (done.returncode, done.stdout) == (0, "")
    done = smfosc("send", "/voice/v1/gain/get", "--port", daemon.port)
    assert done.stdout == "/voice/v1/gain -6.5\n"
    done = smfosc("send", "/voice/v1/gain", "loud", "--port", daemon.port)
    assert done.returncode == 1
    assert done.stdout.startswith("/fail /voice/v1/gain")


def test_quit_over_osc_ends_it_with_exit_code_0(tmp_path, daemon, models):
    done = smfosc("send", "--port", daemon.port, "/quit", models=models)
    assert (done.returncode, done.stdout) == (0, "/done /quit\n")
    assert daemon.process.wait(10) == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_and_the_wav_is_whole(tmp_path, daemon, how):
    time.sleep(0.4)
    assert daemon.end(how) == 0
    sound, rate = read_wav(tmp_path / "x.wav")
    assert rate == 48_000
    assert len(sound) > 9_600
    assert len(sound) % 256 == 0
    assert "Traceback" not in daemon.process.stdout.read()


def test_play_and_render_give_the_same_samples(tmp_path, daemon, models):
    (tmp_path / "a.score").write_text(SCORE)
    # What was before the score's time 0 must not matter.
    oscsend(daemon.port, "/voice/v1/gate", "i", 0)
    time.sleep(0.3)
    oscsend(daemon.port, "/voice/v1/gate", "i", 1)
    played = smfosc("play", "--port", daemon.port, tmp_path / "a.score", models=models)
    assert (played.returncode, played.stderr) == (0, "")
    time.sleep(0.3)
    assert daemon.end() == 0
    out = tmp_path / "offline.wav"
    rendered = smfosc("render", tmp_path / "a.score", *TWO, "--out", out, models=models)
    assert rendered.returncode == 0, rendered.stderr
    live, offline = read_wav(tmp_path / "x.wav")[0], read_wav(out)[0]
    length = round(1.3 * 48_000)
    assert where(offline[:length], live) > 0


@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_play_and_render_agree_at_other_rates_and_seeds(tmp_path, models, rate):
    (tmp_path / "a.score").write_text("0 /voice/v1/pitch 65\n0.21 /voice/v1/pitch 75 100\n")
    same = ("--model", "example", "--seed", 11)
    wav = ("--audio", "file", "--out", tmp_path / "x.wav", "--samplerate", rate)
    with Served(*same, *wav, "--blocksize", 100, models=models) as served:
        assert smfosc("play", "--port", served.port, tmp_path / "a.score").returncode == 0
        time.sleep(0.2)
        assert served.end() == 0
    out = tmp_path / "offline.wav"
    smfosc("render", tmp_path / "a.score", *same, "--rate", rate, "--out", out, models=models)
    live, offline = read_wav(tmp_path / "x.wav")[0], read_wav(out)[0]
    assert where(offline[: rate // 4], live) > 0


def test_a_voice_that_the_score_makes_plays_live_as_offline(tmp_path, daemon, models):
    text = "0 /voice/new bass example\n0 /voice/bass/gate 1\n0 /voice/*/pan 0\n"
    text += "0 /voice/v1/gate 0\n0 /voice/v2/gate 0\n0.4 /voice/bass/pitch 66 50\n"
    (tmp_path / "a.score").write_text(text)
    played = smfosc("play", "--port", daemon.port, tmp_path / "a.score")
    assert (played.returncode, played.stderr) == (0, "")
    time.sleep(0.3)
    assert daemon.end() == 0
    out = tmp_path / "offline.wav"
    smfosc("render", tmp_path / "a.score", *TWO, "--out", out, models=models)
    live, offline = read_wav(tmp_path / "x.wav")[0], read_wav(out)[0]
    # From where v1 and v2, which sounded before the score, are silent.
    assert where(offline[4_800:24_000], live) > 0


def test_a_mistake_in_a_live_score_is_told_and_ends_with_exit_code_1(tmp_path, daemon):
    (tmp_path / "a.score").write_text("0 /voice/v1/colour 1\n0.1 /voice/v1/pitch 99\n")
    played = smfosc("play", "--port", daemon.port, tmp_path / "a.score")
    assert played.returncode == 1
    assert "/fail /voice/v1/colour" in played.stderr
    assert "/clipped /voice/v1/pitch 99 76" in played.stderr


def test_an_ensemble_file_gives_voices_and_their_start_values(tmp_path, models):
    (tmp_path / "e.toml").write_text(
        '[audio]\nbackend = "null"\n[voices.bass]\nmodel = "example"\ngain = -6.0\npan = -1.0\n'
        "temperature = 0.5\nseed = 99\nparams = { pitch = 65.5 }\n"
        '[voices.lead]\nmodel = "example"\ngate = false\nchannel = 2\n'
    )
    with Served(tmp_path / "e.toml", models=models) as served:
        voices = ask(served.port, "/voice/list")
        assert ("/voice/list.reply", "bass", "example", 0) in voices
        assert ("/voice/list.reply", "lead", "example", 2) in voices
        assert ask(served.port, "/voice/bass/gain/get")[0][1] == pytest.approx(-6.0, abs=1e-3)
        assert ask(served.port, "/voice/bass/pitch/get") == [("/voice/bass/pitch", 65.5)]
        assert ask(served.port, "/voice/bass/pan/get") == [("/voice/bass/pan", -1.0)]
        assert ask(served.port, "/voice/bass/temperature/get")[0][1] == 0.5
        assert ask(served.port, "/voice/bass/seed/get")[0][1] == 99
        assert ask(served.port, "/voice/lead/gate/get") == [("/voice/lead/gate", 0)]


def test_a_disk_that_is_full_ends_it_with_the_reason(models):
    require_or_skip(Path("/dev/full").exists(), "/dev/full (Linux)")
    done = smfosc(
        *("serve", "--audio", "file", "--out", "/dev/full", "--model", "example"),
        *("--port", free_port()),
        models=models,
    )
    assert done.returncode == 1
    assert "Error: " in done.stderr
    assert "/dev/full" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_daemon_plays_over_jack_and_survives_its_server(tmp_path, models):
    with jackd() as server:
        more = {"models": models, **server.environment}
        with Served("--model", "example", **more) as served:
            assert served.lines[0].startswith("audio  JACK client smfosc, 48000 Hz")
            assert server.connections("smfosc:out_1") == ["system:playback_1"]
            oscsend(served.port, "/voice/v1/pitch", "f", 71.5)
            server.kill()
            time.sleep(1.0)
            assert ask(served.port, "/voice/v1/pitch/get") == [("/voice/v1/pitch", 71.5)]
            assert "gone" in str(ask(served.port, "/status")[0])
            server.start()
            back = wait_until(lambda: server.connections("smfosc:out_1"), 5.0)
            assert back
            frames = ask(served.port, "/status")[0][7]
            time.sleep(0.5)
            assert ask(served.port, "/status")[0][7] > frames
            assert served.end() == 0


def test_portaudio_over_jack_ends_with_the_reason_when_the_server_dies(models):
    with jackd() as server:
        more = {"models": models, **server.environment}
        options = ("--audio", "portaudio", "--device", "system")
        with Served("--model", "example", *options, **more) as served:
            assert served.lines[0].startswith("audio  PortAudio, system (JACK")
            server.kill()
            assert served.process.wait(20) == 1
            last = served.process.stdout.read().splitlines()[-1]
    assert last.startswith("Error: the device system no longer asks for sound; with --audio jack")


def test_a_server_with_another_rate_keeps_the_voices(models):
    with jackd() as server:
        more = {"models": models, **server.environment}
        with Served(*TWO, **more) as served:
            oscsend(served.port, "/voice/v2/pitch", "f", 66.25)
            oscsend(served.port, "/voice/v1/gate", "i", 0)
            time.sleep(0.3)
            server.kill()
            time.sleep(0.5)
            server.samplerate = 44_100
            server.start()
            assert wait_until(lambda: ask(served.port, "/status")[0][5] == 44_100.0, 5.0)
            assert ask(served.port, "/voice/v2/pitch/get") == [("/voice/v2/pitch", 66.25)]
            assert ask(served.port, "/voice/v1/gate/get") == [("/voice/v1/gate", 0)]
            assert len(ask(served.port, "/voice/list")) == 3
            assert served.end() == 0


@pytest.mark.reach
def test_a_minute_of_a_live_score_is_the_offline_render(tmp_path, models):
    """Drift of the system clock against the audio clock would move the anchor: none here."""
    lines = [f"{n * 0.25} /voice/v1/pitch {64 + n % 13} {n % 5 * 40}" for n in range(240)]
    (tmp_path / "a.score").write_text("\n".join(lines))
    wav = ("--audio", "file", "--out", tmp_path / "x.wav")
    with Served("--model", "example", *wav, models=models) as served:
        assert smfosc("play", "--port", served.port, tmp_path / "a.score", timeout_s=90)
        assert served.end() == 0
    out = tmp_path / "offline.wav"
    smfosc("render", tmp_path / "a.score", "--model", "example", "--out", out, models=models)
    live, offline = read_wav(tmp_path / "x.wav")[0], read_wav(out)[0]
    found = pieces(live[:, 0], offline[: 59 * 48_000, 0])
    print("longest equal run:", max(length for _, length in found) / 48_000, "s")
    assert where(offline[: 59 * 48_000], live) > 0
