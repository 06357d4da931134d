"""Runs of a tiny GAN: resumed exactly, stopped on NaN, with its best state kept."""

import math
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch
from tiny_gan import CONFIG, SCHEDULE, SmallPictures

from trainer.errors import TrainerError
from trainer.gan.checkpoint import load
from trainer.gan.generator import load as load_generator
from trainer.gan.schedule import total_steps
from trainer.gan.train import run
from trainer.gan.trainee import Trainee

pytestmark = pytest.mark.usefixtures("small_pictures")


def weights(path: Path) -> dict[str, torch.Tensor]:
    held = load(path)
    parts = {"generator": held.generator, "critic": held.critic, "average": held.average}
    return {f"{part}.{name}": t for part, named in parts.items() for name, t in named.items()}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize(
    ("killed_after", "conditional"),
    [(2, False), (5, True), (8, True)],
    ids=["coarse, unconditional", "in a fade, conditional", "at a stage's end, conditional"],
)
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


def test_a_checkpoint_of_another_schedule_is_refused_where_the_picture_would_jump(
    tmp_path: Path, sounds: Path
) -> None:
    list(islice(run(CONFIG, sounds, tmp_path / "gan"), 5))  # step 5: in the first fade
    longer = replace(CONFIG, schedule=replace(SCHEDULE, clips=960))
    with pytest.raises(TrainerError, match=r"step 5 is stage 1 at alpha 0\.500, in this schedule"):
        list(run(longer, sounds, tmp_path / "gan"))


def test_the_last_stage_may_be_made_longer(tmp_path: Path, sounds: Path) -> None:
    list(run(CONFIG, sounds, tmp_path / "gan"))
    longer = replace(CONFIG, schedule=replace(SCHEDULE, clips=160, shares=(1, 1, 3), fade=0.25))
    assert [state.step for state in run(longer, sounds, tmp_path / "gan")] == list(range(13, 21))


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 torn"])
def test_a_broken_checkpoint_is_refused_in_one_line(
    tmp_path: Path, sounds: Path, content: bytes
) -> None:
    (tmp_path / "gan").mkdir()
    (tmp_path / "gan/latest.pt").write_bytes(content)
    with pytest.raises(TrainerError, match=r"^gan: .*latest\.pt: not a GAN's checkpoint.*$"):
        list(run(CONFIG, sounds, tmp_path / "gan"))


def test_a_generator_alone_is_nothing_to_go_on_from(tmp_path: Path, sounds: Path) -> None:
    out = tmp_path / "gan"
    list(islice(run(CONFIG, sounds, out), 4))
    (out / "generator.pt").replace(out / "latest.pt")
    with pytest.raises(TrainerError, match="holds a generator alone"):
        list(run(CONFIG, sounds, out))


def test_losses_beyond_use_end_the_run_and_the_good_state_stays(
    tmp_path: Path, sounds: Path
) -> None:
    out = tmp_path / "gan"
    list(islice(run(CONFIG, sounds, out), 4))
    before = weights(out / "good.pt")
    wild = replace(CONFIG, learning_rate=1e6)
    with pytest.raises(TrainerError, match=r"^gan: step \d+: .*; stopped\. .*good\.pt is the last"):
        list(run(wild, sounds, out))
    assert same(weights(out / "good.pt"), before)
    resumed = list(run(CONFIG, sounds, out))
    assert resumed[-1].step == 12


def test_not_a_number_is_never_written(
    tmp_path: Path, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "gan"
    list(islice(run(CONFIG, sounds, out), 4))
    learn = Trainee.learn

    def spoilt(self: Trainee, *args: object) -> torch.Tensor:
        losses = learn(self, *args)  # type: ignore[arg-type]
        self.generator_weights[0].data.view(-1)[0] = math.nan
        return losses

    monkeypatch.setattr(Trainee, "learn", spoilt)
    with pytest.raises(TrainerError, match="a weight is not a number; stopped"):
        list(run(CONFIG, sounds, out))
    assert all(bool(weight.isfinite().all()) for weight in weights(out / "latest.pt").values())


def test_a_generator_of_one_sound_is_called_a_collapse_and_the_good_state_stays(
    tmp_path: Path, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "gan"
    list(islice(run(CONFIG, sounds, out), 4))
    before = weights(out / "good.pt")
    monkeypatch.setattr(Trainee, "generate", lambda self, batch, now: torch.zeros_like(batch.real))
    eager = replace(CONFIG, health_every=1)
    notes = [state.note for state in run(eager, sounds, out) if state.note]
    assert len(notes) == 1
    assert "step 7: collapse: generated clips differ 0.0% as much as real ones" in notes[0]
    assert same(weights(out / "good.pt"), before)


def test_the_pictures_are_kept_for_the_next_start(
    tmp_path: Path, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(islice(run(CONFIG, sounds, tmp_path / "gan"), 1))
    monkeypatch.setattr(SmallPictures, "encode", None)
    list(islice(run(CONFIG, sounds, tmp_path / "gan"), 1))


def test_a_lazy_penalty_is_taken_every_kth_step(tmp_path: Path, sounds: Path) -> None:
    lazy = replace(CONFIG, penalty_every=3)
    taken = [state.losses["penalty"] > 0 for state in run(lazy, sounds, tmp_path / "gan")]
    assert taken == [True, False, False] * 4


def test_a_toy_gan_learns_what_its_sounds_look_like_on_the_mean(
    tmp_path: Path, sounds: Path
) -> None:
    config = replace(
        CONFIG,
        network=replace(CONFIG.network, channels=(6,)),
        schedule=replace(SCHEDULE, clips=8 * 100, shares=(1,)),
        learning_rate=2e-2,
        average_decay=0.95,
        checkpoint_every_s=60,
        health_every=10,
        shards=1,
    )
    looks = [state.look for state in run(config, sounds, tmp_path / "gan") if state.look]
    assert looks[-1].distance < looks[0].distance / 3
    assert looks[-1].diversity > 0.3
