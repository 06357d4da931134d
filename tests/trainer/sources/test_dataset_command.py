"""`smf-train dataset SOURCE`: what the commands make and say."""

import made
import pytest
from click.testing import CliRunner

from trainer.cli import main


def run(*words):
    return CliRunner().invoke(main, ["dataset", *(str(word) for word in words)])


@pytest.mark.parametrize(
    "source", ["folder", "nsynth", "trumpinet", "textures", "clarinet-trumpet", "sheet"]
)
def test_every_source_has_help(source):
    shown = run(source, "--help")
    assert shown.exit_code == 0
    assert source in run("--help").output


def test_without_a_source_clarinet_to_trumpet_is_rendered(tmp_path):
    told = [
        run(*source, "--soundfont", tmp_path / "none.sf2") for source in ([], ["clarinet-trumpet"])
    ]
    assert [each.exit_code for each in told] == [1, 1]
    assert told[0].output == told[1].output
    assert "none.sf2: no such SoundFont" in told[0].output


def test_a_folder_becomes_a_dataset_with_its_sheet(tmp_path):
    made.write(tmp_path / "in", "reed/a.wav", made.tone())
    made.write(tmp_path / "in", "reed/b.wav", made.tone(seconds=0.2))
    out = tmp_path / "out"
    done = run("folder", tmp_path / "in", "--out", out, "--processes", 1, "--held-out", 0)
    assert done.exit_code == 0, done.output
    assert f"{out}: 1 clips (1 train)" in done.output
    assert "1 skipped: shorter than 1.024 s: reed/b.wav" in done.output
    assert (out / "dataset.html").is_file()


def test_nsynth_s_filters_are_options(tmp_path):
    folder = made.nsynth(
        tmp_path / "nsynth", ("brass", "acoustic", 1, 64, 75), ("reed", "acoustic", 2, 64, 75)
    )
    options = ["--out", tmp_path / "out", "--processes", 1, "--no-sheet", "--family", "reed"]
    assert "1 clips" in run("nsynth", folder, *options).output
    assert not (tmp_path / "out" / "dataset.html").exists()


def test_textures_of_chosen_synthesizers(tmp_path):
    options = ["--out", tmp_path, "--processes", 1, "--no-sheet", "--clips", 2]
    assert "4 clips" in run("textures", *options, "--synth", "hiss", "--synth", "torn").output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["folder", "none"], "none: no such folder"),
        (["nsynth", "none"], "none/examples.json: no such file"),
        (["trumpinet", "--soundfont", "none.sf2"], "none.sf2: no such SoundFont"),
        (["textures", "--synth", "thunder"], "'thunder': no such synthesizer"),
        (["sheet", "none"], "none: no metadata.csv; make one with"),
    ],
)
def test_a_mistake_is_one_line(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    failed = run(*words)
    assert failed.exit_code == 1
    assert failed.output.startswith("Error: ")
    assert message in failed.output
    assert len(failed.output.strip().splitlines()) == 1


def test_a_folder_given_without_its_source_is_refused(tmp_path):
    assert run(tmp_path).exit_code == 2
