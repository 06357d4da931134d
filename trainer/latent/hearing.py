"""Hearing a mesh again and again: on a GPU where there is one, in half precision on demand."""

from collections.abc import Callable
from contextlib import nullcontext
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import one_hot

from trainer.latent.generator import BATCH, Floats, Generator, Pitches, magnitudes

Hear = Callable[[NDArray[Any]], Floats]


def hearing(generator: Generator, pitches: Pitches | None, *, bfloat16: bool = False) -> Hear:
    """Latents (N, Z) to log-magnitudes (N, F, K), at pitches (N,), on the best device."""
    if torch.cuda.is_available() and isinstance(generator.module, torch.nn.Module):
        return hearing_on("cuda", generator, pitches, bfloat16=bfloat16)

    def hear(latents: NDArray[Any]) -> Floats:
        with _precision("cpu", bfloat16):
            return magnitudes(generator, latents.astype(np.float32), pitches)

    return hear


def hearing_on(
    device: str, generator: Generator, pitches: Pitches | None, *, bfloat16: bool = False
) -> Hear:
    """The same by a copy of the generator's module on `device`."""
    module: Any = deepcopy(generator.module)
    module.to(device)
    condition = conditions(generator, pitches)

    @torch.no_grad()
    def hear(latents: NDArray[Any]) -> Floats:
        parts = []
        for k in range(0, len(latents), BATCH):
            some = torch.from_numpy(latents[k : k + BATCH].astype(np.float32)).to(device)
            given = None if condition is None else condition[k : k + BATCH].to(device)
            with _precision(device, bfloat16):
                parts.append(module(some, given)[:, 0].clamp(-1, 1).float().cpu())
        return np.asarray(torch.cat(parts).numpy())

    return hear


def conditions(generator: Generator, pitches: Pitches | None) -> Tensor | None:
    """One-hot (N, P) of MIDI notes (N,) that the generator knows; None without pitches."""
    if pitches is None:
        return None
    places = torch.tensor([generator.pitches.index(int(pitch)) for pitch in pitches])
    return one_hot(places, len(generator.pitches)).float()


def _precision(device: str, bfloat16: bool) -> Any:
    return torch.autocast(device, dtype=torch.bfloat16) if bfloat16 else nullcontext()
