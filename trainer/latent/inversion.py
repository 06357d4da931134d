"""GAN inversion: the latent that sounds most like given recordings, by search and by gradient.

Sounds are compared as pictures that are smoothed in time: of a steady sound the course within a
second is chance. Distance: mean |S - S'| over bins and SEGMENTS parts of the clip, in the network's
scale; of several recordings the mean of the distances.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from trainer.latent.generator import Floats, Generator, Pitches, magnitudes, normalised
from trainer.latent.hearing import conditions

SEGMENTS = 4  # a quarter of a second each


@dataclass(frozen=True)
class InversionConfig:
    """How long is searched."""

    # Random vectors heard; the best begin the descent. Four times as many ended no nearer (mean
    # of 5 clips .2153 instead of .2155), where the latents held the pitch, too
    candidates: int = 256
    starts: int = 4  # the loss has many valleys
    steps: int = 60  # of Adam; the loss moves by less than 1 % after
    learning_rate: float = 0.1  # of components of variance 1; half or double ends higher


@dataclass(frozen=True)
class Found:
    """The nearest sound. distance: in the network's scale (1 is 50 dB)."""

    latent: NDArray[np.float32]
    distance: float
    searched: float  # the best candidate's, before the descent


def invert(
    generator: Generator,
    targets: Floats,
    pitch: int | None,
    *,
    seed: int,
    config: InversionConfig = InversionConfig(),
) -> Found:
    """The latent nearest to all of `targets`, log-magnitudes (M, F, K). pitch: as conditioned."""
    rng = np.random.default_rng([seed, config.candidates])
    latents = rng.standard_normal((config.candidates, generator.latent_size)).astype(np.float32)
    wanted = _smoothed(torch.from_numpy(np.ascontiguousarray(targets)))
    distances = _search(generator, latents, pitch, wanted)
    best = latents[np.argsort(distances)[: config.starts]]
    latent, distance = _descend(generator, best, pitch, wanted, config)
    return Found(normalised(latent), distance, float(distances.min()))


def _search(
    generator: Generator, latents: Floats, pitch: int | None, wanted: Tensor
) -> NDArray[np.float64]:
    heard = magnitudes(generator, latents, _same(pitch, len(latents)))
    near = _distance(_smoothed(torch.from_numpy(heard)), wanted)
    return np.asarray(near.double().numpy())


def _descend(
    generator: Generator,
    starts: Floats,
    pitch: int | None,
    wanted: Tensor,
    config: InversionConfig,
) -> tuple[Floats, float]:
    """Adam on all starts at once; the best point that any of them came by, and its distance."""
    latents = torch.from_numpy(normalised(starts)).requires_grad_()
    optimiser = torch.optim.Adam([latents], lr=config.learning_rate)
    condition = conditions(generator, _same(pitch, len(starts)))
    best, best_distance = starts[0], float("inf")
    for _ in range(config.steps + 1):
        loss = _distance(_smoothed(_heard(generator.module(latents, condition)[:, 0])), wanted)
        held = loss.detach()
        winner = int(held.argmin())
        if float(held[winner]) < best_distance:
            best, best_distance = latents[winner].detach().numpy().copy(), float(held[winner])
        optimiser.zero_grad()
        torch.autograd.backward(loss.sum())
        optimiser.step()
    return best, best_distance


def _heard(pictures: Tensor) -> Tensor:
    """Clipped as the search hears them; their slope as if they were not, lest it vanish."""
    return pictures + (pictures.clamp(-1, 1) - pictures).detach()


def _smoothed(pictures: Tensor) -> Tensor:
    """(N, F, K) -> (N, F, SEGMENTS)."""
    return adaptive_avg_pool2d(pictures, (pictures.shape[1], SEGMENTS))


def _distance(pictures: Tensor, wanted: Tensor) -> Tensor:
    """(N, F, S), (M, F, S) -> (N,), the mean over M."""
    return torch.stack([(pictures - one).abs().mean(dim=(1, 2)) for one in wanted]).mean(dim=0)


def _same(pitch: int | None, count: int) -> Pitches | None:
    return None if pitch is None else np.full(count, pitch)
