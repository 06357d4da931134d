"""Two processes that train together take the steps of one on the same data."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import team_member
import tiny
import torch

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
