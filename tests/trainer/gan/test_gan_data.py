"""Datasets as pictures: which part of a clip, which pitch, and what is refused."""

import csv
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from tiny_gan import SAMPLES, SmallPictures, write_sounds

from trainer.errors import TrainerError
from trainer.gan.batches import StageData
from trainer.gan.data import Dataset, Windows, _key, load
from trainer.gan.layers import shrunk


def read(folder: Path, tmp_path: Path, *, conditional: bool = False, crops: int = 1) -> Dataset:
    return load(
        folder,
        tmp_path / "cache",
        "small",
        SmallPictures(),
        conditional=conditional,
        windows=Windows(SAMPLES, crops),
    )


def relabel(folder: Path, pitch: Callable[[int], object]) -> None:
    rows = list(csv.DictReader((folder / "metadata.csv").read_text().splitlines()))
    lines = [f"{row['file_name']},{pitch(index)}" for index, row in enumerate(rows)]
    (folder / "metadata.csv").write_text("\n".join(["file_name,pitch", *lines]) + "\n")


def test_one_window_is_the_centre_of_the_clip() -> None:
    sound = np.arange(100, dtype=np.float32)
    assert Windows(20).cut(Path("a.wav"), sound)[0].tolist() == list(range(40, 60))


def test_several_windows_are_spread_evenly_about_the_centre() -> None:
    sound = np.arange(100, dtype=np.float32)
    starts = Windows(20, crops=4).cut(Path("a.wav"), sound)[:, 0]
    assert starts.tolist() == [10, 30, 50, 70]


def test_a_clip_a_little_short_is_turned_around_at_its_end() -> None:
    cut = Windows(16).cut(Path("a.wav"), np.arange(14, dtype=np.float32))
    assert cut[0, -4:].tolist() == [12, 13, 12, 11]


def test_a_clip_much_too_short_is_refused_by_name() -> None:
    with pytest.raises(TrainerError, match=r"gan: a\.wav: 13 samples, wanted 16"):
        Windows(16).cut(Path("a.wav"), np.zeros(13, dtype=np.float32))


def test_a_dataset_without_pitch_trains_unconditionally(tmp_path: Path) -> None:
    dataset = read(write_sounds(tmp_path / "sounds", pitches=False), tmp_path)
    assert dataset.images.shape == (20, 1, 17, 8)
    assert dataset.images.dtype == np.float16
    assert dataset.labels is None
    assert dataset.pitches == ()


def test_pitches_become_classes(tmp_path: Path, sounds: Path) -> None:
    dataset = read(sounds, tmp_path, conditional=True, crops=2)
    assert dataset.pitches == (60, 61)
    assert dataset.labels is not None
    assert dataset.labels.tolist() == [0, 0, 1, 1] * 10
    assert len(dataset) == 40


def test_clips_between_two_pitches_are_left_out_and_counted(tmp_path: Path, sounds: Path) -> None:
    relabel(sounds, lambda index: 60 + index % 4 / 2)
    dataset = read(sounds, tmp_path, conditional=True)
    assert dataset.pitches == (60, 61)
    assert dataset.remark.startswith("10 of 20 clips lie between two MIDI numbers")


@pytest.mark.parametrize(
    ("pitch", "reason"),
    [
        (lambda index: "", "no number in column 'pitch'"),
        (lambda index: 60, r"1 whole MIDI number\(s\) in column 'pitch', wanted two"),
    ],
    ids=["missing", "constant"],
)
def test_a_condition_without_pitches_is_refused(
    tmp_path: Path, sounds: Path, pitch: Callable[[int], object], reason: str
) -> None:
    relabel(sounds, pitch)
    with pytest.raises(TrainerError, match=f"{reason}.* Leave out --conditional"):
        read(sounds, tmp_path, conditional=True)


def test_another_rate_is_refused_by_name(tmp_path: Path, sounds: Path) -> None:
    soundfile.write(sounds / "3.wav", np.zeros(SAMPLES), 44_100)
    with pytest.raises(TrainerError, match=r"3\.wav: 44100 Hz, wanted 16000 Hz"):
        read(sounds, tmp_path)


def test_a_file_that_is_no_sound_is_refused_by_name(tmp_path: Path, sounds: Path) -> None:
    (sounds / "3.wav").write_bytes(b"RIFF")
    with pytest.raises(TrainerError, match=r"3\.wav: cannot be read as sound"):
        read(sounds, tmp_path)


def test_a_file_that_is_missing_is_named(tmp_path: Path, sounds: Path) -> None:
    (sounds / "3.wav").unlink()
    with pytest.raises(TrainerError, match=r"3\.wav: no such file"):
        read(sounds, tmp_path)


def test_changed_sounds_make_new_pictures_and_the_old_go(tmp_path: Path, sounds: Path) -> None:
    before = read(sounds, tmp_path)
    soundfile.write(sounds / "3.wav", np.random.default_rng(1).standard_normal(2_000) / 9, 16_000)
    after = read(sounds, tmp_path)
    assert not np.array_equal(before.images[3], after.images[3])
    assert len(list((tmp_path / "cache").glob("pictures-*.npy"))) == 1


def test_a_torn_cache_is_made_anew(tmp_path: Path, sounds: Path) -> None:
    before = read(sounds, tmp_path)
    (cached,) = (tmp_path / "cache").glob("pictures-*.npy")
    cached.write_bytes(cached.read_bytes()[:300])
    assert np.array_equal(read(sounds, tmp_path).images, before.images)


def stage_data(count: int = 10) -> StageData:
    images = np.random.default_rng(2).uniform(-1, 1, (count, 1, 17, 8)).astype(np.float16)
    return StageData.of(Dataset(images, np.arange(count) % 2, (60, 61)), 0)


def test_every_clip_is_seen_once_before_any_is_seen_again() -> None:
    data = stage_data()
    shown = torch.cat([data.draw(4, 3, 1, step, 1.0).real for step in range(5)]).half()
    for epoch in shown.split(10):
        assert {image.sum().item() for image in epoch} == {i.sum().item() for i in data.images}


def test_a_draw_depends_on_seed_and_step_alone() -> None:
    data = stage_data()
    again, other, step = (data.draw(4, 3, s, n, 1.0) for s, n in ((1, 7), (2, 7), (1, 8)))
    assert torch.equal(data.draw(4, 3, 1, 7, 1.0).latents, again.latents)
    assert not torch.equal(other.latents, again.latents)
    assert not torch.equal(step.latents, again.latents)


def test_real_clips_are_as_blurred_as_the_stage_is_new() -> None:
    data = stage_data()
    sharp, soft = (data.draw(4, 3, 1, 0, alpha).real for alpha in (1.0, 0.0))
    torch.testing.assert_close(shrunk(soft), shrunk(sharp))
    assert torch.equal(soft[:, :, ::2][:, :, :8], soft[:, :, 1::2])
    half = data.draw(4, 3, 1, 0, 0.5).real
    torch.testing.assert_close(half, (sharp + soft) / 2)


def test_each_clip_keeps_its_label() -> None:
    data = stage_data()
    batch = data.draw(8, 3, 1, 0, 1.0)
    assert batch.real_labels is not None
    where = [int((data.images == image.half()).flatten(1).all(1).nonzero()) for image in batch.real]
    assert [index % 2 for index in where] == batch.real_labels.tolist()
    assert replace(batch).part(slice(0, 2)).real_labels is not None


def test_a_faded_seam_leaves_the_inside_and_meets_itself_softly() -> None:
    sound = np.ones(100, dtype=np.float32)
    cut = Windows(40, crops=2, seam_samples=8).cut(Path("a.wav"), sound)
    assert np.array_equal(cut[:, 8:-8], np.ones((2, 24)))
    assert np.array_equal(cut, cut[:, ::-1])
    assert np.all(np.diff(cut[0, :9]) > 0)
    assert cut[0, 0] < 0.02
    assert np.array_equal(Windows(40, crops=2).cut(Path("a.wav"), sound), np.ones((2, 40)))


def test_only_a_faded_seam_makes_other_pictures(tmp_path: Path) -> None:
    paths = [tmp_path / "a.wav"]
    paths[0].touch()
    keys = {_key(paths, "small", Windows(SAMPLES, 1, seam)) for seam in (0, 64, 128)}
    facts = [("a.wav", 0, paths[0].stat().st_mtime_ns)]
    before = hashlib.sha256(repr(("small", 1, facts)).encode()).hexdigest()[:16]
    assert before in keys  # a training that was begun without the option finds its pictures
    assert len(keys) == 3
