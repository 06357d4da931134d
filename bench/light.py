"""What a voice costs where there is no AVX-512: x real time of one core, by instruction set.

    python bench/light.py [MODEL.onnx ...] [--out FILE.json]

Without a model: random weights, three GRUs of 96, 128 and 256 units. The whole engine as it plays
(gates, softmax, draw, resampling to 48 kHz), int8 weights, one voice and four; this thread's
processor time, the median of ten parts. `portable` is plain C++, what runs on any processor.
A light model is one that is 8 x real time per voice on AVX2.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent / "ablations"))

import common  # puts the sources on the path

from smfosc import _core
from smfosc.bench import cost_of
from smfosc.model_file import (
    GruLayer,
    GruWeights,
    ModelInfo,
    Parameter,
    SoundModel,
    read_model,
)
from smfosc.models import kernel_of
from smfosc.voices import LoadedModel

WANTED = 8.0  # x real time, one voice, one core
HIDDEN = (96, 128, 256)
VOICES = (1, 4)
PARAMETERS = (
    Parameter("pitch", "", 56.0, 76.0, 66.0, ""),
    Parameter("timbre", "", 0.0, 1.0, 0.0, ""),
)


def random_model(hidden: int, layers: int = 3, levels: int = 256, seed: int = 0) -> SoundModel:
    """Weights that nobody trained; they cost the same."""
    draw = np.random.default_rng(seed)

    def array(*shape: int) -> np.ndarray:
        return draw.uniform(-1, 1, shape).astype(np.float32) / np.sqrt(hidden).astype(np.float32)

    def layer(inputs: int) -> GruLayer:
        wide = 3 * hidden
        return GruLayer(array(wide, inputs), array(wide, hidden), array(wide), array(wide))

    stack = [layer(1 + len(PARAMETERS)), *(layer(hidden) for _ in range(layers - 1))]
    weights = GruWeights(tuple(stack), array(levels, hidden), array(levels))
    name = f"{layers} x GRU({hidden})"
    info = ModelInfo(name, 16_000, levels, PARAMETERS, -16.0, "none", (), "Random weights.")
    return SoundModel(info, weights)


def loaded(model: SoundModel, isa: str) -> LoadedModel:
    """With the kernel of this instruction set, as the daemon rounds its weights."""
    return LoadedModel(model.info, kernel_of(model.weights, precision="int8", isa=isa))


def measured(models: list[SoundModel]) -> dict[str, dict[str, float]]:
    """x real time per voice, by model and instruction set, for each number of voices."""
    return {
        f"{model.info.name}, {isa}": {
            f"{voices} voices" if voices > 1 else "1 voice": cost_of(
                loaded(model, isa), voices, 0.0
            ).realtime
            for voices in VOICES
        }
        for model in models
        for isa in _core.isas()
    }


def measure(given: argparse.Namespace) -> common.Rows:
    models = [read_model(path) for path in given.models]
    found = measured(models or [random_model(hidden) for hidden in HIDDEN])
    return {
        name: {**row, "light": "yes" if row["1 voice"] >= WANTED else "no"}
        for name, row in found.items()
    }


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument("models", nargs="*", type=Path)
    common.main("light", parser.parse_args(), measure)


if __name__ == "__main__":
    main()
