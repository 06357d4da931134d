"""One network out of several: the mean of the weights of a training's checkpoints.

Each of them errs in places of its own, and their mean in few: expressive, half-way between two
timbres, played one note of 147 three semitones off after 1,500 further steps; the mean of what was
before, half-way and then plays all within 22 cents and drifts less. It holds for checkpoints of one
training and what went on from it, whose weights lie in one valley (Izmailov et al., "Averaging
Weights Leads to Wider Optima and Better Generalization", UAI 2018; Wortsman et al., "Model soups",
ICML 2022): two trainings from different beginnings have nothing in common.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from trainer.checkpoint import Checkpoint, load, require_shape
from trainer.errors import TrainerError
from trainer.network import NetworkConfig


def average(paths: Sequence[Path]) -> Checkpoint:
    """The last one's checkpoint with the mean of the weights that play.

    Raises TrainerError for fewer than two, for other shapes or other parameters.
    """
    if len(paths) < 2:
        raise TrainerError(f"average: {len(paths)} checkpoints, wanted two or more")
    held = [load(path) for path in paths]
    last = held[-1]
    for path, each in zip(paths, held, strict=True):
        require_shape(path, each, NetworkConfig(**last.shape))
        _require_parameters(path, each, last)
    weights = {name: _mean([each.average[name] for each in held]) for name in last.average}
    names = [f"{path.parent.name}/{path.name}" for path in paths]
    return replace(last, network=weights, average=weights, config=last.config | {"averaged": names})


def _mean(tensors: Sequence[Tensor]) -> Tensor:
    """In float64: the order changes nothing."""
    return torch.stack(list(tensors)).double().mean(dim=0).to(tensors[0].dtype)


def _require_parameters(path: Path, one: Checkpoint, other: Checkpoint) -> None:
    if one.ranges != other.ranges:
        names, wanted = ([r["name"] for r in each.ranges] for each in (one, other))
        raise TrainerError(
            f"average: {path}: parameters {', '.join(names)}, wanted the ranges of "
            f"{', '.join(wanted)} that the last one has; average checkpoints of one training"
        )
