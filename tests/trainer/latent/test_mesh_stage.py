"""The mesh stage and its command: results, resuming, mistakes."""

import json
from dataclasses import replace

import numpy as np
import pytest
from commands import smf_train
from meshes import random_corners
from random_gan import write_random_gan
from toy_generator import opened

from trainer.errors import TrainerError
from trainer.latent import corners as corner_file
from trainer.latent.corners import Corner
from trainer.latent.generator import open_generator
from trainer.latent.mesh import Shape, load
from trainer.latent.som import ArcLengthConfig, SomConfig
from trainer.latent.stage import MeshConfig, measures_table, run

CONFIG = MeshConfig(shape=Shape(counts=(7, 7)), som=SomConfig(iterations=25))


def corners_of(toy, path, count=4, **options):
    corner_file.write(path, toy, random_corners(count, **options))
    return path


def test_a_mesh_is_made_measured_and_drawn(tmp_path):
    toy = opened()
    progress = list(run(CONFIG, corners_of(toy, tmp_path / "c.json"), toy, tmp_path / "mesh"))
    assert [each.done for each in progress] == [*range(1, 27)]
    mesh, original = load(tmp_path / "mesh" / "mesh.npz")
    assert mesh.latents.shape == original.shape == (7, 7, 16)
    assert np.abs(mesh.latents - original).max() > 0.1
    held = json.loads((tmp_path / "mesh" / "mesh.json").read_text())
    for distance in ("spectrogram_l2", "log_mel_l1"):
        for when in ("before", "after"):
            measured = held["measures"][distance][when]
            assert set(measured) == {"cv", "line_cv", "max_to_mean", "detour", "centredness"}
            assert measured["detour"] >= 1
            assert measured["max_to_mean"] >= 1
    l2 = held["measures"]["spectrogram_l2"]
    assert l2["after"]["cv"] < l2["before"]["cv"]
    assert held["generator"]["sha256"] == toy.sha256
    assert (tmp_path / "mesh" / "mesh.png").read_bytes()[:4] == b"\x89PNG"
    assert "spectrogram_l2" in measures_table(tmp_path / "mesh")


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_mesh_that_was_stopped_goes_on_to_the_same_end(tmp_path, momentum):
    toy = opened()
    config = replace(CONFIG, som=replace(CONFIG.som, momentum=momentum))
    path = corners_of(toy, tmp_path / "c.json")
    list(run(config, path, toy, tmp_path / "whole"))
    steps = run(config, path, toy, tmp_path / "stopped")
    for _ in range(13):
        next(steps)
    steps.close()
    assert not (tmp_path / "stopped" / "mesh.npz").exists()
    assert next(run(config, path, toy, tmp_path / "stopped")).done == 11
    list(run(config, path, toy, tmp_path / "stopped"))
    whole, stopped = (load(tmp_path / name / "mesh.npz")[0] for name in ("whole", "stopped"))
    np.testing.assert_array_equal(whole.latents, stopped.latents)


def test_more_iterations_go_on_and_fewer_or_other_corners_begin_anew(tmp_path):
    toy = opened()
    path = corners_of(toy, tmp_path / "c.json")
    list(run(CONFIG, path, toy, tmp_path))
    more = replace(CONFIG, som=SomConfig(iterations=27))
    assert next(run(more, path, toy, tmp_path)).done == 26
    fewer = replace(CONFIG, som=SomConfig(iterations=5))
    list(run(fewer, path, toy, tmp_path))
    list(run(fewer, path, toy, tmp_path / "fewer"))
    again, fresh = (load(p / "mesh.npz")[0] for p in (tmp_path, tmp_path / "fewer"))
    np.testing.assert_array_equal(again.latents, fresh.latents)
    others = corners_of(toy, tmp_path / "d.json", seed=8)
    assert next(run(CONFIG, others, toy, tmp_path)).done == 1


@pytest.mark.parametrize("spoilt", [b"", b"PK", b"text"])
def test_a_spoilt_state_is_passed_over(tmp_path, spoilt):
    toy = opened()
    (tmp_path / "adapting.npz").write_bytes(spoilt)
    first = next(run(CONFIG, corners_of(toy, tmp_path / "c.json"), toy, tmp_path))
    assert first.done == 1


@pytest.mark.parametrize(
    ("corners", "pitches", "counts"), [(2, (), (5,)), (2, (60, 62), (4, 2)), (8, (), (3, 3, 3))]
)
def test_meshes_of_every_kind_are_made_and_drawn(tmp_path, corners, pitches, counts):
    toy = opened(pitches=pitches)
    config = MeshConfig(
        shape=Shape(counts=counts), adapt="arc-length", arc_length=ArcLengthConfig(sweeps=2)
    )
    path = corners_of(toy, tmp_path / "c.json", corners, pitch=pitches[0] if pitches else None)
    list(run(config, path, toy, tmp_path))
    assert load(tmp_path / "mesh.npz")[0].latents.shape == (*counts, 16)
    assert (tmp_path / "mesh.png").stat().st_size > 10_000


def test_corners_of_another_gan_are_refused_and_nothing_is_written(tmp_path):
    toy = opened()
    path = corners_of(toy, tmp_path / "c.json")
    for other, message in (
        (replace(toy, sha256="0" * 64), "chosen in another GAN"),
        (opened(latent_size=8), "'c0' has 16 components, .* wants 8"),
    ):
        with pytest.raises(TrainerError, match=message) as refused:
            list(run(CONFIG, path, other, tmp_path / "mesh"))
        assert "\n" not in str(refused.value)
    assert not (tmp_path / "mesh").exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '{"format": 1, "generator": {"sha256": "a"}, "corners": [{"name": "x"}]}',
        '{"format": 1, "generator": {"sha256": "a"}, "corners": '
        '[{"name": "x", "latent": [NaN], "pitch": null}]}',
        '{"format": 1, "generator": 3, "corners": []}',
        '{"format": 1, "generator": {"sha256": "a"}, "corners": 7}',
    ],
)
def test_a_broken_corner_file_is_one_line(tmp_path, text):
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(TrainerError, match="not a file of corners; choose corners with"):
        corner_file.read(tmp_path / "c.json", opened())


def test_the_command_makes_a_mesh_of_a_real_generator(tmp_path):
    gan = open_generator(write_random_gan(tmp_path / "generator.pt"))
    corner_file.write(tmp_path / "c.json", gan, random_corners(4, size=12))
    done = smf_train(
        f"mesh --gan {gan.path} --corners {tmp_path}/c.json --out {tmp_path}/mesh --shape 3x4 "
        "--iterations 2 --adapt arc-length --lines bilinear --name rough --name bright --bfloat16"
    )
    assert done.exit_code == 0, done.output
    assert "log_mel_l1" in done.output
    mesh, _ = load(tmp_path / "mesh" / "mesh.npz")
    assert [axis.name for axis in mesh.axes] == ["rough", "bright"]
    assert mesh.lines == "bilinear"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("mesh --gan none.pt", "no such generator; train one with `smf-train gan`"),
        ("mesh --gan gan.pt", "no such file; choose corners with `smf-train explore`"),
        ("mesh --gan gan.pt --shape 9by9", "wanted rows x columns"),
        ("mesh --gan text.pt", "not a GAN's checkpoint"),
        ("mesh --gan other.pt --corners c.json", "chosen in another GAN"),
        ("audition --gan gan.pt", "no such file; make one with `smf-train mesh`"),
        ("grid --gan gan.pt", "no such file; make one with `smf-train mesh`"),
        ("grid --gan none.pt", "no such generator"),
        ("explore --gan none.pt", "no such generator"),
        ("explore --gan gan.pt --pitch 60", "this GAN has no pitches"),
        ("explore --gan gan.pt --like none.wav", "none.wav: cannot be read as sound"),
        ("explore --gan gan.pt --like text.pt", "text.pt: cannot be read as sound"),
        ("explore --gan gan.pt --like a=b", "no metadata.csv"),
        ("explore --gan gan.pt --pick like", "0 recordings, wanted 2, 4, 8"),
        ("explore --gan gan.pt --pick distant --count 3", "4 corners out of 3"),
    ],
)
def test_a_mistake_is_one_line(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    gan = open_generator(write_random_gan(tmp_path / "gan.pt"))
    write_random_gan(tmp_path / "other.pt", seed=1)
    corner_file.write(tmp_path / "c.json", gan, [Corner("a", np.ones(12, np.float32))])
    (tmp_path / "text.pt").write_text("no checkpoint")
    failed = smf_train(words)
    assert failed.exit_code == 1
    assert message in failed.output
    assert len(failed.output.strip().splitlines()) == 1
    assert not (tmp_path / "runs").exists()
