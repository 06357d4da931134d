"""The dataset that fluidsynth renders: in tune, level, complete; and what a bad one says."""

import csv
import importlib.util
import resource
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from parts import require_or_skip

from trainer import soundfont
from trainer.clips import load, read_metadata, write_parameters
from trainer.dataset import PARAMETERS, DatasetConfig, build, clip_count, measured_hz, pitches
from trainer.errors import TrainerError
from trainer.partials import analyse, relative_phases
from trainer.soundfont import SOUNDFONT, SoundFont
from trainer.stage import Task
from trainer.stages import REGISTRY
from trainer.tuning import cents, midi_to_hz

SMALL = DatasetConfig(lowest=72.25, highest=72.75, velocities=(112,), held_out=0.2)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """A quarter tone below, at and above the clarinet's change of sample; all timbres."""
    require_or_skip(SOUNDFONT.is_file(), "apt-get install fluid-soundfont-gm")
    require_or_skip(importlib.util.find_spec("fluidsynth"), "pip install pyfluidsynth")
    folder = tmp_path_factory.mktemp("dataset")
    return folder, list(build(folder, SMALL))


def sound(folder, clip):
    samples, rate = soundfile.read(folder / clip.file_name)
    assert rate == SMALL.samplerate
    return samples


def test_every_clip_is_in_tune_and_level(rendered):
    folder, clips = rendered
    for clip in clips:
        samples = sound(folder, clip)
        off = cents(measured_hz(samples, SMALL.samplerate), midi_to_hz(clip.pitch))
        assert abs(off) < 1.5, clip
        assert np.sqrt(np.mean(samples**2)) == pytest.approx(SMALL.rms, rel=0.01)
        assert np.abs(samples).max() < 0.9


def test_the_ends_are_recordings_but_where_two_keys_meet(rendered):
    _, clips = rendered
    kinds = {(clip.pitch, clip.timbre): clip.source for clip in clips}
    assert kinds[72.25, 0.0] == kinds[72.75, 1.0] == "recording"
    assert kinds[72.5, 0.0] == kinds[72.25, 0.5] == "resynthesis"


def test_half_way_in_timbre_is_half_way_in_decibels(rendered):
    folder, clips = rendered
    held = {(c.pitch, c.timbre): sound(folder, c) for c in clips}
    hz = float(midi_to_hz(72.25))
    low, middle, high = (
        analyse(held[72.25, t], hz, SMALL.samplerate).harmonics_db for t in (0.0, 0.5, 1.0)
    )
    shape = middle - (low + high) / 2  # level matching moves all harmonics alike
    assert np.ptp(shape[:8]) < 1.5


def test_all_waveforms_are_cosine_series(rendered):
    folder, clips = rendered
    for clip in clips:
        phases = relative_phases(sound(folder, clip), float(midi_to_hz(clip.pitch)), 16_000)
        assert np.abs(phases[:8]).max() < 0.1, clip


def test_the_metadata_names_every_wav(rendered):
    folder, clips = rendered
    with (folder / "metadata.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(clips) == clip_count(SMALL) == 15
    assert {row["file_name"] for row in rows} == {path.name for path in folder.glob("*.wav")}
    assert {row["split"] for row in rows} == {"train", "validation"}


def test_whole_semitones_are_never_held_out(rendered):
    _, clips = rendered
    assert all(clip.pitch % 1 for clip in clips if clip.split == "validation")


def test_the_same_seed_renders_the_same_samples(rendered, tmp_path):
    folder, clips = rendered
    again = next(build(tmp_path, SMALL))
    np.testing.assert_array_equal(sound(tmp_path, again), sound(folder, clips[0]))


def test_it_is_read_back_as_codes_and_normalised_parameters(rendered):
    folder, clips = rendered
    train, held_out = load(folder, "train"), load(folder, "validation")
    assert len(train) + len(held_out) == len(clips)
    assert train.codes.max() < 256
    np.testing.assert_allclose(train.parameters[0], [(72.25 - 64) / 12, clips[0].timbre])


def test_the_grid_reaches_beyond_both_ends():
    grid = pitches(DatasetConfig())
    assert (grid[0], grid[-1], len(grid)) == (63.5, 76.5, 53)


# --- mistakes -------------------------------------------------------------------------------


def test_a_missing_soundfont_is_told(tmp_path):
    with pytest.raises(TrainerError, match=r"none\.sf2: no such SoundFont; apt-get install"):
        SoundFont(tmp_path / "none.sf2")


def test_a_missing_fluidsynth_is_told(tmp_path, monkeypatch):
    (tmp_path / "some.sf2").touch()
    monkeypatch.setitem(__import__("sys").modules, "fluidsynth", None)
    with pytest.raises(TrainerError, match="fluidsynth cannot be loaded"):
        SoundFont(tmp_path / "some.sf2")


def test_a_file_that_is_no_soundfont_is_told(rendered, tmp_path):
    (tmp_path / "some.sf2").write_bytes(b"RIFF but no SoundFont")
    with pytest.raises(TrainerError, match="cannot read it as a SoundFont"):
        SoundFont(tmp_path / "some.sf2")


def test_an_instrument_that_is_silent_is_told(rendered, tmp_path, monkeypatch):
    monkeypatch.setattr(soundfont.SoundFont, "render", lambda self, note: np.zeros(16_000))
    with pytest.raises(TrainerError, match="program 71, key 72: silence"):
        next(build(tmp_path, SMALL))


def write_set(folder, *, rate=16_000, pitch="70", metadata=True):
    soundfile.write(folder / "a.wav", np.zeros(2000), rate)
    write_parameters(folder, PARAMETERS)
    if metadata:
        (folder / "metadata.csv").write_text(f"file_name,pitch,timbre\na.wav,{pitch},0\n")


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        ({"metadata": False}, "no metadata.csv"),
        ({"rate": 44_100}, "a.wav: 44100 Hz, wanted 16000 Hz"),
        ({"pitch": "A4"}, "column 'pitch' holds 'A4', wanted a number"),
    ],
)
def test_a_bad_dataset_is_told_in_a_line(tmp_path, mistake, message):
    write_set(tmp_path, **mistake)
    with pytest.raises(TrainerError, match=message):
        load(tmp_path, "train")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (b"\xff\xfe,pitch\n", "not a table of text"),
        (b"file_name,pitch\n" + b"a" * 200_000, "not a table of text"),
        (b"name,pitch,timbre\na.wav,70,0\n", "clip 1 has no file_name; make the dataset anew"),
        (b"pitch,timbre,file_name\n70,0,a.wav\n70,0\n", "clip 2 has no file_name"),
    ],
)
def test_metadata_that_names_no_files_is_told_in_a_line(tmp_path, table, message):
    write_set(tmp_path)
    (tmp_path / "metadata.csv").write_bytes(table)
    with pytest.raises(TrainerError, match=message):
        load(tmp_path, "train")


@given(table=st.binary(max_size=80))
def test_any_bytes_are_metadata_or_told_in_a_line(table):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "metadata.csv").write_bytes(table)
        try:
            assert all(row["file_name"] for row in read_metadata(Path(folder)))
        except TrainerError as error:
            assert "\n" not in str(error)  # noqa: PT017


def test_a_missing_or_broken_wav_is_told(tmp_path):
    write_set(tmp_path)
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    with pytest.raises(TrainerError, match="cannot be read as sound"):
        load(tmp_path, "train")


def test_a_metadata_file_of_others_is_not_replaced(tmp_path):
    table = tmp_path / "metadata.csv"
    table.write_text("file_name,mood\na.wav,glad\n")
    with pytest.raises(TrainerError, match=r"a metadata\.csv of other columns; choose another"):
        next(build(tmp_path, SMALL))
    assert "glad" in table.read_text()


def test_a_dataset_made_anew_is_unfinished_until_its_end(rendered, tmp_path):
    lone = replace(SMALL, lowest=72.25, highest=72.25, held_out=0.3)
    assert len(list(build(tmp_path, lone))) == 5
    before = (tmp_path / "metadata.csv").read_bytes()
    stopped = build(tmp_path, lone)
    next(stopped)
    stopped.close()
    assert not (tmp_path / "metadata.csv").exists()
    with pytest.raises(TrainerError, match="no such SoundFont"):  # nothing is lost by a mistake
        list(build(rendered[0], replace(SMALL, soundfont=tmp_path / "none.sf2")))
    assert (rendered[0] / "metadata.csv").is_file()
    list(build(tmp_path, lone))
    assert (tmp_path / "metadata.csv").read_bytes() == before


def test_a_run_shows_what_it_rendered(rendered, tmp_path):
    lone = replace(SMALL, lowest=72.25, highest=72.25, held_out=0.3)
    *_, last = REGISTRY["dataset"].work(Task("lone", lone, tmp_path))
    assert (last.done, last.total) == (5, 5)
    assert last.note == f"to see and hear it: {tmp_path / 'dataset.html'}"
    assert (tmp_path / "dataset.html").read_text().count('class="card"') == 5


def test_a_disk_without_room_leaves_no_half_of_a_clip(rendered, tmp_path):
    """libsndfile itself would say nothing and leave a file with a header and too few samples."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(
            TrainerError, match=r"timbre0\.00_take0\.wav: File too large; make room"
        ):
            list(build(tmp_path, SMALL))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_an_empty_split_is_told(tmp_path):
    write_set(tmp_path)
    with pytest.raises(TrainerError, match="no clip in split 'validation'"):
        load(tmp_path, "validation")


def test_a_config_with_other_timbres_counts_its_clips():
    assert clip_count(replace(SMALL, timbres=(0.0, 1.0))) == 6
