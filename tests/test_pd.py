"""The Pd patches against a real daemon: Pd runs headless and is driven by a second patch."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from live_server import Peer, eventually, live_server
from parts import require_or_skip
from pd import BROKEN, PATCHES, ROOT, Canvas, Pd, patch_with, patches_at, pd_files
from playing import command, environment, free_port, model_folder, read_wav

from smfosc.voices import frequency_of
from trainer.yin import yin

FIRST_SOUND = PATCHES / "first-sound.pd"


@pytest.fixture
def live(tmp_path, monkeypatch):
    with live_server(tmp_path, monkeypatch) as server:
        yield server


@pytest.fixture
def open_patch(tmp_path):
    require_or_skip(shutil.which("pd"), "puredata-core")
    opened: list[Pd] = []

    def open_it(patch: Path, patches: Path = PATCHES) -> Pd:
        opened.append(Pd(patch, tmp_path / f"pd{len(opened)}.log", patches))
        return opened[-1]

    yield open_it
    for pd in opened:
        pd.stop()


@pytest.mark.parametrize("patch", sorted(path.name for path in PATCHES.glob("*.pd")))
def test_a_patch_opens_in_pd_without_a_complaint(patch, open_patch, tmp_path):
    patches = patches_at(tmp_path, free_port())
    pd = open_patch(patches / patch, patches)
    pd.send("smf-nobody 1")
    pd.send("driver-print opened")  # patches are open before anything that is sent is done
    eventually(lambda: "driver: opened" in pd.printed())
    assert not BROKEN.search(pd.printed()), pd.printed()


def test_the_first_patch_moves_the_sound_and_shows_what_the_daemon_answers(
    live, open_patch, tmp_path
):
    patches = patches_at(tmp_path, live.port)
    pd = open_patch(patches / FIRST_SOUND.name, patches)
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


def test_the_patches_are_what_their_generator_draws():
    assert {path.name: path.read_text() for path in PATCHES.glob("*.pd")} == {
        "first-sound.pd": FIRST_SOUND.read_text(),
        **pd_files.files(),
    }


@pytest.fixture
def play(live, open_patch, tmp_path):
    """Open one abstraction beside [smfosc], connected."""

    def open_it(abstraction: str, **ports: int) -> Pd:
        pd = open_patch(patch_with(tmp_path, live.port, abstraction, **ports))
        eventually(lambda: "up: 1" in pd.printed())
        eventually(lambda: "done" in pd.printed() or abstraction != "smfosc")
        return pd

    return open_it


@pytest.fixture
def value(live):
    """What the daemon says of an address of v1."""
    with Peer(live.port) as peer:
        yield lambda leaf: peer.ask(f"/voice/v1/{leaf}/get")[-1].arguments[0]


def near(number: float, within: float = 0.01):
    return pytest.approx(number, abs=within)


def test_any_message_goes_through_the_connection_and_every_answer_comes_back(play, value, live):
    pd = play("smfosc", outlets=1)
    pd.send("in1 /voice/v1/pitch 70.25")
    pd.send("smf-send /voice/v1/gate 0")
    eventually(lambda: (value("pitch"), value("gate")) == (70.25, 0))
    with Peer(live.port) as peer:
        peer.send("/voice/v1/pitch", 66.5)
    eventually(lambda: "out1: voice v1 pitch 66.5" in pd.printed())
    pd.send("in1 bang")
    eventually(lambda: "out1: status.reply 1 1 " in pd.printed())
    pd.send("in1 /voice/v9/gate 1")
    eventually(lambda: "out1: fail /voice/v9/gate" in pd.printed())
    assert not BROKEN.search(pd.printed()), pd.printed()


def test_what_was_rejected_or_clipped_is_shown_on_the_face(live, open_patch, tmp_path):
    """The face's text is what [r smf-trouble] hears; a picture of it is in docs/pd.md."""
    patch = Canvas(600, 400)
    patch.obj(20, 20, f"smfosc 127.0.0.1 {live.port}")
    patch.wire(patch.obj(20, 200, "r smf-trouble"), patch.obj(20, 230, "print trouble"))
    path = tmp_path / "trouble.pd"
    path.write_text(patch.as_patch())
    pd = open_patch(path)
    pd.send("smf-send /voice/v1/volume 1")
    eventually(lambda: "trouble: rejected /voice/v1/volume" in pd.printed())
    pd.send("smf-send /voice/v1/pitch 99")
    eventually(lambda: "trouble: clipped /voice/v1/pitch 99 76" in pd.printed())


def test_a_row_finds_its_parameter_by_name_or_number_and_follows_others(play, value, live):
    pd = play("smf.param v1 2", inlets=2, outlets=2)
    eventually(lambda: re.search(r"out2: list timbre .* 0 1 0 0 ", pd.printed()))
    pd.send("in1 0.75")
    eventually(lambda: value("timbre") == 0.75)
    pd.touch("slid", 0.5)
    eventually(lambda: value("timbre") == 0.5)
    pd.touch("typed", 0.25)
    eventually(lambda: value("timbre") == 0.25)
    pd.touch("to-default")
    eventually(lambda: value("timbre") == 0)
    pd.send("in2 60000")
    pd.send("in1 1")
    eventually(lambda: 0 < value("timbre") < 0.5)
    assert not BROKEN.search(pd.printed()), pd.printed()


def test_a_row_shows_what_others_do_to_its_parameter(play, live):
    pd = play("smf.param v1 pitch", outlets=2)
    eventually(lambda: "out2: list pitch" in pd.printed())
    with Peer(live.port) as peer:
        peer.send("/voice/v1/pitch", 66.5)
    eventually(lambda: "out1: 66.5" in pd.printed())


def test_a_voice_panel_plays_every_control_it_shows(play, value):
    pd = play("smf.voice v1")
    eventually(lambda: "out1: params.reply timbre" in pd.printed())
    for name, moved, leaf, expected in (
        ("gain-out", -12, "gain", -12),
        ("gain-typed", -20, "gain", -20),
        ("pan-out", 0.5, "pan", 0.5),
        ("gate-out", 0, "gate", 0),
    ):
        pd.touch(name, moved)
        eventually(lambda leaf=leaf, expected=expected: value(leaf) == near(expected))
    pd.send("in1 list 68 100")
    eventually(lambda: (value("pitch"), value("gate")) == (68, 1))
    pd.send("in1 pitch 71.5 20")
    eventually(lambda: value("pitch") == 71.5)
    eventually(lambda: "out1: pitch 71.5" in pd.printed())  # and so to all faces
    pd.send("in1 list 68 0")
    eventually(lambda: value("gate") == 0)
    assert not BROKEN.search(pd.printed()), pd.printed()


def test_a_voice_panel_makes_its_voice_and_changes_its_model(play, live):
    pd = play("smf.voice lead example")
    eventually(lambda: "out1: params.reply pitch" in pd.printed())
    with Peer(live.port) as peer:

        def model() -> str:
            return peer.ask("/voice/lead/model/get")[-1].arguments[0]

        names = [answer.arguments[0] for answer in peer.ask("/model/list")[:-1]]
        before = names[names.index("example") - 1]
        assert model() == "example" != before
        pd.touch("previous")
        eventually(lambda: model() == before)
        eventually(lambda: f"out1: model {before}" in pd.printed())
        pd.touch("next")
        eventually(lambda: model() == "example")


def test_the_keyboard_plays_a_key_for_its_length_and_none_that_the_model_cannot(play, value):
    pd = play("smf.keyboard v1")
    pd.send("smf-send /voice/v1/gate 0")
    eventually(lambda: value("gate") == 0)
    pd.touch("hit7", 90)  # octave 4: the model begins at E4
    eventually(lambda: (value("pitch"), value("gate")) == (67, 1))
    eventually(lambda: value("gate") == 0)
    pd.touch("hit0", 90)
    pd.send("in1 list 72 100")
    eventually(lambda: (value("pitch"), value("gate")) == (72, 1))
    pd.send("in1 list 72 0")
    eventually(lambda: value("gate") == 0)
    played = re.findall(r"out1: (\d+) (\d+)", pd.printed())
    assert played == [("67", "90"), ("72", "100"), ("72", "0")]


def test_the_pad_moves_two_parameters_over_their_ranges_and_follows(play, value, live):
    pd = play("smf.xy v1 pitch timbre", inlets=2, outlets=2)
    pd.send("in1 0.5")
    pd.send("in2 0.25")
    eventually(lambda: (value("pitch"), value("timbre")) == (70, 0.25))
    assert re.search(r"out1: 0.5\b", pd.printed())
    assert re.search(r"out2: 0.25\b", pd.printed())
    assert not BROKEN.search(pd.printed()), pd.printed()


def test_pd_finds_a_daemon_again_that_was_restarted(tmp_path, open_patch):
    models = model_folder(tmp_path / "models")
    port = free_port()
    again = ("serve", "--port", port, "--model", "example", "--audio", "null")

    def daemon() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command(*again), env=environment(models, {}))

    first = daemon()
    pd = open_patch(patch_with(tmp_path, port, "smf.param v1 pitch", outlets=2))
    eventually(lambda: "out2: list pitch" in pd.printed(), 20.0)
    first.kill()
    first.wait()
    eventually(lambda: "up: 0" in pd.printed(), 20.0)
    second = daemon()
    try:
        eventually(lambda: pd.printed().count("out2: list pitch") >= 2, 20.0)
        with Peer(port) as peer:
            pd.send("in1 66")
            eventually(lambda: peer.ask("/voice/v1/pitch/get")[-1].arguments[0] == 66)
    finally:
        second.terminate()
        second.wait(20)


def test_what_is_played_in_pd_is_heard(tmp_path, open_patch):
    """The shipped model, into a WAV: each pitch in tune, a gain of -20 dB is 20 dB less."""
    port, wav = free_port(), tmp_path / "take.wav"
    serve = command("serve", "--port", port, "--audio", "file", "--out", wav)
    daemon = subprocess.Popen(serve, env=environment(ROOT / "models", {}))
    pd = open_patch(patch_with(tmp_path, port, "smf.voice v1"))
    starts = []
    try:
        eventually(lambda: "out1: params.reply timbre" in pd.printed(), 30.0)
        with Peer(port) as peer:

            def frames() -> float:
                return peer.ask("/status")[-1].arguments[6]

            for leaf, moved in (("pitch", 66), ("pitch", 72), ("gain", -20)):
                pd.send(f"in1 {leaf} {moved} 0")
                address = f"/voice/v1/{leaf}/get"
                eventually(lambda a=address, m=moved: peer.ask(a)[-1].arguments[0] == near(m))
                starts.append(int(frames()))
                eventually(lambda: frames() > starts[-1] + 48_000, 30.0)
    finally:
        daemon.terminate()
        daemon.wait(20)
    sound, samplerate = read_wav(wav)
    parts = [sound[start + samplerate // 5 :][: samplerate // 2, 0] for start in starts]
    for part, note in zip(parts, (66, 72, 72), strict=True):
        heard = float(np.median(yin(part, samplerate)))
        assert abs(1200 * np.log2(heard / frequency_of(note))) < 60
    levels = [20 * np.log10(np.sqrt(np.mean(part**2))) for part in parts]
    assert levels[1] - levels[2] == near(20, within=3)


def kept(daemon: Peer, kind: str) -> list[str]:
    """Names of the snapshots or scores that there are."""
    return [told.arguments[0] for told in daemon.ask(f"/{kind}/list")[:-1]]


@pytest.fixture
def keeper(tmp_path, open_patch):
    """A daemon that keeps snapshots and scores in a folder of its own, and a patch beside it."""
    models, port = model_folder(tmp_path / "models"), free_port()
    serve = ("serve", "--port", port, "--model", "example", "--audio", "null")
    state = ("--state", tmp_path / "state")
    daemon = subprocess.Popen(command(*serve, *state), env=environment(models, {}))

    def open_it(abstraction: str) -> tuple[Pd, int]:
        pd = open_patch(patch_with(tmp_path, port, abstraction))
        eventually(lambda: "up: 1" in pd.printed(), 20.0)
        return pd, port

    yield open_it
    daemon.terminate()
    daemon.wait(20)


def test_snapshots_are_stored_recalled_morphed_and_deleted_from_their_face(keeper):
    pd, port = keeper("smf.snapshot")
    with Peer(port) as peer:

        def pitch() -> float:
            return peer.ask("/voice/v1/pitch/get")[-1].arguments[0]

        pd.touch("name-in", "symbol bright")
        pd.send("smf-send /voice/v1/pitch 66")
        eventually(lambda: pitch() == 66)
        pd.touch("store")
        eventually(lambda: kept(peer, "snapshot") == ["bright"])
        eventually(lambda: "out1: list.reply bright" in pd.printed())
        pd.send("smf-send /voice/v1/pitch 74")
        eventually(lambda: pitch() == 74)
        pd.touch("recall")
        eventually(lambda: pitch() == 66)
        pd.send("smf-send /voice/v1/pitch 74")
        eventually(lambda: pitch() == 74)
        pd.touch("ms-in", 60_000)
        pd.touch("morph")
        eventually(lambda: 66 < pitch() < 74)
        pd.send("in1 recall bright")
        eventually(lambda: pitch() == 66)
        pd.touch("delete")
        eventually(lambda: kept(peer, "snapshot") == [])
    assert not BROKEN.search(pd.printed()), pd.printed()


def test_what_is_played_is_recorded_and_played_again_from_the_scores_face(keeper):
    pd, port = keeper("smf.score")
    with Peer(port) as peer:

        def pitch() -> float:
            return peer.ask("/voice/v1/pitch/get")[-1].arguments[0]

        def told() -> list[tuple]:
            return [answer.arguments for answer in peer.ask("/score/list")[:-1]]

        def frames() -> float:
            return peer.ask("/status")[-1].arguments[6]

        def place() -> tuple[float, float]:
            seconds = next(a[2] for a in told() if a[0] == "take")
            return seconds, frames() / 48_000

        def speed() -> float:
            (was, then), _ = place(), time.sleep(0.1)
            at, now = place()
            return (at - was) / (now - then)

        def state() -> str:
            return next(a[1] for a in told() if a[0] == "take")

        pd.touch("record")  # under the name that the face begins with
        eventually(lambda: "up: 1" in pd.printed())
        eventually(lambda: frames() > 0)
        start = frames()
        pd.send("smf-send /voice/v1/pitch 66 4000")
        eventually(lambda: frames() > start + 60_000)
        pd.touch("stop")
        eventually(lambda: kept(peer, "score") == ["rhapsody", "take"])
        pd.send("smf-send /voice/v1/pitch 74")
        eventually(lambda: pitch() == 74)
        pd.touch("loop-to", 1)  # both count when it begins
        pd.touch("tempo-to", 0.5)
        pd.touch("play")
        eventually(lambda: state() == "playing")
        eventually(lambda: speed() == near(0.5, within=0.05))
        eventually(lambda: speed() < 0)  # it has begun again
        pd.touch("tempo-to", 2)
        eventually(lambda: speed() == near(2, within=0.2))
        pd.touch("pause")
        eventually(lambda: state() == "paused")
        pd.touch("resume")
        eventually(lambda: state() == "playing")
        eventually(lambda: pitch() < 74)
        pd.send("in1 stop take")
        eventually(lambda: state() == "stopped")
        pd.touch("delete")
        eventually(lambda: kept(peer, "score") == ["rhapsody"])
    assert not BROKEN.search(pd.printed()), pd.printed()


def test_the_ensemble_makes_its_voices_and_the_rhapsody_plays_its_gesture(
    live, open_patch, tmp_path
):
    patches = patches_at(tmp_path, live.port)
    pd = open_patch(patches / "rhapsody.pd", patches)
    with Peer(live.port) as peer:
        eventually(lambda: len(peer.ask("/voice/list")) == 3)
        pd.send("smf-rhapsody bang")

        def value(leaf: str) -> float:
            return peer.ask(f"/voice/solo/{leaf}/get")[-1].arguments[0]

        eventually(lambda: value("gate") == 1)
        eventually(lambda: value("pitch") > 75 and value("timbre") > 0.5, 60.0)
        eventually(lambda: value("gate") == 0, 60.0)
    ensemble = open_patch(patches / "ensemble.pd", patches)
    with Peer(live.port) as peer:
        eventually(lambda: len(peer.ask("/voice/list")) == 6)
    for printed in (pd.printed(), ensemble.printed()):
        assert not BROKEN.search(printed), printed
