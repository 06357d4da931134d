"""What the benches of training share: where to measure, and how."""

import time
from collections.abc import Callable

import click
import torch

WARM_UP = 10  # steps before the clock: cuDNN chooses its kernels, the allocator its blocks


def device_named(name: str) -> torch.device:
    """The device, told. Raises ClickException where it is not there."""
    if name == "cuda" and not torch.cuda.is_available():
        raise click.ClickException("no CUDA device here; --device cpu --small tries the script")
    what = torch.cuda.get_device_name() if name == "cuda" else "cpu"
    print(f"{what}, torch {torch.__version__}")
    return torch.device(name)


def timed(step: Callable[[], object], steps: int) -> float:
    """Seconds per step, after some that warm up."""
    for _ in range(min(WARM_UP, steps)):
        step()
    synchronise()
    began = time.perf_counter()
    for _ in range(steps):
        step()
    synchronise()
    return (time.perf_counter() - began) / steps


def synchronise() -> None:
    """Wait for the GPU, where there is one."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
