"""Weights that a training begins with: what the lender played, the borrower plays."""

from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch

from smfosc.model_file import Parameter, read_model, write_model
from trainer.checkpoint import load
from trainer.errors import TrainerError
from trainer.export import ExportConfig, export
from trainer.lender import lend, translation
from trainer.network import NetworkConfig, SampleRnn
from trainer.rnn import train

PITCH = Parameter("pitch", "MIDI note", 64.0, 76.0, 70.0)
TIMBRE = Parameter("timbre", "", 0.0, 1.0, 0.25)
WIDER = replace(PITCH, minimum=56.0, maximum=80.0)
VOLUME = Parameter("volume", "", 0.0, 1.0, 0.8)
LICENSED = ExportConfig(
    loudness_s=0.5, checkpoint="latest.pt", licence="CC0-1.0", authors=("Somebody",)
)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """Of pitch 64-76 and timbre."""
    folder = tmp_path_factory.mktemp("lender")
    clips = tiny.clips(ranges=(PITCH, TIMBRE))
    list(train(folder, clips, clips, tiny.config()))
    return folder / "latest.pt"


def logits(network, places):
    """What is expected after some samples at `places`, 0 ... 1 of each parameter."""
    sound = 0.3 * torch.sin(torch.arange(50) * 0.2)[:, None, None]
    held = torch.tensor(places).expand(50, 1, len(places))
    inputs = torch.cat([sound, held], 2)
    with torch.no_grad():
        return network(inputs, network.zero_state(1))[0]


def borrowed(path, wanted, **shape):
    network = SampleRnn(replace(tiny.NETWORK, parameters=len(wanted), **shape))
    lend(path, network, wanted)
    return network


@pytest.fixture(params=["checkpoint", "model file", "model file of narrowed odds"])
def lender(request, checkpoint, tmp_path):
    """All hold the same network."""
    if request.param == "checkpoint":
        return checkpoint
    out, narrowed = tmp_path / "lent.onnx", "narrowed" in request.param
    config = replace(LICENSED, temperature=0.3 if narrowed else 1.0)
    export(checkpoint, out, tiny.clips(3, ranges=(PITCH, TIMBRE)), config)
    return out


@pytest.fixture
def original(checkpoint):
    network = SampleRnn(NetworkConfig(**load(checkpoint).shape))
    network.load_state_dict(load(checkpoint).average)
    return network


def test_the_same_parameters_play_the_same(lender, original):
    found = borrowed(lender, (PITCH, TIMBRE))
    expected = logits(original, [0.3, 0.6])
    torch.testing.assert_close(logits(found, [0.3, 0.6]), expected, atol=1e-4, rtol=1e-4)


def test_a_wider_range_plays_the_same_at_the_same_pitch(lender, original):
    found = borrowed(lender, (TIMBRE, WIDER))
    expected = logits(original, [0.5, 0.6])  # 70: in the middle of 64-76
    at = [0.6, (70 - 56) / 24]
    torch.testing.assert_close(logits(found, at), expected, atol=1e-4, rtol=1e-4)


def test_a_new_parameter_has_no_effect_yet_but_can_be_learnt(lender, original):
    found = borrowed(lender, (PITCH, TIMBRE, VOLUME))
    for volume in (0.0, 0.7):
        heard = logits(found, [0.3, 0.6, volume])
        torch.testing.assert_close(heard, logits(original, [0.3, 0.6]), atol=1e-4, rtol=1e-4)
    inputs = torch.rand(8, 2, 4)
    found(inputs, found.zero_state(2))[0].square().sum().backward()
    assert found.embedding.weight.grad[:, 3].abs().min() > 0


def test_a_parameter_that_is_gone_stays_at_its_default(lender, original):
    found = borrowed(lender, (PITCH,))
    expected = logits(original, [0.3, 0.25])
    torch.testing.assert_close(logits(found, [0.3]), expected, atol=1e-4, rtol=1e-4)


def test_inputs_are_translated_as_the_player_normalises_them():
    slope, offset = translation((PITCH, TIMBRE), (TIMBRE, WIDER))
    for pitch, timbre in [(64, 0), (70.3, 0.2), (76, 1)]:
        given = torch.tensor([TIMBRE.normalize(timbre), WIDER.normalize(pitch)])
        wanted = [PITCH.normalize(pitch), TIMBRE.normalize(timbre)]
        np.testing.assert_allclose(slope @ given + offset, wanted, atol=1e-6)


def test_another_shape_is_one_line(lender):
    with pytest.raises(TrainerError, match=lender.name) as refused:
        borrowed(lender, (PITCH, TIMBRE), hidden=24)
    assert "24" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_model_is_one_line(tmp_path):
    (tmp_path / "no.onnx").write_bytes(b"nothing")
    for name in ("no.onnx", "none.onnx", "none.pt"):
        with pytest.raises(TrainerError, match=name):
            borrowed(tmp_path / name, (PITCH, TIMBRE))


@pytest.mark.parametrize("told", ["warm", 0, -0.3, None, True])
def test_odds_narrowed_by_no_number_are_one_line(checkpoint, tmp_path, told):
    out = tmp_path / "strange.onnx"
    export(checkpoint, out, tiny.clips(3, ranges=(PITCH, TIMBRE)), LICENSED)
    model = read_model(out)
    write_model(out, replace(model.info, provenance={"temperature": told}), model.weights)
    with pytest.raises(TrainerError, match=r"strange\.onnx.*temperature") as refused:
        borrowed(out, (PITCH, TIMBRE))
    assert "\n" not in str(refused.value)
