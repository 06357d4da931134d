"""`smf-train gan` and `rnn` by themselves know whether their data has changed."""

import dataclasses
import shutil

import pytest
import soundfile
from click.testing import CliRunner

from trainer import stage
from trainer.cli import main
from trainer.errors import TrainerError
from trainer.stage_alone import alone

STAGE = dataclasses.replace(
    stage.Stage("gan", {}, work=lambda task: iter(()), product=("generator.pt",)), precious=True
)


@dataclasses.dataclass(frozen=True)
class Config:
    seed: int = 1


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "dataset"
    folder.mkdir()
    soundfile.write(folder / "a.wav", [0.0, 0.1], 16_000)
    (folder / "metadata.csv").write_text("file_name\na.wav\n")
    return folder


def train(data, out, steps=2, **options):
    def work():
        for step in range(steps):
            (out / "generator.pt").write_text(f"{step}")
            yield step

    out.mkdir(exist_ok=True)
    return list(alone(STAGE, Config(), data, out, work(), **options))


def test_unchanged_data_is_gone_on_with(tmp_path, data):
    assert train(data, tmp_path / "gan") == [0, 1]
    assert train(data, tmp_path / "gan") == [0, 1]
    assert stage.read_record(tmp_path / "gan").done


def test_moved_data_is_the_same_data(tmp_path, data):
    train(data, tmp_path / "gan")
    assert train(shutil.move(data, tmp_path / "elsewhere"), tmp_path / "gan") == [0, 1]


@pytest.mark.parametrize("steps", [1, 2])
def test_changed_data_is_refused_unless_adopted(tmp_path, data, steps):
    out = tmp_path / "gan"
    train(data, out, steps)
    soundfile.write(data / "a.wav", [0.0, 0.2], 16_000)
    (out / "generator.pt").write_text("mine")
    with pytest.raises(TrainerError, match=r"gan: .*dataset is not the data.*--adopt goes on"):
        train(data, out)
    assert (out / "generator.pt").read_text() == "mine"
    assert train(data, out, adopt=True) == [0, 1]
    assert train(data, out) == [0, 1]


def test_a_folder_without_a_record_is_taken_as_it_is(tmp_path, data):
    (tmp_path / "gan").mkdir()
    (tmp_path / "gan" / "generator.pt").write_text("older")
    assert train(data, tmp_path / "gan") == [0, 1]


def test_a_mistake_leaves_no_record(tmp_path, data):
    def work():
        raise TrainerError("rnn: a mistake")
        yield

    with pytest.raises(TrainerError, match="a mistake"):
        list(alone(STAGE, Config(), data, tmp_path / "gan", work()))
    assert not (tmp_path / "gan").exists()


def test_a_run_takes_what_its_stages_commands_made(tmp_path, data):
    train(data, tmp_path / "gan")
    inputs = {"dataset": stage.read_record(tmp_path / "gan").inputs["dataset"]}
    verdict = stage.judge(STAGE, tmp_path / "gan", Config(), inputs)
    assert verdict.standing is stage.Standing.DONE


@pytest.mark.parametrize("command", ["gan", "rnn"])
def test_both_commands_have_the_way_out(command):
    assert "--adopt" in CliRunner().invoke(main, [command, "--help"]).output
