"""The warm-up: a decoder of its clips, resumed exactly, which the critic then takes over."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch
from tiny_gan import CONFIG, SCHEDULE

from trainer.errors import TrainerError
from trainer.gan.batches import StageData
from trainer.gan.checkpoint import load, read
from trainer.gan.config import WarmUpConfig, require_sound
from trainer.gan.networks import GeneratorNetwork
from trainer.gan.schedule import moment, stage_steps
from trainer.gan.train import WARM_UP_LOSS, run
from trainer.gan.warm_up import WarmUp, latents_of, timbres

WARM = replace(
    CONFIG,
    schedule=replace(SCHEDULE, clips=64, shares=(0, 0, 1)),
    warm_up=WarmUpConfig(steps=6, critic_steps=2),
)


def pictures(count: int, *, labels: bool = False) -> StageData:
    """Clips of four timbres in turn, level and tilt; with labels also of two pitches."""
    random = torch.Generator().manual_seed(5)
    bins = torch.linspace(-1, 1, 17)[:, None]
    kind = torch.arange(count) % 4
    level, tilt = (kind % 2) - 0.5, (kind // 2) - 0.5
    images = 0.4 * level[:, None, None] + 0.4 * tilt[:, None, None] * bins
    pitch = torch.arange(count) // 4 % 2
    if labels:
        images[:, 3] += 2.0 * pitch[:, None]
        images[:, 9] -= 2.0 * pitch[:, None]
    images = images + 0.02 * torch.randn(count, 17, 8, generator=random)
    return StageData(images[:, None].half(), pitch if labels else None, 2 if labels else 0)


def test_zeros_first_begin_at_a_finer_stage_without_a_fade() -> None:
    schedule = replace(SCHEDULE, clips=80, shares=(0, 1, 1), fade=0.5)
    assert stage_steps(schedule) == (0, 5, 5)
    first, later = moment(schedule, 0), moment(schedule, 5)
    assert (first.stage, first.alpha) == (1, 1.0)
    assert (later.stage, later.alpha) == (2, 0.0)


def test_a_stage_without_a_share_after_one_with_is_refused() -> None:
    holed = replace(CONFIG, schedule=replace(SCHEDULE, shares=(1, 0, 1)))
    with pytest.raises(TrainerError, match=r"only the first ones may be 0"):
        require_sound(holed)


@pytest.mark.usefixtures("small_pictures")
@pytest.mark.parametrize("killed_after", [3, 6, 7], ids=["in it", "at its end", "critic alone"])
def test_a_killed_run_ends_in_the_weights_of_one_that_was_not(
    tmp_path: Path, sounds: Path, killed_after: int
) -> None:
    config = replace(WARM, conditional=True, bfloat16=True)
    whole = list(run(config, sounds, tmp_path / "whole"))
    list(islice(run(config, sounds, tmp_path / "killed"), killed_after))
    resumed = list(run(config, sounds, tmp_path / "killed"))
    assert [p.losses for p in resumed] == [p.losses for p in whole[killed_after:]]
    assert [p.step for p in whole] == list(range(1, 15))
    ends = [load(tmp_path / name / "latest.pt").average for name in ("whole", "killed")]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


@pytest.mark.usefixtures("small_pictures")
def test_at_first_the_critic_learns_alone(tmp_path: Path, sounds: Path) -> None:
    out = tmp_path / "gan"
    reports = islice(run(WARM, sounds, out), 9)
    told = [(WARM_UP_LOSS in state.losses, state.losses.get("generator")) for state in reports]
    assert [warm for warm, _ in told] == [True] * 6 + [False] * 3
    assert [told[6][1], told[7][1]] == [0, 0]
    assert told[8][1] != 0
    warmed = read(out / "warm_up.pt")["generator"]
    moved = load(out / "latest.pt").generator
    assert not all(torch.equal(warmed[name], moved[name]) for name in warmed)
    list(islice(run(WARM, sounds, tmp_path / "two"), 8))
    kept = load(tmp_path / "two/latest.pt")
    for network in (kept.generator, kept.average):
        assert all(torch.equal(warmed[name], network[name]) for name in warmed)


@pytest.mark.usefixtures("small_pictures")
def test_a_warm_up_of_another_network_is_refused_in_one_line(tmp_path: Path, sounds: Path) -> None:
    list(islice(run(WARM, sounds, tmp_path / "gan"), 2))
    wide = replace(WARM, network=replace(WARM.network, channels=(8, 5, 4)))
    with pytest.raises(TrainerError, match=r"^gan: .*warm_up\.pt: a warm-up of another network"):
        list(run(wide, sounds, tmp_path / "gan"))


@pytest.mark.usefixtures("small_pictures")
def test_an_error_that_is_no_number_ends_it_in_one_line(
    tmp_path: Path, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WarmUp, "learn", lambda self, pool, shards: float("nan"))
    with pytest.raises(TrainerError, match=r"^gan: warm-up, step 0: the error is not a number"):
        list(run(WARM, sounds, tmp_path / "gan"))
    assert not (tmp_path / "gan/warm_up.pt").exists()


def test_it_learns_its_clips_and_latents_stay_on_the_sphere() -> None:
    config = replace(WARM, warm_up=WarmUpConfig(steps=150, learning_rate=1e-2))
    torch.manual_seed(1)
    warm = WarmUp(config, pictures(40), 2, GeneratorNetwork(config.network))
    before = warm.latents.clone()
    with ThreadPoolExecutor(2) as pool:
        errors = [warm.learn(pool, 2) for _ in range(150)]
    assert sum(errors[-10:]) < 0.3 * sum(errors[:10])
    assert warm.latents.square().mean(1).sqrt() == pytest.approx(torch.ones(40).numpy(), abs=1e-4)
    assert not torch.equal(warm.latents, before)


def test_one_shard_takes_the_steps_of_two() -> None:
    found = []
    for shards in (1, 2):
        torch.manual_seed(1)
        warm = WarmUp(WARM, pictures(40), 2, GeneratorNetwork(WARM.network))
        with ThreadPoolExecutor(2) as pool:
            found.append([warm.learn(pool, shards) for _ in range(4)])
    assert found[0] == pytest.approx(found[1], rel=1e-4)


@pytest.mark.parametrize("labels", [False, True], ids=["unpitched", "of two pitches"])
def test_like_timbres_start_near_each_other_whatever_their_pitch(labels: bool) -> None:
    latents = timbres(pictures(80, labels=labels), 4, seed=1)
    assert latents.square().mean(1).sqrt() == pytest.approx(torch.ones(80).numpy(), abs=1e-4)
    kind = torch.arange(80) % 4
    nearness = latents @ latents.T / 4
    alike = kind[:, None] == kind[None]
    assert nearness[alike].mean() > 0.3 + nearness[~alike].mean()
    if labels:
        pitch = torch.arange(80) // 4 % 2
        same = nearness[pitch[:, None] == pitch[None]].mean()
        other = nearness[pitch[:, None] != pitch[None]].mean()
        assert abs(same - other) < 0.05


def test_fewer_clips_than_dimensions_leave_the_rest_to_chance() -> None:
    latents = timbres(pictures(3), 8, seed=1)
    assert latents.shape == (3, 8)
    assert bool(latents.isfinite().all())


@pytest.mark.usefixtures("small_pictures")
def test_the_anchor_keeps_what_the_decoder_has_learned(tmp_path: Path, sounds: Path) -> None:
    long = replace(WARM, schedule=replace(WARM.schedule, clips=8 * 40), learning_rate=5e-3)
    warm_up = WarmUpConfig(steps=150, learning_rate=1e-2, critic_steps=2)
    last = {}
    for anchor in (0.0, 500.0):
        config = replace(long, warm_up=replace(warm_up, anchor=anchor))
        reports = list(run(config, sounds, tmp_path / str(anchor)))
        warmed = [state.losses[WARM_UP_LOSS] for state in reports[140:150]]
        decoded = [state.losses["decoded"] for state in reports[150:]]
        assert decoded[:2] == [0, 0]
        last[anchor] = sum(decoded[-10:]) / sum(warmed)
    assert last[0.0] == 0  # nobody asks
    assert 0 < last[500.0] < 3


@pytest.mark.usefixtures("small_pictures")
def test_latents_that_are_gone_or_of_other_clips_end_it_in_one_line(
    tmp_path: Path, sounds: Path
) -> None:
    out = tmp_path / "gan"
    list(islice(run(WARM, sounds, out), 8))
    held = (out / "warm_up.pt").read_bytes()
    (out / "warm_up.pt").unlink()
    with pytest.raises(TrainerError, match=r"^gan: .*warm_up\.pt: no such file"):
        list(run(WARM, sounds, out))
    (out / "warm_up.pt").write_bytes(held)
    with pytest.raises(TrainerError, match=r"warm_up\.pt: a warm-up of another network or dataset"):
        latents_of(out / "warm_up.pt", 21)
    assert latents_of(out / "warm_up.pt", 20).shape == (20, 4)
