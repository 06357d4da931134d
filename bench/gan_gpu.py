"""What the paper's training of the GAN takes here: 12 million clips, (17, 8) to (257, 128).

    python bench/gan_gpu.py                      # on a GPU
    python bench/gan_gpu.py --batch 64           # larger batches fill it better
    python bench/gan_gpu.py --device cpu --small --steps 1

Each line is a stage: whole steps (the critic with its gradient penalty, then the generator) as
`smf-train gan --preset paper` does them, the stage fully faded in, which is the dearer half. The
paper: 1.2 million steps of 12 and 8 clips in 1.5 days on a V100.
"""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import click
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from gpu_timing import device_named, timed

from trainer.gan.batches import StageData
from trainer.gan.config import PRESETS, GanConfig, NetworkConfig
from trainer.gan.schedule import Moment, moment, stage_steps
from trainer.gan.trainee import Trainee
from trainer.team import ALONE

CLIPS = 256  # pictures to draw from, of noise: what they show costs nothing


class Held(Trainee):
    """A trainee that stays at one moment."""

    held: Moment

    @property
    def moment(self) -> Moment:
        """Where every step stands."""
        return self.held


@click.command()
@click.option("--device", default="cuda", show_default=True)
@click.option("--steps", default=100, show_default=True, help="Timed per stage; some go before.")
@click.option("--batch", default=8, show_default=True, help="Clips per step.")
@click.option("--small", is_flag=True, help="A tiny network, to try the script.")
def main(device: str, steps: int, batch: int, small: bool) -> None:
    """Measure and print; nothing is written."""
    if device == "cpu" and torch.cuda.is_available():
        raise click.ClickException("a GAN trains on the GPU that is here; leave out --device")
    device_named(device)
    config = configured(batch, small=small)
    whole = 0.0
    for stage, size in enumerate(config.network.sizes):
        seconds = timed(step_of(config, stage, steps), steps)
        of_stage = stage_steps(config.schedule)[stage]
        whole += seconds * of_stage
        print(
            f"stage {stage} {size!s:12} {1000 * seconds:9.2f} ms a step of {batch}   "
            f"{batch / seconds:9.0f} clips/s   {seconds * of_stage / 3600:7.2f} h"
        )
    print(f"{config.schedule.clips:,} clips: {whole / 3600:.2f} h")


def configured(batch: int, *, small: bool) -> GanConfig:
    """The paper's, or a tiny one of as many stages."""
    paper = PRESETS["paper"]
    network = NetworkConfig(channels=(4, 4, 3, 2, 2)) if small else paper.network
    return replace(paper, network=network, schedule=replace(paper.schedule, batch=batch))


def step_of(config: GanConfig, stage: int, steps: int) -> Callable[[], object]:
    """One step at the end of a stage, on noise."""
    bins, frames = config.network.sizes[stage]
    random = torch.Generator().manual_seed(0)
    images = torch.rand(CLIPS, 1, bins, frames, generator=random).mul(2).sub(1).half()
    data = StageData(images, None, 0)
    trainee = Held(config, ALONE)
    trainee.held = moment(config.schedule, sum(stage_steps(config.schedule)[: stage + 1]) - 1)
    pool = ThreadPoolExecutor(trainee.shards)

    def step() -> None:
        batch = data.draw(
            config.schedule.batch, config.network.latent, 1, trainee.step, trainee.held.alpha
        )
        trainee.learn(batch, pool)

    return step


if __name__ == "__main__":
    main()
