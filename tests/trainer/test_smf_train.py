"""The commands: help that teaches, and one line for a mistake."""

import re

import pytest
from click.testing import CliRunner

from trainer.cli import main


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.parametrize("command", [[], ["dataset"], ["rnn"], ["export"], ["evaluate"]])
def test_every_command_has_help(command):
    shown = run(*command, "--help")
    assert shown.exit_code == 0
    assert len(shown.output.splitlines()) > 8


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["dataset", "--soundfont", "none.sf2"], "no such SoundFont"),
        (["rnn", "--data", "empty"], "no metadata.csv; make one with `smf-train dataset`"),
        (["export", "--checkpoint", "none.pt"], "no such file"),
        (["evaluate", "none.onnx"], "no such file; write one with `smf-train export`"),
    ],
)
def test_a_mistake_is_one_line(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    if words[0] == "export":
        monkeypatch.setattr("trainer.clips.load", lambda *_: None)
    failed = run(*words)
    assert failed.exit_code == 1
    assert failed.output.startswith("Error: ")
    assert message in failed.output
    assert len(failed.output.strip().splitlines()) == 1


@pytest.mark.parametrize("what", ["empty", "none", "file"])
@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("evaluate", r"finish the run with `smf-train run` first|no such run|not a smfosc sound"),
        ("listen", r"mesh/mesh\.npz: no such file; a run with a GAN has one"),
        ("audition", r"no such file; make one with `smf-train mesh`|: no such generator"),
        ("dataset sheet", r"no metadata\.csv; make one with `smf-train dataset`"),
        ("dataset folder", r"no such folder|no WAV|no sound|not a folder"),
        ("gan --data", r"no metadata\.csv; make one with `smf-train dataset`"),
        ("rnn --data", r"no metadata\.csv; make one with `smf-train dataset`"),
        ("explore --gan", r"no such generator|not a GAN's checkpoint"),
        ("retune", r"no such file; make one|not an evaluation"),
    ],
)
def test_a_folder_that_is_no_run_is_one_line(tmp_path, monkeypatch, command, message, what):
    """Without a run, in place of one, and a file where a folder belongs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    failed = run(*command.split(), what)
    assert failed.exit_code == 1, failed.output
    assert re.fullmatch(rf"Error: .*({message}).*\n", failed.output), failed.output
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["empty", "file"]


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    failed = run("dataset", "--out", tmp_path / "file" / "dataset")
    assert failed.exit_code == 1
    assert "Not a directory" in failed.output
    assert "Traceback" not in failed.output
