"""One sample's graph, repeated for T samples of B voices inside one ONNX Scan, draws included.

    sample_0, states_0 given; for t = 0 ... T - 1:
        logits, states_{t+1} = graph(sample_t, params_t, states_t)
        odds_t               = cumsum(softmax(logits / temperature_t))
        sample_{t+1}         = table[the first level whose odds exceed uniform_t * odds_t[Q - 1]]

So onnxruntime is called once for many samples, and on a GPU nothing leaves it in between.

Shapes: T samples, B voices, P parameters, Q mu-law levels, H a state's width.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from smfosc.model_file import ModelFileError, SoundGraph, mulaw_table

PREFIX = "smfosc."  # of the names that are added; a model's own must not begin so
FIRST, LAST = PREFIX + "first", PREFIX + "last"  # the sample before, and the newest (B, 1)
PARAMS, SLOPE, UNIFORM = (PREFIX + name for name in ("params", "slope", "uniform"))
SAMPLES = PREFIX + "samples"  # (T, B, 1)


def before(state: str) -> str:
    """The unrolled graph's input for the state that the step's graph calls so: (B, H)."""
    return PREFIX + "before." + state


def after(state: str) -> str:
    """Its output: the state after T samples."""
    return PREFIX + "after." + state


def unroll(sound: SoundGraph) -> onnx.ModelProto:
    """The graph of T samples. Inputs: FIRST (B, 1), the states (B, H), PARAMS (T, B, P),
    SLOPE (T, B, 1): 1 / temperature, UNIFORM (T, B, 1) in (0, 1). Outputs: LAST, the states,
    SAMPLES. Raises ModelFileError.
    """
    graph = sound.graph.graph
    _check_names(graph)
    states = sound.states
    scan = helper.make_node(
        "Scan",
        [FIRST, *(before(state.input) for state in states), PARAMS, SLOPE, UNIFORM],
        [LAST, *(after(state.input) for state in states), SAMPLES],
        body=_body(sound),
        num_scan_inputs=3,
    )
    ends = [(state.input, state.width) for state in states]
    made = helper.make_graph(
        [scan],
        "unrolled",
        [
            _port(FIRST, "B", 1),
            *(_port(before(name), "B", width) for name, width in ends),
            _port(PARAMS, "T", "B", len(sound.info.parameters)),
            _port(SLOPE, "T", "B", 1),
            _port(UNIFORM, "T", "B", 1),
        ],
        [
            _port(LAST, "B", 1),
            *(_port(after(name), "B", width) for name, width in ends),
            _port(SAMPLES, "T", "B", 1),
        ],
        [*graph.initializer, *_constants(sound.info.levels)],
    )
    model = onnx.ModelProto()
    model.CopyFrom(sound.graph)
    model.graph.CopyFrom(made)
    return model


def _check_names(graph: onnx.GraphProto) -> None:
    names = [name for node in graph.node for name in (*node.input, *node.output)]
    if any(name.startswith(PREFIX) for name in names):
        raise ModelFileError(
            f"graph: a tensor's name begins with {PREFIX}; rename and re-export it"
        )


def _body(sound: SoundGraph) -> onnx.GraphProto:
    """One step: the model's own nodes, then the draw."""
    states = sound.states
    slope, uniform = SLOPE + ".t", UNIFORM + ".t"
    drawn, heard = PREFIX + "drawn", PREFIX + "heard"
    return helper.make_graph(
        [*sound.graph.graph.node, *_draw(slope, uniform, drawn, heard)],
        "step",
        [
            _port("sample", "B", 1),
            *(_port(state.input, "B", state.width) for state in states),
            _port("params", "B", len(sound.info.parameters)),
            _port(slope, "B", 1),
            _port(uniform, "B", 1),
        ],
        [
            _port(drawn, "B", 1),
            *(_port(state.output, "B", state.width) for state in states),
            _port(heard, "B", 1),
        ],
    )


def _draw(slope: str, uniform: str, drawn: str, heard: str) -> list[onnx.NodeProto]:
    name = {key: PREFIX + key for key in ("tempered", "odds", "sums", "total", "target", "under")}
    name |= {key: PREFIX + key for key in ("ones", "count", "level")}
    steps: Sequence[tuple[str, list[str], str, dict[str, Any]]] = [
        ("Mul", ["logits", slope], name["tempered"], {}),
        ("Softmax", [name["tempered"]], name["odds"], {"axis": 1}),
        ("CumSum", [name["odds"], PREFIX + "axis"], name["sums"], {}),
        ("Gather", [name["sums"], PREFIX + "top"], name["total"], {"axis": 1}),
        ("Mul", [name["total"], uniform], name["target"], {}),
        ("Greater", [name["sums"], name["target"]], name["under"] + ".not", {}),
        ("Not", [name["under"] + ".not"], name["under"], {}),
        ("Cast", [name["under"]], name["ones"], {"to": TensorProto.FLOAT}),
        ("ReduceSum", [name["ones"], PREFIX + "axes"], name["count"], {"keepdims": 1}),
        ("Min", [name["count"], PREFIX + "highest"], name["count"] + ".kept", {}),
        ("Cast", [name["count"] + ".kept"], name["level"], {"to": TensorProto.INT64}),
        ("Gather", [PREFIX + "table", name["level"]], drawn, {"axis": 0}),
        ("Identity", [drawn], heard, {}),
    ]
    return [
        helper.make_node(kind, inputs, [output], **attributes)
        for kind, inputs, output, attributes in steps
    ]


def _constants(levels: int) -> list[onnx.TensorProto]:
    values: dict[str, NDArray[Any]] = {
        "axis": np.array(1, np.int64),
        "axes": np.array([1], np.int64),
        "top": np.array([levels - 1], np.int64),
        "highest": np.array(levels - 1, np.float32),
        "table": mulaw_table(levels),
    }
    return [numpy_helper.from_array(value, PREFIX + name) for name, value in values.items()]


def _port(name: str, *shape: int | str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
