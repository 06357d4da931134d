"""Voices of other graphs in the real engine: sample-exact, `LEAD_S` after their events."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from foreign_graphs import write_lstm, write_two_tiers
from parts import require_or_skip

from smfosc.engine import Engine, Kind
from smfosc.models import Models
from smfosc.onnx_engine import LEAD_S, load
from smfosc.voices import LoadedModel

RATE = 48_000
LEAD = round(LEAD_S * RATE)


@pytest.fixture(autouse=True)
def _onnxruntime() -> None:
    try:
        import onnxruntime  # noqa: F401
    except ImportError:
        require_or_skip(False, "onnxruntime (pip install smfosc[onnx])")


@pytest.fixture(scope="module")
def lstm(tmp_path_factory) -> LoadedModel:
    return load(write_lstm(tmp_path_factory.mktemp("models") / "lstm.onnx", name="lstm"))


def engine_with(model: LoadedModel, voices: int = 1, **options) -> tuple[Engine, list[int]]:
    engine = Engine(RATE, channels=1, **{"realtime": False, **options})
    return engine, [add(engine, model, seed=n) for n in range(voices)]


def add(engine: Engine, model: LoadedModel, seed: int) -> int:
    return engine.add_voice(
        model.kernel,
        parameters=model.info.parameters,
        values=[p.default for p in model.info.parameters],
        samplerate=model.info.samplerate,
        seed=seed,
        gate=True,
        channel=1,
        frame=0,
    )


def in_blocks(engine: Engine, frames: int, block: int) -> np.ndarray:
    return np.concatenate(
        [engine.render(min(block, frames - at))[0] for at in range(0, frames, block)]
    )


@pytest.mark.parametrize("block", [64, 1000, 9000])
def test_a_render_does_not_depend_on_its_blocks(lstm, block) -> None:
    engine, _ = engine_with(lstm)
    sound = in_blocks(engine, 18_000, block)
    again, _ = engine_with(lstm)
    assert np.abs(sound).max() > 0.01
    np.testing.assert_array_equal(sound, in_blocks(again, 18_000, 4096))


@pytest.mark.parametrize("workers", [0, 1])
def test_voices_together_are_the_sum_of_voices_alone(lstm, workers) -> None:
    together, _ = engine_with(lstm, 3, workers=workers)
    total = np.zeros(12_000, np.float32)
    for n in range(3):
        alone = Engine(RATE, channels=1, realtime=False)
        add(alone, lstm, n)
        total += in_blocks(alone, 12_000, 512)
    np.testing.assert_array_equal(in_blocks(together, 12_000, 512), total)


def test_a_parameter_acts_the_lead_later_on_the_sample(lstm) -> None:
    still, _ = engine_with(lstm)
    moved, (slot,) = engine_with(lstm)
    moved.send(slot, Kind.PARAM, frame=6000, value=76.0, index=0)
    sounds = in_blocks(still, 15_000, 512), in_blocks(moved, 15_000, 512)
    first = int(np.flatnonzero(sounds[0] != sounds[1])[0])
    # The resampler's taps reach back and forth about its delay, from the model sample that moved.
    assert 6000 + LEAD <= first <= 6000 + LEAD + moved.delay_frames + 3 * 60


def test_a_reset_plays_the_beginning_again(lstm) -> None:
    engine, (slot,) = engine_with(lstm)
    engine.send(slot, Kind.RESET, frame=9_001)
    sound = in_blocks(engine, 18_000, 512)
    np.testing.assert_array_equal(sound[9_001 : 9_001 + 8_000], sound[:8_000])


def test_a_reset_in_the_middle_of_another_start_is_a_start(lstm) -> None:
    engine, (slot,) = engine_with(lstm)
    for frame in (4_000, 4_300, 5_000):
        engine.send(slot, Kind.RESET, frame=frame)
    sound = in_blocks(engine, 14_000, 4096)
    plain, _ = engine_with(lstm)
    np.testing.assert_array_equal(sound[5_000:], in_blocks(plain, 9_000, 512))


def test_a_seed_and_a_temperature_are_heard(lstm) -> None:
    engine, (slot,) = engine_with(lstm)
    plain, _ = engine_with(lstm)
    engine.send(slot, Kind.SEED, frame=0, value=99)
    sounds = in_blocks(engine, 9_000, 512), in_blocks(plain, 9_000, 512)
    assert (sounds[0][:LEAD] == sounds[1][:LEAD]).all()
    assert (sounds[0][LEAD + 200 :] != sounds[1][LEAD + 200 :]).any()


def test_a_live_engine_gets_its_samples_in_time_and_the_same_ones(lstm) -> None:
    offline, _ = engine_with(lstm)
    live, _ = engine_with(lstm, realtime=True)
    before, blocks = lstm.kernel.late, []
    start = time.monotonic()
    for n in range(90):  # 0.48 s
        blocks.append(live.render(256)[0])
        time.sleep(max(0.0, start + (n + 1) * 256 / RATE - time.monotonic()))
    if lstm.kernel.late == before:  # this machine was quick enough
        np.testing.assert_array_equal(np.concatenate(blocks), in_blocks(offline, 90 * 256, 256))
    assert lstm.kernel.late - before < 16_000 * 0.48


def test_the_audio_thread_never_waits_for_samples(tmp_path) -> None:
    model = load(write_lstm(tmp_path / "stuck.onnx", name="stuck"))
    engine, _ = engine_with(model, realtime=True)
    renderer = next(t for t in threading.enumerate() if t.name == "smfosc-stuck")
    began = time.monotonic()
    sound = engine.render(5 * RATE)[0]  # far faster than its samples can come
    assert time.monotonic() - began < 3.0
    assert model.kernel.late > 0
    assert np.isfinite(sound).all()
    assert renderer.is_alive()


def test_late_samples_are_silence_and_the_sound_comes_back(tmp_path) -> None:
    model = load(write_lstm(tmp_path / "back.onnx", name="back"))
    engine, _ = engine_with(model, realtime=True)
    engine.render(RATE // 4)
    engine.realtime = False
    assert np.abs(in_blocks(engine, RATE // 2, 512)[-RATE // 8 :]).max() > 0.01


def test_a_model_swap_crossfades_between_a_gru_and_another_graph(lstm, tmp_path) -> None:
    from small_models import write_example

    models = Models("float32")
    gru = models.load(models.give(write_example(tmp_path / "example.onnx")))
    engine, (slot,) = engine_with(gru)
    engine.swap_model(
        slot, lstm.kernel, lstm.info.parameters, [70.0, 0.0], [0, 1], 16_000, 20.0, frame=3_000
    )
    sound = in_blocks(engine, 12_000, 512)
    assert np.isfinite(sound).all()
    assert np.abs(sound[6_000:]).max() > 0.01


def test_the_thread_ends_with_the_last_voice_of_a_model_that_is_gone(tmp_path) -> None:
    model = load(write_two_tiers(tmp_path / "tiers.onnx", name="tiers"))
    engine, (slot,) = engine_with(model)
    thread = next(t for t in threading.enumerate() if t.name == "smfosc-tiers")
    del model
    in_blocks(engine, 9_000, 512)
    assert thread.is_alive()
    engine.free_voice(slot, frame=9_000)
    in_blocks(engine, 9_000, 512)
    engine.collect()
    thread.join(3.0)
    assert not thread.is_alive()


def test_models_plays_by_onnx_what_is_not_canonical_or_is_told_so(tmp_path) -> None:
    models = Models("float32")
    lstm = models.load(models.give(write_lstm(tmp_path / "lstm.onnx", name="lstm")))
    assert lstm.kernel.isa == "onnx"
    time.sleep(0.5)  # its thread waits for voices for as long as the model is kept
    engine, _ = engine_with(lstm)
    assert np.abs(in_blocks(engine, 9_000, 512)).max() > 0.01


def test_nothing_is_imported_that_no_model_asks_for() -> None:
    code = "import sys, smfosc.cli, smfosc.models; sys.exit('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_onnxruntime_the_remedy_is_told(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    models = Models("float32")
    name = models.give(write_lstm(tmp_path / "lstm.onnx", name="lstm"))
    with pytest.raises(Exception, match=r"lstm.onnx: .*pip install smfosc\[onnx\]"):
        models.load(name)


def test_resets_at_any_moment_of_the_renderer_leave_the_sound_exact(lstm) -> None:
    """Each of many resets plays the same beginning, wherever the other thread was."""
    plain, _ = engine_with(lstm)
    wanted = in_blocks(plain, 6_000, 512)
    engine, (slot,) = engine_with(lstm)
    random = np.random.default_rng(4)
    for _ in range(25):
        at = engine.frame + int(random.integers(1, 900))
        engine.send(slot, Kind.RESET, frame=at)
        engine.render(at - engine.frame)
        length = int(random.integers(500, 6_000))
        np.testing.assert_array_equal(in_blocks(engine, length, 64), wanted[:length])


@pytest.mark.parametrize("run", ["generate", "logits", "draw"])
def test_a_kernel_without_a_network_runs_in_an_engine_only(run, lstm) -> None:
    assert not hasattr(lstm.kernel, run)


def test_what_it_costs_is_measured_when_it_is_loaded(lstm, tmp_path) -> None:
    wide = load(write_lstm(tmp_path / "wide.onnx", hidden=192, name="wide"))
    for model in (lstm, wide):
        one, *_, eight = model.ahead_s
        assert len(model.ahead_s) == 4
        assert 0.0 < one < eight < 8.5 * one
    assert wide.ahead_s[0] > lstm.ahead_s[0]
