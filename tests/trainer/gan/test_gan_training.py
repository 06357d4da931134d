"""Runs of a tiny GAN: resumed exactly, stopped on NaN, with its best state kept."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch
from tiny_gan import CONFIG, SCHEDULE

from trainer.errors import TrainerError
from trainer.gan.checkpoint import load
from trainer.gan.generator import load as load_generator
from trainer.gan.schedule import total_steps
from trainer.gan.train import run

pytestmark = pytest.mark.usefixtures("small_pictures")


def weights(path: Path) -> dict[str, torch.Tensor]:
    held = load(path)
    parts = {"generator": held.generator, "critic": held.critic, "average": held.average}
    return {f"{part}.{name}": t for part, named in parts.items() for name, t in named.items()}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("killed_after", [2, 5, 8], ids=["coarse", "in a fade", "at a stage's end"])
@pytest.mark.parametrize("conditional", [False, True], ids=["unconditional", "conditional"])
def test_a_killed_run_ends_in_the_weights_of_one_that_was_not(
    tmp_path: Path, sounds: Path, killed_after: int, conditional: bool
) -> None:
    config = replace(CONFIG, conditional=conditional, bfloat16=True, penalty_every=2)
    whole = list(run(config, sounds, tmp_path / "whole"))
    list(islice(run(config, sounds, tmp_path / "killed"), killed_after))
    resumed = list(run(config, sounds, tmp_path / "killed"))
    assert same(weights(tmp_path / "whole/latest.pt"), weights(tmp_path / "killed/latest.pt"))
    assert [p.losses for p in resumed] == [p.losses for p in whole[killed_after:]]


def test_a_run_leaves_a_checkpoint_per_stage_and_a_generator(tmp_path: Path, sounds: Path) -> None:
    out = tmp_path / "gan"
    reports = list(run(CONFIG, sounds, out))
    assert reports[-1].step == total_steps(SCHEDULE) == 12
    for name in ("latest.pt", "stage0.pt", "stage1.pt", "stage2.pt", "good.pt", "generator.pt"):
        assert (out / name).is_file(), name
    made = load_generator(out).spectrograms(torch.randn(3, 4).numpy())
    assert made.shape == (3, 1, 17, 8)


def test_another_seed_makes_another_gan(tmp_path: Path, sounds: Path) -> None:
    list(run(CONFIG, sounds, tmp_path / "a"))
    list(run(replace(CONFIG, seed=2), sounds, tmp_path / "b"))
    assert not same(weights(tmp_path / "a/latest.pt"), weights(tmp_path / "b/latest.pt"))


def test_a_checkpoint_of_another_shape_is_refused_in_one_line(tmp_path: Path, sounds: Path) -> None:
    list(islice(run(CONFIG, sounds, tmp_path / "gan"), 1))
    wide = replace(CONFIG, network=replace(CONFIG.network, channels=(8, 5, 4)))
    with pytest.raises(TrainerError, match=r"of another shape: channels \(6, 5, 4\), wanted"):
        list(run(wide, sounds, tmp_path / "gan"))
