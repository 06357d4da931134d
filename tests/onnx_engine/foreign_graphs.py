"""Sound models that are no GRU, built with random weights: an LSTM, and a WaveRNN-like gated
linear network with two tiers (a slow state that keeps the last samples, as SampleRNN has)."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper
from small_models import INFO

from smfosc.model_file import SoundGraph, State, write_graph

P, Q = 2, 256


def write_lstm(path: Path, hidden: int = 16, **info: object) -> Path:
    """[sample, params] -> LSTM -> Linear."""
    weights = _Weights(hidden)
    gates = weights.named(W=(1, 4 * hidden, 1 + P), R=(1, 4 * hidden, hidden), B=(1, 8 * hidden))
    nodes = [
        helper.make_node("Concat", ["sample", "params"], ["x"], axis=1),
        *(_unsqueezed(name) for name in ("x", "h", "c")),
        helper.make_node(
            "LSTM",
            ["x.1", *gates, "", "h.1", "c.1"],
            ["", "h.2", "c.2"],
            hidden_size=hidden,
        ),
        helper.make_node("Squeeze", ["h.2", "zero"], ["h_out"]),
        helper.make_node("Squeeze", ["c.2", "zero"], ["c_out"]),
        helper.make_node(
            "Gemm", ["h_out", *weights.named(O=(Q, hidden), b=(Q,))], ["logits"], transB=1
        ),
    ]
    states = (State("h", "h_out", hidden), State("c", "c_out", hidden))
    return _write(path, nodes, states, weights, info)


def write_two_tiers(path: Path, hidden: int = 16, past: int = 4, **info: object) -> Path:
    """A tier sees the last `past` samples at once, the next one the sample and the tier above."""
    weights = _Weights(hidden)
    nodes = [
        helper.make_node("Concat", ["past", "sample"], ["line"], axis=1),
        helper.make_node("Slice", ["line", "from", "to", "one"], ["past_out"]),
        helper.make_node("Concat", ["past_out", "params", "slow"], ["above"], axis=1),
        helper.make_node("MatMul", ["above", *weights.named(U=(past + P + hidden, hidden))], ["u"]),
        helper.make_node("Tanh", ["u"], ["slow_out"]),
        helper.make_node("Concat", ["slow_out", "sample"], ["below"], axis=1),
        helper.make_node("MatMul", ["below", *weights.named(V=(hidden + 1, Q))], ["logits"]),
    ]
    weights.add("from", np.array([1], np.int64))
    weights.add("to", np.array([past + 1], np.int64))
    weights.add("one", np.array([1], np.int64))
    states = (State("past", "past_out", past), State("slow", "slow_out", hidden))
    return _write(path, nodes, states, weights, info)


class _Weights:
    """Constants of a graph, drawn in the order in which they are asked for."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self.tensors = [numpy_helper.from_array(np.array([0], np.int64), "zero")]

    def named(self, **shapes: tuple[int, ...]) -> list[str]:
        for name, shape in shapes.items():
            self.add(name, (self._random.standard_normal(shape) / shape[-1] ** 0.5).astype("f4"))
        return list(shapes)

    def add(self, name: str, values: np.ndarray) -> None:
        self.tensors.append(numpy_helper.from_array(values, name))


def _unsqueezed(name: str):
    return helper.make_node("Unsqueeze", [name, "zero"], [name + ".1"])


def _write(path: Path, nodes, states, weights: _Weights, info) -> Path:
    ports = [("sample", 1), ("params", P), *((state.input, state.width) for state in states)]
    outputs = [("logits", Q), *((state.output, state.width) for state in states)]
    graph = helper.make_graph(nodes, "g", _ports(ports), _ports(outputs), weights.tensors)
    model: ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    write_graph(path, SoundGraph(replace(INFO, **info), states, model))
    return path


def _ports(named):
    return [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["B", width])
        for name, width in named
    ]
