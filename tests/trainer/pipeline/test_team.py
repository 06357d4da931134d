"""Two processes that train together take the steps of one on the same data."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import team_member
import tiny
import torch
import whole_runs

from smfosc.model_file import read_model
from trainer.checkpoint import load
from trainer.errors import TrainerError
from trainer.rnn import Trainee, train
from trainer.team import Team

MEMBER = Path(__file__).with_name("team_member.py")


def together(folder):
    """Train by torchrun, two processes over gloo."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    done = subprocess.run(
        [*torchrun, "--nproc-per-node", "2", str(MEMBER), str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_two_processes_equal_one_and_resume_exactly(tmp_path):
    """Stopped after step 4, resumed: every loss sum, weight and stream as one process has them."""
    together(tmp_path / "two")
    one = replace(team_member.CONFIG, shards=2)
    for _ in train(tmp_path / "one", tiny.clips(), tiny.clips(2, seed=1), one):
        pass
    a, b = load(tmp_path / "one" / "latest.pt"), load(tmp_path / "two" / "latest.pt")
    assert a.step == b.step == 6
    assert a.best_penalty == b.best_penalty
    assert torch.equal(a.state, b.state)
    for name, weight in a.network.items():
        assert torch.equal(weight, b.network[name]), name
    for name, weight in a.average.items():
        assert torch.equal(weight, b.average[name]), name


def test_a_batch_that_cannot_be_dealt_out_is_refused():
    with pytest.raises(TrainerError, match="a batch of 4 streams over 3 processes"):
        Trainee(tiny.config(), torch.device("cpu"), team=Team(0, 3))


def test_a_checkpoint_of_another_number_of_streams_is_refused(tmp_path):
    for _ in train(tmp_path, tiny.clips(), tiny.clips(2), replace(team_member.CONFIG, steps=1)):
        pass
    other = replace(team_member.CONFIG, windows=replace(team_member.CONFIG.windows, batch=4))
    with pytest.raises(TrainerError, match=r"latest\.pt: 8 streams, wanted 4; train with --batch"):
        next(train(tmp_path, tiny.clips(), tiny.clips(2), other))


RECIPE = """
stages = ["dataset", "rnn", "export", "evaluate"]
[dataset]
kind = "clarinet-trumpet"
pitch_step = 0.75
lowest = 64.5
highest = 66.0
held_out = 0.2
[rnn]
steps = 4
audition_every = 4
shards = {shards}
network = {{ hidden = 16 }}
windows = {{ batch = 8, frames = 64 }}
audition = {{ seconds = 0.2, settle_s = 0.02, pitches = 2 }}
[export]
loudness_s = 0.5
[evaluate]
places = 1
seconds = 0.5
"""


@pytest.mark.reach
def test_a_run_of_two_processes_equals_one_of_two_shards(tmp_path):
    for shards in (1, 2):
        (tmp_path / f"shards{shards}.toml").write_text(RECIPE.format(shards=shards))
    whole_runs.finish(tmp_path / "shards2.toml", tmp_path / "one")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    run = ["-m", "trainer.cli", "run", str(tmp_path / "shards1.toml"), "--out", tmp_path / "two"]
    words = [*torchrun, "--nproc-per-node", "2", *map(str, run)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=whole_runs.ROOT, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    a, b = (
        read_model(tmp_path / out / "export" / f"shards{shards}.onnx").weights
        for out, shards in (("one", 2), ("two", 1))
    )
    assert np.array_equal(a.out_weight, b.out_weight)
    for one, two in zip(a.layers, b.layers, strict=True):
        assert np.array_equal(one.w_hh, two.w_hh)
