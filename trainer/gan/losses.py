"""What critic and generator are trained for: Wasserstein distance with a gradient penalty.

Every loss is a mean over the clips given, so that means over equal parts of a batch average to it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from trainer.gan.layers import full

Judge = Callable[[Tensor], tuple[Tensor, Tensor | None]]  # images -> scores, pitch logits


@dataclass(frozen=True)
class Weights:
    """How much each term counts; penalty 0 leaves its (dear) computation out."""

    penalty: float
    drift: float
    classifier: float


@dataclass(frozen=True)
class Pair:
    """Real and generated clips to compare. labels: (B,) pitch classes or None; mix: (B,) 0..1."""

    real: Tensor
    fake: Tensor
    real_labels: Tensor | None
    fake_labels: Tensor | None
    mix: Tensor


def critic_loss(judge: Judge, pair: Pair, weights: Weights) -> tuple[Tensor, Tensor]:
    """The loss, and (gap, penalty, classifier's cross-entropy) for the record.

    mean D(fake) - mean D(real) + penalty (|grad D| - 1)^2 + drift mean D(real)^2 + classifier.
    The classifier learns on real clips only: generated ones may not be what their label says.
    """
    scores, logits = judge(torch.cat([pair.real, pair.fake]))
    real, fake = scores.chunk(2)
    gap = real.mean() - fake.mean()
    loss = weights.drift * real.square().mean() - gap
    penalty, entropy = gap.new_zeros(()), gap.new_zeros(())
    if weights.penalty:
        penalty = gradient_penalty(judge, pair)
        loss = loss + weights.penalty * penalty
    if logits is not None and pair.real_labels is not None:
        entropy = cross_entropy(logits[: len(real)], pair.real_labels)
        loss = loss + weights.classifier * entropy
    return loss, torch.stack([gap, penalty, entropy]).detach()


def gradient_penalty(judge: Judge, pair: Pair) -> Tensor:
    """mean (|grad_x D(x)| - 1)^2 at x on the lines between real and generated clips."""
    between = torch.lerp(pair.fake, pair.real, pair.mix[:, None, None, None]).requires_grad_()
    scores, _ = judge(between)
    (slope,) = torch.autograd.grad(scores.sum(), between, create_graph=True)
    length: Tensor = torch.linalg.vector_norm(full(slope).flatten(1), dim=1)
    return (length - 1).square().mean()


def generator_loss(judge: Judge, pair: Pair, weights: Weights) -> Tensor:
    """-mean D(fake), and the classifier's cross-entropy on the pitch asked for."""
    scores, logits = judge(pair.fake)
    loss = -scores.mean()
    if logits is not None and pair.fake_labels is not None:
        loss = loss + weights.classifier * cross_entropy(logits, pair.fake_labels)
    return loss
