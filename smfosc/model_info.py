"""What a sound model is, apart from its file (`model_file.py`): plain values. Any thread."""

from dataclasses import dataclass, field
from typing import Any

import onnx

from smfosc.model_graph import GruWeights, State


@dataclass(frozen=True)
class Parameter:
    """One control of a model; the network sees it linearly mapped from minimum..maximum to 0..1."""

    name: str
    unit: str  # for people: "MIDI note", "Hz", "ratio", ""
    minimum: float
    maximum: float
    default: float
    description: str = ""

    def normalize(self, value: float) -> float:
        """The network's 0..1 of a value in the parameter's unit, clipped to the range."""
        clipped = min(max(value, self.minimum), self.maximum)
        return (clipped - self.minimum) / (self.maximum - self.minimum)

    def denormalize(self, normalized: float) -> float:
        """The value in the parameter's unit of 0..1, clipped to the range."""
        clipped = min(max(normalized, 0.0), 1.0)
        return self.minimum + clipped * (self.maximum - self.minimum)


@dataclass(frozen=True)
class ModelInfo:
    """What a file says about its model; all fields but the last are shown to musicians."""

    name: str
    samplerate: int  # Hz, of the model's samples
    levels: int  # mu-law levels Q
    parameters: tuple[Parameter, ...]  # in the order of the graph's `params`
    loudness_lufs: float  # integrated, at default parameters (ITU-R BS.1770)
    licence: str  # SPDX expression where there is one
    authors: tuple[str, ...]
    description: str
    provenance: dict[str, Any] = field(default_factory=dict)  # data, recipe, hours, versions: JSON


@dataclass(frozen=True, eq=False)
class SoundModel:
    """A model ready for a kernel."""

    info: ModelInfo
    weights: GruWeights


@dataclass(frozen=True, eq=False)
class SoundGraph:
    """A model of any graph that keeps to the tensors of docs/model-format.md, for onnxruntime."""

    info: ModelInfo
    states: tuple[State, ...]
    graph: onnx.ModelProto
