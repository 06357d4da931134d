"""Distillation: the teacher is the model file, its share of the loss is what is asked for."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from instruments import SQUARE, model

from trainer import rnn
from trainer.audition import Audition
from trainer.checkpoint import averaged_network, load
from trainer.distil import Teacher, mixed_loss
from trainer.errors import TrainerError
from trainer.export import unfolded_logits
from trainer.recipe import read
from trainer.stages import REGISTRY
from trainer.windows import UNJUDGED

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def no_playing(monkeypatch):
    """Auditions cost half a minute: here one is a fixed verdict."""
    heard = Audition(np.zeros((1, 2)), np.array([3.0]), ("heard",), np.zeros((1, 800), np.float32))
    monkeypatch.setattr(rnn, "audition", lambda *_: heard)


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """An exported model; its checkpoint is rnn/best.pt beside export/."""
    return model(tmp_path_factory.mktemp("big"))


def trained(folder, config, until=None):
    seen = []
    for progress in rnn.train(folder, tiny.clips(), tiny.clips(2, seed=1), config):
        seen.append(progress)
        if progress.step == until:
            break
    return seen


def test_the_teacher_expects_what_its_network_does(big):
    inputs = torch.rand(50, 3, 3) * 2 - 1
    teacher = Teacher(big, tiny.clips().ranges, 256)
    found, state = teacher.expects(inputs, teacher.zero_state(3), torch.float32)
    network = averaged_network(load(big.parents[1] / "rnn" / "best.pt"))
    wanted = torch.softmax(unfolded_logits(network, inputs), dim=2)
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)
    again, _ = teacher.expects(
        inputs[25:],
        teacher.expects(inputs[:25], teacher.zero_state(3), torch.float32)[1],
        torch.float32,
    )
    torch.testing.assert_close(again, found[25:], atol=1e-5, rtol=0)
    assert state.shape == (2, 3, 16)


def test_no_share_is_the_codes_alone_and_a_whole_one_the_expectations():
    draw = torch.Generator().manual_seed(0)
    logits = torch.randn(6, 2, 256, generator=draw)
    targets = torch.randint(256, (6, 2), generator=draw)
    targets[:2, 1] = UNJUDGED
    expected = torch.softmax(torch.randn(6, 2, 256, generator=draw), dim=2)
    alone = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), reduction="sum", ignore_index=UNJUDGED
    )
    torch.testing.assert_close(mixed_loss(logits, targets, expected, 0.0), alone)
    logs = torch.log_softmax(logits, dim=2)
    slow = -sum(
        float((expected[t, b] * logs[t, b]).sum())
        for t in range(6)
        for b in range(2)
        if targets[t, b] != UNJUDGED
    )
    assert float(mixed_loss(logits, targets, expected, 1.0)) == pytest.approx(slow, rel=1e-5)


@pytest.mark.parametrize("killed_after", [1, 4])
def test_killed_and_resumed_equals_uninterrupted_with_a_teacher(tmp_path, big, killed_after):
    config = tiny.config(teacher=big, network=replace(tiny.NETWORK, hidden=8))
    whole = trained(tmp_path / "whole", config)
    trained(tmp_path / "parts", config, until=killed_after)
    rest = trained(tmp_path / "parts", config)
    assert [p.loss for p in rest] == [p.loss for p in whole[-len(rest) :]]
    a, b = (load(tmp_path / name / "latest.pt") for name in ("whole", "parts"))
    assert torch.equal(a.teacher_state, b.teacher_state)
    assert all(torch.equal(a.average[name], b.average[name]) for name in a.average)


def test_a_pupil_comes_to_expect_what_its_teacher_does(tmp_path, big):
    """An untrained teacher expects nearly nothing: what alone would be learnt is not."""
    rates = {"steps": 60, "learning_rate": 2e-2}
    alone = trained(tmp_path / "alone", tiny.config(**rates))[-1].validation
    taught = trained(tmp_path / "taught", tiny.config(**rates, teacher=big, teaching=1.0))
    assert taught[-1].validation == pytest.approx(np.log(256), abs=0.1)
    assert alone < np.log(256) - 0.5


@pytest.mark.parametrize(
    ("levels", "ranges", "problem"),
    [
        (256, SQUARE, "the data have x 0-1, y 0-1, 256 levels; take a teacher that was trained on"),
        (512, None, "256 levels; the data have pitch 64-76, timbre 0-1, 512 levels"),
    ],
)
def test_a_teacher_of_something_else_is_refused(big, levels, ranges, problem):
    with pytest.raises(TrainerError, match=problem):
        Teacher(big, ranges or tiny.clips().ranges, levels)


def test_a_teacher_of_other_sounds_is_refused(tmp_path, big, monkeypatch):
    """Same parameters, but it is sure of a code that never comes."""
    sure = torch.zeros(256).index_fill(0, torch.tensor([0]), 1.0)
    monkeypatch.setattr(
        Teacher,
        "expects",
        lambda self, inputs, state, dtype: (sure.expand(*inputs.shape[:2], 256), state),
    )
    with pytest.raises(TrainerError, match="it was trained on other sounds"):
        trained(tmp_path, tiny.config(teacher=big))


def test_a_teacher_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(TrainerError, match=r"teacher .*none\.onnx"):
        Teacher(tmp_path / "none.onnx", SQUARE, 256)


@pytest.mark.parametrize("path", sorted((ROOT / "trainer" / "recipes").glob("*.toml")), ids=str)
def test_every_recipe_fits_its_stages(path):
    recipe = read(path, REGISTRY)
    assert recipe.name == path.stem
    if path.stem.endswith("-light"):
        assert recipe.configs["rnn"].network.hidden == 96


def test_light_weights_are_measured_on_every_instruction_set(tmp_path, big):
    shutil.copy(big, tmp_path / "tiny.onnx")
    script = [sys.executable, str(ROOT / "bench" / "light.py"), str(tmp_path / "tiny.onnx")]
    script += ["--out", str(tmp_path / "light.json")]
    done = subprocess.run(script, capture_output=True, text=True, check=True, timeout=100)
    lines = done.stdout.splitlines()
    assert lines[0] == "| | 1 voice | 4 voices | light |"
    assert any(line.startswith("| tiny, portable |") for line in lines)
