"""Processes that train one network together (`torchrun`): equal weights, each its own streams.

Gradients are summed over the processes before every step, so that two processes take the very
steps that one would take on the whole batch.
"""

import os
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor, distributed

from trainer.errors import TrainerError

# The others wait while the first one renders a grid or listens; torchrun sees who has died.
PATIENCE = timedelta(days=7)


@dataclass(frozen=True)
class Team:
    """This process among `size`. Alone, all is as if there were no team."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Writes files, listens, reports."""
        return self.rank == 0

    def sum(self, loss: float, tensors: list[Tensor]) -> float:
        """Sum the tensors in place over all processes, as one message; the losses' sum."""
        if self.size == 1:
            return loss
        whole = torch.cat([tensor.flatten() for tensor in tensors])
        distributed.all_reduce(whole)
        sizes = [tensor.numel() for tensor in tensors]
        for tensor, part in zip(tensors, torch.split(whole, sizes), strict=True):
            tensor.copy_(part.view_as(tensor))
        losses = torch.tensor([loss], dtype=torch.float64, device=whole.device)
        distributed.all_reduce(losses)
        return float(losses)

    def whole(self, state: Tensor) -> Tensor:
        """All processes' streams (L, B, H) from this one's (L, B / size, H). Everyone must call."""
        if self.size == 1:
            return state
        parts = [torch.empty_like(state) for _ in range(self.size)]
        distributed.all_gather(parts, state.contiguous())
        return torch.cat(parts, 1)

    def own(self, state: Tensor) -> Tensor:
        """This process's streams of all."""
        return state.chunk(self.size, 1)[self.rank].contiguous()

    def meet(self) -> None:
        """Return when all are here. Everyone must call."""
        if self.size > 1:
            distributed.barrier()

    def tell(self, word: str) -> str:
        """The first process's word, at all of them. Everyone must call."""
        words = [word]
        if self.size > 1:
            distributed.broadcast_object_list(words)
        return words[0]

    def require_streams(self, batch: int) -> None:
        """Raise TrainerError unless the batch can be dealt out evenly."""
        if batch % self.size:
            raise TrainerError(
                f"rnn: a batch of {batch} streams over {self.size} processes; "
                f"wanted a multiple of {self.size}"
            )


ALONE = Team()


def join() -> Team:
    """The team that torchrun's environment speaks of; nobody else without it."""
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
        return ALONE
    if not distributed.is_initialized():
        backend = "nccl" if torch.cuda.is_available() else "gloo"
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        distributed.init_process_group(backend, timeout=PATIENCE)
    return Team(distributed.get_rank(), distributed.get_world_size())
