"""Several processes with one batch: `torchrun --nproc-per-node N -m trainer.cli gan ...`.

Each process takes its part of every batch; gradients are averaged, so that all hold the same
weights and every step does what one process would do on the whole batch.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed


@dataclass(frozen=True)
class World:
    """The processes of this run and which of them this is. The first one writes and reports."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0  # which GPU of this machine

    @property
    def first(self) -> bool:
        """Whether this process writes and reports."""
        return self.rank == 0

    def device(self) -> torch.device:
        """A GPU of its own where there is one."""
        if torch.cuda.is_available():
            return torch.device("cuda", self.local_rank % torch.cuda.device_count())
        return torch.device("cpu")

    def average(self, tensors: list[Tensor]) -> None:
        """Put the mean over all processes into each tensor, in one exchange."""
        if self.size == 1:
            return
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        distributed.all_reduce(flat)
        flat /= self.size
        means = torch.split(flat, [tensor.numel() for tensor in tensors])
        for tensor, mean in zip(tensors, means, strict=True):
            tensor.copy_(mean.view_as(tensor))

    def wait(self) -> None:
        """Until all processes are here."""
        if self.size > 1:
            distributed.barrier()


def is_first() -> bool:
    """Whether this process is the one that writes and reports; before any other is met."""
    return int(os.environ.get("RANK", "0")) == 0


@contextmanager
def world() -> Iterator[World]:
    """The processes that torchrun started, or this one alone."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield World()
        return
    here = World(int(os.environ["RANK"]), size, int(os.environ.get("LOCAL_RANK", "0")))
    if here.device().type == "cuda":
        torch.cuda.set_device(here.device())
    distributed.init_process_group("nccl" if here.device().type == "cuda" else "gloo")
    try:
        yield here
    finally:
        distributed.destroy_process_group()
