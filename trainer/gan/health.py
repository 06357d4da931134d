"""Whether a GAN still does what it should: finite losses, and sounds that differ."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

LOOK_AT = 16  # clips compared in each look
THIN = 0.1  # of the real clips' diversity: below, the generator makes one sound
LOOKS = 3  # in a row before it is called a collapse; the first steps of a run are thin
DIVERGED = 1e5  # a gap between the critic's scores; usual ones are under 100


@dataclass(frozen=True)
class Look:
    """One look. diversity: of generated clips over that of real ones; 1 is as diverse."""

    diversity: float
    distance: float  # of mean generated from mean real picture, RMS over pixels
    thin_looks: int


def look(fake: Tensor, real: Tensor, thin_looks: int) -> Look:
    """Compare generated with real pictures, (N, C, H, W) each."""
    ratio = diversity(fake) / max(diversity(real), 1e-9)
    distance = (fake.mean(0) - real.mean(0)).square().mean().sqrt().item()
    thin = not ratio >= THIN  # NaN is thin
    return Look(ratio, distance, thin_looks + 1 if thin else 0)


def diversity(images: Tensor) -> float:
    """Mean RMS distance between any two of N pictures, over pixels and channels."""
    flat = images.float().flatten(1)
    return float(torch.pdist(flat).mean() / math.sqrt(flat.shape[1]))


def diverged(losses: dict[str, float]) -> str:
    """Which loss is beyond all use, in words, or ""."""
    for name, value in losses.items():
        if not math.isfinite(value) or abs(value) > DIVERGED:
            return f"{name} is {value:g}"
    return ""
