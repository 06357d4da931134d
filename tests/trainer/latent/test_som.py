"""The SOM and arc-length refinement: laws on the toy decoder."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from meshes import toy_mesh, world

from trainer.latent.distance import (
    l1,
    l2,
    log_mel,
    log_mel_of_pictures,
    mel_filters,
    seen_and_heard,
)
from trainer.latent.evenness import evenness, roughness
from trainer.latent.lattice import Lattice
from trainer.latent.som import SomConfig, arc_length, som, som_step
from trainer.spectral import representation


def start(mesh):
    return mesh.flat_latents.astype(np.float64)


def after(steps, count):
    return next(islice(steps, count - 1, None))


def cv(latents, around):
    return evenness(around.hear(latents), around.lattice, l2).cv


def reference_step(mesh, around, config):
    """The equation, node by node."""
    latents = start(mesh).reshape(mesh.latents.shape)
    heard = around.hear(start(mesh)).reshape(*mesh.latents.shape[:2], -1)
    rows, columns = mesh.latents.shape[:2]
    offsets = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if (r, c) != (0, 0)]
    pairs = [
        ((i, j), (i + r, j + c))
        for i in range(rows)
        for j in range(columns)
        for r, c in offsets
        if 0 <= i + r < rows and 0 <= j + c < columns
    ]
    distance = {(n, m): np.sqrt(np.sum((heard[n] - heard[m]) ** 2)) for n, m in pairs}
    moved = latents.copy()
    for n, m in pairs:
        whole = sum(distance[n, other] for other in {b for a, b in pairs if a == n})
        moved[n] += config.rate * distance[n, m] / whole * (latents[m] - latents[n])
    for corner in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        moved[corner] = latents[corner]
    return moved.reshape(-1, mesh.latents.shape[-1])


def test_one_step_is_the_equation():
    mesh, toy = toy_mesh(counts=(5, 6), lines="bilinear")
    around, config = world(mesh, toy), SomConfig(edges="free")
    np.testing.assert_allclose(
        som_step(start(mesh), around, config), reference_step(mesh, around, config), atol=1e-6
    )


@pytest.mark.parametrize("lines", ["bilinear", "spherical"])
@pytest.mark.parametrize("edges", ["free", "clamped", "pinned"])
def test_the_som_keeps_corners_and_what_its_edges_promise(lines, edges):
    mesh, toy = toy_mesh(lines=lines)
    around = world(mesh, toy)
    before, moved = start(mesh), after(som(start(mesh), around, SomConfig(edges=edges)), 30)
    corners = around.lattice.corners
    np.testing.assert_array_equal(moved[corners], before[corners])
    for nodes, a, b in around.lattice.edges():
        off_line = np.linalg.norm(
            moved[nodes] - around.geometry.onto_edge(moved[nodes], before[a], before[b]), axis=1
        )
        travelled = np.linalg.norm(moved[nodes] - before[nodes], axis=1)
        assert (off_line.max() < 1e-5) == (edges != "free")
        assert (travelled.max() == 0) == (edges == "pinned")
    assert np.linalg.norm(moved - before, axis=1).max() > 0.1


@pytest.mark.parametrize("power", [1.0, 3.0])
def test_a_line_comes_to_rest_at_a_share_of_its_unevenness(power):
    """1 / (1 + power) of the CV, for small ones; see the module."""
    mesh, toy = toy_mesh(2, counts=(15,), seed=2, frames=2)
    around = world(mesh, toy)
    moved = after(som(start(mesh), around, SomConfig(power=power, momentum=0.9)), 200)
    share = cv(moved, around) / cv(start(mesh), around)
    assert share == pytest.approx(1 / (1 + power), abs=0.04)


def test_a_wall_in_the_mesh_does_not_throw_it_apart():
    """Nearly all that is heard happens within one step of 20, and the third power of it pulls."""
    mesh, toy = toy_mesh(2, counts=(21,), lines="bilinear", seed=1, frames=2)
    begin, end = start(mesh)[0], start(mesh)[-1]
    along = (end - begin) / np.sum((end - begin) ** 2)

    def hear(latents):
        way = (latents - begin) @ along
        return (way + 20 * np.tanh(200 * (way - 0.33)))[:, None].astype(np.float32)

    around = replace(world(mesh, toy), hear=hear)
    moved = after(som(start(mesh), around, SomConfig(power=3.0, momentum=0.7)), 60)
    assert cv(moved, around) < 0.5 * cv(start(mesh), around)
    assert np.all(np.diff((moved - begin) @ along) > 0)


def test_momentum_arrives_in_a_fifth_of_the_steps():
    mesh, toy = toy_mesh(2, counts=(15,), seed=1, frames=2)
    around = world(mesh, toy)
    rest = after(som(start(mesh), around, SomConfig(momentum=0.9)), 400)
    off = [
        np.linalg.norm(after(som(start(mesh), around, config), 80) - rest)
        for config in (SomConfig(), SomConfig(momentum=0.9))
    ]
    assert off[1] < 0.2 * off[0]


def test_momentum_goes_on_from_two_states():
    mesh, toy = toy_mesh(counts=(5, 5), frames=2)
    around, config = world(mesh, toy), SomConfig(momentum=0.9)
    *_, before, latents, wanted = islice(som(start(mesh), around, config), 8)
    np.testing.assert_array_equal(next(som(latents, around, config, before)), wanted)
    assert not np.array_equal(next(som(latents, around, config)), wanted)


@pytest.mark.parametrize("seed", range(3))
def test_the_som_lowers_cv(seed):
    mesh, toy = toy_mesh(counts=(9, 9), seed=seed, frames=2)
    around = world(mesh, toy)
    moved = after(som(start(mesh), around, SomConfig()), 80)
    assert cv(moved, around) < 0.97 * cv(start(mesh), around)


@pytest.mark.parametrize("lines", ["bilinear", "spherical"])
@pytest.mark.parametrize("seed", range(3))
def test_arc_length_lowers_cv_and_keeps_corners_and_edges(seed, lines):
    mesh, toy = toy_mesh(counts=(9, 9), seed=seed, lines=lines, frames=2)
    around = world(mesh, toy)
    before, moved = start(mesh), after(arc_length(start(mesh), around), 3)
    assert cv(moved, around) < 0.9 * cv(before, around)
    corners = around.lattice.corners
    np.testing.assert_array_equal(moved[corners], before[corners])
    for nodes, a, b in around.lattice.edges():
        on_line = around.geometry.onto_edge(moved[nodes], before[a], before[b])
        np.testing.assert_allclose(moved[nodes], on_line, atol=1e-5)


def test_arc_length_makes_a_line_even():
    mesh, toy = toy_mesh(2, counts=(21,))
    around = world(mesh, toy)
    assert cv(after(arc_length(start(mesh), around), 8), around) < 0.05


@pytest.mark.parametrize("edges", ["free", "clamped", "pinned"])
@pytest.mark.parametrize("lines", ["bilinear", "spherical"])
def test_a_line_moves_along_itself_whatever_its_edges(edges, lines):
    mesh, toy = toy_mesh(2, counts=(9,), lines=lines)
    around = world(mesh, toy)
    moved = after(som(start(mesh), around, SomConfig(edges=edges)), 100)
    assert cv(moved, around) < 0.8 * cv(start(mesh), around)
    ends = np.broadcast_to(moved[0], moved.shape), np.broadcast_to(moved[-1], moved.shape)
    np.testing.assert_allclose(moved, around.geometry.onto_edge(moved, *ends), atol=1e-5)


def test_the_step_has_no_dimension():
    mesh, toy = toy_mesh()
    one, ten = (
        after(som(start(mesh), world(mesh, toy, scale), SomConfig()), 10) for scale in (1.0, 10.0)
    )
    np.testing.assert_allclose(one, ten, atol=1e-5)


def test_three_dimensions_move_as_two_do():
    mesh, toy = toy_mesh(8, counts=(5, 5, 5), frames=2)
    around = world(mesh, toy)
    for steps, count in (
        (som(start(mesh), around, SomConfig()), 40),
        (arc_length(start(mesh), around), 2),
    ):
        moved = after(steps, count)
        np.testing.assert_array_equal(
            moved[around.lattice.corners], start(mesh)[around.lattice.corners]
        )
        assert cv(moved, around) < cv(start(mesh), around)


def test_evenness_of_points_that_are_known():
    """A row 0, 1, 3: steps 1 and 2, straight, and the middle is 1 from 0 and 2 from 3."""
    row = np.array([[0.0], [1.0], [3.0]], dtype=np.float32)
    found = evenness(row, Lattice((3,)), l2)
    assert found.cv == pytest.approx(0.5 / 1.5)
    assert found.max_to_mean == pytest.approx(2 / 1.5)
    assert found.detour == pytest.approx(1.0)
    assert found.centredness == pytest.approx(1 / 3)
    np.testing.assert_allclose(roughness(row, Lattice((3,)), l2), [1, 1.5, 2])


def test_lines_of_even_steps_are_even_each_however_far_apart_their_steps_are():
    """Two lines, of steps 1 and of steps 3: uneven together, even to who goes along one."""
    lines = np.array([[0, 0], [1, 0], [2, 0], [0, 9], [3, 9], [6, 9]], dtype=np.float32)
    found = evenness(lines, Lattice((2, 3), apart=0), l2)
    assert found.cv == pytest.approx(0.5)
    assert found.line_cv == pytest.approx(0)


def test_a_detour_is_seen():
    corner = np.array([[0, 0], [1, 0], [1, 1]], dtype=np.float32)
    assert evenness(corner, Lattice((3,)), l2).detour == pytest.approx(np.sqrt(2))


def test_log_mel_hears_spectra_but_no_levels_or_phases():
    rng = np.random.default_rng(1)
    t = np.arange(16_384) / 16_000
    tones = np.stack([np.sin(2 * np.pi * f * t + p) for f, p in ((440, 0), (440, 1), (880, 0))])
    sounds = np.concatenate([tones, 0.01 * tones[:1], rng.standard_normal((2, 16_384))])
    features = log_mel(sounds.astype(np.float32))
    near = l1(features, (np.array([0, 0, 4]), np.array([1, 3, 5])))
    far = l1(features, (np.array([0, 0]), np.array([2, 4])))
    assert near.max() < 1.5 < 5 < far.min()


def test_a_picture_shows_the_log_mel_spectrum_of_its_sound():
    rng = np.random.default_rng(1)
    t = np.arange(16_384) / 16_000
    tones = [np.sin(2 * np.pi * 440 * t) + 0.1 * np.sin(2 * np.pi * hz * t) for hz in (880, 3_300)]
    noises = [np.convolve(rng.standard_normal(16_384), (1, a), "same") for a in (0.9, -0.9)]
    sounds = (0.1 * np.stack(tones + noises)).astype(np.float32)
    seen = log_mel_of_pictures(representation("log-magnitude").encode(sounds)[:, 0])
    loud = log_mel(sounds) > -40  # below it the windows' own side lobes differ
    assert np.abs(seen - log_mel(sounds))[loud].mean() < 3
    pairs = (np.array([0, 0, 2]), np.array([1, 2, 3]))
    np.testing.assert_allclose(l1(seen, pairs), l1(log_mel(sounds), pairs), rtol=0.35)


def test_seen_and_heard_is_the_mean_of_both_and_free_of_their_scales():
    mesh, toy = toy_mesh()
    pictures, pairs = world(mesh, toy).hear(start(mesh)), mesh.lattice.around
    both = seen_and_heard(pictures, pairs)
    seen, heard = l2(pictures, pairs), l1(log_mel_of_pictures(pictures), pairs)
    np.testing.assert_allclose(both**2 / both[0] ** 2, seen * heard / (seen[0] * heard[0]))
    alike = np.repeat(pictures[:1], 3, axis=0)
    assert not seen_and_heard(alike, (np.array([0, 1]), np.array([1, 2]))).any()


def test_a_som_that_goes_by_both_is_more_even_to_the_ear_than_one_that_only_sees():
    def heard_cv(latents, around):
        return evenness(log_mel_of_pictures(around.hear(latents)), around.lattice, l1).cv

    mesh, toy = toy_mesh(counts=(9, 9))
    config, around = SomConfig(power=3.0), world(mesh, toy)
    by_both = replace(around, distance=seen_and_heard)
    seen, both = (after(som(start(mesh), each, config), 60) for each in (around, by_both))
    assert heard_cv(both, around) < 0.9 * heard_cv(seen, around)
    assert cv(both, around) < 0.8 * cv(start(mesh), around)


def test_mel_filters_leave_no_gap():
    covered = mel_filters().sum(axis=0)
    inside = slice(8, 480)
    assert covered[inside].min() > 0
