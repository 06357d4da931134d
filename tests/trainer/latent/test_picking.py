"""Corners chosen by a rule, and recordings that are looked for."""

import csv
from itertools import combinations, permutations

import numpy as np
import pytest
import soundfile
from commands import smf_train
from hypothesis import given, settings
from hypothesis import strategies as st
from random_gan import write_random_gan
from toy_generator import opened

from trainer.errors import TrainerError
from trainer.explore.picking import in_square, most_distant
from trainer.explore.recordings import wanted
from trainer.explore.stage import ExploreConfig
from trainer.explore.stage import run as explore
from trainer.explore.vectors import hear, random_latents
from trainer.latent import corners as corner_file
from trainer.latent.generator import magnitudes, open_generator
from trainer.latent.inversion import InversionConfig

SECONDS = np.arange(20_000) / 16_000


def distances(points):
    return np.linalg.norm(points[:, None] - points[None], axis=2)


def nearest(matrix, chosen):
    return min(matrix[a, b] for a, b in combinations(chosen, 2))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 5))
def test_distant_sounds_are_half_as_far_apart_as_can_be_or_more(seed, count):
    matrix = distances(np.random.default_rng(seed).standard_normal((9, 3)))
    chosen = most_distant(matrix, count)
    best = max(nearest(matrix, each) for each in combinations(range(9), count))
    assert len(set(chosen)) == count
    assert nearest(matrix, chosen) >= 0.5 * best  # what the greedy way is known to keep


def test_four_corners_lie_as_a_square_does():
    square = np.array([[0, 0], [1, 0], [0, 1], [1, 1.0]])
    for shuffled in permutations(range(4)):
        found = in_square(distances(square), list(shuffled))
        a, b, c, d = square[found]
        np.testing.assert_allclose(a + d, b + c)  # the diagonals cross


def test_more_vectors_leave_the_first_as_they_were():
    np.testing.assert_array_equal(random_latents(3, 16, 1), random_latents(7, 16, 1)[:3])
    assert not np.array_equal(random_latents(3, 16, 1), random_latents(3, 16, 2))


def test_noise_and_tones_are_told_apart():
    rng = np.random.default_rng(0)
    t = np.arange(16_384) / 16_000
    tone = hear((0.3 * np.sin(2 * np.pi * 300 * t)).astype(np.float32))
    noise = hear((0.1 * rng.standard_normal(16_384)).astype(np.float32))
    assert tone.pitch == pytest.approx(69 + 12 * np.log2(300 / 440), abs=0.02)
    assert noise.pitch is None
    assert tone.noisiness < 0.05 < 0.8 < noise.noisiness
    assert tone.centroid_hz == pytest.approx(300, rel=0.02)
    assert noise.centroid_hz == pytest.approx(4000, rel=0.05)


def test_distant_corners_are_written_for_the_mesh(tmp_path):
    toy = opened()
    list(explore(ExploreConfig(count=10, pick="distant"), toy, tmp_path, tmp_path))
    chosen = corner_file.read(tmp_path / "corners.json", toy)
    latents = random_latents(10, 16, 1)
    for corner in chosen:
        np.testing.assert_allclose(corner.latent, latents[int(corner.name) - 1], atol=1e-6)
    assert len({corner.name for corner in chosen}) == 4


@pytest.fixture
def dataset(tmp_path):
    """Two classes at two pitches: sounds of the toy's own, so that they can be found."""
    toy = opened(pitches=(60, 67))
    folder = tmp_path / "dataset"
    folder.mkdir()
    latents = random_latents(2, 16, 77)
    with (folder / "metadata.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file_name", "split", "pitch", "class"])
        for name, latent in zip(("reed", "brass"), latents, strict=True):
            for pitch in (60, 67):
                sound = toy.generator.sounds(latent[None], np.array([pitch]), seed=1)[0]
                soundfile.write(folder / f"{name}{pitch}.wav", sound, 16_000)
                writer.writerow([f"{name}{pitch}.wav", "train", pitch, name])
    return folder, toy


def test_a_recipe_picks_what_is_like_a_class(dataset, tmp_path):
    folder, toy = dataset
    quick = InversionConfig(candidates=32, starts=2, steps=10)
    config = ExploreConfig(
        count=4, pitch=67, like=("class=reed", "class=brass"), pick="like", inversion=quick
    )
    list(explore(config, toy, folder, tmp_path))
    chosen = corner_file.read(tmp_path / "corners.json", toy)
    assert [(corner.name, corner.pitch) for corner in chosen] == [("reed", 67), ("brass", 67)]
    pictures = magnitudes(toy.generator, np.stack([c.latent for c in chosen]), np.array([67, 67]))
    assert np.abs(pictures[0] - pictures[1]).mean() > 0.05


def test_clips_of_a_class_are_taken_at_the_pitch_that_is_heard(dataset):
    folder, _ = dataset
    found = wanted("class=reed", folder, 16_384, 67)
    direct, _ = soundfile.read(folder / "reed67.wav", dtype="float32")
    assert found.sounds.shape == (1, 16_384)
    np.testing.assert_array_equal(found.sounds[0], direct)
    assert found.pitch == 67  # the label's, whatever octave is heard


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("class=oboe", "no clip with class 'oboe'; there are brass, reed"),
        ("family=reed", "no column 'family'; metadata.csv has file_name"),
        ("short.wav", "0.50 s, wanted 1.02 s of sound"),
        ("silent.wav", "silence, wanted 1.02 s of sound"),
    ],
)
def test_what_cannot_be_looked_for_is_one_line(dataset, tmp_path, monkeypatch, text, message):
    monkeypatch.chdir(tmp_path)
    soundfile.write("short.wav", np.sin(900 * SECONDS[:8000]), 16_000)
    soundfile.write("silent.wav", np.zeros(20_000), 16_000)
    with pytest.raises(TrainerError, match=message) as refused:
        wanted(text, dataset[0], 16_384, None)
    assert "\n" not in str(refused.value)


def test_the_command_explores_a_real_generator(tmp_path):
    gan = write_random_gan(tmp_path / "generator.pt", pitches=(60, 64))
    done = smf_train(
        f"explore --gan {gan} --out {tmp_path}/latents --count 6 --pick distant --corners 2 "
        "--pitch 64"
    )
    assert done.exit_code == 0, done.output
    assert "open it in a browser" in done.output
    chosen = corner_file.read(tmp_path / "latents" / "corners.json", open_generator(gan))
    assert [corner.pitch for corner in chosen] == [64, 64]
    assert (tmp_path / "latents" / "explore.html").stat().st_size > 50_000
