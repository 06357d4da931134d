"""The engines that bench/kernel.py compares: each plays the same network, sample after sample.

An engine is built from the weights and gives run(voices, steps): a free run, sampling included.
Every one uses a single thread.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from smfosc.model_file import GruLayer, GruWeights, mulaw_table
from smfosc.models import kernel_of

Run = Callable[[int, int], None]

HERE = Path(__file__).parent
PARAMS = np.array([0.4, 0.5], np.float32)


def paper_size(seed: int = 0) -> GruWeights:
    """3 x 256, 2 parameters, 256 levels, random weights: 1,048,576 multiply-adds per sample."""
    draw = np.random.default_rng(seed)

    def array(*shape: int) -> np.ndarray:
        return draw.uniform(-1 / 16, 1 / 16, shape).astype(np.float32)

    layers = [
        GruLayer(array(768, n), array(768, 256), array(768), array(768)) for n in (3, 256, 256)
    ]
    return GruWeights(tuple(layers), array(256, 256), array(256))


def compiled(source: str, *flags: str) -> ctypes.CDLL:
    """A C file of bench/native as a library, built for this machine."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "library.so"
        command = ["cc", "-O3", "-march=native", *flags, "-shared", "-fPIC", "-o", library]
        subprocess.run([*command, HERE / "native" / source, "-lm"], check=True)
        return ctypes.CDLL(str(library))


# --- ours -----------------------------------------------------------------------------------


def ours(isa: str, precision: str) -> Callable[[GruWeights], Run]:
    """The native kernel, voices in one batch."""

    def build(weights: GruWeights) -> Run:
        kernel = kernel_of(weights, precision=precision, isa=isa)
        return lambda voices, steps: kernel.generate(list(range(voices)), PARAMS, steps)

    return build


# --- plain C --------------------------------------------------------------------------------

_Pointer = ctypes.POINTER(ctypes.c_float)


class _Network(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int) for name in ("layers", "hidden", "levels", "parameters")),
        *((name, ctypes.POINTER(_Pointer)) for name in ("w_ih", "w_hh", "b_ih", "b_hh")),
        *((name, _Pointer) for name in ("out_weight", "out_bias", "decode")),
    )


def _pointer(array: np.ndarray) -> Any:
    return array.ctypes.data_as(_Pointer)


def plain_c(weights: GruWeights) -> Run:
    """One voice after the other."""
    run = compiled("plain_gru.c", "-ffast-math").run
    decode, count = mulaw_table(256), len(weights.layers)
    per_layer = [
        (_Pointer * count)(*(_pointer(getattr(layer, name)) for layer in weights.layers))
        for name in ("w_ih", "w_hh", "b_ih", "b_hh")
    ]
    ends = (weights.out_weight, weights.out_bias, decode)
    network = _Network(count, 256, 256, 2, *per_layer, *map(_pointer, ends))

    def play(voices: int, steps: int) -> None:
        samples = np.empty(steps, np.float32)
        for voice in range(voices):
            h = np.zeros((count, 256), np.float32)
            run(ctypes.byref(network), _pointer(PARAMS), _pointer(h), steps,
                ctypes.c_uint64(voice), _pointer(samples))  # fmt: skip

    play.keep = (weights, decode, per_layer)  # type: ignore[attr-defined]  # C holds pointers
    return play


# --- PyTorch --------------------------------------------------------------------------------


def torch_eager(weights: GruWeights) -> Run:
    """`nn.GRU` and `nn.Linear`, called once per sample."""
    import torch

    torch.set_num_threads(1)
    gru, head = torch.nn.GRU(3, 256, num_layers=3), torch.nn.Linear(256, 256)
    table, params = torch.tensor(mulaw_table(256)), torch.tensor(PARAMS)
    with torch.no_grad():
        for k, layer in enumerate(weights.layers):
            for name in ("ih", "hh"):
                getattr(gru, f"weight_{name}_l{k}").copy_(torch.tensor(getattr(layer, f"w_{name}")))
                getattr(gru, f"bias_{name}_l{k}").copy_(torch.tensor(getattr(layer, f"b_{name}")))
        head.weight.copy_(torch.tensor(weights.out_weight))

    def play(voices: int, steps: int) -> None:
        with torch.inference_mode():
            sample, h = torch.zeros(voices, 1), torch.zeros(3, voices, 256)
            controls = params.expand(voices, 2)
            for _ in range(steps):
                out, h = gru(torch.cat([sample, controls], 1)[None], h)
                codes = torch.multinomial(torch.softmax(head(out[0]), 1), 1)
                sample = table[codes[:, 0]][:, None]

    return play


def torch_script(weights: GruWeights) -> Run:
    """The same step with the GRU written out, traced and frozen by TorchScript."""
    import warnings

    import torch

    torch.set_num_threads(1)
    layers = [
        [torch.tensor(a) for a in (x.w_ih.T, x.w_hh.T, x.b_ih, x.b_hh)] for x in weights.layers
    ]
    out_weight, out_bias = torch.tensor(weights.out_weight.T), torch.tensor(weights.out_bias)
    table, params = torch.tensor(mulaw_table(256)), torch.tensor(PARAMS)

    def step(x: Any, h0: Any, h1: Any, h2: Any) -> Any:
        states = []
        for (w_ih, w_hh, b_ih, b_hh), h in zip(layers, (h0, h1, h2), strict=True):
            i, p = torch.addmm(b_ih, x, w_ih), torch.addmm(b_hh, h, w_hh)
            r, z = torch.sigmoid(i[:, :512] + p[:, :512]).chunk(2, 1)
            n = torch.tanh(i[:, 512:] + r * p[:, 512:])
            x = n + z * (h - n)
            states.append(x)
        return torch.softmax(torch.addmm(out_bias, x, out_weight), 1), *states

    def play(voices: int, steps: int) -> None:
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            h = [torch.zeros(voices, 256)] * 3
            sample, controls = torch.zeros(voices, 1), params.expand(voices, 2)
            for _ in range(steps):
                odds, *h = traced(torch.cat([sample, controls], 1), *h)
                sample = table[torch.multinomial(odds, 1)[:, 0]][:, None]

    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated, and still the fastest here
        example = (torch.zeros(1, 3), *[torch.zeros(1, 256)] * 3)
        traced = torch.jit.trace(step, example)
    return play


# --- ONNX Runtime ---------------------------------------------------------------------------


class _Body:
    """Nodes and weights of a Scan's body, which computes one sample of V voices."""

    def __init__(self, int8: bool) -> None:
        self.int8 = int8
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def op(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        from onnx import helper

        names = [f"{kind}{len(self.nodes)}_{k}" for k in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, array: np.ndarray) -> str:
        from onnx import numpy_helper

        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def linear(self, x: str, weight: np.ndarray, bias: np.ndarray) -> str:
        """x (V, I) times weight (O, I) transposed; int8: weights by row, x by tensor."""
        if not self.int8 or weight.shape[1] < 16:
            product = self.op("MatMul", x, self.constant(weight.T))
            return self.op("Add", product, self.constant(bias))
        scale = np.abs(weight).max(axis=1) / 127
        codes = np.rint(weight / scale[:, None]).astype(np.int8)
        quantised, x_scale, x_zero = self.op("DynamicQuantizeLinear", x, outputs=3)
        product = self.op("MatMulInteger", quantised, self.constant(codes.T), x_zero)
        scales = self.op("Mul", x_scale, self.constant(scale.astype(np.float32)))
        floats = self.op("Mul", self.op("Cast", product, to=1), scales)
        return self.op("Add", floats, self.constant(bias))

    def gru(self, layer: GruLayer, x: str, h: str) -> str:
        r_x, z_x, n_x = self.op("Split", self.linear(x, layer.w_ih, layer.b_ih), outputs=3, axis=1)
        r_h, z_h, n_h = self.op("Split", self.linear(h, layer.w_hh, layer.b_hh), outputs=3, axis=1)
        r = self.op("Sigmoid", self.op("Add", r_x, r_h))
        z = self.op("Sigmoid", self.op("Add", z_x, z_h))
        n = self.op("Tanh", self.op("Add", n_x, self.op("Mul", r, n_h)))
        return str(self.op("Add", n, self.op("Mul", z, self.op("Sub", h, n))))

    def draw(self, logits: str, uniform: str) -> str:
        """Samples (V, 1): how many cumulated probabilities lie below the uniform (V, 1)."""
        last = self.constant(np.array(1, np.int64))
        cumulated = self.op("CumSum", self.op("Softmax", logits, axis=1), last)
        below = self.op("Cast", self.op("Less", cumulated, uniform), to=7)
        axes = self.constant(np.array([1], np.int64))
        count = self.op("ReduceSum", below, axes, keepdims=1)
        code = self.op("Min", count, self.constant(np.array(255, np.int64)))
        return str(self.op("Gather", self.constant(mulaw_table(256)), code))


def _scan_model(weights: GruWeights, int8: bool) -> bytes:
    """uniforms (T, V, 1), params (V, 2), states -> samples (T, V, 1): the loop in the graph."""
    from onnx import TensorProto, helper

    body, states = _Body(int8), ["h0", "h1", "h2"]
    x, new = body.op("Concat", "previous", "params", axis=1), []
    for layer, h in zip(weights.layers, states, strict=True):
        x = body.gru(layer, x, h)
        new.append(x)
    sample = body.draw(body.linear(x, weights.out_weight, weights.out_bias), "uniform")
    samples = body.op("Identity", sample)

    def value(name: str, *shape: object) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    carried = [("previous", 1), *((h, 256) for h in states)]
    inner = helper.make_graph(
        body.nodes,
        "step",
        [*(value(n, "V", w) for n, w in carried), value("uniform", "V", 1)],
        [
            *(value(n, "V", w) for n, w in zip([sample, *new], (1, 256, 256, 256), strict=True)),
            value(samples, "V", 1),
        ],
        body.weights,
    )
    ends = [f"end{k}" for k in range(4)]
    scan = helper.make_node(
        "Scan",
        [*(n for n, _ in carried), "uniforms"],
        [*ends, "samples"],
        body=inner,
        num_scan_inputs=1,
    )
    inputs = [*(value(n, "V", w) for n, w in carried), value("uniforms", "T", "V", 1)]
    graph = helper.make_graph(
        [scan], "loop", [*inputs, value("params", "V", 2)], [value("samples", "T", "V", 1)]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def onnx_scan(int8: bool) -> Callable[[GruWeights], Run]:
    """ONNX Runtime with the whole loop in the graph; int8: weights by row, inputs at run time."""

    def build(weights: GruWeights) -> Run:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            _scan_model(weights, int8), options, providers=["CPUExecutionProvider"]
        )
        random = np.random.default_rng(0)

        def play(voices: int, steps: int) -> None:
            feeds = {f"h{k}": np.zeros((voices, 256), np.float32) for k in range(3)}
            feeds |= {"previous": np.zeros((voices, 1), np.float32)}
            feeds |= {"params": np.tile(PARAMS, (voices, 1))}
            feeds |= {"uniforms": random.random((steps, voices, 1), np.float32)}
            session.run(["samples"], feeds)

        return play

    return build


RIVALS: dict[str, Callable[[GruWeights], Run]] = {
    "onnxruntime scan int8": onnx_scan(True),
    "onnxruntime scan float32": onnx_scan(False),
    "plain C float32": plain_c,
    "pytorch script float32": torch_script,
    "pytorch nn.GRU float32": torch_eager,
}
