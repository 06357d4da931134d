"""NSynth's layout: filters, columns, splits by instrument, and what a wrong one says."""

import json

import made
import pytest

from trainer.errors import TrainerError
from trainer.sources.build import BuildConfig, build, summary
from trainer.sources.nsynth import Nsynth, NsynthConfig

NOTES = (
    ("brass", "acoustic", 1, 64, 75),
    ("brass", "acoustic", 1, 70, 127),
    ("reed", "acoustic", 2, 64, 75),
    ("reed", "synthetic", 3, 64, 75),
    ("string", "acoustic", 4, 90, 25),
)


@pytest.fixture(scope="module")
def nsynth(tmp_path_factory):
    return made.nsynth(tmp_path_factory.mktemp("nsynth"), *NOTES)


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 5),
        ({"families": ("brass", "reed")}, 4),
        ({"sources": ("acoustic",), "families": ("reed",)}, 1),
        ({"lowest": 65, "highest": 80}, 1),
        ({"velocities": (25, 127)}, 2),
        ({"instruments": ("brass_acoustic_001",)}, 2),
    ],
)
def test_filters_pass_what_they_name(nsynth, filters, count):
    assert len(Nsynth(NsynthConfig(nsynth, **filters)).listing().takes) == count


def test_notes_keep_what_nsynth_says_of_them(nsynth, tmp_path):
    source = Nsynth(NsynthConfig(nsynth, families=("brass",)))
    list(build(source, tmp_path, BuildConfig(processes=1)))
    rows = summary(tmp_path).rows
    assert [(r["class"], r["instrument"], r["pitch"], r["velocity"]) for r in rows] == [
        ("brass", "brass_acoustic_001", "64", "75"),
        ("brass", "brass_acoustic_001", "70", "127"),
    ]
    assert len({row["split"] for row in rows}) == 1  # one instrument
    assert rows[0]["qualities"] == "bright"


def test_a_note_without_its_sound_is_skipped(tmp_path):
    folder = made.nsynth(tmp_path / "nsynth", *NOTES)
    (folder / "audio" / "brass_acoustic_001-064-075.wav").unlink()
    found = Nsynth(NsynthConfig(folder)).listing()
    assert len(found.takes) == 4
    assert found.skipped[0].reason == "no such file"


# --- mistakes ----------------------------------------------------------------------------------


def test_filters_that_let_nothing_pass_say_what_there_is(nsynth):
    with pytest.raises(TrainerError, match=r"none of 5 notes.*2 brass acoustic.*relax"):
        Nsynth(NsynthConfig(nsynth, families=("organ",))).listing()


def test_a_set_without_its_audio_says_so(tmp_path):
    folder = made.nsynth(tmp_path, NOTES[0])
    for path in (folder / "audio").iterdir():
        path.unlink()
    with pytest.raises(TrainerError, match=r"1 notes, but no sound of them.*unpack the audio"):
        Nsynth(NsynthConfig(folder)).listing()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file; wanted NSynth unpacked"),
        ("{", "not JSON"),
        ("[]", "a list, wanted notes by name"),
        ('{"a": 1}', "note 'a': 'instrument_str' is None"),
        (json.dumps({"a": {"instrument_str": 3}}), "'instrument_str' is 3, wanted a text"),
    ],
)
def test_bad_examples_are_told_in_a_line(tmp_path, content, message):
    if content is not None:
        (tmp_path / "examples.json").write_text(content)
    with pytest.raises(TrainerError, match=message):
        Nsynth(NsynthConfig(tmp_path)).listing()
