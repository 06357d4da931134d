"""The native kernel's logits: the NumPy twin, torch and onnxruntime compute the same.

Every test runs in every instruction set of this machine; NEON and sanitizers are in
test_kernel_native.py, the draw in test_kernel_draw.py.
"""

import os
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels import PRECISIONS, losses, reference_logits, sound
from parts import require_or_skip
from small_models import INFO, PITCH, random_weights

from smfosc import _core
from smfosc.model_file import GruWeights, mulaw_table, read_model, write_model
from smfosc.models import kernel_of

ISAS = _core.isas()
MODEL = Path(__file__).parents[1] / "models" / "clarinet-trumpet.onnx"

# P, L, H, Q: the smallest, odd widths, the paper's, the widest and deepest of each kind.
SHAPES = [
    (1, 1, 1, 256),
    (2, 3, 17, 300),
    (1, 2, 24, 512),
    (4, 1, 100, 257),
    (2, 3, 256, 256),
    (16, 8, 32, 1024),
    (1, 1, 1024, 256),
]


def _weights(shape: tuple[int, int, int, int], seed: int = 0) -> GruWeights:
    parameters, layers, hidden, levels = shape
    return random_weights(
        parameters=parameters, layers=layers, hidden=hidden, levels=levels, seed=seed
    )


every_isa = pytest.mark.parametrize("isa", ISAS)
every_precision = pytest.mark.parametrize("precision", PRECISIONS)
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=lambda s: "P{}-L{}-H{}-Q{}".format(*s))


# --- against the oracles --------------------------------------------------------------------


@every_isa
@every_shape
def test_float32_logits_equal_the_reference(shape: tuple[int, int, int, int], isa: str) -> None:
    weights = _weights(shape)
    samples, params = sound(24, shape[0])
    found = kernel_of(weights, precision="float32", isa=isa).logits(samples[None], params[None])
    wanted = reference_logits(weights, samples, params)
    assert np.abs(found[0] - wanted).max() <= 1e-4


@every_isa
def test_float32_logits_stay_with_the_reference_for_a_thousand_samples(isa: str) -> None:
    weights = _weights((2, 2, 48, 256))
    samples, params = sound(1_000, 2)
    found = kernel_of(weights, precision="float32", isa=isa).logits(samples[None], params[None])
    assert np.abs(found[0] - reference_logits(weights, samples, params)).max() <= 1e-4


@every_isa
def test_float32_logits_equal_torch(isa: str) -> None:
    require_or_skip(find_spec("torch"), "torch: pip install 'smfosc[train]'")
    import torch

    weights = _weights((2, 3, 256, 256))
    samples, params = sound(100, 2)
    layers = torch.nn.GRU(3, 256, num_layers=3, batch_first=True)
    head = torch.nn.Linear(256, 256)
    with torch.no_grad():
        for k, layer in enumerate(weights.layers):
            for name in ("ih", "hh"):
                getattr(layers, f"weight_{name}_l{k}").copy_(
                    torch.tensor(getattr(layer, f"w_{name}"))
                )
                getattr(layers, f"bias_{name}_l{k}").copy_(
                    torch.tensor(getattr(layer, f"b_{name}"))
                )
        head.weight.copy_(torch.tensor(weights.out_weight))
        head.bias.copy_(torch.tensor(weights.out_bias))
        heard = torch.tensor(np.concatenate([samples[:, None], params], axis=1))
        wanted = head(layers(heard[None])[0])[0].numpy()
    found = kernel_of(weights, precision="float32", isa=isa).logits(samples[None], params[None])
    assert np.abs(found[0] - wanted).max() <= 1e-4


@every_isa
def test_float32_logits_equal_onnxruntime_on_the_model_file(tmp_path: Path, isa: str) -> None:
    require_or_skip(find_spec("onnxruntime"), "onnxruntime: pip install 'smfosc[onnx]'")
    import onnxruntime

    weights = _weights((2, 3, 64, 256))
    path = tmp_path / "m.onnx"
    parameters = (PITCH, replace(PITCH, name="timbre"))
    write_model(path, replace(INFO, parameters=parameters), weights)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    outputs = [out.name for out in session.get_outputs()]
    inputs = {i.name: i for i in session.get_inputs()}
    state = {
        name: np.zeros([n if isinstance(n, int) else 1 for n in i.shape], np.float32)
        for name, i in inputs.items()
        if name not in ("sample", "params")
    }
    samples, params = sound(100, 2)
    found = kernel_of(weights, precision="float32", isa=isa).logits(samples[None], params[None])[0]
    for t, (sample, values) in enumerate(zip(samples, params, strict=True)):
        fed = {"sample": np.full((1, 1), sample), "params": values[None]}
        results = dict(zip(outputs, session.run(outputs, fed | state), strict=True))
        state = dict(zip(state, (results[n] for n in outputs if n != "logits"), strict=True))
        assert np.abs(found[t] - results["logits"][0]).max() <= 1e-4, t


@every_isa
@every_precision
def test_rounded_weights_stay_near_float32(precision: str, isa: str) -> None:
    weights = _weights((2, 3, 256, 256))
    samples, params = sound(60, 2)
    rounded, exact = (
        kernel_of(weights, precision=p, isa=isa).logits(samples[None], params[None])
        for p in (precision, "float32")
    )
    assert (
        np.abs(rounded - exact).max() <= {"float32": 0, "bfloat16": 0.05, "int8": 0.25}[precision]
    )


@every_precision
@pytest.mark.parametrize("isa", ISAS[:-1])
def test_instruction_sets_agree(precision: str, isa: str) -> None:
    """Products of int8 are exact: what differs is the gates' last bits, and now and then the
    rounding that they tip over."""
    weights = _weights((2, 3, 100, 300))
    samples, params = sound(60, 2)
    one, other = (
        kernel_of(weights, precision=precision, isa=i).logits(samples[None], params[None])
        for i in (isa, "portable")
    )
    assert np.abs(one - other).max() <= {"float32": 2e-5, "bfloat16": 0.02, "int8": 0.05}[precision]


@settings(max_examples=25, deadline=None)
@given(
    parameters=st.integers(1, 16),
    layers=st.integers(1, 8),
    hidden=st.integers(1, 70),
    levels=st.integers(256, 1024),
    seed=st.integers(0, 2**32 - 1),
    isa=st.sampled_from(ISAS),
)
def test_any_size_equals_the_reference(
    parameters: int, layers: int, hidden: int, levels: int, seed: int, isa: str
) -> None:
    weights = _weights((parameters, layers, hidden, levels), seed)
    samples, params = sound(5, parameters, seed=seed)
    found = kernel_of(weights, precision="float32", isa=isa).logits(samples[None], params[None])
    assert np.abs(found[0] - reference_logits(weights, samples, params)).max() <= 1e-4


# --- one voice is one voice -----------------------------------------------------------------


@every_isa
@every_precision
@pytest.mark.parametrize("hidden", [24, 64])
def test_samples_do_not_depend_on_the_batch(precision: str, isa: str, hidden: int) -> None:
    kernel = kernel_of(_weights((2, 3, hidden, 256)), precision=precision, isa=isa)
    params = np.random.default_rng(1).uniform(0, 1, (8, 2)).astype(np.float32)
    alone = kernel.generate(list(range(8)), params, 200, batch=1)
    for batch in range(2, 9):
        np.testing.assert_array_equal(
            kernel.generate(list(range(8)), params, 200, batch=batch), alone
        )


@every_isa
@every_precision
def test_samples_do_not_depend_on_the_neighbours(precision: str, isa: str) -> None:
    kernel = kernel_of(_weights((2, 3, 32, 256)), precision=precision, isa=isa)
    params = np.random.default_rng(1).uniform(0, 1, (8, 2)).astype(np.float32)
    together = kernel.generate(list(range(8)), params, 200)
    order = [5, 2, 7, 0, 3]
    shuffled = kernel.generate(order, params[order], 200)
    np.testing.assert_array_equal(shuffled, together[order])


@every_isa
@every_precision
def test_logits_do_not_depend_on_the_batch(precision: str, isa: str) -> None:
    kernel = kernel_of(_weights((3, 2, 40, 300)), precision=precision, isa=isa)
    voices = [sound(50, 3, seed=v) for v in range(8)]
    samples, params = (np.stack(parts) for parts in zip(*voices, strict=True))
    alone = kernel.logits(samples, params, batch=1)
    for batch in (2, 3, 5, 8):
        np.testing.assert_array_equal(kernel.logits(samples, params, batch=batch), alone)


def test_a_longer_run_begins_like_a_shorter_one() -> None:
    kernel = kernel_of(_weights((2, 3, 32, 256)))
    params = np.array([0.2, 0.7], np.float32)
    np.testing.assert_array_equal(
        kernel.generate([1, 2], params, 300)[:, :100], kernel.generate([1, 2], params, 100)
    )


def test_another_seed_gives_another_sound_and_the_same_seed_the_same() -> None:
    kernel = kernel_of(_weights((2, 3, 32, 256)))
    params = np.array([0.2, 0.7], np.float32)
    first, second, again = kernel.generate([1, 2, 1], params, 200)
    np.testing.assert_array_equal(first, again)
    assert np.count_nonzero(first != second) > 150


def test_free_run_feeds_back_what_it_drew() -> None:
    kernel = kernel_of(_weights((2, 2, 32, 256)), precision="float32")
    params = np.array([0.2, 0.7], np.float32)
    drawn = kernel.generate([7], params, 100)
    table = mulaw_table(256)
    heard = np.concatenate([[table[np.abs(table).argmin()]], drawn[0, :-1]])
    logits = kernel.logits(heard[None], params)[0]
    codes = [kernel.draw(row, 1.0, 0.0, _core.uniform(7, t)) for t, row in enumerate(logits)]
    np.testing.assert_array_equal(drawn[0], table[codes])


# --- what is rounded ------------------------------------------------------------------------


@every_isa
@pytest.mark.parametrize("precision", ["bfloat16", "int8"])
def test_rounding_costs_the_shipped_model_at_most_2_millinats(precision: str, isa: str) -> None:
    """On held-out sound that came with the model; the first 32 samples settle."""
    model, golden = read_model(MODEL), np.load(MODEL.with_suffix(".golden.npz"))
    codes = golden["held_codes"].astype(np.int64)
    samples = mulaw_table(model.info.levels)[codes[:, :-1]]
    loss = {
        p: losses(
            kernel_of(model.weights, precision=p, isa=isa).logits(
                samples, golden["held_parameters"]
            ),
            codes[:, 1:],
        )[:, 32:].mean()
        for p in ("float32", precision)
    }
    assert loss[precision] - loss["float32"] <= 0.002


@every_isa
def test_the_shipped_models_golden_logits(isa: str) -> None:
    model, golden = read_model(MODEL), np.load(MODEL.with_suffix(".golden.npz"))
    samples = mulaw_table(model.info.levels)[golden["codes"].astype(np.int64)]
    kernel = kernel_of(model.weights, precision="float32", isa=isa)
    found = kernel.logits(samples[None], golden["parameters"][None])[0]
    assert np.abs(found - golden["logits"]).max() <= 1e-4


@every_isa
def test_int8_sums_never_saturate(isa: str) -> None:
    """h held at 1 (update gate shut, candidate 1) under weights of +-1: sums at full scale."""
    hidden, levels = 1024, 256
    ones = np.ones((3 * hidden, hidden), np.float32)
    bias = np.repeat(np.array([0, -1e3, 50], np.float32), hidden)
    signs = np.where(np.arange(levels) % 2 == 0, 1, -1).astype(np.float32)
    kernel = _core.Kernel(
        [(ones[:, :2].copy(), ones, bias, 0 * bias)],
        np.repeat(signs[:, None], hidden, axis=1),
        np.zeros(levels, np.float32),
        mulaw_table(levels),
        precision="int8",
        isa=isa,
    )
    logits = kernel.logits(np.zeros((1, 3), np.float32), np.zeros(1, np.float32))
    np.testing.assert_allclose(logits[0, -1], hidden * signs, rtol=1e-6)


@every_isa
@every_precision
def test_huge_weights_neither_crash_nor_leave_the_range(precision: str, isa: str) -> None:
    weights = _weights((2, 2, 17, 256))
    loud = GruWeights(
        tuple(
            replace(layer, w_hh=layer.w_hh * np.float32(1e38), b_ih=layer.b_ih * np.float32(3e38))
            for layer in weights.layers
        ),
        weights.out_weight * np.float32(1e38),
        weights.out_bias,
    )
    samples = kernel_of(loud, precision=precision, isa=isa).generate(
        [1], np.array([0.5, 0.5], np.float32), 50
    )
    assert np.abs(samples).max() <= 1


@every_precision
def test_weight_bytes_are_those_of_the_precision(precision: str) -> None:
    kernel = kernel_of(_weights((2, 3, 256, 256)), precision=precision)
    bytes_each = {"float32": 4, "bfloat16": 2, "int8": 1}[precision]
    assert 2**20 * bytes_each <= kernel.weight_bytes <= 2**20 * bytes_each * 1.05


# --- errors ---------------------------------------------------------------------------------


def _arguments() -> dict[str, object]:
    weights = _weights((2, 2, 16, 256))
    return {
        "layers": [(x.w_ih, x.w_hh, x.b_ih, x.b_hh) for x in weights.layers],
        "out_weight": weights.out_weight,
        "out_bias": weights.out_bias,
        "decode_table": mulaw_table(256),
    }


def _with_layer(index: int, field: int, array: object) -> dict[str, object]:
    arguments = _arguments()
    layers = [list(layer) for layer in arguments["layers"]]
    layers[index][field] = array
    return arguments | {"layers": [tuple(layer) for layer in layers]}


BROKEN = {
    "layers[1].w_hh: float32 wanted": lambda: _with_layer(1, 1, np.zeros((48, 16))),
    r"layers[1].w_hh: shape (48,15); (48,16) wanted": lambda: _with_layer(
        1, 1, np.zeros((48, 15), np.float32)
    ),
    "layers[0].b_ih holds a value that is not finite": lambda: _with_layer(
        0, 2, np.full(48, np.nan, np.float32)
    ),
    "layers[0].w_hh: a C-contiguous array wanted": lambda: _with_layer(
        0, 1, np.zeros((16, 48), np.float32).T
    ),
    "layers[0]: (w_ih, w_hh, b_ih, b_hh) wanted": lambda: _arguments() | {"layers": [(1, 2)]},
    "layers: 1 to 8 layers wanted": lambda: _arguments() | {"layers": []},
    "out_bias: shape (255,); (256,) wanted": lambda: (
        _arguments() | {"out_bias": np.zeros(255, np.float32)}
    ),
    "out_weight: shape (levels, hidden) wanted": lambda: (
        _arguments() | {"out_weight": np.zeros(256, np.float32)}
    ),
    "decode_table: shape (2,); (256,) wanted": lambda: (
        _arguments() | {"decode_table": np.zeros(2, np.float32)}
    ),
    "levels is 255; 256 to 1024 wanted": lambda: (
        _arguments()
        | {
            "out_weight": np.zeros((255, 16), np.float32),
            "out_bias": np.zeros(255, np.float32),
            "decode_table": mulaw_table(255),
        }
    ),
    "precision int4; float32, bfloat16 or int8 wanted": lambda: (
        _arguments() | {"precision": "int4"}
    ),
    "isa mmx; portable, avx2, avx512 or neon wanted": lambda: _arguments() | {"isa": "mmx"},
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_wrong_field_is_named_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"\A[^\n]+\Z") as caught:
        _core.Kernel(**BROKEN[text]())
    assert text in str(caught.value)


def test_wrong_run_arguments_are_named() -> None:
    kernel = kernel_of(_weights((2, 2, 16, 256)))
    params = np.zeros(2, np.float32)
    with pytest.raises(ValueError, match=r"params: shape \(3,\); \(2,\), \(1,2\) or \(1,5,2\)"):
        kernel.generate([1], np.zeros(3, np.float32), 5)
    with pytest.raises(ValueError, match="params: holds a value that is not finite"):
        kernel.generate([1], params + np.nan, 5)
    with pytest.raises(ValueError, match="batch: 1 to 8 wanted"):
        kernel.generate([1], params, 5, batch=9)
    with pytest.raises(ValueError, match="temperature"):
        kernel.generate([1], params, 5, temperature=0.0)
    with pytest.raises(ValueError, match="samples: float32 wanted"):
        kernel.logits(np.zeros((1, 5)), params)


def _detect(name: str) -> subprocess.CompletedProcess[str]:
    program = "from smfosc import _core; print(_core.detect_isa())"
    return subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"SMFOSC_ISA": name},
        capture_output=True,
        text=True,
    )


@every_isa
def test_the_environment_chooses_the_instruction_set(isa: str) -> None:
    assert _detect(isa).stdout.strip() == isa


@pytest.mark.parametrize("name", ["neon", "sse9"] if "neon" not in ISAS else ["avx2", "sse9"])
def test_an_instruction_set_that_cannot_run_here_is_refused_in_one_line(name: str) -> None:
    error = _detect(name).stderr.strip().splitlines()[-1]
    assert error == f"RuntimeError: SMFOSC_ISA={name}: this machine runs {', '.join(ISAS)}"


def test_without_a_choice_the_best_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMFOSC_ISA", raising=False)
    assert _core.detect_isa() == ISAS[0]
    assert ISAS[-1] == "portable"
