"""Two processes train as one would."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from ports import free_port
from tiny_gan import CONFIG

from trainer.gan.checkpoint import load
from trainer.gan.train import run

SCRIPT = Path(__file__).with_name("one_of_two.py")


@pytest.mark.usefixtures("small_pictures")
def test_two_processes_take_the_steps_of_one(tmp_path: Path, sounds: Path) -> None:
    path = os.pathsep.join([str(SCRIPT.parent), str(SCRIPT.parents[3])])
    team = {
        "PYTHONPATH": path,
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(free_port()),
    }
    command = [sys.executable, str(SCRIPT), str(sounds), str(tmp_path / "two")]
    members = [
        subprocess.Popen(
            command,
            env={**os.environ, **team, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    whole = [state.losses for state in run(CONFIG, sounds, tmp_path / "one")]
    for member in members:
        _, errors = member.communicate(timeout=120)
        assert member.returncode == 0, errors
    told = [json.loads((tmp_path / f"two/losses{rank}.json").read_text()) for rank in range(2)]
    assert told[0] == told[1]
    for alone, together in zip(whole, told[0], strict=True):
        assert together == pytest.approx(alone, rel=1e-4, abs=1e-6)
    one, two = (load(tmp_path / name / "latest.pt").average for name in ("one", "two"))
    for name, weight in one.items():
        torch.testing.assert_close(two[name], weight, rtol=1e-3, atol=1e-5)
