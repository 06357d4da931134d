"""The sound-model file: what is written is read, runs in onnxruntime, means what torch means."""

import json
import os
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from parts import require_or_skip
from small_models import INFO, PITCH, random_weights, write_example

from smfosc.model_file import (
    GruWeights,
    ModelFileError,
    ModelInfo,
    NotCanonical,
    Parameter,
    mulaw_table,
    read_info,
    read_model,
    write_model,
)
from smfosc.reference import Layer, Network, step

# P, L, H, Q: the smallest, odd widths, the paper's, the widest of each kind.
SHAPES = [(1, 1, 1, 256), (2, 3, 17, 300), (2, 3, 256, 256), (16, 8, 32, 1024), (1, 1, 1024, 256)]


def _parameters(count: int) -> tuple[Parameter, ...]:
    return tuple(replace(PITCH, name=f"p{k}") for k in range(count))


def _write(path: Path, shape: tuple[int, int, int, int]) -> tuple[ModelInfo, GruWeights]:
    parameters, layers, hidden, levels = shape
    info = replace(INFO, parameters=_parameters(parameters), levels=levels)
    weights = random_weights(parameters=parameters, layers=layers, hidden=hidden, levels=levels)
    write_model(path, info, weights)
    return info, weights


def _arrays(weights: GruWeights) -> list[np.ndarray]:
    layers = [a for w in weights.layers for a in (w.w_ih, w.w_hh, w.b_ih, w.b_hh)]
    return [*layers, weights.out_weight, weights.out_bias]


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_written_is_read(tmp_path: Path, shape: tuple[int, int, int, int]) -> None:
    info, weights = _write(tmp_path / "m.onnx", shape)
    model = read_model(tmp_path / "m.onnx")
    assert model.info == info == read_info(tmp_path / "m.onnx")
    for written, read in zip(_arrays(weights), _arrays(model.weights), strict=True):
        assert np.array_equal(written, read)
        assert read.dtype == np.float32
        assert read.flags.c_contiguous
        assert not read.flags.writeable


NUMBERS = st.floats(-1e9, 1e9) | st.sampled_from([0.0, -0.0, 1e-300, float("nan"), float("inf")])
INFOS = st.builds(
    ModelInfo,
    name=st.from_regex(r"[a-z][a-z0-9_-]{0,31}", fullmatch=True) | st.text(max_size=40),
    samplerate=st.integers(),
    levels=st.just(256) | st.integers(),
    parameters=st.tuples(
        *[st.builds(Parameter, st.text(max_size=8), st.text(), *[NUMBERS] * 3, st.text())] * 2
    )
    | st.just(INFO.parameters),
    loudness_lufs=NUMBERS,
    licence=st.text(),
    authors=st.lists(st.text(), max_size=3).map(tuple),
    description=st.text(),
    provenance=st.dictionaries(st.text(), st.text() | st.integers() | NUMBERS | st.none()),
)


@settings(deadline=None)
@given(info=INFOS)
def test_any_information_is_read_back_or_refused(
    info: ModelInfo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.onnx"
    path.unlink(missing_ok=True)
    try:
        write_model(path, info, random_weights(hidden=1))
    except ModelFileError:
        assert not path.exists()
    else:
        assert read_info(path) == info


def test_the_file_passes_onnx_own_full_check(tmp_path: Path) -> None:
    onnx.checker.check_model(write_example(tmp_path / "m.onnx"), full_check=True)


# --- three oracles: the equations in NumPy, torch, onnxruntime --------------------------------


def _equations(
    weights: GruWeights, inputs: np.ndarray, states: list[np.ndarray]
) -> list[np.ndarray]:
    """Logits (B, Q) and each layer's state (B, H) after one step, in float64."""
    network = Network(
        [Layer(w.w_ih, w.w_hh, w.b_ih, w.b_hh) for w in weights.layers],
        weights.out_weight,
        weights.out_bias,
    )
    rows = zip(inputs.astype(np.float64), np.stack(states, axis=1), strict=True)
    steps = [step(network, row[0], row[1:], state) for row, state in rows]
    return [np.stack([row for row, _ in steps]), *np.stack([state for _, state in steps], axis=1)]


def _onnxruntime(path: Path, inputs: np.ndarray, states: list[np.ndarray]) -> list[np.ndarray]:
    require_or_skip(find_spec("onnxruntime"), "onnxruntime (pip install smfosc[onnx])")
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    feeds = {f"state_{i}": state for i, state in enumerate(states)}
    return session.run(None, {"sample": inputs[:, :1], "params": inputs[:, 1:], **feeds})


def _torch(weights: GruWeights, inputs: np.ndarray, states: list[np.ndarray]) -> list[np.ndarray]:
    require_or_skip(find_spec("torch"), "torch (pip install smfosc[train])")
    import torch

    below, outputs = torch.tensor(inputs), []
    for layer, state in zip(weights.layers, states, strict=True):
        cell = torch.nn.GRUCell(layer.w_ih.shape[1], layer.w_hh.shape[1])
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            array = getattr(layer, name.replace("weight", "w").replace("bias", "b"))
            setattr(cell, name, torch.nn.Parameter(torch.tensor(array)))
        below = cell(below, torch.tensor(state))
        outputs.append(below.detach().numpy())
    return [outputs[-1] @ weights.out_weight.T + weights.out_bias, *outputs]


@pytest.mark.parametrize("shape", SHAPES)
def test_onnxruntime_torch_and_the_equations_agree(
    tmp_path: Path, shape: tuple[int, int, int, int]
) -> None:
    _write(tmp_path / "m.onnx", shape)
    weights = read_model(tmp_path / "m.onnx").weights
    draw = np.random.default_rng(2)
    params = draw.uniform(0, 1, (5, shape[0]))
    samples = mulaw_table(shape[3])[draw.integers(0, shape[3], (5, 1))]
    inputs = np.concatenate([samples, params], axis=1).astype(np.float32)
    states = [draw.uniform(-1, 1, (5, shape[2])).astype(np.float32) for _ in range(shape[1])]
    wanted = _equations(weights, inputs, states)
    for found in (
        _onnxruntime(tmp_path / "m.onnx", inputs, states),
        _torch(weights, inputs, states),
    ):
        for w, f in zip(wanted, found, strict=True):
            np.testing.assert_allclose(f, w, atol=2e-5, rtol=0)


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "Water", "smfosc.name: 'Water' is not a name"),
        ("name", "../water", "is not a name"),
        ("samplerate", 100, "samplerate: 100; wanted 4000 to 96000"),
        ("levels", 128, "levels: 128; wanted 256 to 1024"),
        ("loudness_lufs", float("nan"), "loudness_lufs: nan"),
        ("licence", "MIT\nor not", "licence"),
        ("description", "x" * 801, "one printable line of at most 800 bytes"),
        ("provenance", {"loss": float("inf")}, "provenance"),
        ("parameters", (), "parameters' count: 0; wanted 1 to 16"),
        ("parameters", _parameters(17), "parameters' count: 17"),
        ("parameters", (PITCH, PITCH), "parameters[1].name: 'pitch'; wanted a name that is not"),
        ("parameters", (replace(PITCH, name="gain"),), "parameters[0].name: 'gain' is reserved"),
        ("parameters", (replace(PITCH, maximum=64.0),), "maximum: 64.0; wanted a number above"),
        ("parameters", (replace(PITCH, default=77.0),), "default: 77.0; wanted a number in 64.0"),
        ("parameters", (replace(PITCH, minimum=float("-inf")),), "parameters[0].minimum: -inf"),
    ],
)
def test_a_wrong_field_is_refused_by_name_and_nothing_is_written(
    tmp_path: Path, field: str, value: object, says: str
) -> None:
    with pytest.raises(ModelFileError) as error:
        write_example(tmp_path / "m.onnx", **{field: value})
    assert str(error.value).startswith(f"{tmp_path / 'm.onnx'}: ")
    assert says in str(error.value)
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused(tmp_path: Path, bad: float) -> None:
    weights = random_weights()
    weights.layers[1].w_hh[3, 4] = bad
    with pytest.raises(ModelFileError, match="layer 1 w_hh: holds NaN or infinity"):
        write_model(tmp_path / "m.onnx", INFO, weights)


def test_weights_of_another_shape_than_the_parameters_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ModelFileError, match=r"layer 0 w_ih: float32 \(24, 4\); wanted .*\(24, 3\)"
    ):
        write_model(tmp_path / "m.onnx", INFO, random_weights(parameters=3))


def test_writing_over_a_model_replaces_it_at_once(tmp_path: Path) -> None:
    path = write_example(tmp_path / "m.onnx")
    held = path.open("rb")
    write_example(path, description="new")
    assert b"Noise, in a way." in held.read()  # a reader that was open keeps the whole old file
    held.close()
    assert read_info(path).description == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_a_one_line_error(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="cannot write: No such file or directory"):
        write_example(tmp_path / "none" / "m.onnx")
    with pytest.raises(ModelFileError, match="cannot read: No such file or directory"):
        read_model(tmp_path / "none" / "m.onnx")


# --- files changed by hand ---------------------------------------------------------------------


def _changed(path: Path, change: object) -> Path:
    """The example file after `change(model)`."""
    model = onnx.load(write_example(path))
    change(model)  # type: ignore[operator]
    path.write_bytes(model.SerializeToString())
    return path


def _set(key: str, value: str) -> object:
    def change(model: onnx.ModelProto) -> None:
        for entry in model.metadata_props:
            if entry.key == f"smfosc.{key}":
                entry.value = value

    return change


def _set_parameter(**values: object) -> object:
    first = {"name": "a", "unit": "", "minimum": 0, "maximum": 1, "default": 0}
    first |= {"description": "", "mapping": "linear", **values}
    second = {**first, "name": "b", "mapping": "linear"}
    return _set("parameters", json.dumps([first, second]))


METADATA = [
    (_set("format", "3"), "format version 3; this smfosc reads 1. Update smfosc or re-export."),
    (_set("format", "one"), "smfosc.format: 'one'; wanted JSON"),
    (_set("format", "true"), "smfosc.format: True; wanted a whole number"),
    (_set("samplerate", "16000.5"), "smfosc.samplerate: 16000.5; wanted a whole number"),
    (_set("levels", "1e999"), "smfosc.levels: inf; wanted a whole number"),
    (_set("loudness_lufs", "NaN"), "smfosc.loudness_lufs: 'NaN'; wanted JSON"),
    (_set("loudness_lufs", "1" * 400), "smfosc.loudness_lufs"),
    (_set("encoding", "linear"), "smfosc.encoding: 'linear'; wanted mu-law"),
    (_set("authors", '"me"'), "smfosc.authors: 'me'; wanted JSON (list)"),
    (_set("authors", "[1]"), "smfosc.authors[0]: 1; wanted one printable line"),
    (_set("provenance", "[" * 100_000), "smfosc.provenance"),
    (_set("parameters", "[7]"), "smfosc.parameters[0]: 7; wanted a JSON object"),
    (_set_parameter(minimum="0"), "smfosc.parameters[0].minimum: '0'; wanted a number"),
    (_set_parameter(mapping="log"), "smfosc.parameters[0].mapping: 'log'; wanted linear"),
    (_set_parameter(unit=None), "smfosc.parameters[0].unit: missing; wanted text"),
    (_set("states", "[]"), "states' count: 0; wanted 1 to 8"),
    (_set("states", '[{"input": 1}]'), "smfosc.states[0]"),
    (lambda m: m.ClearField("metadata_props"), "not a smfosc sound model"),
    (lambda m: m.metadata_props.append(m.metadata_props[0]), "given twice"),
]


@pytest.mark.parametrize(("change", "says"), METADATA)
def test_wrong_metadata_is_refused_by_its_key(tmp_path: Path, change: object, says: str) -> None:
    path = _changed(tmp_path / "m.onnx", change)
    for read in (read_model, read_info):
        with pytest.raises(ModelFileError) as error:
            read(path)
        assert says in str(error.value)
        assert str(error.value).startswith(f"{path}: ")
        assert "\n" not in str(error.value)
        assert len(str(error.value)) < 300 + len(str(path))


def _node(model: onnx.ModelProto, op: str) -> onnx.NodeProto:
    return next(node for node in model.graph.node if node.op_type == op)


def _tensor(model: onnx.ModelProto, name: str) -> onnx.TensorProto:
    return next(tensor for tensor in model.graph.initializer if tensor.name == name)


def _reset_before(model: onnx.ModelProto) -> None:
    """Cho's first GRU: the reset gate on the state, not on its product."""
    for attribute in _node(model, "GRU").attribute:
        if attribute.name == "linear_before_reset":
            attribute.i = 0


def _clip(model: onnx.ModelProto) -> None:
    _node(model, "GRU").attribute.append(helper.make_attribute("clip", 1.0))


def _relu_before_logits(model: onnx.ModelProto) -> None:
    gemm = model.graph.node.pop()
    model.graph.node.append(helper.make_node("Relu", [gemm.input[0]], ["hot"]))
    gemm.input[0] = "hot"
    model.graph.node.append(gemm)


def _swap_states(model: onnx.ModelProto) -> None:
    first, second = (node for node in model.graph.node if node.input[0] in ("state_0", "state_1"))
    first.input[0], second.input[0] = second.input[0], first.input[0]


def _decoy(model: onnx.ModelProto) -> None:
    """Weights under the usual name that the graph does not use."""
    values = np.zeros((256, 8), np.float32)
    gemm = _node(model, "Gemm")
    _tensor(model, "out.weight").name = "real"
    gemm.input[1] = "real"
    model.graph.initializer.append(onnx.numpy_helper.from_array(values, "out.weight"))


def _overridable(model: onnx.ModelProto) -> None:
    model.graph.input.append(
        helper.make_tensor_value_info("out.bias", TensorProto.FLOAT, ["batch", 256])
    )


def _double(model: onnx.ModelProto) -> None:
    tensor = _tensor(model, "out.bias")
    tensor.CopyFrom(onnx.numpy_helper.from_array(np.zeros(256, np.float64), "out.bias"))


def _foreign_domain(model: onnx.ModelProto) -> None:
    _node(model, "Gemm").domain = "com.example"


def _rewire_layer(model: onnx.ModelProto) -> None:
    """Both layers read the input."""
    for node in model.graph.node:
        if node.op_type == "GRU":
            node.input[0] = "sequence_0"


GRAPHS = [
    _reset_before,
    _clip,
    _relu_before_logits,
    _swap_states,
    _decoy,
    _overridable,
    _double,
    _foreign_domain,
    _rewire_layer,
    lambda m: setattr(m.opset_import[0], "version", 99),
    lambda m: m.graph.node.insert(0, m.graph.node.pop()),
    lambda m: setattr(m.graph.input[0], "name", "input"),
    lambda m: m.graph.node.append(helper.make_node("Relu", ["logits"], ["x"])),
    lambda m: m.graph.initializer.append(m.graph.initializer[0]),
    _set("states", json.dumps([{"input": "a", "output": "b", "width": 8}] * 2)),
]


@pytest.mark.parametrize("change", GRAPHS)
def test_another_graph_is_left_to_the_onnx_engine(tmp_path: Path, change: object) -> None:
    path = _changed(tmp_path / "m.onnx", change)
    with pytest.raises(NotCanonical, match="only the onnx engine can play it"):
        read_model(path)
    assert read_info(path) == INFO


def test_the_weights_are_those_that_the_graph_uses_whatever_their_names(tmp_path: Path) -> None:
    def cross_names(model: onnx.ModelProto) -> None:
        first, second = (_tensor(model, f"gru_{i}.R") for i in (0, 1))
        first.name, second.name = second.name, first.name

    weights = random_weights()
    read = read_model(_changed(tmp_path / "m.onnx", cross_names)).weights
    assert np.array_equal(read.layers[0].w_hh, weights.layers[1].w_hh)
    assert np.array_equal(read.layers[1].w_hh, weights.layers[0].w_hh)


def test_spelt_out_defaults_and_other_wire_names_are_the_same_graph(tmp_path: Path) -> None:
    def rename(model: onnx.ModelProto) -> None:
        _node(model, "Gemm").attribute.append(helper.make_attribute("alpha", 1.0))
        _node(model, "GRU").attribute.append(helper.make_attribute("direction", "forward"))
        for node in model.graph.node:
            for names in (node.input, node.output):
                names[:] = [name.replace("sequence_0", "wire") for name in names]

    assert read_model(_changed(tmp_path / "m.onnx", rename)).info == INFO


def test_weights_in_another_file_are_refused_unopened(tmp_path: Path) -> None:
    def external(model: onnx.ModelProto) -> None:
        tensor = _tensor(model, "out.weight")
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.append(onnx.StringStringEntryProto(key="location", value="secret"))

    path = _changed(tmp_path / "m.onnx", external)
    os.mkfifo(tmp_path / "secret")  # reading it would hang
    for read in (read_model, read_info):
        with pytest.raises(ModelFileError, match=r"'out\.weight': weights in another file"):
            read(path)


@pytest.mark.parametrize("dims", [[256, 9], [2**62, 2**62], [-256, -8], [256], []])
def test_a_declared_size_that_is_not_there_is_refused(tmp_path: Path, dims: list[int]) -> None:
    def resize(model: onnx.ModelProto) -> None:
        _tensor(model, "out.weight").dims[:] = dims

    with pytest.raises(ModelFileError, match=r"'out.weight': shape .* wanted \(256, 8\)"):
        read_model(_changed(tmp_path / "m.onnx", resize))


def test_a_named_pipe_or_a_folder_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, says in ((tmp_path / "pipe", "not a regular file"), (tmp_path, "directory")):
        with pytest.raises(ModelFileError, match=says):
            read_model(path)
