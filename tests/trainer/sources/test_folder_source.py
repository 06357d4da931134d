"""Folders of recordings: what is taken, what is named and left out, what is refused."""

import csv
from contextlib import suppress

import made
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trainer.errors import TrainerError
from trainer.sources.build import BuildConfig, build, summary
from trainer.sources.folder import Folder, FolderConfig

ALONE = BuildConfig(processes=1, held_out=0.0)


def dataset(recordings, out, **options):
    """Build it; the lines of its metadata.csv by recording."""
    list(build(Folder(FolderConfig(recordings, **options)), out, ALONE))
    with (out / "metadata.csv").open(newline="") as file:
        return {row["recording"]: row for row in csv.DictReader(file)}


@pytest.fixture
def recordings(tmp_path):
    return tmp_path / "recordings"


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def test_sub_folders_are_classes_and_the_file_s_name_stays(recordings, out):
    made.write(recordings, "reed/oboe 1.wav", made.tone())
    made.write(recordings, "brass/horn.flac", made.tone())
    made.write(recordings, "loose.aiff", made.tone())
    rows = dataset(recordings, out)
    assert {k: row["class"] for k, row in rows.items()} == {
        "reed/oboe 1.wav": "reed",
        "brass/horn.flac": "brass",
        "loose.aiff": "",
    }
    assert rows["reed/oboe 1.wav"]["file_name"] == "clips/reed-oboe-1.wav"


def test_every_column_of_a_metadata_file_is_kept(recordings, out):
    for name in "abc":
        made.write(recordings, f"{name}.wav", made.tone())
    (recordings / "metadata.csv").write_text(
        "\ufefffile_name,label,split,force\na.wav,wet,test,0.5\nb.wav,dry,,1\n", encoding="utf-8"
    )
    rows = dataset(recordings, out)
    assert [(r["class"], r["split"], r["force"]) for r in rows.values()] == [
        ("wet", "validation", "0.5"),
        ("dry", "train", "1"),
    ]
    assert summary(out).reasons == {"not in metadata.csv": 1}


def test_stereo_at_another_rate_becomes_mono_at_16_khz(recordings, out):
    left = made.tone(440, 1.5, 44_100, level=0.2)
    made.write(recordings, "a.wav", np.stack([left, np.zeros_like(left)], axis=1), 44_100)
    row = dataset(recordings, out, pitch=True)["a.wav"]
    samples, rate = soundfile.read(out / row["file_name"])
    assert (rate, samples.shape) == (16_000, (16_384,))
    assert (row["pitch"], float(row["cents"])) == ("69", pytest.approx(0, abs=1))
    assert float(row["loudness_db"]) == pytest.approx(20 * np.log10(0.1 / np.sqrt(2)), abs=0.1)


def test_a_long_recording_gives_as_many_clips_as_asked_in_one_split(recordings, out):
    made.write(recordings, "long.wav", np.random.default_rng(0).standard_normal(120_000) * 0.1)
    list(build(Folder(FolderConfig(recordings, clips_per_file=3)), out, ALONE))
    found = summary(out).rows
    assert [row["file_name"] for row in found] == [
        "clips/long.wav",
        "clips/long+1.wav",
        "clips/long+2.wav",
    ]
    assert len({row["split"] for row in found}) == 1


def test_bad_files_are_named_and_counted_and_the_others_taken(recordings, out):
    made.write(recordings, "good.wav", made.tone())
    made.write(recordings, "silent.wav", np.zeros(20_000))
    made.write(recordings, "short.wav", made.tone(seconds=1.0))
    soundfile.write(recordings / "nan.wav", np.full(20_000, np.nan), 16_000, "FLOAT")
    (recordings / "broken.wav").write_bytes(b"RIFF....")
    (recordings / "notes.txt").write_text("studio B")
    (recordings / ".hidden.wav").write_bytes(b"")
    rows = dataset(recordings, out)
    assert set(rows) == {"good.wav"}
    assert {(each.name, each.reason) for each in summary(out).skipped} == {
        ("silent.wav", "silent (below -70 dB RMS)"),
        ("short.wav", "shorter than 1.024 s"),
        ("nan.wav", "holds NaN or infinity"),
        ("broken.wav", "cannot be read as sound"),
        ("notes.txt", "not a sound by its name"),
    }


def test_names_that_would_be_equal_are_told_apart(recordings, out):
    for name in ("a/b.wav", "a-b.wav", "A-B.flac"):
        made.write(recordings, name, made.tone())
    assert len({row["file_name"].lower() for row in dataset(recordings, out).values()}) == 3


def test_a_recording_that_changed_is_taken_anew(recordings, out):
    path = made.write(recordings, "a.wav", made.tone(440))
    assert dataset(recordings, out, pitch=True)["a.wav"]["pitch"] == "69"
    soundfile.write(path, made.tone(880, 1.6), 16_000)
    assert dataset(recordings, out, pitch=True)["a.wav"]["pitch"] == "81"


def test_unpitched_files_are_skipped_where_a_pitch_is_asked_for(recordings, out):
    made.write(recordings, "tone.wav", made.tone())
    made.write(recordings, "noise.wav", np.random.default_rng(1).standard_normal(20_000) * 0.1)
    assert set(dataset(recordings, out, pitch=True)) == {"tone.wav"}
    assert summary(out).reasons == {"no steady pitch": 1}


def test_a_dataset_made_inside_the_recordings_is_not_taken_for_recordings(recordings):
    made.write(recordings, "a.wav", made.tone())
    for _ in range(2):
        assert set(dataset(recordings, recordings / "dataset")) == {"a.wav"}
    assert len(summary(recordings / "dataset").rows) == 1


# --- mistakes ----------------------------------------------------------------------------------


def test_mixed_rates_are_refused_until_resampling_is_asked_for(recordings, out):
    made.write(recordings, "a.wav", made.tone())
    made.write(recordings, "b.wav", made.tone(rate=44_100), 44_100)
    with pytest.raises(TrainerError, match=r"1 at 16000 Hz, 1 at 44100 Hz.*give --resample"):
        dataset(recordings, out)
    assert len(dataset(recordings, out, resample=True)) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("pitch\n60\n", "no column 'file_name'"),
        ("file_name\na.wav\na.wav\n", "line 3: a.wav for the second time"),
        ("file_name,pitch\n,60\n", "line 2: no file_name"),
        ("file_name,split\na.wav,maybe\n", "line 2: split 'maybe'; wanted train or validation"),
        ("file_name\n../a.wav\n", r"no sound to take; \.\./a\.wav: outside the folder"),
        ("file_name\nnone.wav\n", r"no sound to take; none\.wav: no such file, and 1 more"),
    ],
)
def test_a_bad_metadata_file_is_told_in_a_line(recordings, out, content, message):
    made.write(recordings, "a.wav", made.tone())
    (recordings / "metadata.csv").write_text(content)
    with pytest.raises(TrainerError, match=message):
        dataset(recordings, out)


def test_an_empty_or_missing_folder_is_told(recordings, out):
    with pytest.raises(TrainerError, match="no such folder"):
        dataset(recordings, out)
    recordings.mkdir()
    with pytest.raises(TrainerError, match=r"no sound to take \(it is empty\); wanted \.wav"):
        dataset(recordings, out)


def test_the_recordings_folder_itself_is_never_written_to(recordings):
    made.write(recordings, "a.wav", made.tone())
    with pytest.raises(TrainerError, match="holds the recordings themselves"):
        dataset(recordings, recordings)
    assert [path.name for path in recordings.iterdir()] == ["a.wav"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_as_metadata_are_read_or_refused_in_a_line(tmp_path, content):
    made.write(tmp_path, "a.wav", made.tone(seconds=1.1))
    (tmp_path / "metadata.csv").write_bytes(b"file_name,pitch\n" + content)
    with suppress(TrainerError):  # and nothing else
        found = Folder(FolderConfig(tmp_path)).listing()
        assert 1 <= len(found.takes) <= len(content) + 1


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.integers(0, 60))
def test_any_bytes_as_sound_are_taken_or_skipped(tmp_path, content, kept):
    made.write(tmp_path, "good.wav", made.tone(seconds=1.1))
    head = (tmp_path / "good.wav").read_bytes()[:kept]
    (tmp_path / "odd.wav").write_bytes(head + content)
    found = Folder(FolderConfig(tmp_path, resample=True)).listing()
    assert len(found.takes) + len(found.skipped) == 2
