"""What the tests hold the native kernel against: its NumPy twin, and sounds to feed it."""

import numpy as np
from numpy.typing import NDArray

from smfosc import reference
from smfosc.model_file import GruWeights

PRECISIONS = ("float32", "bfloat16", "int8")

Floats = NDArray[np.float32]


def network_of(weights: GruWeights) -> reference.Network:
    """The same weights for the NumPy twin."""
    layers = [reference.Layer(**vars(layer)) for layer in weights.layers]
    return reference.Network(layers, weights.out_weight, weights.out_bias)


def sound(steps: int, parameters: int, *, seed: int = 0) -> tuple[Floats, Floats]:
    """Samples (steps,) that use the whole range, and parameters (steps, P) that move."""
    random = np.random.default_rng(seed)
    samples = random.uniform(-1, 1, steps).astype(np.float32)
    drift = np.cumsum(random.normal(0, 0.05, (steps, parameters)), axis=0)
    return samples, (0.5 + 0.5 * np.sin(drift)).astype(np.float32)


def reference_logits(weights: GruWeights, samples: Floats, params: Floats) -> NDArray[np.float64]:
    """(T, Q) of the NumPy twin in float64."""
    return reference.logits(
        network_of(weights), samples.astype(np.float64), params.astype(np.float64)
    )


def losses(logits: NDArray[np.float32], codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Nats of each code: logits (..., Q), codes (...)."""
    rows = logits.astype(np.float64)
    top = rows.max(axis=-1, keepdims=True)
    total = np.log(np.exp(rows - top).sum(axis=-1)) + top[..., 0]
    return np.asarray(total - np.take_along_axis(rows, codes[..., None], axis=-1)[..., 0])
