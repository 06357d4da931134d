"""Generator and critic in training, with their optimisers and the generator's average."""

import copy
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from trainer.errors import TrainerError
from trainer.gan.batches import Batch
from trainer.gan.checkpoint import Checkpoint, load, require_shape
from trainer.gan.config import GanConfig
from trainer.gan.losses import Pair, Weights, critic_loss, generator_loss
from trainer.gan.networks import Critic, GeneratorNetwork
from trainer.gan.schedule import Moment, moment
from trainer.team import Team

Network = TypeVar("Network", bound=torch.nn.Module)
Gradients = Sequence[Tensor | None]  # of each parameter, None for those of other stages


class Trainee:
    """Everything a step changes. One thread owns it; shards of a batch run in the pool's."""

    def __init__(self, config: GanConfig, team: Team) -> None:
        torch.manual_seed(config.seed)
        self.config, self.team = config, team
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.generator = self._placed(GeneratorNetwork(config.network))
        self.critic = self._placed(Critic(config.network))
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        self.generator_weights: list[Tensor] = list(self.generator.parameters())
        self.critic_weights: list[Tensor] = list(self.critic.parameters())
        self.generator_optimiser = self._adam(self.generator_weights, self.generator_rate)
        self.critic_optimiser = self._adam(self.critic_weights, config.learning_rate)
        self.shards = 1 if self.device.type == "cuda" else config.shards
        self.step, self.seconds, self.thin_looks = 0, 0.0, 0

    def _placed(self, network: Network) -> Network:
        network.to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return network

    def _adam(self, weights: list[Tensor], rate: float) -> torch.optim.Adam:
        return torch.optim.Adam(weights, rate, (0.0, self.config.beta2), fused=True)

    @property
    def generator_rate(self) -> float:
        """The generator's learning rate."""
        return self.config.learning_rate * self.config.generator_pace

    @torch.no_grad()
    def begin_warmed(self) -> None:
        """Take the generator as it stands for its own average. Everyone in the team must call."""
        self.team.sum(0.0, self.generator_weights)  # alike already, but for the order of sums
        torch._foreach_div_(self.generator_weights, self.team.size)
        self.average.load_state_dict(self.generator.state_dict())

    @property
    def moment(self) -> Moment:
        """Where the next step stands."""
        return moment(self.config.schedule, self.step)

    def learn(self, batch: Batch, pool: ThreadPoolExecutor) -> Tensor:
        """One step of the critic, then one of the generator, on this process's part of `batch`.

        The generator answers with the very clips that the critic has just learned from: a new
        draw would be as good, and dearer by a generator pass. Returns LOSSES as one tensor.
        """
        began = time.monotonic()
        now, parts = self.moment, self._parts(batch)
        judged = list(pool.map(lambda part: self._critic_shard(part, now), parts))
        losses = self._descend(self.critic_optimiser, self.critic_weights, [j[:2] for j in judged])
        loss = losses.new_zeros(2)
        if not self._critic_alone:
            fakes = [fake for _, _, fake in judged]
            made = list(
                pool.map(lambda part, fake: self._generator_shard(part, fake, now), parts, fakes)
            )
            loss = self._descend(self.generator_optimiser, self.generator_weights, made)
            self._follow()
        self.step += 1
        self.seconds += time.monotonic() - began
        return torch.cat([losses, loss])

    @property
    def _critic_alone(self) -> bool:
        """Whether only the critic learns: at first, after a warm-up."""
        warm_up = self.config.warm_up
        return warm_up.steps > 0 and self.step < warm_up.critic_steps

    def _parts(self, batch: Batch) -> list[Batch]:
        """This process's clips, in as many parts as there are threads, by whole groups."""
        size, rank = len(batch.real) // self.team.size, self.team.rank
        mine = batch.part(slice(rank * size, (rank + 1) * size)).to(self.device)
        groups = size // self.config.network.group
        step = -(-groups // self.shards) * self.config.network.group
        return [mine.part(slice(first, first + step)) for first in range(0, size, step)]

    def _critic_shard(self, part: Batch, now: Moment) -> tuple[Tensor, Gradients, Tensor]:
        """(critic loss, gap, penalty, entropy), the critic's gradients, and the generated clips."""
        with self._cast():
            wanted = self._one_hot(part.fake_labels)
            fake = self.generator(part.latents, wanted, now.stage, now.alpha)
            loss, terms = critic_loss(
                lambda x: self.critic(x, now.stage, now.alpha),
                Pair(part.real, fake.detach(), part.real_labels, part.fake_labels, part.mix),
                self._weights(),
            )
        gradients = torch.autograd.grad(loss, self.critic_weights, allow_unused=True)
        share = len(part.real)
        return torch.cat([loss.detach()[None], terms]) * share, _scaled(gradients, share), fake

    def _generator_shard(self, part: Batch, fake: Tensor, now: Moment) -> tuple[Tensor, Gradients]:
        """(Generator's loss, decoder's error) on clips it has made, and the loss's gradients."""
        with self._cast():
            loss = generator_loss(
                lambda x: self.critic(x, now.stage, now.alpha),
                Pair(part.real, fake, part.real_labels, part.fake_labels, part.mix),
                self._weights(),
            )
            error = self._decoded_error(part, now)
        loss = loss + self.config.warm_up.anchor * error
        gradients = torch.autograd.grad(loss, self.generator_weights, allow_unused=True)
        share = len(part.real)
        return torch.stack([loss, error]).detach() * share, _scaled(gradients, share)

    def _decoded_error(self, part: Batch, now: Moment) -> Tensor:
        """Mean absolute error of real clips from their own latents; 0 without a warm-up."""
        if part.real_latents is None:
            return part.real.new_zeros(())
        wanted = self._one_hot(part.real_labels)
        image: Tensor = self.generator(part.real_latents, wanted, now.stage, now.alpha)
        return (image - part.real).abs().mean()

    def _weights(self) -> Weights:
        """The penalty every k-th step weighs k times: the same on the whole (lazy, StyleGAN2)."""
        every = self.config.penalty_every
        penalty = self.config.penalty * every if self.step % every == 0 else 0.0
        return Weights(penalty, self.config.drift, self.config.classifier)

    def _one_hot(self, labels: Tensor | None) -> Tensor | None:
        return condition_of(labels, len(self.config.network.pitches))

    def _cast(self) -> torch.autocast:
        return products_in(self.device, bfloat16=self.config.bfloat16)

    def _descend(
        self,
        optimiser: torch.optim.Optimizer,
        weights: list[Tensor],
        parts: list[tuple[Tensor, Gradients]],
    ) -> Tensor:
        """A step along the mean gradient over shards and processes; returns the mean losses.

        parts: losses and gradients times their number of clips, summed here in a fixed order.
        """
        clips = self.config.schedule.batch  # of all processes
        losses = torch.stack([loss for loss, _ in parts]).sum(0) / clips
        sums = [sum_of(each) for each in zip(*(part[1] for part in parts), strict=True)]
        found = [each / clips for each in sums if each is not None]
        self.team.sum(0.0, [losses, *found])
        means = iter(found)
        for weight, held in zip(weights, sums, strict=True):
            weight.grad = None if held is None else next(means)
        optimiser.step()
        return losses

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the weights; faster at first, when they are still nothing."""
        decay = min(self.config.average_decay, (1 + self.step) / (10 + self.step))
        averages: list[Tensor] = list(self.average.parameters())
        torch._foreach_lerp_(averages, self.generator_weights, 1 - decay)

    @torch.no_grad()
    def generate(self, batch: Batch, now: Moment) -> Tensor:
        """What the average makes of a batch's latents at a moment, (B, C, H, W) float32."""
        batch = batch.to(self.device)
        with self._cast():
            wanted = self._one_hot(batch.fake_labels)
            image: Tensor = self.average(batch.latents, wanted, now.stage, now.alpha)
        return image.float().cpu()

    def checkpoint(self) -> Checkpoint:
        """Everything needed to go on."""
        now = self.moment
        return Checkpoint(
            step=self.step,
            stage=now.stage,
            stage_step=now.stage_step,
            alpha=now.alpha,
            seconds=self.seconds,
            generator=on_cpu(self.generator),
            critic=on_cpu(self.critic),
            average=on_cpu(self.average),
            generator_optimiser=self.generator_optimiser.state_dict(),
            critic_optimiser=self.critic_optimiser.state_dict(),
            thin_looks=self.thin_looks,
            shape=asdict(self.config.network),
            representation=self.config.representation,
            config=asdict(self.config),
        )

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint as if there had been no stop. Raises TrainerError."""
        held = load(path)
        require_shape(path, held, self.config.network, self.config.representation)
        self.step = held.step
        self._require_place(path, held)
        self.generator.load_state_dict(held.generator)
        self.critic.load_state_dict(held.critic)
        self.average.load_state_dict(held.average)
        self.generator_optimiser.load_state_dict(held.generator_optimiser)
        self.critic_optimiser.load_state_dict(held.critic_optimiser)
        self.generator_optimiser.param_groups[0]["lr"] = self.generator_rate  # may be lower now
        self.critic_optimiser.param_groups[0]["lr"] = self.config.learning_rate
        self.seconds, self.thin_looks = held.seconds, held.thin_looks

    def _require_place(self, path: Path, held: Checkpoint) -> None:
        """A schedule may be made longer, but not so that the picture jumps."""
        now = self.moment
        if (now.stage, now.alpha) != (held.stage, held.alpha):
            raise TrainerError(
                f"gan: {path}: step {held.step} is stage {held.stage} at alpha {held.alpha:.3f}, "
                f"in this schedule stage {now.stage} at {now.alpha:.3f}; give the schedule that it "
                "was trained with, or another --out"
            )

    def finite(self) -> bool:
        """Whether every weight is a number."""
        return all(bool(weight.isfinite().all()) for weight in self._all_weights())

    def _all_weights(self) -> list[Tensor]:
        return [*self.generator_weights, *self.critic_weights]


def condition_of(labels: Tensor | None, pitches: int) -> Tensor | None:
    """One-hot (N, P) of pitch classes (N,); None where there are none."""
    return None if labels is None else torch.nn.functional.one_hot(labels, pitches).float()


def products_in(device: torch.device, *, bfloat16: bool) -> torch.autocast:
    """bfloat16 products; it has float32's range, so that no loss needs scaling.

    Without autocast's cache of weights: threads share it, and would share its graph.
    """
    return torch.autocast(device.type, torch.bfloat16, bfloat16, cache_enabled=False)


def on_cpu(network: torch.nn.Module) -> dict[str, Tensor]:
    """A network's weights, to be kept."""
    return {name: tensor.detach().cpu() for name, tensor in network.state_dict().items()}


def _scaled(gradients: Gradients, factor: float) -> Gradients:
    return [None if each is None else each * factor for each in gradients]


def sum_of(tensors: tuple[Tensor | None, ...]) -> Tensor | None:
    """The sum of what is there, in order; None where nothing is."""
    held = [tensor for tensor in tensors if tensor is not None]
    return torch.stack(held).sum(0) if held else None
