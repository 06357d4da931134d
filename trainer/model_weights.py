"""A model file's weights as torch holds them: the way back from `trainer.export.folded_weights`."""

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from smfosc.model_file import ModelFileError, SoundModel, read_model
from trainer.errors import TrainerError


def read(path: Path, role: str) -> SoundModel:
    """The model that a training needs; role: what for. Raises TrainerError."""
    try:
        model = read_model(path)
    except (ModelFileError, OSError) as error:
        raise TrainerError(f"rnn: {role} {path}: {error}") from None
    held = model.info.provenance.get("temperature", 1.0)
    if isinstance(held, bool) or not isinstance(held, int | float) or not 0 < held < math.inf:
        raise TrainerError(
            f"rnn: {role} {path}: its provenance tells a temperature of {held!r}, wanted a number "
            "above 0; re-export it with smf-train export"
        )
    return model


def as_torch(model: SoundModel) -> dict[str, Tensor]:
    """Float32 tensors, by the names of a module with a `gru` (nn.GRU) and a `head` (nn.Linear).

    As they were trained: logits that the export divided by a temperature are multiplied by it.
    """
    weights, temperature = model.weights, model.info.provenance.get("temperature", 1.0)
    head = {"head.weight": weights.out_weight, "head.bias": weights.out_bias}
    arrays = {name: np.float32(temperature) * array for name, array in head.items()}
    for k, layer in enumerate(weights.layers):
        arrays |= {f"gru.weight_ih_l{k}": layer.w_ih, f"gru.weight_hh_l{k}": layer.w_hh}
        arrays |= {f"gru.bias_ih_l{k}": layer.b_ih, f"gru.bias_hh_l{k}": layer.b_hh}
    return {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
