"""Training state and generators on disk: whole or not there, read without pickle."""

import pickle
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from trainer.errors import TrainerError
from trainer.gan.config import NetworkConfig
from trainer.tensor_file import write

FORMAT = 1
KIND = "gan"


@dataclass(frozen=True)
class Checkpoint:
    """All that training needs to go on as if it had never stopped.

    Batches are drawn from (seed, step), so that `step` stands for the data order and for every
    random generator. stage, stage_step, alpha: what step meant when it was written.
    """

    step: int
    stage: int
    stage_step: int
    alpha: float
    seconds: float  # spent training so far
    generator: dict[str, Tensor]
    critic: dict[str, Tensor]
    average: dict[str, Tensor]  # the generator's exponential moving average: what is used
    generator_optimiser: dict[str, Any]
    critic_optimiser: dict[str, Any]
    thin_looks: int  # looks in a row that found too little diversity
    shape: dict[str, Any]  # NetworkConfig
    representation: str
    config: dict[str, Any]  # GanConfig, for the record


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint whole. Raises TrainerError where the disk is full."""
    save_parts(path, vars(checkpoint))


def save_parts(path: Path, held: dict[str, Any]) -> None:
    """Write what `read` gives back. Raises TrainerError where the disk is full."""
    write(path, {"format": FORMAT, "kind": KIND, **held})


def save_generator(path: Path, checkpoint: Checkpoint) -> None:
    """Write what plays alone: the average, its shape, stage and representation."""
    names = ("step", "stage", "alpha", "average", "shape", "representation")
    save_parts(path, {name: getattr(checkpoint, name) for name in names})


def read(path: Path) -> dict[str, Any]:
    """A file's content: tensors and plain values only, nothing is executed. Raises TrainerError."""
    if not path.is_file():
        raise TrainerError(f"gan: {path}: no such file; train with `smf-train gan`")
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
        if held["kind"] != KIND or held["format"] != FORMAT:
            raise KeyError
    except (OSError, RuntimeError, KeyError, TypeError, EOFError, pickle.UnpicklingError):
        raise TrainerError(
            f"gan: {path}: not a GAN's checkpoint of format {FORMAT}; train with `smf-train gan`"
        ) from None
    return {key: value for key, value in held.items() if key not in ("kind", "format")}


def load(path: Path) -> Checkpoint:
    """Read what `save` wrote. Raises TrainerError."""
    held = read(path)
    if set(held) != {field.name for field in fields(Checkpoint)}:
        raise TrainerError(f"gan: {path}: holds a generator alone; go on from latest.pt or good.pt")
    return Checkpoint(**held)


def network_config(shape: dict[str, Any]) -> NetworkConfig:
    """A shape as it was before it was written; the first ones had no pitch maps."""
    return NetworkConfig(**{"pitch_maps": False, **shape})


def require_shape(path: Path, held: Checkpoint, wanted: NetworkConfig, representation: str) -> None:
    """Refuse a checkpoint of another network or representation, naming what differs."""
    mine = {**asdict(wanted), "representation": representation}
    its = {**asdict(network_config(held.shape)), "representation": held.representation}
    different = [f"{k} {its[k]}, wanted {v}" for k, v in mine.items() if its[k] != v]
    if different:
        raise TrainerError(
            f"gan: {path}: of another shape: {'; '.join(different)}; give another --out"
        )
