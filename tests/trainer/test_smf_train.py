"""The commands: help that teaches, and one line for a mistake."""

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


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    failed = run("dataset", "--out", tmp_path / "file" / "dataset")
    assert failed.exit_code == 1
    assert "Not a directory" in failed.output
    assert "Traceback" not in failed.output
