"""A model file is replaced while it is played."""

import contextlib
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from live_server import LiveServer, Peer, eventually, live_server
from small_models import INFO, PITCH, TIMBRE, random_weights

from smfosc.model_file import Parameter, write_model
from smfosc.watch import ModelWatch

LOOK_S = 0.05


def train_on(folder: Path, seed: int, **info: object) -> None:
    """What a training run does: writes the model anew, at once."""
    write_model(folder / "example.onnx", replace(INFO, **info), random_weights(seed=seed))


@contextlib.contextmanager
def watched(live: LiveServer):
    models = live.commands._roster._models
    watch = ModelWatch(
        models,
        live.commands.voices,
        lambda voice, name: live.commands.change_model(voice, name, 50.0),
        post=live.server.post,
        run=live.server.loader.run,
        news=live.server.news,
        look_s=LOOK_S,
    )
    loads, load = [], models.load

    def counted(name: str):
        loads.append(name)
        return load(name)

    models.load = counted
    watch.start()
    try:
        yield loads
    finally:
        watch.stop()
        assert not watch._thread.is_alive()


@pytest.fixture
def live(tmp_path, monkeypatch):
    with live_server(tmp_path, monkeypatch) as found:
        yield found


def test_a_better_model_is_crossfaded_to_and_values_stay(live, tmp_path):
    with watched(live), Peer(live.port) as peer:
        peer.ask("/notify", 1)
        peer.send("/voice/v1/pitch", 71.5)
        before = live.commands.voices["v1"].model
        train_on(tmp_path, seed=5, description="Epoch 5.")
        eventually(lambda: live.commands.voices["v1"].model is not before)
        assert live.commands.voices["v1"].model.info.description == "Epoch 5."
        eventually(lambda: live.commands.voices["v1"].values()["pitch"] == 71.5)
        assert live.engine.counters().resets == 0
        assert live.engine.levels()[0].peak > 0


def test_ten_epochs_in_a_row_are_all_heard_without_a_gap(live, tmp_path):
    with watched(live):
        quietest = []
        for epoch in range(10):
            train_on(tmp_path, seed=epoch, description=f"Epoch {epoch}.")
            for _ in range(20):
                time.sleep(0.005)
                quietest.append(float(np.abs(live.engine.scope(2_048)).max()))
            eventually(
                lambda told=f"Epoch {epoch}.": (
                    live.commands.voices["v1"].model.info.description == told
                )
            )
        assert live.engine.counters().resets == 0
        assert min(quietest[10:]) > 0.0  # 43 ms are never silent


def test_a_broken_file_is_refused_told_once_and_the_old_model_plays_on(live, tmp_path, caplog):
    path = tmp_path / "example.onnx"
    with watched(live), Peer(live.port) as peer:
        peer.ask("/notify", 1)
        before, whole = live.commands.voices["v1"].model, path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        eventually(lambda: "is refused; the old one plays on" in caplog.text)
        failed = next(m for m in iter(lambda: peer.hear(), None) if m.address == "/voice.failed")
        assert failed.arguments[:2] == ("v1", "example")
        time.sleep(5 * LOOK_S)
        assert live.commands.voices["v1"].model is before
        assert caplog.text.count("is refused") == 1
        train_on(tmp_path, seed=6)
        eventually(lambda: live.commands.voices["v1"].model is not before)


def test_a_file_that_is_still_being_written_is_left_alone(live, tmp_path, caplog):
    other = tmp_path / "elsewhere"
    other.mkdir()
    train_on(other, seed=7, description="Copied.")
    data = (other / "example.onnx").read_bytes()
    with watched(live) as loads, (tmp_path / "example.onnx").open("wb") as file:
        step = len(data) // 60 + 1
        for at in range(0, len(data), step):
            file.write(data[at : at + step])
            file.flush()
            os.utime(file.fileno())
            time.sleep(LOOK_S / 4)
        written = len(loads)
        file.close()
        eventually(lambda: live.commands.voices["v1"].model.info.description == "Copied.")
    # A look may find it at rest for once on a busy machine; not again and again.
    assert written <= 2
    assert caplog.text.count("is refused") <= 2


def test_a_file_that_is_gone_is_no_change(live, tmp_path):
    with watched(live) as loads:
        (tmp_path / "example.onnx").unlink()
        time.sleep(5 * LOOK_S)
        assert loads == []
        train_on(tmp_path, seed=8)
        eventually(lambda: loads)


def test_a_model_may_get_other_parameters(live, tmp_path):
    colour = Parameter("colour", "", 0.0, 1.0, 0.5)
    with watched(live):
        train_on(tmp_path, seed=9, parameters=(TIMBRE, colour))
        eventually(lambda: "colour" in live.commands.voices["v1"].values())
        train_on(tmp_path, seed=10, parameters=(PITCH, TIMBRE))
        eventually(lambda: "pitch" in live.commands.voices["v1"].values())


def test_a_voice_that_is_just_changing_its_model_follows_afterwards(live, tmp_path):
    with watched(live), Peer(live.port) as peer:
        train_on(tmp_path, seed=11, description="Late.")
        for _ in range(20):
            peer.send("/voice/v1/model", "example", 10.0)
            time.sleep(LOOK_S / 4)
        eventually(lambda: live.commands.voices["v1"].model.info.description == "Late.")
