"""The grid: a mesh as a dataset."""

import csv
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from commands import smf_train
from in_step import coherence, drifting
from meshes import random_corners, toy_mesh
from random_gan import write_random_gan

from trainer.clips import load as load_clips
from trainer.errors import TrainerError
from trainer.grid import GridConfig, Steadiness, held_out_nodes, in_step, run
from trainer.latent.generator import open_generator
from trainer.latent.mesh import Shape, between, save
from trainer.loudness import lufs
from trainer.tuning import midi_to_hz

CONFIG = GridConfig(processes=1, locked=False)
AS_DRAWN = Steadiness(between_db=0.0, sway=1.0, gusts=1.0)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A real generator with random weights, pitches by condition, and its mesh."""
    folder = tmp_path_factory.mktemp("run")
    gan = open_generator(write_random_gan(folder / "generator.pt", pitches=(64, 66, 68)))
    mesh = between(random_corners(2, size=12), gan, Shape(counts=(5, 3)))
    save(folder / "mesh.npz", mesh, mesh.latents)
    list(run(CONFIG, folder / "mesh.npz", gan, folder / "grid"))
    return folder, gan


def rows(folder):
    with (folder / "metadata.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_grid_is_a_dataset_that_the_rnn_reads(made):
    folder, _ = made
    train, held_out = (load_clips(folder / "grid", split) for split in ("train", "validation"))
    assert [p.name for p in train.ranges] == ["pitch", "timbre"]
    assert (train.ranges[0].minimum, train.ranges[0].maximum) == (64, 68)
    assert len(train) == 4 * 3 * 2
    assert len(held_out) == 3 * 2
    assert train.codes.shape[1] == 16_384 - 2 * 512
    assert {tuple(p) for p in held_out.parameters} == {(0, 0.5), (0.5, 0.5), (1, 0.5)}


def test_loudness_is_matched_and_the_level_is_kept(made):
    folder, _ = made
    for row in rows(folder / "grid"):
        sound, rate = soundfile.read(folder / "grid" / row["file_name"])
        assert rate == 16_000
        had = float(row["loudness_db"]) + float(row["gain_db"])
        assert 10 * np.log10(np.mean(sound**2)) == pytest.approx(had, abs=0.15)
        limited = np.abs(sound).max() > 0.949
        assert limited or lufs(sound, rate) == pytest.approx(-16.3, abs=0.15)
        assert lufs(sound, rate) < -16.1
        assert np.abs(sound).max() <= 0.951


def test_variations_of_a_node_differ_in_phase_only_unless_jittered(made, tmp_path):
    folder, gan = made
    list(run(replace(CONFIG, jitter=0.3), folder / "mesh.npz", gan, tmp_path))

    def spectra(grid):
        sounds = [soundfile.read(grid / "clips" / f"r02c01_{k}.wav")[0] for k in (0, 1)]
        assert not np.array_equal(*sounds)
        return [gan_encoded(sound) for sound in sounds]

    def gan_encoded(sound):
        from trainer.spectral import representation

        return representation("log-magnitude").encode(np.pad(sound, 512)[None].astype(np.float32))

    phases, jittered = (
        np.abs(np.subtract(*spectra(g))).mean() for g in (folder / "grid", tmp_path)
    )
    assert jittered > 1.2 * phases


def test_the_seam_is_left_out_and_nothing_else(made, tmp_path):
    folder, gan = made
    whole = replace(CONFIG, seam_samples=0)
    list(run(whole, folder / "mesh.npz", gan, tmp_path))
    inner, outer = (
        soundfile.read(grid / "clips" / "r02c01_0.wav")[0] for grid in (folder / "grid", tmp_path)
    )
    gain = inner @ outer[512:-512] / (inner @ inner)
    assert np.abs(inner * gain - outer[512:-512]).max() < 1e-4  # two roundings to 16 bits


def test_variations_divide_the_semitone_around_a_node(made, tmp_path):
    folder, gan = made
    list(run(replace(CONFIG, locked=True, variations=4), folder / "mesh.npz", gan, tmp_path))
    found = {row["file_name"]: float(row["pitch"]) for row in rows(tmp_path)}
    of_one = [found[f"clips/r02c01_{k}.wav"] for k in range(4)]
    assert of_one == [66, 66.25, 65.5, 65.75]


def test_the_harmonics_of_a_clip_are_in_step(made, tmp_path, monkeypatch):
    folder, gan = made
    pitched = SimpleNamespace(
        sounds=lambda _, pitches, seed: drifting(float(midi_to_hz(pitches[0])), seed)[None]
    )
    monkeypatch.setattr("trainer.grid._opened", lambda *_: replace(gan, generator=pitched))
    for locked in (False, True):
        list(run(replace(CONFIG, locked=locked), folder / "mesh.npz", gan, tmp_path / str(locked)))
    for row in rows(tmp_path / "True"):
        f0 = float(midi_to_hz(float(row["pitch"])))
        sound, _ = soundfile.read(tmp_path / "True" / row["file_name"])
        assert coherence(sound, f0) > 0.99
        sound, _ = soundfile.read(tmp_path / "False" / row["file_name"])
        assert coherence(sound, f0) < 0.6


def test_a_pitch_that_is_only_heard_is_kept_step_with_and_noise_stays_noise():
    f0 = float(midi_to_hz(61.3))
    tone, noise = drifting(f0), np.random.default_rng(1).standard_normal(16_384)
    assert coherence(in_step(tone, None, None, AS_DRAWN), f0) > 0.99
    np.testing.assert_allclose(in_step(noise, None, None, AS_DRAWN), noise, atol=1e-4)


def test_noise_in_which_a_pitch_is_heard_stays_noise(monkeypatch):
    """As in a wind: locked, it buzzed with harmonics of 80 Hz."""
    monkeypatch.setattr("trainer.grid.pitch_of", lambda *_: (39.2, 1.0))
    noise = np.random.default_rng(1).standard_normal(16_384)
    np.testing.assert_allclose(in_step(noise, None, None, AS_DRAWN), noise, atol=1e-4)


@pytest.mark.parametrize("seam", [-1, 4096])
def test_a_seam_of_most_of_the_clip_is_one_line(made, tmp_path, seam):
    folder, gan = made
    with pytest.raises(TrainerError, match=f"grid: seam_samples {seam}, wanted 0 to 4095"):
        list(run(replace(CONFIG, seam_samples=seam), folder / "mesh.npz", gan, tmp_path))


def test_a_grid_that_was_stopped_goes_on_to_the_same_files(made, tmp_path):
    folder, gan = made
    steps = run(CONFIG, folder / "mesh.npz", gan, tmp_path)
    for _ in range(8):
        progress = next(steps)
    steps.close()
    assert progress.done == 7
    assert not (tmp_path / "metadata.csv").exists()
    again = list(run(CONFIG, folder / "mesh.npz", gan, tmp_path))
    assert again[0].done == 7
    for row in rows(folder / "grid"):
        name = row["file_name"]
        assert (tmp_path / name).read_bytes() == (folder / "grid" / name).read_bytes()
    assert (tmp_path / "metadata.csv").read_text() == (folder / "grid" / "metadata.csv").read_text()


def test_two_processes_render_the_same(made, tmp_path):
    folder, gan = made
    shutil.copy(folder / "mesh.npz", tmp_path)
    done = smf_train(
        f"grid --gan {gan.path} --mesh {tmp_path}/mesh.npz --out {tmp_path}/grid --processes 2"
        " --as-inverted"
    )
    assert done.exit_code == 0, done.output
    assert "30 clips (24 train, 6 validation)" in done.output
    for row in rows(folder / "grid"):
        name = row["file_name"]
        assert (tmp_path / "grid" / name).read_bytes() == (folder / "grid" / name).read_bytes()


def test_another_mesh_at_the_same_place_is_rendered_anew(made, tmp_path):
    _folder, gan = made
    for seed in (0, 1):
        corners = random_corners(2, size=12, seed=seed)
        mesh = between(corners, gan, Shape(counts=(2, 3)))
        save(tmp_path / "mesh.npz", mesh, mesh.latents)
        first = next(run(CONFIG, tmp_path / "mesh.npz", gan, tmp_path / "grid"))
        assert first.done == 0
        list(run(CONFIG, tmp_path / "mesh.npz", gan, tmp_path / "grid"))


def test_held_out_rows_are_inner_and_spread():
    mesh, _ = toy_mesh(counts=(21, 4))
    held = held_out_nodes(mesh, "rows", 0.1, 1)
    assert sorted({node // 4 for node in held}) == [5, 15]
    assert len(held) == 8


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5])
def test_held_out_nodes_are_never_corners(share):
    mesh, _ = toy_mesh(counts=(6, 5))
    held = held_out_nodes(mesh, "nodes", share, 1)
    assert held.isdisjoint(set(mesh.lattice.corners))
    assert len(held) == max(1, round(26 * share))
    assert held == held_out_nodes(mesh, "nodes", share, 1)
    assert held_out_nodes(mesh, "nodes", 0.0, 1) == set()


def test_a_mesh_of_another_gan_is_one_line(made, tmp_path):
    folder, _ = made
    other = write_random_gan(tmp_path / "generator.pt", seed=5, pitches=(64, 66, 68))
    failed = smf_train(f"grid --gan {other} --mesh {folder}/mesh.npz")
    assert failed.exit_code == 1
    assert "made with another GAN" in failed.output
    assert len(failed.output.strip().splitlines()) == 1
