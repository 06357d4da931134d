"""Scores and snapshots of a daemon that is a process of its own, heard in its WAV."""

import time

import numpy as np
import pytest
from playing import Served, model_folder, read_wav, smfosc, wait_until, where

from smfosc.client import OscClient

SONG = """
0     /voice/new v1 example
0     /voice/v1/gate 1
0     /voice/v1/pan -0.25
0.1   /voice/v1/pitch line 66.1 76 300 70 150
0.3   /voice/v1/gain -6.3 30
0.45  /voice/*/timbre 0.9 40
0.6   /voice/v1/note 71.2 90 150
0.8   end
"""


@pytest.fixture
def models(tmp_path):
    return model_folder(tmp_path / "models")


@pytest.fixture
def serve(tmp_path, models):
    def start(*args):
        wav = ("--audio", "file", "--out", tmp_path / "x.wav", "--state", tmp_path / "state")
        return Served(*wav, *args, models=models)

    return start


def ask(port: int, address: str, *args) -> list[tuple]:
    with OscClient(port=port) as client:
        client.send(address, *args)
        return [(m.address, *m.arguments) for m in client.until_synced(20)]


def write_song(tmp_path, text=SONG):
    (tmp_path / "state" / "scores").mkdir(parents=True, exist_ok=True)
    (tmp_path / "state" / "scores" / "song.score").write_text(text)


def rendered(tmp_path, models, *args):
    song, out = tmp_path / "state" / "scores" / "song.score", tmp_path / "offline.wav"
    done = smfosc("render", song, "--out", out, *args, models=models)
    assert (done.returncode, done.stderr) == (0, "")
    return read_wav(out)[0]


def is_stopped(port: int) -> bool:
    return ("/score/list.reply", "song", "stopped", 0.0) in ask(port, "/score/list")


@pytest.mark.parametrize("how", [(), (150.0, 2.0)])
def test_a_score_that_the_daemon_plays_is_bit_for_bit_its_offline_render(
    tmp_path, models, serve, how
):
    write_song(tmp_path)
    with serve("--model", "example") as served:
        start_ms, tempo = how or (0.0, 1.0)
        ask(served.port, "/voice/v1/gate", 0)
        time.sleep(0.2)
        if not how:
            (done,) = ask(served.port, "/score/play", "song")
            assert done[:3] == ("/done", "/score/play", "song")
            assert wait_until(lambda: is_stopped(served.port))
        else:
            song = tmp_path / "state" / "scores" / "song.score"
            port = ("--port", served.port)
            played = smfosc("play", song, "--start", start_ms / 1000, "--tempo", tempo, *port)
            assert (played.returncode, played.stderr) == (0, "")
        time.sleep(0.3)
        assert served.end() == 0
    live = read_wav(tmp_path / "x.wav")[0]
    offline = rendered(tmp_path, models, "--start", start_ms / 1000, "--tempo", tempo)
    assert where(offline, live) > 0


def test_a_recording_of_a_live_performance_is_bit_for_bit_its_offline_render(
    tmp_path, models, serve
):
    with serve("--model", "example") as served, OscClient(port=served.port) as client:
        ask(served.port, "/voice/v1/pitch", 66.6)
        assert ask(served.port, "/score/record", "song") == [("/done", "/score/record", "song")]
        client.send("/voice/v1/reset")
        for number in range(60):
            client.send("/voice/v1/pitch", 64.0 + number % 12 + 0.1, 15.0)
            client.send("/voice/v1/pan", number % 20 / 10 - 1)
            time.sleep(0.01)
        time.sleep(0.1)
        (done,) = ask(served.port, "/score/stop")
        assert done == ("/done", "/score/stop", "song", 121)
        assert served.end() == 0
    live, offline = read_wav(tmp_path / "x.wav")[0], rendered(tmp_path, models)
    # From the reset on, which came some ms after /score/record; the last ms may be cut.
    begin = np.flatnonzero(np.abs(offline).max(axis=1) > 0)[0]
    assert begin < 4_800
    lines = (tmp_path / "state" / "scores" / "song.score").read_text().splitlines()
    reset = next(float(line.split()[0]) for line in lines if line.endswith("/reset"))
    first = round(reset * 48_000) + 200
    assert where(offline[first : first + 24_000], live) > 0


def test_a_line_that_comes_to_nothing_is_told_once_with_its_number_and_the_rest_is_played(
    tmp_path, serve, models
):
    write_song(tmp_path, "0 /voice/v1/timbr 1\n0 /voice/v9/pitch 70\n0.1 /voice/v1/pitch 66\n")
    song = tmp_path / "state" / "scores" / "song.score"
    with serve("--model", "example") as served:
        done = smfosc("play", song, "--port", str(served.port), models=models)
        assert done.returncode == 1
        first, second = done.stderr.strip().splitlines()
        assert f"{song}:1: voice v1 (example) has no 'timbr'; did you mean timbre?" in first
        assert f"{song}:2: there will be no voice 'v9'" in second
        assert ("/voice/v1/pitch", 66.0) in ask(served.port, "/voice/v1/pitch/get")


def test_a_recording_is_kept_when_the_daemon_ends(tmp_path, serve):
    with serve("--model", "example") as served:
        ask(served.port, "/score/record", "song")
        ask(served.port, "/voice/v1/pitch", 70.5)
        assert served.end() == 0
    text = (tmp_path / "state" / "scores" / "song.score").read_text()
    assert "/voice/v1/pitch 70.5" in text
    assert text.splitlines()[-1].endswith(" end")


def test_a_daemon_starts_with_its_boot_snapshot(tmp_path, serve):
    with serve("--model", "example") as served:
        ask(served.port, "/voice/new", "bass", "example", 2)
        ask(served.port, "/voice/bass/pitch", 66.5)
        ask(served.port, "/voice/v1/gain", -7.25)
        (done,) = ask(served.port, "/snapshot/store", "show")
        assert done == ("/done", "/snapshot/store", "show", 2)
    with serve("--boot", "show") as served:
        assert ask(served.port, "/voice/bass/pitch/get") == [("/voice/bass/pitch", 66.5)]
        assert ask(served.port, "/voice/v1/gain/get") == [("/voice/v1/gain", -7.25)]
        assert ("/voice/list.reply", "bass", "example", 2) in ask(served.port, "/voice/list")


def test_a_boot_snapshot_that_is_not_there_is_told_in_one_line(tmp_path, models):
    done = smfosc("serve", "--boot", "show", "--state", tmp_path, "--audio", "null", models=models)
    assert (done.returncode, done.stderr) == (
        1,
        "Error: no snapshot 'show'; there are: none\n",
    )


def test_a_recall_in_a_live_score_is_the_offline_one_on_every_sample(tmp_path, models, serve):
    """All voices on one frame: two voices, moved apart, come back together."""
    text = "".join(
        f'[voices.v{n}]\nmodel = "example"\npan = {2 * n - 3}\nparams = {{ pitch = 7{n}.5 }}\n'
        for n in (1, 2)
    )
    (tmp_path / "state" / "snapshots").mkdir(parents=True)
    (tmp_path / "state" / "snapshots" / "far.toml").write_text(text)
    song = "0 /voice/v1/pitch 66\n0 /voice/v2/pitch 67\n0.2 /snapshot/recall far\n"
    song += "0.5 /voice/*/pitch 65\n0.6 /snapshot/morph far 100\n0.9 end\n"
    write_song(tmp_path, song)
    two = ("--model", "example", "--model", "example")
    with serve(*two) as served:
        ask(served.port, "/score/play", "song")
        assert wait_until(lambda: is_stopped(served.port))
        time.sleep(0.2)
        assert served.end() == 0
    live = read_wav(tmp_path / "x.wav")[0]
    offline = rendered(tmp_path, models, *two, "--state", tmp_path / "state")
    assert where(offline, live) > 0


def test_a_fresh_daemon_plays_the_rhapsody_by_name(serve):
    with serve() as served:
        (done,) = ask(served.port, "/score/play", "rhapsody")
        assert done[:3] == ("/done", "/score/play", "rhapsody")
        assert ("/voice/list.reply", "v1", "clarinet-trumpet", 0) in ask(served.port, "/voice/list")
        (fail,) = ask(served.port, "/score/delete", "rhapsody")
        assert fail[0] == "/fail"
