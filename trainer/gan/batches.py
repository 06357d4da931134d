"""Batches of one stage, drawn from (seed, step) alone: a resumed run sees what it would have."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainer.gan.data import Dataset
from trainer.gan.layers import grown, shrunk

SHRUNK_AT_ONCE = 256  # pictures


@dataclass(frozen=True)
class Batch:
    """B real pictures and what their B rivals are made from. Labels: (B,) or None."""

    real: Tensor  # (B, C, H, W) of the stage, float32
    latents: Tensor  # (B, Z)
    mix: Tensor  # (B,) 0..1, where on the line from fake to real the slope is measured
    real_labels: Tensor | None
    fake_labels: Tensor | None
    real_latents: Tensor | None = None  # (B, Z) that decode to `real`, after a warm-up

    def part(self, chosen: slice) -> "Batch":
        """Some of its clips."""
        some = {k: None if v is None else v[chosen] for k, v in vars(self).items()}
        return Batch(**some)  # type: ignore[arg-type]

    def to(self, device: torch.device) -> "Batch":
        """Itself on a device."""
        moved = {
            k: None if v is None else v.to(device, non_blocking=True) for k, v in vars(self).items()
        }
        return Batch(**moved)  # type: ignore[arg-type]


@dataclass(frozen=True)
class StageData:
    """The dataset at a stage's size. images: (N, C, H, W) float16.

    latents: (N, Z) that decode to them, after a warm-up.
    """

    images: Tensor
    labels: Tensor | None
    pitches: int
    latents: Tensor | None = None

    @classmethod
    def of(cls, data: Dataset, times: int, latents: Tensor | None = None) -> "StageData":
        """Shrink every picture `times` times by two."""
        images = torch.from_numpy(data.images)
        for _ in range(times):
            images = torch.cat(
                [shrunk(part.float()).half() for part in torch.split(images, SHRUNK_AT_ONCE)]
            )
        labels = None if data.labels is None else torch.from_numpy(data.labels)
        return cls(images, labels, len(data.pitches), latents)

    def draw(self, size: int, latent: int, seed: int, step: int, alpha: float) -> Batch:
        """The batch of a step. Every clip comes once before any comes again."""
        random = torch.Generator().manual_seed(_seed_of(seed, step))
        chosen = torch.from_numpy(order(len(self.images), seed, step * size, size))
        real = self.images[chosen].float()
        if alpha < 1:  # as blurred as the generator's picture still is
            coarse = grown(shrunk(real), (real.shape[2], real.shape[3]))
            real = torch.lerp(coarse, real, alpha)
        latents = torch.randn(size, latent, generator=random)
        mix = torch.rand(size, generator=random)
        own = None if self.latents is None else self.latents[chosen]
        if self.labels is None:
            return Batch(real, latents, mix, None, None, own)
        asked = torch.randint(self.pitches, (size,), generator=random)
        return Batch(real, latents, mix, self.labels[chosen], asked, own)


def _seed_of(seed: int, step: int) -> int:
    """A seed per step without visible relation to its neighbours'."""
    return int(np.random.SeedSequence([seed % 2**32, step]).generate_state(1, np.uint64)[0] >> 1)


def order(count: int, seed: int, first: int, size: int) -> NDArray[np.int64]:
    """`size` clip numbers (0 to count - 1) from the endless row of shuffled datasets, from
    position `first` on."""
    positions = np.arange(first, first + size)
    return np.array([_shuffled(count, seed, int(p) // count)[int(p) % count] for p in positions])


@lru_cache(maxsize=4)
def _shuffled(count: int, seed: int, epoch: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed % 2**32, epoch, 1]).permutation(count)
