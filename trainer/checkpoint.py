"""Training state on disk: written whole or not at all, read without pickle, resumed exactly."""

import pickle
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from trainer.errors import TrainerError
from trainer.network import NetworkConfig, SampleRnn
from trainer.tensor_file import write

FORMAT = 2  # 2: the streams' states; 1 is read no more


@dataclass(frozen=True)
class Checkpoint:
    """All that training needs to go on as if it had never stopped.

    Batches and noise are drawn from (seed, step), so that `step` stands for the data order and
    for every random generator.
    """

    step: int
    seconds: float  # spent training so far
    best_penalty: float
    network: dict[str, Tensor]
    average: dict[str, Tensor]  # the weights' exponential moving average: what plays
    optimiser: dict[str, Any]
    state: Tensor  # (L, B, H), the streams' in the middle of their clips
    shape: dict[str, int]  # NetworkConfig
    config: dict[str, Any]  # RnnConfig, for the record
    ranges: list[dict[str, Any]] = field(default_factory=list)  # Parameter, as the data had them
    teacher_state: Tensor | None = None  # as state, of the network that teaches


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write beside `path`, then rename over it: a full disk leaves the old checkpoint whole."""
    write(path, {"format": FORMAT, **vars(checkpoint)})


def load(path: Path) -> Checkpoint:
    """Read a checkpoint; tensors and plain values only, nothing is executed."""
    if not path.is_file():
        raise TrainerError(f"checkpoint: {path}: no such file; train with `smf-train rnn`")
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
        if held.pop("format") != FORMAT:
            raise TrainerError(
                f"checkpoint: {path}: of another format, wanted {FORMAT}; "
                "train with `smf-train rnn`"
            )
        return Checkpoint(**held)
    except (OSError, RuntimeError, KeyError, TypeError, EOFError, pickle.UnpicklingError):
        raise TrainerError(f"checkpoint: {path}: not a checkpoint of `smf-train rnn`") from None


def require_shape(path: Path, checkpoint: Checkpoint, wanted: NetworkConfig) -> None:
    """Refuse a checkpoint of another network, naming what differs."""
    held = checkpoint.shape
    different = [
        f"{k} {held.get(k)}, wanted {v}" for k, v in asdict(wanted).items() if held.get(k) != v
    ]
    if different:
        raise TrainerError(
            f"checkpoint: {path}: of another shape: {'; '.join(different)}; "
            "give that shape, or another --out"
        )


def averaged_network(checkpoint: Checkpoint) -> SampleRnn:
    """The network that plays: the averaged weights, ready for inference."""
    network = SampleRnn(NetworkConfig(**checkpoint.shape))
    network.load_state_dict(checkpoint.average)
    return network.eval()
