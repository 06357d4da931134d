"""The mean of checkpoints: of their weights, of one kind of network, told in the file."""

from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch
from click.testing import CliRunner

from smfosc.model_file import Parameter, read_model
from trainer.average import average
from trainer.checkpoint import load, save
from trainer.cli import main
from trainer.dataset import PARAMETERS
from trainer.errors import TrainerError
from trainer.export import ExportConfig, export
from trainer.rnn import Trainee

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Three checkpoints of one kind of network."""
    paths = [tmp_path_factory.mktemp("rnn") / f"step{k}.pt" for k in (2, 4, 6)]
    for seed, path in enumerate(paths):
        trainee = Trainee(tiny.config(seed=seed), CPU, PARAMETERS)
        save(path, replace(trainee.checkpoint(), step=2 * seed + 2))
    return paths


def test_every_weight_is_the_mean(trained):
    mean, held = average(trained), [load(path) for path in trained]
    for name, weights in mean.average.items():
        each = np.stack([one.average[name].detach().numpy() for one in held])
        assert np.ptp(each, axis=0).max() > 0, name
        np.testing.assert_allclose(weights.detach().numpy(), each.mean(axis=0), atol=1e-7)


def test_of_one_checkpoint_twice_it_is_that_one(trained):
    mean, held = average([trained[0], trained[0]]), load(trained[0])
    assert all(torch.equal(mean.average[name], held.average[name]) for name in held.average)


def test_the_order_changes_nothing_but_which_is_the_last(trained):
    one, other = average(trained), average([trained[1], trained[0], trained[2]])
    assert all(torch.equal(one.average[name], other.average[name]) for name in one.average)
    assert one.step == other.step == 6


def test_it_is_written_and_exported_and_tells_of_what_it_is_the_mean(trained, tmp_path):
    out = tmp_path / "best.pt"
    done = CliRunner().invoke(main, ["average", *map(str, trained), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert done.output == f"{out}: the mean of 3 checkpoints\n"
    export(out, tmp_path / "tiny.onnx", tiny.clips(), ExportConfig(loudness_s=0.5))
    told = read_model(tmp_path / "tiny.onnx").info.provenance["config"]["averaged"]
    assert told == [f"{path.parent.name}/{path.name}" for path in trained]


def test_it_is_gone_on_from(trained, tmp_path):
    save(tmp_path / "latest.pt", average(trained))
    trainee = Trainee(tiny.config(), CPU, PARAMETERS)
    trainee.restore(tmp_path / "latest.pt")
    mean = load(tmp_path / "latest.pt")
    assert all(torch.equal(w, mean.average[n]) for n, w in trainee.network.state_dict().items())


def test_other_shapes_are_refused(trained, tmp_path):
    config = tiny.config(network=replace(tiny.NETWORK, hidden=24))
    save(tmp_path / "b.pt", Trainee(config, CPU).checkpoint())
    with pytest.raises(TrainerError, match=r"of another shape: hidden 16, wanted 24"):
        average([trained[0], tmp_path / "b.pt"])


def test_other_parameters_are_refused(trained, tmp_path):
    ranges = (Parameter("roughness", "", 0, 1, 0), Parameter("density", "", 0, 1, 0))
    save(tmp_path / "b.pt", Trainee(tiny.config(), CPU, ranges).checkpoint())
    with pytest.raises(TrainerError, match=r"average: .*: parameters pitch, timbre, wanted"):
        average([trained[0], tmp_path / "b.pt"])


@pytest.mark.parametrize("words", [["--out", "x.pt"], ["a.pt", "--out", "x.pt"], ["a.pt", "b.pt"]])
def test_too_little_is_told_in_a_line(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["average", *words])
    assert done.exit_code != 0
    assert "Traceback" not in done.output
    assert not (tmp_path / "x.pt").exists()
