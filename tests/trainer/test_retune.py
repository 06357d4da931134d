"""Labels that are moved by what a model plays off."""

import csv
import json

import pytest
from click.testing import CliRunner

from trainer.cli import main
from trainer.clips import read_parameters, write_parameters
from trainer.dataset import PARAMETERS
from trainer.errors import TrainerError
from trainer.retune import MOST_CENTS, read_errors, retune


def evaluation(path, cents):
    """cents: {(pitch, timbre): cents}"""
    notes = [{"pitch": p, "timbre": t, "cents": c} for (p, t), c in cents.items()]
    path.write_text(json.dumps({"steady": notes}))
    return path


def dataset(folder, labels):
    folder.mkdir()
    with (folder / "metadata.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file_name", "pitch", "timbre", "split"])
        for number, (pitch, timbre) in enumerate(labels):
            (folder / f"{number}.wav").write_bytes(b"sound")
            writer.writerow([f"{number}.wav", pitch, timbre, "train"])
    write_parameters(folder, PARAMETERS)
    return folder


FLAT_AT_76 = {(75.0, 0.0): 0.0, (76.0, 0.0): -16.0, (75.0, 1.0): 0.0, (76.0, 1.0): 0.0}


def test_a_note_that_is_flat_is_asked_for_by_a_lower_label(tmp_path):
    errors = read_errors(evaluation(tmp_path / "e.json", FLAT_AT_76))
    data = dataset(tmp_path / "data", [(76.0, 0.0), (75.5, 0.0), (76.0, 1.0), (76.0, 0.5)])
    assert retune(data, errors, tmp_path / "out") == 4
    with (tmp_path / "out" / "metadata.csv").open(newline="") as file:
        labels = [float(row["pitch"]) for row in csv.DictReader(file)]
    assert labels == pytest.approx([75.84, 75.42, 76.0, 75.92])
    assert (tmp_path / "out" / "0.wav").read_bytes() == b"sound"
    assert read_parameters(tmp_path / "out") == PARAMETERS


def test_a_note_that_sticks_elsewhere_moves_no_label_far(tmp_path):
    errors = read_errors(evaluation(tmp_path / "e.json", {(64.0, 0.0): 600.0}))
    assert errors.at(64.0, 0.0) == MOST_CENTS


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"steady": [{"pitch": 64}]}'])
def test_what_is_no_evaluation_is_refused(tmp_path, text):
    (tmp_path / "e.json").write_text(text)
    with pytest.raises(TrainerError, match="not an evaluation"):
        read_errors(tmp_path / "e.json")


def test_a_gap_in_the_evaluation_is_refused(tmp_path):
    gap = {(75.0, 0.0): 0.0, (76.0, 1.0): 1.0}
    with pytest.raises(TrainerError, match="not every pitch"):
        read_errors(evaluation(tmp_path / "e.json", gap))


def test_a_missing_dataset_is_one_line(tmp_path):
    path = evaluation(tmp_path / "e.json", FLAT_AT_76)
    failed = CliRunner().invoke(main, ["retune", str(path), "--data", str(tmp_path / "none")])
    assert failed.exit_code == 1
    assert "make one with `smf-train dataset`" in failed.output
