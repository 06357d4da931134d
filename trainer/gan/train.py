"""Training of the GAN: one flat loop over stages and steps.

Read `run` from top to bottom. Everything random comes from (seed, step), so that a run that was
killed and resumed ends in the same weights, bit for bit, as one that was not.
"""

import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from trainer.errors import TrainerError
from trainer.gan.batches import Batch, StageData
from trainer.gan.checkpoint import save, save_generator
from trainer.gan.config import GanConfig, require_sound
from trainer.gan.data import Dataset, Windows, load
from trainer.gan.health import LOOK_AT, LOOKS, Look, diverged, look
from trainer.gan.schedule import Moment, total_steps
from trainer.gan.trainee import Trainee
from trainer.gan.warm_up import WarmUp, latents_of
from trainer.rnn import keep_freed_memory
from trainer.spectral import representation
from trainer.team import Team, join

WARM_UP_LOSS = "warm_up"
LOSSES = ("critic", "gap", "penalty", "entropy", "generator", "decoded")
LOOK_STEP = 2**40  # looks draw like training, from steps that training never reaches


@dataclass(frozen=True)
class Progress:
    """A report. step, steps, clips: with the warm-up's. losses: by LOSSES, or the warm-up's.

    look, real and fake pictures: where they were due.
    """

    step: int
    steps: int
    moment: Moment
    clips: int
    losses: dict[str, float]
    seconds: float
    look: Look | None = None
    real: Tensor | None = None
    fake: Tensor | None = None
    note: str = ""  # a line for the user

    @property
    def headline(self) -> str:
        """Where it stands, in a few words."""
        where = f"stage {self.moment.stage} alpha {self.moment.alpha:.2f}"
        if WARM_UP_LOSS in self.losses:
            return f"warm-up, {where}: error {self.losses[WARM_UP_LOSS]:.4f}"
        return f"{where} gap {self.losses['gap']:.2f}"


def run(config: GanConfig, data: Path, out: Path) -> Iterator[Progress]:
    """Train on a dataset folder until the schedule's end, yielding progress.

    Resumes from `out/latest.pt`, or `warm_up.pt` where it came no further. `good.pt` is the last
    state that passed a look, `generator.pt` what plays in it, `stage0.pt` ... the end of each
    stage. Raises TrainerError.
    """
    team = join()
    require_sound(config, team.size)
    keep_freed_memory()
    dataset, config = _read(config, data, out, team)
    trainee = Trainee(config, team)
    keeper = _Keeper(out, config, team)
    if keeper.latest.is_file():
        trainee.restore(keeper.latest)
    steps, stages = total_steps(config.schedule), len(config.network.channels)
    before = config.warm_up.steps
    note, losses, stage = dataset.remark, None, -1
    torch.set_num_threads(1 if trainee.shards > 1 else torch.get_num_threads())
    with ThreadPoolExecutor(
        trainee.shards, initializer=_threads, initargs=(trainee.shards,)
    ) as pool:
        if before and not keeper.latest.is_file():
            first = trainee.moment.stage
            shown = StageData.of(dataset, stages - 1 - first)
            warm = WarmUp(config, shown, first, trainee.generator)
            yield from _warm_up(warm, trainee, keeper, pool)
        own = None  # each clip's latent
        if before and config.warm_up.anchor:
            own = latents_of(keeper.warm, len(dataset))
        while trainee.step < steps:
            now, step = trainee.moment, trainee.step
            if now.stage != stage:
                stage = now.stage
                pool_data = StageData.of(dataset, stages - 1 - stage, own)
            losses = trainee.learn(_draw(pool_data, config, step, now.alpha), pool)
            due = now.ends_stage or trainee.step % config.health_every == 0
            if not (due or trainee.step % config.report_every == 0):
                continue
            values = dict(zip(LOSSES, losses.tolist(), strict=True))
            if trouble := diverged(values):
                raise TrainerError(keeper.farewell(trainee.step, trouble))
            found, real, fake = None, None, None
            if due and team.leads:
                again = _draw(pool_data, config, LOOK_STEP + step, now.alpha, LOOK_AT)
                real, fake = again.real, trainee.generate(again, now)
                found = look(fake, real, trainee.thin_looks)
                note = note or keeper.collapse(found, trainee)
                trainee.thin_looks = found.thin_looks
            keeper.keep(trainee, now, found)
            yield Progress(
                before + trainee.step, before + steps, now,
                (before + trainee.step) * config.schedule.batch, values,
                trainee.seconds, found, real, fake, note,
            )  # fmt: skip
            note = ""


def _warm_up(
    warm: WarmUp, trainee: Trainee, keeper: "_Keeper", pool: ThreadPoolExecutor
) -> Iterator[Progress]:
    """The generator as a decoder first. All of a team do the same, which needs no messages."""
    config, now = trainee.config, trainee.moment
    if keeper.warm.is_file():
        warm.restore(keeper.warm)
    steps, began = config.warm_up.steps, time.monotonic()
    while warm.step < steps:
        error = warm.learn(pool, trainee.shards)
        if not math.isfinite(error):
            raise TrainerError(
                f"gan: warm-up, step {warm.step}: the error is not a number; run again in another "
                "folder with a lower warm_up.learning_rate"
            )
        keeper.keep_warm(warm)
        if warm.step % config.report_every == 0 or warm.step == steps:
            yield Progress(
                warm.step, steps + total_steps(config.schedule), now,
                warm.step * config.schedule.batch, {WARM_UP_LOSS: error}, time.monotonic() - began,
            )  # fmt: skip
    trainee.begin_warmed()


def _read(config: GanConfig, data: Path, out: Path, team: Team) -> tuple[Dataset, GanConfig]:
    """The dataset, read by the leader first, who fills the cache; the network it asks for."""
    shown = representation(config.representation)
    if not team.leads:
        team.meet()
    windows = Windows(shown.samples, config.crops, config.seam_samples)
    dataset = load(
        data, out, config.representation, shown, conditional=config.conditional, windows=windows
    )
    if team.leads:
        team.meet()
    network = replace(
        config.network,
        image_channels=shown.channels,
        bins=shown.bins,
        frames=shown.frames,
        pitches=dataset.pitches,
    )
    return dataset, replace(config, network=network)


def _draw(
    data: StageData, config: GanConfig, step: int, alpha: float, size: int | None = None
) -> Batch:
    batch = config.schedule.batch if size is None else size
    return data.draw(batch, config.network.latent, config.seed, step, alpha)


def _threads(shards: int) -> None:
    """Each shard computes on its own thread alone: the batch is already split."""
    if shards > 1:
        torch.set_num_threads(1)


class _Keeper:
    """Writes the checkpoints of a run; of several processes the first does."""

    def __init__(self, folder: Path, config: GanConfig, team: Team) -> None:
        self.folder, self.config, self.team = folder, config, team
        self.latest, self.good = folder / "latest.pt", folder / "good.pt"
        self.warm = folder / "warm_up.pt"
        self.saved = time.monotonic()

    def keep(self, trainee: Trainee, now: Moment, found: Look | None) -> None:
        """Write what is due: latest by the clock, good after a good look, and a stage's end."""
        if not self._is_due(now.ends_stage):
            return
        if not trainee.finite():
            raise TrainerError(self.farewell(trainee.step, "a weight is not a number"))
        held = trainee.checkpoint()
        save(self.latest, held)
        if trainee.thin_looks == 0:
            save(self.good, held)
            save_generator(self.folder / "generator.pt", held)
        if now.ends_stage:
            save(self.folder / f"stage{now.stage}.pt", held)
        self.saved = time.monotonic()

    def keep_warm(self, warm: WarmUp) -> None:
        """Write the warm-up's state by the clock, and at its end."""
        if self._is_due(warm.step == self.config.warm_up.steps):
            warm.save(self.warm)
            self.saved = time.monotonic()

    def _is_due(self, ended: bool) -> bool:
        late = time.monotonic() - self.saved >= self.config.checkpoint_every_s
        return self.team.leads and (late or ended)

    def collapse(self, found: Look, trainee: Trainee) -> str:
        """The line to show when a look first finds a collapse, else ""."""
        if found.thin_looks != LOOKS:
            return ""
        return (
            f"gan: step {trainee.step}: collapse: generated clips differ {found.diversity:.1%} as "
            f"much as real ones; {self._remedy()}"
        )

    def farewell(self, step: int, trouble: str) -> str:
        """The line to end with."""
        return f"gan: step {step}: {trouble}; stopped. {self._remedy()}"

    def _remedy(self) -> str:
        with suppress(OSError):
            if self.good.is_file():
                return (
                    f"{self.good} is the last good state: copy it over latest.pt and run again "
                    "with a lower --learning-rate"
                )
        return "there is no good state yet: run again in another folder, --learning-rate lower"
