"""The unrolled graph against slow twins: the native kernel, and one step at a time."""

from pathlib import Path

import numpy as np
import pytest
from foreign_graphs import write_lstm, write_two_tiers
from kernels import sound
from parts import require_or_skip

from smfosc import reference
from smfosc.model_file import ModelFileError, mulaw_table, read_graph, read_model
from smfosc.models import kernel_of
from smfosc.onnx_engine.session import Batch, Session, probe

MODEL = Path(__file__).parents[2] / "models" / "clarinet-trumpet.onnx"


@pytest.fixture(autouse=True)
def _onnxruntime() -> None:
    try:
        import onnxruntime  # noqa: F401
    except ImportError:
        require_or_skip(False, "onnxruntime (pip install smfosc[onnx])")


def test_the_shipped_model_has_the_native_kernels_logits() -> None:
    samples, params = sound(200, 2)
    native = kernel_of(read_model(MODEL).weights, precision="float32")
    ours = Session(read_graph(MODEL)).logits(samples, params)
    theirs = native.logits(samples[None], params[None])[0]
    assert np.abs(ours).max() > 1.0
    np.testing.assert_allclose(ours, theirs, atol=2e-4)


def step_by_step(session: Session, batch: Batch, voice: int) -> np.ndarray:
    """The samples of one voice of a batch, as the equations in unrolled.py read."""
    table = mulaw_table(256)
    samples = np.zeros(1, np.float32)
    params = batch.params[:, voice]
    for t in range(len(params)):
        row = session.logits(samples, params[: t + 1])[-1].astype(np.float64)
        temperature = float(batch.temperature[t, voice])
        level = reference.draw(row, temperature, 0.0, batch.uniform[t, voice])
        samples = np.append(samples, table[level])
    return samples[1:]


@pytest.mark.parametrize("write", [write_lstm, write_two_tiers])
def test_an_unrolled_run_draws_what_single_steps_draw(write, tmp_path) -> None:
    session = Session(read_graph(write(tmp_path / "other.onnx")))
    first, states = session.silence(2)
    random = np.random.default_rng(1)
    params = random.uniform(0, 1, (30, 2, 2)).astype(np.float32)
    batch = Batch(
        first, states, params, np.full((30, 2), 0.8, np.float32), random.uniform(0, 1, (30, 2))
    )
    samples, last, _ = session.run(batch)
    for voice in range(2):
        np.testing.assert_array_equal(samples[:, voice], step_by_step(session, batch, voice))
    assert last[:, 0].tolist() == samples[-1].tolist()


@pytest.mark.parametrize("voices", [1, 2, 3, 8])
def test_a_voice_is_the_same_bit_for_bit_whoever_plays_beside_it(voices, tmp_path) -> None:
    session = Session(read_graph(write_lstm(tmp_path / "lstm.onnx")))
    random = np.random.default_rng(2)
    params = random.uniform(0, 1, (64, voices, 2)).astype(np.float32)
    uniform = random.uniform(0, 1, (64, voices))
    tempered = np.ones((64, voices), np.float32)
    together = session.run(Batch(*session.silence(voices), params, tempered, uniform))[0]
    for v in range(voices):
        own = slice(v, v + 1)
        alone = Batch(*session.silence(1), params[:, own], tempered[:, own], uniform[:, own])
        np.testing.assert_array_equal(session.run(alone)[0][:, 0], together[:, v])


def test_two_short_runs_are_one_long_run(tmp_path) -> None:
    session = Session(read_graph(write_two_tiers(tmp_path / "tiers.onnx")))
    random = np.random.default_rng(3)
    params = random.uniform(0, 1, (50, 1, 2)).astype(np.float32)
    uniform, tempered = random.uniform(0, 1, (50, 1)), np.ones((50, 1), np.float32)
    whole = session.run(Batch(*session.silence(1), params, tempered, uniform))[0]
    head, last, states = session.run(
        Batch(*session.silence(1), params[:20], tempered[:20], uniform[:20])
    )
    tail = session.run(Batch(last, states, params[20:], tempered[20:], uniform[20:]))[0]
    np.testing.assert_array_equal(np.concatenate([head, tail]), whole)


def test_a_graph_that_cannot_run_is_refused_in_a_line(tmp_path) -> None:
    sound_graph = read_graph(write_lstm(tmp_path / "lstm.onnx"))
    node = next(node for node in sound_graph.graph.graph.node if node.op_type == "Gemm")
    node.op_type = "Gemmm"
    with pytest.raises(ModelFileError, match=r"onnxruntime refuses the graph: .*Gemmm") as refused:
        Session(sound_graph)
    assert "\n" not in str(refused.value)


def test_a_model_whose_samples_are_no_numbers_is_refused(tmp_path) -> None:
    path = write_lstm(tmp_path / "lstm.onnx")
    session = Session(read_graph(path))
    session.run = lambda batch: (np.full((2, 2), np.nan, np.float32), None, None)  # type: ignore[method-assign]
    with pytest.raises(ModelFileError, match="not finite"):
        probe(path, session)


def test_a_device_without_its_provider_is_named(tmp_path) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has CUDA")
    with pytest.raises(ModelFileError, match=r"no CUDAExecutionProvider here: pip install"):
        Session(read_graph(write_lstm(tmp_path / "lstm.onnx")), "cuda")
