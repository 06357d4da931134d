"""What the stages after the GAN get: pictures and sounds from latents, at full size."""

import os
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_gan import CONFIG

from trainer.errors import TrainerError
from trainer.gan.checkpoint import save, save_generator
from trainer.gan.config import NetworkConfig
from trainer.gan.generator import Generator, load
from trainer.gan.trainee import Trainee
from trainer.team import ALONE

FULL = NetworkConfig(channels=(4, 3, 3, 2, 2), latent=8)


def written(folder: Path, network: NetworkConfig, *, stage: int = 4) -> Path:
    """A generator never trained, as of the end of a stage."""
    config = replace(
        CONFIG,
        network=network,
        schedule=replace(CONFIG.schedule, clips=80, shares=(1, 1, 1, 1, 1), fade=0.0),
    )
    trainee = Trainee(config, ALONE)
    trainee.step = 2 * stage + 1
    save_generator(folder / "generator.pt", trainee.checkpoint())
    save(folder / "latest.pt", trainee.checkpoint())
    return folder


def test_equal_generators_are_equal_bytes_whoever_writes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = written(tmp_path / "one", FULL)
    monkeypatch.setattr(os, "getpid", lambda: 123_456_789)
    other = written(tmp_path / "other", FULL)
    for name in ("generator.pt", "latest.pt"):
        assert (one / name).read_bytes() == (other / name).read_bytes()


def latents(count: int, size: int = 8) -> np.ndarray:
    return np.random.default_rng(4).standard_normal((count, size)).astype(np.float32)


@pytest.mark.parametrize("stage", range(5))
def test_pictures_are_of_full_size_at_every_stage(tmp_path: Path, stage: int) -> None:
    generator = load(written(tmp_path, FULL, stage=stage))
    made = generator.spectrograms(latents(35))
    assert made.shape == (35, 1, 257, 128)
    assert made.dtype == np.float32
    assert np.abs(made).max() <= 1


def test_folder_generator_and_checkpoint_are_one_generator(tmp_path: Path) -> None:
    folder = written(tmp_path, FULL)
    made = [
        load(path).spectrograms(latents(2))
        for path in (folder, folder / "generator.pt", folder / "latest.pt")
    ]
    assert np.array_equal(made[0], made[1])
    assert np.array_equal(made[0], made[2])


def test_sounds_are_a_second_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    generator = load(written(tmp_path, FULL))
    one, again = (generator.sounds(latents(2), seed=1) for _ in range(2))
    assert one.shape == (2, 16_384)
    assert np.array_equal(one, again)


def test_the_module_can_be_differentiated_by_its_latents(tmp_path: Path) -> None:
    generator = load(written(tmp_path, FULL))
    latent = torch.from_numpy(latents(1)).requires_grad_()
    (slope,) = torch.autograd.grad(generator.module(latent, None).square().sum(), latent)
    assert slope.abs().max() > 0
    assert (slope * latent).sum().abs() < 1e-3 * slope.norm() * latent.norm()  # length is free


@pytest.fixture
def pitched(tmp_path: Path) -> Generator:
    return load(written(tmp_path, replace(FULL, pitches=(64, 66))))


def test_a_conditional_generator_carries_its_pitches(pitched: Generator) -> None:
    assert pitched.pitches == (64, 66)
    low, high = (pitched.spectrograms(latents(1), np.array([p])) for p in (64, 66))
    assert not np.array_equal(low, high)


def test_a_pitch_never_trained_on_is_refused(pitched: Generator) -> None:
    with pytest.raises(TrainerError, match="pitch 65 was never trained on; wanted one of 64, 66"):
        pitched.spectrograms(latents(2), np.array([64, 65]))


def test_a_conditional_generator_wants_a_pitch(pitched: Generator) -> None:
    with pytest.raises(TrainerError, match="give each latent a pitch of 64-66"):
        pitched.spectrograms(latents(2))


def test_no_file_and_a_foreign_one_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match="no such file; train with `smf-train gan`"):
        load(tmp_path)
    torch.save({"format": 2, "shape": asdict(FULL)}, tmp_path / "generator.pt")
    with pytest.raises(TrainerError, match="not a GAN's checkpoint"):
        load(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"shape": asdict(replace(FULL, latent=9))},
        {"shape": {**asdict(FULL), "size": 3}},
        {"shape": None},
        {"average": {}},
        {"stage": None},
        {"representation": "wavelets"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_weights_that_do_not_fit_their_shape_are_refused_in_one_line(
    tmp_path: Path, change: dict[str, object]
) -> None:
    path = written(tmp_path, FULL) / "generator.pt"
    torch.save({**torch.load(path, weights_only=True), **change}, path)
    with pytest.raises(TrainerError, match=r"do not fit the shape|no such one") as caught:
        load(path)
    assert "\n" not in str(caught.value)
