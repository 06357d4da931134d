"""Export: what is written is what the trained network computes."""

from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch

from smfosc.model_file import Parameter, mulaw_decode, read_model
from trainer.checkpoint import averaged_network, load, save
from trainer.errors import TrainerError
from trainer.export import ExportConfig, export, golden_path, unfolded_logits
from trainer.freerun import play
from trainer.rnn import Trainee


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "latest.pt"
    save(path, Trainee(tiny.config(), torch.device("cpu")).checkpoint())
    return path


CONFIG = ExportConfig(name="tiny", loudness_s=0.5, licence="CC0-1.0", authors=("Somebody",))


@pytest.fixture
def exported(checkpoint):
    out = checkpoint.with_name("tiny.onnx")
    export(checkpoint, out, tiny.clips(3, seed=2), CONFIG, {"recipe": "abc"})
    return out


def logits_of_file(path, codes, parameters):
    """The model file step by step in NumPy, straight from torch.nn.GRU's equations."""
    weights = read_model(path).weights
    states = [np.zeros(layer.w_hh.shape[1]) for layer in weights.layers]
    heard = np.concatenate([mulaw_decode(codes)[:, None], parameters], axis=1)
    return np.stack([step(weights, states, below) for below in heard])


def step(weights, states, below):
    for k, layer in enumerate(weights.layers):
        x = np.split(layer.w_ih @ below + layer.b_ih, 3)
        h = np.split(layer.w_hh @ states[k] + layer.b_hh, 3)
        r, z = (1 / (1 + np.exp(-(x[i] + h[i]))) for i in (0, 1))
        below = states[k] = (1 - z) * np.tanh(x[2] + r * h[2]) + z * states[k]
    return weights.out_weight @ below + weights.out_bias


def test_the_file_computes_the_golden_logits(exported):
    golden = np.load(golden_path(exported))
    found = logits_of_file(exported, golden["codes"], golden["parameters"])
    np.testing.assert_allclose(found, golden["logits"], atol=1e-5)


def test_the_golden_loss_is_the_files(exported):
    golden = np.load(golden_path(exported))
    losses = []
    for codes, parameters in zip(golden["held_codes"], golden["held_parameters"], strict=True):
        moving = np.broadcast_to(parameters, (len(codes) - 1, len(parameters)))
        logits = logits_of_file(exported, codes[:-1], moving)
        surprise = np.log(np.exp(logits).sum(1)) - logits[np.arange(len(logits)), codes[1:]]
        losses.append(surprise[32:].mean())
    assert np.mean(losses) == pytest.approx(float(golden["held_loss"]), abs=1e-5)


def test_the_file_says_what_it_is(exported):
    info = read_model(exported).info
    assert (info.name, info.samplerate, info.levels) == ("tiny", 16_000, 256)
    assert [p.name for p in info.parameters] == ["pitch", "timbre"]
    assert info.provenance["steps"] == 0
    assert info.provenance["run"] == {"recipe": "abc"}
    assert (info.licence, info.authors) == ("CC0-1.0", ("Somebody",))
    assert np.isfinite(info.loudness_lufs)


def test_a_temperature_narrows_the_odds_for_good(checkpoint, exported):
    cold, clips = checkpoint.with_name("cold.onnx"), tiny.clips(3, seed=2)
    export(checkpoint, cold, clips, replace(CONFIG, temperature=0.25))
    golden, plain = np.load(golden_path(cold)), np.load(golden_path(exported))
    np.testing.assert_allclose(golden["logits"], 4 * plain["logits"], rtol=1e-5, atol=1e-6)
    found = logits_of_file(cold, golden["codes"], golden["parameters"])
    np.testing.assert_allclose(found, golden["logits"], atol=1e-5)
    assert read_model(cold).info.provenance["temperature"] == 0.25
    assert "temperature" not in read_model(exported).info.provenance


@pytest.mark.parametrize("temperature", [0.0, -1.0, 1.5, float("nan")])
def test_a_temperature_that_narrows_nothing_is_refused(checkpoint, temperature):
    config = replace(CONFIG, temperature=temperature)
    with pytest.raises(TrainerError, match=r"temperature .* wanted above 0, 1 at most"):
        export(checkpoint, checkpoint.with_name("x.onnx"), tiny.clips(), config)


def test_a_bad_name_is_told_in_a_line(checkpoint):
    with pytest.raises(TrainerError, match=r"export: .*not a name"):
        export(
            checkpoint, checkpoint.with_name("x.onnx"), tiny.clips(), replace(CONFIG, name="A b")
        )


def test_the_parameters_are_the_datas(checkpoint):
    ranges = (Parameter("roughness", "", 0.0, 1.0, 0.5), Parameter("density", "Hz", 1.0, 90.0, 9.0))
    export(checkpoint, checkpoint.with_name("x.onnx"), tiny.clips(ranges=ranges), CONFIG)
    assert read_model(checkpoint.with_name("x.onnx")).info.parameters == ranges


def test_other_parameters_than_the_trained_ones_are_refused(checkpoint):
    save(checkpoint, Trainee(tiny.config(), torch.device("cpu"), tiny.clips().ranges).checkpoint())
    others = (Parameter("roughness", "", 0, 1, 0), Parameter("density", "", 0, 1, 0))
    with pytest.raises(TrainerError, match=r"trained on other parameters \(pitch timbre\)"):
        export(checkpoint, checkpoint.with_name("x.onnx"), tiny.clips(ranges=others), CONFIG)


def test_a_checkpoint_with_other_parameters_is_told(tmp_path):
    config = tiny.config(network=replace(tiny.NETWORK, parameters=3))
    save(tmp_path / "c.pt", Trainee(config, torch.device("cpu")).checkpoint())
    with pytest.raises(TrainerError, match=r"\(3\) than the data's \(pitch timbre\)"):
        export(tmp_path / "c.pt", tmp_path / "x.onnx", tiny.clips(), ExportConfig())


def test_a_free_run_steps_through_the_teacher_forced_logits(checkpoint):
    network = averaged_network(load(checkpoint))
    parameters = np.random.default_rng(0).random((50, 3, 2), dtype=np.float32)
    samples = play(network, parameters, seed=3, temperature=1e-6)
    silence = mulaw_decode(np.array([128]))
    heard = np.concatenate([np.broadcast_to(silence, (1, 3)), samples[:-1]])
    inputs = torch.from_numpy(np.concatenate([heard[..., None], parameters], axis=2))
    wanted = unfolded_logits(network, inputs).argmax(-1).numpy()
    assert np.mean(mulaw_decode(wanted) == samples) > 0.99  # ties aside


def test_a_free_run_depends_on_its_seed_alone(checkpoint):
    network, still = averaged_network(load(checkpoint)), np.zeros((80, 2, 2), np.float32)
    np.testing.assert_array_equal(play(network, still, seed=1), play(network, still, seed=1))
    assert (play(network, still, seed=1) != play(network, still, seed=2)).any()
