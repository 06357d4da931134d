"""Weights to begin a training with: another network's, its parameters carried over by name.

What a network knows of sound is most of what it knows. Its parameters enter through one linear
map, so that they move to other ranges exactly: 64-76 to 56-76 is a factor and an offset. One that
is new begins with no effect; one that is gone stays at its default.

Shapes: H hidden, P the lender's parameters, N those of the network that borrows.
"""

from dataclasses import replace
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from smfosc.model_file import Parameter, SoundModel
from trainer.checkpoint import Checkpoint, averaged_network, load, require_shape
from trainer.errors import TrainerError
from trainer.model_weights import as_torch, read
from trainer.network import NetworkConfig, SampleRnn

Ranges = tuple[Parameter, ...]


@torch.no_grad()
def lend(path: Path, network: SampleRnn, wanted: Ranges) -> None:
    """Give `network`, fresh until now, the weights of a checkpoint or of a model file (.onnx).

    wanted: its parameters. Raises TrainerError where the lender has other units, layers or levels;
    which parameters it has is its own affair.
    """
    if path.suffix == ".onnx":
        lender, held = _of_model(path, network)
    else:
        lender, held = _of_checkpoint(path, load(path), network.config)
    weights = lender.state_dict()
    sample, parameters = lender.embedding.weight[:, :1], lender.embedding.weight[:, 1:]
    slope, offset = translation(held, wanted)
    weights["embedding.weight"] = torch.cat([sample, parameters @ slope], 1)
    weights["embedding.bias"] = lender.embedding.bias + parameters @ offset
    network.load_state_dict(weights)


def translation(held: Ranges, wanted: Ranges) -> tuple[Tensor, Tensor]:
    """What the lender's inputs are of the borrower's, 0 ... 1 each: slope (P, N), offset (P,)."""
    slope, offset = torch.zeros(len(held), len(wanted)), torch.zeros(len(held))
    columns = {each.name: column for column, each in enumerate(wanted)}
    for row, own in enumerate(held):
        if own.name not in columns:
            offset[row] = own.normalize(own.default)
            continue
        column = columns[own.name]
        span = own.maximum - own.minimum
        slope[row, column] = (wanted[column].maximum - wanted[column].minimum) / span
        offset[row] = (wanted[column].minimum - own.minimum) / span
    return slope, offset


def _of_checkpoint(path: Path, held: Checkpoint, wanted: NetworkConfig) -> tuple[SampleRnn, Ranges]:
    """The averaged weights, and what their parameters mean."""
    count = int(held.shape["parameters"])
    require_shape(path, held, replace(wanted, parameters=count))
    if len(held.ranges) != count:
        raise TrainerError(
            f"rnn: start {path}: {count} parameters without names; it is of an older version, "
            "export it and give the .onnx"
        )
    return averaged_network(held), tuple(Parameter(**each) for each in held.ranges)


def _of_model(path: Path, fresh: SampleRnn) -> tuple[SampleRnn, Ranges]:
    """A model file's weights; the embedding, folded there, is unfolded into a fresh one's shape."""
    model = read(path, "start")
    _require_same(path, model, fresh.config)
    ranges = model.info.parameters
    lender = SampleRnn(replace(fresh.config, parameters=len(ranges)))
    weights = as_torch(model)
    weights |= _unfolded(lender, weights["gru.weight_ih_l0"], weights["gru.bias_ih_l0"])
    lender.load_state_dict(weights)
    return lender, ranges


def _unfolded(lender: SampleRnn, weight: Tensor, bias: Tensor) -> dict[str, Tensor]:
    """Embedding and first layer, as fresh as can be, whose product is the folded (3H, 1 + P)."""
    embedding, w_ih = lender.embedding.weight, cast(Tensor, lender.gru.weight_ih_l0)
    nearest = w_ih + (weight - w_ih @ embedding) @ torch.linalg.pinv(embedding)
    return {
        "embedding.weight": embedding,
        "embedding.bias": lender.embedding.bias,
        "gru.weight_ih_l0": nearest,
        "gru.bias_ih_l0": bias - nearest @ lender.embedding.bias,
    }


def _require_same(path: Path, model: SoundModel, wanted: NetworkConfig) -> None:
    """Refuse another number of units, layers or levels."""
    layers = model.weights.layers
    held = (layers[0].w_hh.shape[1], len(layers), model.info.levels)
    asked = (wanted.hidden, wanted.layers, wanted.levels)
    if held != asked:
        told, needed = (f"{n} x GRU({h}), {q} levels" for h, n, q in (held, asked))
        raise TrainerError(f"rnn: start {path}: {told}; wanted {needed}: give that shape, or none")
