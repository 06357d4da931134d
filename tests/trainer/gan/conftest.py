"""Tiny pictures in place of the paper's, so that a whole run takes a second."""

from pathlib import Path

import pytest
import torch
from tiny_gan import SmallPictures, write_sounds

import trainer.gan.train


@pytest.fixture
def small_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer.gan.train, "representation", lambda name: SmallPictures())


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    return write_sounds(tmp_path / "sounds")


@pytest.fixture(autouse=True)
def _threads():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
