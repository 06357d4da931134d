"""Every ablation on a tiny size: it runs, its table tells what it should, its JSON is read back."""

import argparse
import json
import sys

import common
import distillation
import in_betweens
import instruments
import mesh
import numpy as np
import pytest
import representation
import scheduled_sampling
import trainings
from instruments import RATE, model, write_clips
from random_gan import write_random_gan

from trainer.checkpoint import load
from trainer.clips import write_parameters
from trainer.dataset import PARAMETERS
from trainer.errors import TrainerError
from trainer.sources.taken import take
from trainer.tuning import midi_to_hz

TINY = {"hidden": 8, "steps": 2, "batch": 4, "frames": 64, "seconds": 0.06}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Sines of three pitches, three timbres."""
    folder = tmp_path_factory.mktemp("data")
    time = np.arange(2400) / RATE
    made, rows = [], []
    for pitch in (64, 70, 76):
        for timbre in (0.0, 0.5, 1.0):
            turn = 2 * np.pi * float(midi_to_hz(pitch)) * time
            made.append(0.2 * np.sin(turn) + 0.1 * timbre * np.sin(2 * turn))
            split = "validation" if (pitch, timbre) == (70, 0.5) else "train"
            rows.append({"split": split, "pitch": pitch, "timbre": timbre})
    write_clips(folder, made, rows)
    write_parameters(folder, PARAMETERS)
    return folder


def given(data, tmp_path, **more):
    return argparse.Namespace(data=data, runs=tmp_path / "runs", **TINY, **more)


def test_in_betweens_compare_ends_with_all(data, tmp_path):
    picture = tmp_path / "picture.png"
    found = in_betweens.measure(given(data, tmp_path, along="timbre", picture=picture))
    assert list(found) == ["ends only", "with in-betweens"]
    assert all(row["detour"] >= 1 and "in tune between" in row for row in found.values())
    assert picture.stat().st_size > 1000
    kept = (tmp_path / "runs" / "ends-data" / "metadata.csv").read_text()
    assert len(kept.splitlines()) == 1 + 6
    with pytest.raises(TrainerError, match="no parameter 'grain' to glide along"):
        in_betweens.measure(given(data, tmp_path, along="grain", picture=None))


def test_a_straight_even_glide_has_no_detour():
    places = in_betweens.stops(PARAMETERS, 1)
    assert places.shape == (3, 21, 2)
    np.testing.assert_allclose(places[:, :, 1], [np.linspace(0, 1, 21)] * 3)
    assert places[:, 0, 0].tolist() == [67, 70, 73]


def test_a_training_that_is_done_is_not_trained_again(data, tmp_path):
    told = given(data, tmp_path, kinds=1)
    first = scheduled_sampling.measure(told)
    assert scheduled_sampling.measure(told) == first
    (row,) = first.values()
    assert row["steps"] == 2
    assert row["CPU s"] > 0
    assert row["bits/sample"] == pytest.approx(8, abs=0.3)


def test_scheduled_sampling_and_noise_are_what_differs(data, tmp_path, monkeypatch):
    seen = {}
    monkeypatch.setattr(
        trainings, "trained", lambda name, told, config: seen.update({name: config.windows}) or {}
    )
    scheduled_sampling.measure(given(data, tmp_path, kinds=3))
    assert [(w.noise, w.sampling) for w in seen.values()] == [(0, 0), (0.02, 0), (0, 0.1)]


def test_a_pupil_beside_one_without_a_teacher(data, tmp_path):
    teacher = model(tmp_path / "big")
    told = given(data, tmp_path, teacher=teacher, teaching=0.5, same_steps=True)
    found = distillation.measure(told)
    assert list(found) == ["recordings alone", "teacher, share 0.5"]
    alone, taught = (load(tmp_path / "runs" / name / "latest.pt") for name in ("alone", "taught"))
    assert alone.teacher_state is None
    assert taught.config["teaching"] == 0.5
    assert taught.teacher_state.any()


@pytest.mark.parametrize("pitches", [(), (60, 61, 62)], ids=["unconditional", "conditional"])
def test_the_mesh_is_adapted_in_every_way(tmp_path, pitches):
    gan = write_random_gan(tmp_path / "generator.pt", **({"pitches": pitches} if pitches else {}))
    told = argparse.Namespace(
        gan=gan, corners=None, draws=1, seed=1, shape=[5, 3], lowest=None, highest=None,
        iterations=8, sweeps=1,
    )  # fmt: skip
    found = mesh.measure(told)
    assert list(found) == ["not adapted", "SOM", "SOM, sixth power", "arc length"]
    cv = [row["spectrogram L2: cv"] for row in found.values()]
    assert len(set(cv)) == 4
    assert found["SOM"]["log-mel L1: detour"] >= 0.99


def test_representations_are_compared_on_the_clips_of_a_folder(tmp_path):
    run = instruments.whole_run(tmp_path)
    told = argparse.Namespace(pitched=run / "dataset", noisy=run / "grid", clips=2, seed=1)
    found = representation.measure(told)
    assert len(found) == 4
    for row in found.values():
        assert row["analysed (dB)"] < row["1 dB off (dB)"] + 1
    exact = np.random.default_rng(0).uniform(-1, 1, (2, 1, 257, 128))
    np.testing.assert_allclose(representation.off_db(exact + 0.1, exact), 0, atol=1e-9)


def test_what_was_measured_is_written_with_its_command(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", [str(common.ROOT / "bench/ablations/mesh.py"), "--seed", "2"])
    out = tmp_path / "some.json"
    common.main("some", argparse.Namespace(out=out), lambda _: {"a": {"x": 1.25}, "b": {"y": None}})
    held = json.loads(out.read_text())
    assert held["command"] == "python bench/ablations/mesh.py --seed 2"
    assert held["rows"] == {"a": {"x": 1.25}, "b": {"y": None}}
    assert "| a | 1.25 | - |" in capsys.readouterr().out


def test_a_mistake_is_one_line(tmp_path):
    def measure(_):
        raise TrainerError("ablation: nothing there")

    with pytest.raises(SystemExit, match="Error: ablation: nothing there"):
        common.main("some", argparse.Namespace(out=tmp_path / "x.json"), measure)


def test_taking_nothing_is_refused(data, tmp_path):
    with pytest.raises(TrainerError, match="no clip is left"):
        take(data, tmp_path, lambda row: False)
