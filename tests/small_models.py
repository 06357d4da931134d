"""Small sound models with random weights, for tests."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from smfosc.model_file import GruLayer, GruWeights, ModelInfo, Parameter, write_model

PITCH = Parameter("pitch", "MIDI note", 64.0, 76.0, 70.0, "Sounding pitch.")
TIMBRE = Parameter("timbre", "ratio", 0.0, 1.0, 0.0, "From clarinet to trumpet.")
INFO = ModelInfo(
    name="example",
    samplerate=16_000,
    levels=256,
    parameters=(PITCH, TIMBRE),
    loudness_lufs=-23.0,
    licence="MIT",
    authors=("A. Author", "Büchner"),
    description="Noise, in a way.",
    provenance={"data": "none", "hours": 0.5},
)


def random_weights(
    *, parameters: int = 2, layers: int = 2, hidden: int = 8, levels: int = 256, seed: int = 0
) -> GruWeights:
    """Weights of a spread that a trained model has, so that the gates are neither open nor shut."""
    draw = np.random.default_rng(seed)

    def array(*shape: int) -> np.ndarray:
        return (draw.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32)

    widths = [1 + parameters, *[hidden] * (layers - 1)]
    made = [
        GruLayer(
            array(3 * hidden, n), array(3 * hidden, hidden), array(3 * hidden), array(3 * hidden)
        )
        for n in widths
    ]
    return GruWeights(tuple(made), array(levels, hidden), array(levels))


def write_example(path: Path, **info: object) -> Path:
    """A small model file; info: fields of ModelInfo that differ from INFO."""
    write_model(path, replace(INFO, **info), random_weights())
    return path
