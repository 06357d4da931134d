"""Meshes: corners, lines, shapes, pitch by condition, the file."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from meshes import random_corners, toy_mesh
from toy_generator import opened

from trainer.errors import TrainerError
from trainer.latent import mesh as meshes_module
from trainer.latent.generator import normalised
from trainer.latent.geometry import GEOMETRIES
from trainer.latent.lattice import Lattice
from trainer.latent.mesh import Shape, between, load, save


def test_a_bilinear_mesh_is_the_equation():
    mesh, _ = toy_mesh(counts=(4, 6), lines="bilinear")
    a, b, c, d = (corner.latent for corner in random_corners(4))
    for row in range(4):
        for column in range(6):
            u, v = row / 3, column / 5
            wanted = (1 - u) * ((1 - v) * a + v * b) + u * ((1 - v) * c + v * d)
            np.testing.assert_allclose(mesh.latents[row, column], wanted, atol=1e-6)


def test_a_spherical_mesh_stays_on_the_sphere_and_turns_evenly_along_its_edges():
    mesh, _ = toy_mesh(counts=(5, 9))
    np.testing.assert_allclose(np.linalg.norm(mesh.latents, axis=-1), 4.0, rtol=1e-5)
    for edge in (mesh.latents[0], mesh.latents[-1], mesh.latents[:, 0], mesh.latents[:, -1]):
        cosines = np.sum(edge[1:] * edge[:-1], axis=-1) / 16
        np.testing.assert_allclose(np.arccos(cosines), np.arccos(cosines)[0], rtol=1e-3)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(2, 5), min_size=1, max_size=4),
    st.sampled_from(["bilinear", "spherical"]),
    st.integers(0, 99),
)
def test_a_mesh_keeps_its_corners(counts, lines, seed):
    corners = random_corners(2 ** len(counts), seed=seed)
    mesh = between(corners, opened(), Shape(counts=tuple(counts), lines=lines))
    given_ones = np.stack([corner.latent for corner in corners])
    wanted = normalised(given_ones) if lines == "spherical" else given_ones
    ends = mesh.latents[np.ix_(*[[0, -1]] * len(counts))]
    np.testing.assert_allclose(ends.reshape(wanted.shape), wanted, atol=1e-5)


def test_parameters_count_columns_first_and_run_from_0_to_1():
    mesh, _ = toy_mesh(counts=(3, 5))
    assert [axis.name for axis in mesh.ordered_axes()] == ["x", "y"]
    np.testing.assert_allclose(mesh.parameters()[:6, 0], [0, 0.25, 0.5, 0.75, 1, 0])
    np.testing.assert_allclose(mesh.parameters()[:6, 1], [0, 0, 0, 0, 0, 0.5])


def test_pitch_by_condition_makes_the_columns_and_leaves_latents_alike_along_them():
    toy = opened(pitches=range(64, 77))
    mesh = between(random_corners(2), toy, Shape())
    assert mesh.latents.shape == (21, 13, 16)
    assert mesh.pitches[0].tolist() == list(range(64, 77))
    assert np.ptp(mesh.latents, axis=1).max() == 0
    assert [axis.name for axis in mesh.ordered_axes()] == ["pitch", "timbre"]
    assert (mesh.ordered_axes()[0].minimum, mesh.ordered_axes()[0].maximum) == (64, 76)


def test_four_timbres_and_pitches_make_three_parameters():
    toy = opened(pitches=(64, 66, 68))
    mesh = between(random_corners(4), toy, Shape(counts=(4, 3, 5)))
    assert mesh.latents.shape == (4, 3, 5, 16)
    assert [axis.name for axis in mesh.ordered_axes()] == ["pitch", "timbre1", "timbre2"]
    assert mesh.pitches[2, :, 4].tolist() == [64, 66, 68]


def test_a_mesh_at_one_pitch_of_a_conditional_gan():
    toy = opened(pitches=range(64, 77))
    mesh = between(random_corners(4, pitch=70), toy, Shape(counts=(3, 3), pitch="latent"))
    assert set(mesh.flat_pitches) == {70}


@pytest.mark.parametrize(
    ("corners", "pitches", "shape", "message"),
    [
        (3, (), Shape(), "3 corners; a line has 2, a square 4"),
        (4, (), Shape(counts=(3, 3, 3)), "3 x 3 x 3 nodes want 8 corners, got 4"),
        (2, (), Shape(counts=(1,)), "an axis has 2 nodes at least"),
        (2, (), Shape(pitch="condition"), "this GAN has no pitches"),
        (2, (60, 61), Shape(lowest=50), "was trained on 60 to 61"),
        (2, (60, 61), Shape(counts=(5, 5)), "5 columns for 2 pitches; take 2"),
        (4, (), Shape(names=("a",)), "1 names for 2 axes"),
        (4, (), Shape(descriptions=("a", "b", "c")), "3 descriptions for 2 axes"),
    ],
)
def test_a_mesh_that_cannot_be_is_refused_in_one_line(corners, pitches, shape, message):
    with pytest.raises(TrainerError, match=message) as refused:
        between(random_corners(corners), opened(pitches=pitches), shape)
    assert "\n" not in str(refused.value)


def test_axes_are_described_by_their_corners_unless_by_hand():
    corners = random_corners(4)
    told = [axis.description for axis in between(corners, opened()).axes]
    assert told == [f"0 {corners[0].name} ... 1 {corners[k].name}" for k in (2, 1)]
    shape = Shape(names=("grain", "brightness"), descriptions=("broken", "bright"))
    axes = between(corners, opened(), shape).axes
    assert [(axis.name, axis.description) for axis in axes] == [
        ("grain", "broken"),
        ("brightness", "bright"),
    ]


def test_two_corners_of_one_sound_are_refused():
    one = random_corners(1)[0]
    with pytest.raises(TrainerError, match="are one sound"):
        between([one, one], opened())


def test_corners_at_two_pitches_need_pitch_by_condition():
    corners = random_corners(1, pitch=60) + random_corners(1, seed=1, pitch=61)
    with pytest.raises(TrainerError, match="take pitch = condition"):
        between(corners, opened(pitches=(60, 61)), Shape(pitch="latent"))


def test_a_mesh_is_read_back_as_it_was_written(tmp_path):
    toy = opened(pitches=(64, 65, 66))
    mesh = between(random_corners(2), toy, Shape(counts=(4, 3)))
    save(tmp_path / "mesh.npz", mesh, mesh.latents + 1)
    again, original = load(tmp_path / "mesh.npz")
    np.testing.assert_array_equal(again.latents, mesh.latents)
    np.testing.assert_array_equal(again.pitches, mesh.pitches)
    np.testing.assert_array_equal(original, mesh.latents + 1)
    assert again.axes == mesh.axes
    assert (again.apart, again.lines, again.sha256) == (1, "spherical", toy.sha256)


@pytest.mark.parametrize("bytes_", [b"", b"PK\x03\x04 cut", b"no zip at all"])
def test_a_broken_mesh_is_one_line(tmp_path, bytes_):
    (tmp_path / "mesh.npz").write_bytes(bytes_)
    with pytest.raises(TrainerError, match="not a mesh; make one with"):
        load(tmp_path / "mesh.npz")


def test_a_mesh_of_another_gan_is_refused(tmp_path):
    mesh, toy = toy_mesh()
    other = type(toy)(toy.generator, toy.path, "b2" * 32)
    with pytest.raises(TrainerError, match="made with another GAN"):
        meshes_module.require_same_gan(tmp_path, mesh, other)
    with pytest.raises(TrainerError, match="latents of 16 components"):
        meshes_module.require_same_gan(tmp_path, mesh, opened(latent_size=8))


def test_a_node_inside_has_all_its_neighbours():
    for shape, around in (((5,), 2), ((4, 5), 8), ((3, 4, 3), 26)):
        lattice = Lattice(shape)
        middle = lattice.numbers[tuple(n // 2 for n in shape)]
        pairs = np.stack(lattice.around)
        assert np.sum(pairs == middle) == around == lattice.most_neighbours


def test_pitches_stand_apart():
    lattice = Lattice((4, 3), apart=1)
    first, second = lattice.around
    assert set(second - first) == {3}  # one row further, never another column
    assert len(lattice.corners) == 6


def test_points_beside_an_edge_come_onto_it():
    rng = np.random.default_rng(0)
    a, b = normalised(rng.standard_normal((2, 16)).astype(np.float32)).astype(float)
    for geometry in GEOMETRIES.values():
        beside = geometry.mix(a, b, np.array(0.3)) + 0.1 * rng.standard_normal(16)
        on = geometry.onto_edge(beside, a, b)
        ways = np.array([geometry.mix(a, b, np.array(t)) for t in np.linspace(0, 1, 4001)])
        distances = np.linalg.norm(ways - on, axis=1)
        assert distances.min() < 2e-3
        far = geometry.onto_edge(a - (b - a), a, b)
        np.testing.assert_allclose(far, a, atol=1e-9)
