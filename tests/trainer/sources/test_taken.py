"""A run on a dataset that is there already: its clips stay where they are."""

import os

import numpy as np
import pytest
import soundfile

from trainer.clips import load, write_parameters
from trainer.dataset import PARAMETERS
from trainer.errors import TrainerError
from trainer.files import write_csv
from trainer.pipeline import Choice, Pipeline
from trainer.recipe import read
from trainer.stage import Standing, product_digest
from trainer.stages import REGISTRY

RECIPE = 'stages = ["dataset"]\n[dataset]\nkind = "taken"\n[dataset.source]\nfolder = "{}"\n'


@pytest.fixture
def clips(tmp_path):
    """A dataset of four tones."""
    folder, rows = tmp_path / "clips", []
    (folder / "clips").mkdir(parents=True)
    for pitch in (64, 66, 68, 70):
        name = f"clips/{pitch}.wav"
        tone = 0.3 * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * np.arange(1600) / 16_000)
        soundfile.write(folder / name, tone, 16_000)
        split = "validation" if pitch == 66 else "train"
        rows.append({"file_name": name, "split": split, "pitch": pitch, "timbre": 0.0})
    write_csv(folder / "metadata.csv", tuple(rows[0]), rows)
    write_parameters(folder, PARAMETERS)
    return folder


def pipeline(tmp_path, clips):
    recipe = tmp_path / "light.toml"
    recipe.write_text(RECIPE.format(clips))
    return Pipeline(read(recipe, REGISTRY), tmp_path / "run", REGISTRY)


def finish(run):
    for _ in run.run(Choice()):
        pass


def standing(run):
    return next(each.verdict.standing for each in run.plan(Choice()))


def test_a_run_takes_a_dataset_without_copying_its_clips(tmp_path, clips):
    run = pipeline(tmp_path, clips)
    finish(run)
    assert standing(run) is Standing.DONE
    assert not list((tmp_path / "run").rglob("*.wav"))
    taken, own = load(tmp_path / "run" / "dataset", "train"), load(clips, "train")
    assert len(taken) == 3
    np.testing.assert_array_equal(taken.codes, own.codes)
    np.testing.assert_array_equal(taken.parameters, own.parameters)


def test_a_dataset_that_changed_is_taken_anew(tmp_path, clips):
    run = pipeline(tmp_path, clips)
    finish(run)
    clip = clips / "clips" / "64.wav"
    soundfile.write(clip, np.zeros(1600), 16_000)
    os.utime(clip, ns=(1, 1))
    assert standing(run) is Standing.STALE


def test_clips_that_are_missing_are_missed_where_they_were_not_taken(clips):
    assert product_digest(REGISTRY["dataset"], clips) is not None
    for clip in clips.rglob("*.wav"):
        clip.unlink()
    assert product_digest(REGISTRY["dataset"], clips) is None


def test_a_dataset_that_is_not_there_is_one_line(tmp_path, clips):
    with pytest.raises(TrainerError, match="no such file or folder"):
        finish(pipeline(tmp_path, tmp_path / "nowhere"))
