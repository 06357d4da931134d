"""The warm-up: the generator first learns as a decoder, each clip from a latent of its own.

Generative latent optimisation (Bojanowski et al. 2018, arXiv 1707.05776): the mean absolute error
of the picture, by steps of the weights and, along its slope, of the clip's latent on the sphere.
Harmonics stand where they belong within minutes; a critic's slopes alone took hours to find them.
What is averaged away, the grain, is then the critic's to ask for. The paper has no warm-up.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from trainer.errors import TrainerError
from trainer.gan.batches import StageData, order
from trainer.gan.checkpoint import network_config, read, save_parts
from trainer.gan.config import GanConfig
from trainer.gan.layers import unit_norm
from trainer.gan.networks import GeneratorNetwork
from trainer.gan.trainee import condition_of, on_cpu, products_in, sum_of

DESCRIBED_AT_ONCE = 256  # pictures
TINY = 1e-30  # a slope of nothing moves nothing
BETAS = (0.9, 0.99)  # unlike the critic's: this loss does not move


class WarmUp:
    """A generator as a decoder of the clips it is shown. One thread owns it.

    latents: (N, Z), of mean square 1; they start as the clips' timbres (`timbres`).
    """

    def __init__(
        self, config: GanConfig, data: StageData, stage: int, generator: GeneratorNetwork
    ) -> None:
        self.config, self.data, self.stage, self.generator = config, data, stage, generator
        self.weights = list(generator.parameters())
        self.device = self.weights[0].device
        self.latents = timbres(data, config.network.latent, config.seed)
        rate = config.warm_up.learning_rate
        self.optimiser = torch.optim.Adam(self.weights, rate, BETAS, fused=True)
        self.step = 0

    def learn(self, pool: ThreadPoolExecutor, shards: int) -> float:
        """One step on one batch; the mean absolute error before it."""
        size = self.config.schedule.batch
        chosen = order(len(self.latents), self.config.seed, self.step * size, size)
        parts = torch.from_numpy(chosen).chunk(shards)
        errors, slopes, gradients = zip(*pool.map(self._shard, parts), strict=True)
        for weight, held in zip(self.weights, zip(*gradients, strict=True), strict=True):
            whole = sum_of(held)
            weight.grad = None if whole is None else whole / size
        self.optimiser.step()
        for part, slope in zip(parts, slopes, strict=True):
            self._move(part, slope)
        self.step += 1
        return float(torch.stack(errors).sum() / size)

    def _shard(self, chosen: Tensor) -> tuple[Tensor, Tensor, tuple[Tensor | None, ...]]:
        """Summed error of some clips, its slope along their latents, and along the weights."""
        latents = self.latents[chosen].to(self.device).requires_grad_()
        wanted = self.data.images[chosen].to(self.device).float()
        labels = None if self.data.labels is None else self.data.labels[chosen].to(self.device)
        with products_in(self.device, bfloat16=self.config.bfloat16):
            condition = condition_of(labels, self.data.pitches)
            image = self.generator(latents, condition, self.stage, 1.0)
        error = (image - wanted).abs().mean((1, 2, 3)).sum()
        slope, *gradients = torch.autograd.grad(error, [latents, *self.weights], allow_unused=True)
        return error.detach(), slope.cpu(), tuple(gradients)

    def _move(self, chosen: Tensor, slope: Tensor) -> None:
        """A step of fixed length downhill on the sphere, as long in every clip."""
        length = slope.square().mean(1, keepdim=True).sqrt().clamp(min=TINY)
        steps = self.config.warm_up.latent_step * slope / length
        self.latents[chosen] = unit_norm(self.latents[chosen] - steps)

    def save(self, path: Path) -> None:
        """Write all that is needed to go on. Raises TrainerError where the disk is full."""
        held = {
            "warm_up_step": self.step,
            "shape": asdict(self.config.network),
            "latents": self.latents,
            "generator": on_cpu(self.generator),
            "optimiser": self.optimiser.state_dict(),
        }
        save_parts(path, held)

    def restore(self, path: Path) -> None:
        """Go on as if there had been no stop. Raises TrainerError for another network's file."""
        held: dict[str, Any] = read(path)
        same = network_config(held.get("shape", {})) == self.config.network
        if not same or held["latents"].shape != self.latents.shape:
            raise _strange(path)
        self.step, self.latents = held["warm_up_step"], held["latents"]
        self.generator.load_state_dict(held["generator"])
        self.optimiser.load_state_dict(held["optimiser"])


def latents_of(path: Path, clips: int) -> Tensor:
    """(N, Z) as a warm-up left them. Raises TrainerError where they are not those of `clips`."""
    latents: Tensor | None = read(path).get("latents")
    if latents is None or len(latents) != clips:
        raise _strange(path)
    return latents


def _strange(path: Path) -> TrainerError:
    return TrainerError(f"gan: {path}: a warm-up of another network or dataset; give another --out")


def timbres(data: StageData, latent: int, seed: int) -> Tensor:
    """(N, Z) of mean square 1: the clips' main components, each of variance 1, pitch left out.

    Described by level and unsteadiness of every bin: noises differ by them, not by what sounds
    when. Dimensions that the clips do not fill are drawn. Like clips start near each other, so
    that the way between two latents leads over like sounds.
    """
    random = torch.Generator().manual_seed(seed)
    found = torch.randn(len(data.images), latent, generator=random)
    described = _centred(_described(data.images), data.labels)
    scores, sizes, _ = torch.linalg.svd(described, full_matrices=False)
    filled = min(latent, int((sizes > 1e-6 * sizes[0]).sum()))
    found[:, :filled] = (scores[:, :filled] * len(described) ** 0.5).float()
    return unit_norm(found)


def _described(images: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, 2 C H) float64: mean and deviation over time of each bin."""
    parts = []
    for some in torch.split(images, DESCRIBED_AT_ONCE):
        deviation, mean = torch.std_mean(some.double(), 3)
        parts.append(torch.cat([mean, deviation], 1).flatten(1))
    return torch.cat(parts)


def _centred(described: Tensor, labels: Tensor | None) -> Tensor:
    """Less the mean of all clips, or of those of the same pitch."""
    if labels is None:
        return described - described.mean(0)
    classes = one_hot(labels).double()
    means = classes.T @ described / classes.sum(0).clamp(min=1)[:, None]
    return described - means[labels]
