"""Any source becomes a dataset: whole or not there, resumed, split for good."""

import csv

import made
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from trainer.errors import TrainerError
from trainer.sources import journal
from trainer.sources.build import BuildConfig, build, summary
from trainer.sources.level import match_level
from trainer.sources.split import split_of
from trainer.sources.takes import ClipFormat, SkipError

ALONE = BuildConfig(processes=1)


def made_all(source, out, config=ALONE):
    return list(build(source, out, config))[-1]


def rows(out):
    with (out / "metadata.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_dataset_is_wavs_and_the_metadata_that_names_them(tmp_path):
    last = made_all(made.Beeps(), tmp_path)
    assert (last.done, last.total, last.clips) == (4, 4, 4)
    assert {row["file_name"] for row in rows(tmp_path)} == {f"clips/beep{k}.wav" for k in range(4)}
    assert all((tmp_path / row["file_name"]).is_file() for row in rows(tmp_path))
    assert [row["pitch"] for row in rows(tmp_path)] == ["0", "1", "2", "3"]
    assert not list(tmp_path.rglob("*.part*"))


def test_clips_are_level_and_tell_how_loud_they_were(tmp_path):
    made_all(made.Beeps(), tmp_path)
    samples, rate = soundfile.read(tmp_path / "clips" / "beep0.wav")
    assert rate == 16_000
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(0.15, rel=0.01)
    assert float(rows(tmp_path)[0]["loudness_db"]) == pytest.approx(-13.5, abs=0.1)


def test_what_is_skipped_is_named_and_counted(tmp_path):
    last = made_all(made.Beeps(broken=(1, 2)), tmp_path)
    assert (last.clips, last.skipped) == (2, 2)
    found = summary(tmp_path)
    assert found.reasons == {"broken": 2}
    assert found.lines()[1] == "  2 skipped: broken: beep1, beep2"


def test_two_processes_make_the_same_as_one(tmp_path):
    from trainer.sources.textures import Textures, TexturesConfig

    few = Textures(TexturesConfig(clips=2, synths=("hiss", "geiger")))
    made_all(few, tmp_path / "one")
    made_all(few, tmp_path / "two", BuildConfig(processes=2))
    assert rows(tmp_path / "one") == rows(tmp_path / "two")
    for row in rows(tmp_path / "one"):
        one, two = (tmp_path / folder / row["file_name"] for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


# --- stopped and gone on -----------------------------------------------------------------------


def test_a_build_that_was_stopped_goes_on_where_it_was(tmp_path):
    whole = tmp_path / "whole"
    made_all(made.Beeps(), whole)
    out = tmp_path / "out"
    stopped = build(made.Beeps(), out, ALONE)
    for _ in range(3):
        next(stopped)
    stopped.close()
    assert not (out / "metadata.csv").exists()
    again = made.Beeps()
    made_all(again, out)
    assert again.rendered == ["beep2", "beep3"]
    assert rows(out) == rows(whole)


def test_a_finished_dataset_is_not_rendered_again(tmp_path):
    made_all(made.Beeps(broken=(3,)), tmp_path)
    again = made.Beeps(broken=(3,))
    made_all(again, tmp_path)
    assert again.rendered == []
    assert summary(tmp_path).reasons == {"broken": 1}


def test_other_options_render_all_again_and_leave_nothing_behind(tmp_path):
    made_all(made.Beeps(), tmp_path)
    other = made.Beeps(count=2, hz=800.0)
    made_all(other, tmp_path)
    assert other.rendered == ["beep0", "beep1"]
    assert {path.name for path in (tmp_path / "clips").iterdir()} == {"beep0.wav", "beep1.wav"}


@pytest.mark.parametrize("harm", ["gone", "cut"])
def test_a_clip_that_was_harmed_is_rendered_again(tmp_path, harm):
    made_all(made.Beeps(), tmp_path)
    path = tmp_path / "clips" / "beep1.wav"
    path.write_bytes(path.read_bytes()[:100]) if harm == "cut" else path.unlink()
    again = made.Beeps()
    made_all(again, tmp_path)
    assert again.rendered == ["beep1"]


def test_a_line_cut_off_in_the_journal_costs_one_take(tmp_path):
    made_all(made.Beeps(), tmp_path)
    notes = tmp_path / journal.NAME
    notes.write_text(notes.read_text()[:-30])
    again = made.Beeps()
    made_all(again, tmp_path)
    assert again.rendered == ["beep3"]


@given(st.binary(max_size=200))
def test_a_journal_of_anything_is_read_without_harm(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("journal")
    (folder / journal.NAME).write_bytes(content)
    assert journal.read(folder) == {}


# --- mistakes ----------------------------------------------------------------------------------


def test_a_source_without_one_good_take_is_an_error_that_says_why(tmp_path):
    with pytest.raises(TrainerError, match=r"not one clip could be made \(4 x broken\)"):
        made_all(made.Beeps(broken=(0, 1, 2, 3)), tmp_path)
    assert not (tmp_path / "metadata.csv").exists()


def test_a_metadata_file_of_others_is_not_replaced(tmp_path):
    (tmp_path / "metadata.csv").write_text("file_name\nmine.wav\n")
    with pytest.raises(TrainerError, match="choose another --out"):
        made_all(made.Beeps(), tmp_path)
    assert "mine.wav" in (tmp_path / "metadata.csv").read_text()


# --- level and split ---------------------------------------------------------------------------


def test_sparse_clicks_are_left_quieter_rather_than_clipped():
    clicks = np.zeros(1600)
    clicks[::400] = 1.0
    samples, loudness_db, gain_db = match_level(clicks, ClipFormat())
    assert np.abs(samples).max() == pytest.approx(0.95)
    assert loudness_db == pytest.approx(-26.0, abs=0.1)
    assert gain_db == pytest.approx(-0.4, abs=0.1)


@pytest.mark.parametrize(
    ("samples", "reason"), [([0.0, 1e-5], "silent"), ([0.1, np.nan], "NaN"), ([np.inf], "NaN")]
)
def test_silence_and_nan_give_no_clip(samples, reason):
    with pytest.raises(SkipError, match=reason):
        match_level(np.array(samples), ClipFormat())


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_a_source_held_out_stays_held_out_when_more_are(source, share, more):
    low, high = sorted((share, more))
    if split_of(source, low) == "validation":
        assert split_of(source, high) == "validation"


def test_about_the_asked_share_of_sources_is_held_out():
    held = sum(split_of(f"source {k}", 0.1) == "validation" for k in range(5000))
    assert held / 5000 == pytest.approx(0.1, abs=0.015)
