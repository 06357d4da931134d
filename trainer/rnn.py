"""Training of the sample RNN: one flat loop over fused windows, teacher-forced.

Read `train` from top to bottom. Everything random comes from (seed, step), so that a run that was
killed and resumed ends in the same weights, bit for bit, as one that was not.
"""

import ctypes
import math
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from smfosc.model_file import Parameter, mulaw_decode
from trainer.audition import Audition, AuditionConfig, audition
from trainer.checkpoint import Checkpoint, load, require_shape, save
from trainer.clips import Clips
from trainer.distil import Teacher, mixed_loss
from trainer.errors import TrainerError
from trainer.lender import lend
from trainer.network import NetworkConfig, SampleRnn
from trainer.optimisers import Kind, optimiser
from trainer.stage import plain
from trainer.team import ALONE, Team, join
from trainer.windows import UNJUDGED, Batch, WindowConfig, batches, draw, require_length


@dataclass(frozen=True)
class RnnConfig:
    """How to train, and why so."""

    network: NetworkConfig = field(default_factory=NetworkConfig)
    windows: WindowConfig = field(default_factory=WindowConfig)
    steps: int = 5_000  # docs/training.md: Speed
    optimiser: Kind = "adam"  # or "muon", better for weights that have learnt (trainer.optimisers)
    learning_rate: float = 2e-3  # with batch 64; half of it took twice the steps
    warmup_steps: int = 100  # Adam's second moments settle first
    final_share: float = 0.01  # cosine decay ends at this share of the rate
    clip_norm: float = 1.0  # gradient norm; its usual value here is under 0.3
    average_decay: float = 0.998  # the average looks back some 500 steps
    bfloat16: bool = True  # products only; state, gates and weights stay float32
    shards: int = 2  # the batch in as many threads; part of the recipe: it orders the sums
    checkpoint_every: int = 100  # steps; what a kill -9 costs at most
    audition_every: int = 500  # steps; half a minute each, on top of some six
    audition: AuditionConfig = field(default_factory=AuditionConfig)
    validation_batches: int = 4  # lone windows of held-out clips
    start: Path | None = None  # a model file or checkpoint that lends its weights; none: random
    teacher: Path | None = None  # an exported model of the same parameters, for a smaller network
    teaching: float = 0.5  # its share of the targets; the recorded codes keep it to the data
    seed: int = 1  # weights, batches, noise


@dataclass(frozen=True)
class Progress:
    """One step's report. validation and audition: only where they were due."""

    step: int
    loss: float  # nats per sample
    learning_rate: float
    validation: float | None = None
    audition: Audition | None = None


def train(
    folder: Path,
    train_clips: Clips,
    validation_clips: Clips,
    config: RnnConfig,
) -> Iterator[Progress]:
    """Train until config.steps, yielding each step's progress.

    Resumes from `folder/latest.pt` when there is one; else config.start, when given, lends its
    weights. `folder/best.pt` is the checkpoint that played best. Under torchrun every process
    calls this; the first writes, listens and judges.
    """
    require_length(train_clips, config.windows.frames * config.windows.hold)
    require_length(validation_clips, config.windows.frames)
    keep_freed_memory()
    torch.set_num_threads(1)  # the batch is split over threads of our own
    latest = folder / "latest.pt"
    folder.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    trainee = Trainee(config, device, train_clips.ranges, join())
    trainee.team.meet()  # all find what the first has written, whole
    if latest.is_file():
        trainee.restore(latest)
    elif config.start is not None:
        trainee.borrow(config.start)
    trainee.require_fit_teacher(validation_clips)
    with ThreadPoolExecutor(config.shards, initializer=_one_thread) as pool:
        steps = range(trainee.step, config.steps)
        ahead = 16 if device.type == "cuda" else 0
        drawn = batches(
            train_clips, config.windows, config.seed, steps, levels=trainee.levels, ahead=ahead
        )
        for step, batch in zip(steps, drawn, strict=True):
            loss = trainee.learn(batch, pool)
            validation, heard = None, None
            last = trainee.step == config.steps
            due = trainee.step % config.audition_every == 0 or last
            if due and trainee.team.leads:
                validation = trainee.validate(validation_clips)
                heard = audition(trainee.player(), validation_clips, config.audition)
            if due or trainee.step % config.checkpoint_every == 0:
                trainee.write(folder, heard)
            yield Progress(trainee.step, loss, rate_at(step, config), validation, heard)


def rate_at(step: int, config: RnnConfig) -> float:
    """Learning rate of a step: linear warm-up, then a cosine to final_share of its peak."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    done = (step - config.warmup_steps) / max(1, config.steps - config.warmup_steps)
    cosine = 0.5 * (1 + math.cos(math.pi * done))
    return config.learning_rate * (config.final_share + (1 - config.final_share) * cosine)


class Trainee:
    """The network in training with its optimiser and its average."""

    def __init__(
        self,
        config: RnnConfig,
        device: torch.device,
        ranges: tuple[Parameter, ...] = (),
        team: Team = ALONE,
    ) -> None:
        torch.manual_seed(config.seed)
        team.require_streams(config.windows.batch)
        self.config, self.device, self.ranges, self.team = config, device, ranges, team
        self.network = SampleRnn(config.network).to(device)
        self.weights: list[Tensor] = list(self.network.parameters())
        self.average = [weight.detach().clone() for weight in self.weights]
        self.optimiser = optimiser(config.optimiser, self.network, config.learning_rate)
        self.state = self.network.zero_state(config.windows.batch // team.size)
        self.step, self.seconds, self.best_penalty = 0, 0.0, math.inf
        self.teacher, self.teacher_state = self._taught(config.windows.batch // team.size)
        self.levels = config.network.levels
        self.decode = torch.from_numpy(mulaw_decode(np.arange(self.levels), self.levels)).to(device)
        self._dtype = torch.bfloat16 if config.bfloat16 else torch.float32

    def _taught(self, streams: int) -> tuple[Teacher | None, Tensor | None]:
        """The teacher, if there is one, and its state."""
        if self.config.teacher is None:
            return None, None
        levels = self.config.network.levels
        teacher = Teacher(self.config.teacher, self.ranges, levels).to(self.device)
        return teacher, teacher.zero_state(streams)

    def require_fit_teacher(self, clips: Clips) -> None:
        """Raise TrainerError where the teacher, if there is one, knows other sounds."""
        if self.teacher is not None and self.config.teacher is not None:
            alone = replace(self.config.windows, hold=1, silence=1.0, sampling=0.0)
            batch = draw(clips, alone, self.config.seed, 0, levels=self.levels).to(self.device)
            self.teacher.require_fit(self.config.teacher, batch.inputs, batch.targets, self._dtype)

    def learn(self, batch: Batch, pool: ThreadPoolExecutor) -> float:
        """One step of the optimiser; returns the loss in nats per sample."""
        began = time.monotonic()
        for group in self.optimiser.param_groups:
            group["lr"] = rate_at(self.step, self.config)
        loss, gradients = self._gradients(batch, pool)
        loss = self.team.sum(loss, gradients)
        for weight, gradient in zip(self.weights, gradients, strict=True):
            weight.grad = gradient
        torch.nn.utils.clip_grad_norm_(self.weights, self.config.clip_norm)
        self.optimiser.step()
        self.step += 1
        self._follow()
        self.seconds += time.monotonic() - began
        return loss

    def _gradients(self, batch: Batch, pool: ThreadPoolExecutor) -> tuple[float, list[Tensor]]:
        """Loss and gradients, the batch split over threads and summed in a fixed order."""
        shards = 1 if self.device.type == "cuda" else self.config.shards
        judged = float((batch.targets != UNJUDGED).sum())  # of the whole team's batch
        mine = batch.part(self.team.rank, self.team.size).to(self.device)
        split = [mine.part(k, shards) for k in range(shards)]
        before = (self.state * mine.kept[:, None]).tensor_split(shards, 1)
        parts = list(pool.map(self._shard, split, before, self._hints(split), [judged] * shards))
        self.state = torch.cat([part[2] for part in parts], 1)
        if self.teacher_state is not None:
            self.teacher_state = torch.cat([part[3] for part in parts], 1)
        loss = sum(part[0] for part in parts)
        return loss, [torch.stack(each).sum(0) for each in zip(*(p[1] for p in parts), strict=True)]

    def _hints(self, split: list[Batch]) -> Sequence[Tensor | None]:
        """The teacher's state before, by shard."""
        if self.teacher_state is None:
            return [None] * len(split)
        kept = torch.cat([batch.kept for batch in split])
        return (self.teacher_state * kept[:, None]).tensor_split(len(split), 1)

    def _shard(
        self, batch: Batch, before: Tensor, hint: Tensor | None, judged: float
    ) -> tuple[float, list[Tensor], Tensor, Tensor]:
        """A shard's part of the mean loss, its gradients, its streams' states after."""
        inputs = batch.inputs if batch.luck is None else self._own_samples(batch, before)
        if self.teacher is None or hint is None:
            loss, after = self._loss(inputs, batch.targets, before)
            known = after
        else:
            expected, known = self.teacher.expects(inputs, hint, self._dtype)
            logits, after = self.network(inputs, before, dtype=self._dtype)
            loss = mixed_loss(logits, batch.targets, expected, self.config.teaching)
        loss = loss / judged
        return loss.item(), list(torch.autograd.grad(loss, self.weights)), after, known

    @torch.no_grad()
    def _own_samples(self, batch: Batch, before: Tensor) -> Tensor:
        """Scheduled sampling over a whole window: where luck says so, hear one's own sample.

        A first pass, told everything, gives each sample's distribution; what is drawn from it by
        the batch's own numbers takes the place of the true sample in a second pass.
        """
        assert batch.luck is not None
        logits, _ = self.network(batch.inputs, before, dtype=self._dtype)
        chances = torch.softmax(logits[:-1].float(), dim=2).cumsum(2)
        codes = (chances < batch.luck[1:, :, None]).sum(2).clamp_(max=self.levels - 1)
        drawn = self.decode[codes]
        inputs = batch.inputs.clone()
        inputs[1:, :, 0] = torch.where(batch.luck[1:] < 0, inputs[1:, :, 0], drawn)
        return inputs

    def _loss(self, inputs: Tensor, targets: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
        """Cross-entropy summed over the judged samples, nats, and the state after."""
        logits, after = self.network(inputs, before, dtype=self._dtype)
        flat = logits.float().flatten(0, 1)
        return cross_entropy(flat, targets.flatten(), reduction="sum", ignore_index=UNJUDGED), after

    def _follow(self) -> None:
        """Move the average towards the weights; faster at first, when they are still nothing."""
        decay = min(self.config.average_decay, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(self.average, self.weights, 1 - decay)

    @torch.no_grad()
    def validate(self, clips: Clips) -> float:
        """Loss of the average on clips never trained on, drawn as in training."""
        player = self.player().to(self.device)
        network, self.network = self.network, player
        try:
            losses = [self._held_out(clips, k) for k in range(self.config.validation_batches)]
        finally:
            self.network = network
        return sum(losses) / len(losses)

    def _held_out(self, clips: Clips, k: int) -> float:
        """Mean loss of one batch of lone windows, from silence."""
        alone = replace(self.config.windows, hold=1, silence=1.0, sampling=0.0)
        batch = draw(clips, alone, self.config.seed, k, levels=self.levels).to(self.device)
        before = self.network.zero_state(alone.batch)
        loss, _ = self._loss(batch.inputs, batch.targets, before)
        return loss.item() / float((batch.targets != UNJUDGED).sum())

    def player(self) -> SampleRnn:
        """The averaged weights as a network on the CPU, ready to play."""
        network = SampleRnn(self.config.network)
        network.load_state_dict(self._average_dict())
        return network.eval()

    def write(self, folder: Path, heard: Audition | None) -> None:
        """latest.pt; after an audition a copy that stays, and best.pt if it is. All must call."""
        best = heard is not None and heard.penalty < self.best_penalty
        if heard is not None and best:
            self.best_penalty = heard.penalty
        checkpoint = self.checkpoint()
        if not self.team.leads:
            return
        names = [f"step{self.step:06d}.pt"] if heard is not None else []
        for name in [*names, *(["best.pt"] if best else []), "latest.pt"]:
            save(folder / name, checkpoint)

    def checkpoint(self) -> Checkpoint:
        """Everything needed to go on. All must call."""
        return Checkpoint(
            step=self.step,
            seconds=self.seconds,
            best_penalty=self.best_penalty,
            network=self.network.state_dict(),
            average=self._average_dict(),
            optimiser=self.optimiser.state_dict(),
            state=self.team.whole(self.state).cpu(),
            shape=asdict(self.config.network),
            config=plain(self.config),
            ranges=[asdict(each) for each in self.ranges],
            teacher_state=self._whole(self.teacher_state),
        )

    def _whole(self, state: Tensor | None) -> Tensor | None:
        """The team's states, on the CPU."""
        return None if state is None else self.team.whole(state).cpu()

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint as if there had been no stop."""
        held = load(path)
        require_shape(path, held, self.config.network)
        self._require_optimiser(path, held)
        self.network.load_state_dict(held.network)
        self.optimiser.load_state_dict(held.optimiser)
        self._set_average(held.average)
        self._require_streams(path, held)
        self.state = self.team.own(held.state).to(self.device)
        if self.teacher_state is not None and held.teacher_state is not None:
            self.teacher_state = self.team.own(held.teacher_state).to(self.device)
        self.step, self.seconds, self.best_penalty = held.step, held.seconds, held.best_penalty

    def _require_optimiser(self, path: Path, held: Checkpoint) -> None:
        kind = held.config.get("optimiser", "adam")
        if kind != self.config.optimiser:
            raise TrainerError(
                f"checkpoint: {path}: trained by {kind}, wanted {self.config.optimiser}; "
                f"train with that, or begin anew with --start {path} in another folder"
            )

    def _require_streams(self, path: Path, held: Checkpoint) -> None:
        streams = held.state.shape[1]
        if streams != self.config.windows.batch:
            raise TrainerError(
                f"checkpoint: {path}: {streams} streams, wanted {self.config.windows.batch}; "
                f"train with --batch {streams}, or begin anew with --start {path} in another folder"
            )

    def borrow(self, path: Path) -> None:
        """Start a new run from another network's weights; see `trainer.lender`."""
        lend(path, self.network, self.ranges)
        self._set_average(self.network.state_dict())

    def _average_dict(self) -> dict[str, Tensor]:
        names = (name for name, _ in self.network.named_parameters())
        return {name: tensor.cpu() for name, tensor in zip(names, self.average, strict=True)}

    def _set_average(self, tensors: dict[str, Tensor]) -> None:
        for (name, _), mean in zip(self.network.named_parameters(), self.average, strict=True):
            mean.copy_(tensors[name])


def _one_thread() -> None:
    """Each shard computes on its own thread alone: the batch is already split."""
    torch.set_num_threads(1)


def keep_freed_memory() -> None:
    """Ask glibc to keep freed blocks: page faults on 400 MB per step took 15 % of it."""
    m_trim_threshold, m_mmap_max = -1, -4  # malloc.h
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(m_mmap_max, 0)
        mallopt(m_trim_threshold, 2**31 - 1)
