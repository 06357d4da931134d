"""The graph of a sound model: one sample through GRU layers, written to ONNX and verified back.

    input = [sample, params]    state_i' = GRU_i(below, state_i)    logits = W state_top' + b

The native kernel plays exactly this. Reading follows the wires from `logits` backwards and takes
the weights that the graph really uses; whatever means something else raises NotCanonical.

Shapes: B batch, P parameters, L layers, H hidden units, Q mu-law levels, I inputs of a layer.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from smfosc.names import shorten
from smfosc.onnx_container import ModelFileError

MAX_PARAMETERS, MAX_LAYERS, MAX_HIDDEN = 16, 8, 1024
MIN_LEVELS, MAX_LEVELS = 256, 1024
OPSET, IR_VERSION = 17, 8  # onnxruntime since 1.12 (2022) runs these
READABLE_OPSETS = range(14, 24)  # GRU, Gemm, Concat, Squeeze, Unsqueeze mean the same in all

Floats = NDArray[np.float32]


class NotCanonical(ModelFileError):  # noqa: N818  a finding about the graph, the file is sound
    """The graph is not the GRU that the native kernel plays; only the onnx engine can play it."""


@dataclass(frozen=True, eq=False)
class GruLayer:
    """One GRU layer as torch.nn.GRU stores it: float32, gates in the order r, z, n."""

    w_ih: Floats  # (3H, I); I = 1 + P in the first layer, else H
    w_hh: Floats  # (3H, H)
    b_ih: Floats  # (3H,)
    b_hh: Floats  # (3H,)


@dataclass(frozen=True, eq=False)
class GruWeights:
    """All weights of a model; the first layer's input is [sample, params]."""

    layers: tuple[GruLayer, ...]
    out_weight: Floats  # (Q, H)
    out_bias: Floats  # (Q,)


@dataclass(frozen=True)
class Shape:
    """The sizes of a model."""

    parameters: int  # P
    levels: int  # Q


@dataclass(frozen=True)
class State:
    """One layer's hidden state: the graph's input and output of (B, width)."""

    input: str
    output: str
    width: int


def check_weights(shape: Shape, weights: GruWeights) -> None:
    """Shapes that fit each other and the model; every weight finite. Raises ModelFileError."""
    if not 1 <= len(weights.layers) <= MAX_LAYERS:
        raise ModelFileError(f"graph: {len(weights.layers)} GRU layers; wanted 1 to {MAX_LAYERS}")
    hidden = weights.layers[0].w_hh.shape[-1]
    if not 1 <= hidden <= MAX_HIDDEN:
        raise ModelFileError(f"graph: GRU width {hidden}; wanted 1 to {MAX_HIDDEN}")
    inputs = 1 + shape.parameters
    for i, layer in enumerate(weights.layers):
        _check_array(f"layer {i} w_ih", layer.w_ih, (3 * hidden, inputs))
        _check_array(f"layer {i} w_hh", layer.w_hh, (3 * hidden, hidden))
        _check_array(f"layer {i} b_ih", layer.b_ih, (3 * hidden,))
        _check_array(f"layer {i} b_hh", layer.b_hh, (3 * hidden,))
        inputs = hidden
    _check_array("out_weight", weights.out_weight, (shape.levels, hidden))
    _check_array("out_bias", weights.out_bias, (shape.levels,))


def _check_array(name: str, array: Floats, wanted: tuple[int, ...]) -> None:
    if array.dtype != np.float32 or array.shape != wanted:
        raise ModelFileError(f"graph: {name}: {array.dtype} {array.shape}; wanted float32 {wanted}")
    if not np.isfinite(array).all():
        raise ModelFileError(f"graph: {name}: holds NaN or infinity; train or export again")


def states_of(weights: GruWeights) -> list[State]:
    """The state tensors as `build_graph` names them."""
    width = weights.out_weight.shape[1]
    return [State(f"state_{i}", f"state_{i}_out", width) for i in range(len(weights.layers))]


# --- write ----------------------------------------------------------------------------------


def build_graph(weights: GruWeights) -> onnx.ModelProto:
    """The canonical graph, without metadata; weights are checked already."""
    states = states_of(weights)
    inputs = [_port("sample", 1), _port("params", weights.layers[0].w_ih.shape[1] - 1)]
    inputs += [_port(state.input, state.width) for state in states]
    outputs = [_port("logits", len(weights.out_bias))]
    outputs += [_port(state.output, state.width) for state in states]
    return helper.make_model(
        helper.make_graph(_nodes(states), "smfosc", inputs, outputs, _tensors(weights)),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="smfosc",
    )


def _port(name: str, width: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width])


def _nodes(states: list[State]) -> list[onnx.NodeProto]:
    """A sequence of one step through the layers, then logits."""
    return [
        helper.make_node("Concat", ["sample", "params"], ["input"], axis=1),
        helper.make_node("Unsqueeze", ["input", "axis_0"], ["sequence_0"]),
        *(node for i, state in enumerate(states) for node in _layer_nodes(i, state)),
        helper.make_node(
            "Gemm", [states[-1].output, "out.weight", "out.bias"], ["logits"], transB=1
        ),
    ]


def _layer_nodes(i: int, state: State) -> list[onnx.NodeProto]:
    """Layer i: its last hidden state (1, B, H) is the next layer's sequence of one step."""
    below, above, initial = f"sequence_{i}", f"sequence_{i + 1}", f"gru_{i}.initial_h"
    inputs = [below, f"gru_{i}.W", f"gru_{i}.R", f"gru_{i}.B", "", initial]
    return [
        helper.make_node("Unsqueeze", [state.input, "axis_0"], [initial]),
        helper.make_node(
            "GRU", inputs, ["", above], hidden_size=state.width, linear_before_reset=1
        ),
        helper.make_node("Squeeze", [above, "axis_0"], [state.output]),
    ]


def _tensors(weights: GruWeights) -> list[onnx.TensorProto]:
    layers = [tensor for i, layer in enumerate(weights.layers) for tensor in _gru(i, layer)]
    output = [_tensor("out.weight", weights.out_weight), _tensor("out.bias", weights.out_bias)]
    return [onnx.numpy_helper.from_array(np.zeros(1, "<i8"), "axis_0"), *layers, *output]


def _gru(i: int, layer: GruLayer) -> list[onnx.TensorProto]:
    bias = np.concatenate([_swap_gates(layer.b_ih), _swap_gates(layer.b_hh)])
    return [
        _tensor(f"gru_{i}.W", _swap_gates(layer.w_ih)[None]),  # (1, 3H, I)
        _tensor(f"gru_{i}.R", _swap_gates(layer.w_hh)[None]),  # (1, 3H, H)
        _tensor(f"gru_{i}.B", bias[None]),  # (1, 6H)
    ]


def _tensor(name: str, values: Floats) -> onnx.TensorProto:
    return onnx.numpy_helper.from_array(np.ascontiguousarray(values, dtype="<f4"), name)


def _swap_gates(rows: Floats) -> Floats:
    """torch's gate order r, z, n <-> ONNX's z, r, h; rows: (3H, ...). Its own inverse."""
    first, second, third = np.split(rows, 3)
    return np.concatenate([second, first, third])


# --- read -----------------------------------------------------------------------------------


def read_weights(model: onnx.ModelProto, shape: Shape, states: Sequence[State]) -> GruWeights:
    """The weights that the graph uses: read-only, C-contiguous, finite.

    Raises NotCanonical where the graph is another, ModelFileError where its data is broken.
    """
    _check_operators(model, len(states))
    _check_ports(model.graph, shape, states)
    wires = _Wires(model.graph)
    top, out_weight, out_bias = wires.follow("logits", "Gemm", transB=1)
    _check_same("the input of logits", top, states[-1].output)
    layers: list[GruLayer] = []
    above = ""
    for i, state in reversed(list(enumerate(states))):
        inputs = states[i - 1].width if i else 1 + shape.parameters
        layer, above = _read_layer(wires, state, inputs, above)
        layers.insert(0, layer)
    joined = wires.follow_axis_0(above, "Unsqueeze")
    _check_same("GRU input", wires.follow(joined, "Concat", axis=1), ["sample", "params"])
    weights = GruWeights(
        tuple(layers),
        wires.floats(out_weight, (shape.levels, states[-1].width)),
        wires.floats(out_bias, (shape.levels,)),
    )
    wires.check_all_used()
    check_weights(shape, weights)
    return weights


def _read_layer(wires: "_Wires", state: State, inputs: int, above: str) -> tuple[GruLayer, str]:
    """The layer that makes `state` and the sequence it reads; above: what the next one reads."""
    sequence = wires.follow_axis_0(state.output, "Squeeze")
    if above:
        _check_same("the next layer's input", above, sequence)
    attributes = {"hidden_size": state.width, "linear_before_reset": 1}
    source, w, r, b, lengths, initial = wires.follow(sequence, "GRU", **attributes)
    _check_same("GRU sequence_lens", lengths, "")
    _check_same("GRU initial_h", wires.follow_axis_0(initial, "Unsqueeze"), state.input)
    rows = 3 * state.width
    bias = wires.floats(b, (1, 2 * rows))[0]
    w_ih = wires.floats(w, (1, rows, inputs))[0]
    w_hh = wires.floats(r, (1, rows, state.width))[0]
    parts = (w_ih, w_hh, bias[:rows], bias[rows:])
    return GruLayer(*(_frozen(_swap_gates(part)) for part in parts)), source


def _frozen(array: Floats) -> Floats:
    array.flags.writeable = False
    return array


class _Wires:
    """Who makes each tensor, and what nobody has asked for yet."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        self._makers = _makers(graph)
        self._unused_nodes = set(range(len(graph.node)))
        self._unused_tensors = set(self._tensors)

    def follow(self, made: str, op: str, **attributes: int) -> list[str]:
        """The inputs of the node that makes the tensor `made`, once it is the one expected."""
        index = self._makers.get(made)
        if index is None or index not in self._unused_nodes:
            raise _differs(f"{_shown(made)} is not made by a {op} of its own")
        self._unused_nodes.remove(index)
        node = self._graph.node[index]
        _check_same(f"what makes {_shown(made)}", (node.domain, node.op_type), ("", op))
        _check_same(f"attributes of {op}", _attributes(node), attributes)
        _check_same(f"outputs of {op}", list(node.output), ["", made] if op == "GRU" else [made])
        _check_same(f"inputs of {op}", len(node.input), _INPUTS[op])
        return list(node.input)

    def follow_axis_0(self, made: str, op: str) -> str:
        """The input of the Squeeze or Unsqueeze of axis 0 that makes `made`."""
        source, axis = self.follow(made, op)
        values = self._values(axis, (1,), TensorProto.INT64, "<i8")
        _check_same(f"axes of {op}", values.tolist(), [0])
        return source

    def floats(self, name: str, shape: tuple[int, ...]) -> Floats:
        """The constant `name`: read-only, float32."""
        return self._values(name, shape, TensorProto.FLOAT, "<f4")

    def _values(
        self, name: str, shape: tuple[int, ...], data_type: int, dtype: str
    ) -> NDArray[Any]:
        """A constant of the wanted shape; its sizes are checked before its bytes are read."""
        if name not in self._tensors:
            raise _differs(f"{_shown(name)} is not a constant")
        self._unused_tensors.discard(name)
        tensor = self._tensors[name]
        _check_same(f"type of {_shown(name)}", tensor.data_type, data_type)
        found, size = tuple(tensor.dims[:4]), math.prod(shape) * np.dtype(dtype).itemsize
        if found != shape or len(tensor.raw_data) != size:
            raise ModelFileError(
                f"graph: {_shown(name)}: shape {found}, {len(tensor.raw_data)} bytes of raw data; "
                f"wanted {shape}, {size} bytes. Export or copy it again"
            )
        return np.frombuffer(tensor.raw_data, dtype).reshape(shape)

    def check_all_used(self) -> None:
        """Nothing may be left over: it would be computed in vain, or hide what the graph is."""
        left = [self._graph.node[index].op_type for index in sorted(self._unused_nodes)]
        for name in left + sorted(self._unused_tensors):
            raise _differs(f"{_shown(name)} is no part of it")


_INPUTS = {"Concat": 2, "Unsqueeze": 2, "Squeeze": 2, "GRU": 6, "Gemm": 3}
_DEFAULTS = {"alpha": 1.0, "beta": 1.0, "transA": 0, "direction": b"forward", "layout": 0}


def _check_same(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise _differs(f"{what}: {shorten(repr(found), 60)}, wanted {wanted!r}")


def _differs(what: str) -> NotCanonical:
    return NotCanonical(
        f"graph: not the GRU of format 1 ({what}); only the onnx engine can play it"
    )


def _shown(name: str) -> str:
    """A name out of the file as one short line."""
    return repr(shorten(name))


def _check_operators(model: onnx.ModelProto, layers: int) -> None:
    """The version of the operators, and that there are no more of them than wanted."""
    graph, opsets = model.graph, model.opset_import
    if len(opsets) != 1 or opsets[0].domain or opsets[0].version not in READABLE_OPSETS:
        raise _differs(f"{len(opsets)} operator sets, wanted ONNX's own, {READABLE_OPSETS}")
    nodes, tensors = 3 * layers + 3, 5 * layers + 3  # each Squeeze may have its own axis
    if len(graph.node) > nodes or len(graph.initializer) > tensors:
        raise _differs(f"{len(graph.node)} nodes, {len(graph.initializer)} constants")
    if len(model.functions) or len(graph.sparse_initializer) or len(model.training_info):
        raise _differs("functions, sparse constants or training information")


def _check_ports(graph: onnx.GraphProto, shape: Shape, states: Sequence[State]) -> None:
    """The graph's inputs and outputs: names, float32, (B, width)."""
    inputs = [("sample", 1), ("params", shape.parameters)]
    inputs += [(state.input, state.width) for state in states]
    outputs = [("logits", shape.levels), *((state.output, state.width) for state in states)]
    for kind, found, wanted in (("input", graph.input, inputs), ("output", graph.output, outputs)):
        _check_same(f"number of {kind}s", len(found), len(wanted))
        for port, (name, width) in zip(found, wanted, strict=True):
            tensor = port.type.tensor_type
            widths = [dim.dim_value for dim in tensor.shape.dim[1:3]]
            _check_same(kind, (port.name, tensor.elem_type, widths), (name, 1, [width]))


def _makers(graph: onnx.GraphProto) -> dict[str, int]:
    """Which node makes each tensor; every name is given once and before it is read."""
    known = {""}
    for given in (*graph.initializer, *graph.input):
        if given.name in known:
            raise _differs(f"{_shown(given.name)} is given twice")
        known.add(given.name)
    makers: dict[str, int] = {}
    for index, node in enumerate(graph.node):
        outputs = set(node.output) - {""}
        if outputs & known or not set(node.input) <= known:
            raise _differs(f"the {_shown(node.op_type)} at {index} is out of order")
        known |= outputs
        makers |= dict.fromkeys(outputs, index)
    return makers


def _attributes(node: onnx.NodeProto) -> dict[str, object]:
    """The node's attributes but for spelt-out defaults; one of another kind reads None."""
    found: dict[str, object] = {}
    for item in node.attribute:
        value = {1: item.f, 2: item.i, 3: item.s}.get(item.type)  # FLOAT, INT, STRING
        if item.ref_attr_name or item.name in found:
            value = None
        if value is None or _DEFAULTS.get(item.name) != value:
            found[item.name] = value
    return found
