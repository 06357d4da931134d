"""What the paper's training of the RNN takes here: 100,000 steps of 128 x 256 samples, 3 x 256.

    python bench/rnn_gpu.py                    # on a GPU
    python bench/rnn_gpu.py --device cpu --small --steps 2

First the whole step as `smf-train rnn` does it. Then the window's forward and backward pass alone,
by the ways there are on a GPU: cuDNN's three layers at once in bfloat16, and layer by layer in
float16, which is what lets cuDNN keep a layer's weights on the chip over all 256 samples; each also
captured as a CUDA graph. The paper: 3 days on an RTX 3090.
"""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[1]))

from gpu_timing import device_named, timed

from trainer.clips import Clips
from trainer.dataset import PARAMETERS
from trainer.network import NetworkConfig
from trainer.rnn import RnnConfig, Trainee
from trainer.windows import batches

PAPER_STEPS = 100_000


class Layers(nn.Module):
    """The GRU layers one by one, as cuDNN's persistent kernels want them."""

    def __init__(self, width: int, count: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.GRU(width, width) for _ in range(count))

    def forward(self, x: Tensor) -> Tensor:
        """States (T, B, H) of the last layer."""
        for layer in self.layers:
            x = layer(x)[0]
        return x


class AtOnce(nn.Module):
    """All layers in one call."""

    def __init__(self, width: int, count: int) -> None:
        super().__init__()
        self.gru = nn.GRU(width, width, count)

    def forward(self, x: Tensor) -> Tensor:
        """States (T, B, H) of the last layer."""
        hidden: Tensor = self.gru(x)[0]
        return hidden


@click.command()
@click.option("--device", default="cuda", show_default=True)
@click.option("--steps", default=300, show_default=True, help="Timed; 10 go before.")
@click.option("--small", is_flag=True, help="A tiny network, to try the script.")
def main(device: str, steps: int, small: bool) -> None:
    """Measure and print; nothing is written."""
    place = device_named(device)
    config = configured(small=small)
    report("the whole step", timed(training_step(config, place, steps), steps))
    windows(config, place, steps)


def configured(*, small: bool) -> RnnConfig:
    """The paper's sizes, or tiny ones."""
    config = RnnConfig(network=NetworkConfig(hidden=8, layers=2)) if small else RnnConfig()
    batch, frames = (4, 64) if small else (128, 256)
    return replace(config, windows=replace(config.windows, batch=batch, frames=frames))


def windows(config: RnnConfig, place: torch.device, steps: int) -> None:
    """The GRU's window by each way, as it is and as a graph, which only CUDA has."""
    ways: tuple[tuple[str, Callable[[int, int], nn.Module], torch.dtype], ...] = (
        ("window, layers at once, bfloat16", AtOnce, torch.bfloat16),
        ("window, layer by layer, float16", Layers, torch.float16),
    )
    shape = config.network.hidden, config.network.layers
    for title, module, dtype in ways:
        for graphed in (False, True) if place.type == "cuda" else (False,):
            usual = dtype if place.type == "cuda" else torch.float32
            step = window_pass(module(*shape).to(place, usual), config, graphed=graphed)
            report(title + (", CUDA graph" if graphed else ""), timed(step, steps))


def training_step(config: RnnConfig, device: torch.device, steps: int) -> Callable[[], object]:
    """One step of `trainer.rnn` on clips like a grid's."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 256, (441, 16_384)).astype(np.uint16)
    clips = Clips(codes, rng.random((441, 2), dtype=np.float32), PARAMETERS)
    trainee = Trainee(config, device, PARAMETERS)
    ahead = 16 if device.type == "cuda" else 0
    drawn = batches(clips, config.windows, 1, range(steps + 20), levels=256, ahead=ahead)
    pool = ThreadPoolExecutor(config.shards)
    return lambda: trainee.learn(next(drawn), pool)


def window_pass(module: nn.Module, config: RnnConfig, *, graphed: bool) -> Callable[[], object]:
    """Forward and backward through a window of all streams."""
    first = next(module.parameters())
    shape = config.windows.frames, config.windows.batch, config.network.hidden
    x = torch.randn(*shape, device=first.device, dtype=first.dtype, requires_grad=True)
    run = torch.cuda.make_graphed_callables(module, (x,)) if graphed else module

    def step() -> None:
        hidden: Tensor = run(x)
        hidden.float().sum().backward()  # type: ignore[no-untyped-call]

    return step


def report(what: str, seconds: float) -> None:
    """A line: per step, and for all of the paper's."""
    minutes = seconds * PAPER_STEPS / 60
    print(f"{what:45} {1000 * seconds:9.2f} ms   {minutes:9.1f} min for {PAPER_STEPS:,}")


if __name__ == "__main__":
    main()
