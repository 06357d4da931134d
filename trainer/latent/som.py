"""The paper's self-organising map, without its hand-tuned steps, and arc-length refinement.

The rule, for each node g of a mesh and its neighbours g' (8 in two dimensions), with S their
spectrograms:

    g <- g + step * sum over g' of ||S - S'|| * (g' - g)

so that a node is drawn most to the neighbour it sounds least like. ||S - S'|| has the unit of the
spectrogram; the step is divided by its sum over the node's own neighbours, which frees it of that
unit (the authors' ranged from 1e-8 to 5e-5): a node goes `rate` of the way to its neighbours'
weighted mean, as in Jacobi's method. That changes the way but not where it ends: at rest the sum is
nothing, whatever it is divided by. Divided by the mean over the mesh, a mesh with a wall in it flew
apart (textures: steps of up to 4.3 times the mean; by the third power CV .84 before, 1.73 after).
Corners stay. The direction of an edge is a unit vector (theirs was not).

Along a line it comes to rest where each node is pulled as much from either side. Where a step of
the latent by u is heard as c u, that is c u^2 = c' u'^2 between neighbours: what is heard of a step
is then as the root of c, and the CV half of what it was, however many the iterations. With the
power p of ||S - S'|| instead of the first it is 1 / (1 + p) of it: a quarter by 3. (The step is
divided by (1 + p) / 2, as the pull grows so much faster with the distance.) Textures, 11 x 11
nodes, momentum 0.7: CV .80 before, .45 by the power 3, .42 by 6, .41 by 10, at rest from the 30th
iteration on; what is left is between the axes and between lines.

Arc-length refinement goes along every line and puts its nodes at equal shares of the way, as heard
from node to node; then along the lines of the next axis.

Measured with the step divided by the mean over the mesh, the first power and no momentum. On a
random decoder of 128 components, 21 x 21 nodes on the sphere, 4 decoders:

| | CV | off centre | detour |
|---|---|---|---|
| before | .26-.37 | .11-.23 | 1.31-1.39 |
| SOM, 200 iterations, edges clamped | .18-.26 | .09-.17 | 1.29-1.40 |
| the same, pinned | .21-.31 | .10-.21 | 1.29-1.39 |
| the same, free: a soap film on four points | .49-.57 | .09-.15 | 1.20-1.23 |
| arc length, 5 sweeps | .10-.14 | .04-.06 | 1.30-1.44 |

On a GAN half-way through its training (clarinet to trumpet, 11 timbres x 5 pitches by condition,
bilinear), by the spectrograms' distance and by log-mel, which neither method sees:

| | CV | CV, log-mel | max/mean, log-mel | off centre, log-mel |
|---|---|---|---|---|
| before | .33 | .26 | 1.47 | .15 |
| SOM, 200 iterations | .16 | .15 | 1.31 | .07 |
| arc length, 5 sweeps | .02 | .19 | 1.59 | .16 |

So recipes keep the SOM: arc length evens out what it measures, a seventh of the time spent.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trainer.latent.distance import Distance, Sense
from trainer.latent.geometry import Geometry
from trainer.latent.lattice import Lattice

TINY = 1e-30  # a pull of nothing moves nothing
Latents = NDArray[np.float64]  # (N, Z), in the lattice's order
Features = NDArray[np.float32]  # (N, ...)
Hear = Callable[[Latents], Features]


@dataclass(frozen=True)
class SomConfig:
    """How the map moves."""

    iterations: int = 200  # enough with the former step: CV fell by less than 1 % in 20 more
    rate: float = 0.4  # of the way to the neighbours' mean
    power: float = 1.0  # of ||S - S'|| in the pull; the paper's. See the module for what 3 does
    # of the last step that is taken again (Polyak's heavy ball): 0.9 arrives in a fifth of the
    # iterations on a smooth line, but swings where there is a wall, 0.7 does not; 0: the paper's
    momentum: float = 0.0
    edges: Literal["free", "clamped", "pinned"] = "clamped"  # free ones shrink like a soap film
    # by what nodes differ: "seen" is the paper's ||S - S'||, which may leave steps less even to the
    # ear than they were; "seen-and-heard" goes by log-mel spectra, too (trainer/latent/distance.py)
    distance: Sense = "seen"


@dataclass(frozen=True)
class ArcLengthConfig:
    """How lines are re-sampled."""

    sweeps: int = 5  # over all axes; more bring nothing: interpolation itself blurs the way


@dataclass(frozen=True)
class Surroundings:
    """What a mesh is moved in."""

    lattice: Lattice
    geometry: Geometry
    hear: Hear
    distance: Distance


def som(
    latents: Latents, world: Surroundings, config: SomConfig, before: Latents | None = None
) -> Iterator[Latents]:
    """The map after each iteration. Nothing is random: it can be gone on from any state.

    before: the state before `latents`, where it is gone on with momentum.
    """
    before = latents if before is None else before
    while True:
        before, latents = latents, som_step(latents, world, config, before)
        yield latents


def som_step(
    latents: Latents, world: Surroundings, config: SomConfig, before: Latents | None = None
) -> Latents:
    """One iteration: hear all, draw all, hold corners and edges. before: as of `som`."""
    lattice = world.lattice
    first, second = lattice.around
    strength = world.distance(world.hear(latents), lattice.around) ** config.power
    way, whole = np.zeros_like(latents), np.full((len(latents), 1), TINY)
    for nodes, towards in ((first, second), (second, first)):
        pull = strength[:, None]
        if config.edges == "clamped":
            pull = np.where(lattice.drawn_out_of_face(nodes, towards)[:, None], 0.0, pull)
        np.add.at(way, nodes, pull * (latents[towards] - latents[nodes]))
        np.add.at(whole, nodes, pull)
    step = config.rate * 2 / (1 + config.power)
    moved = latents + step * way / whole
    if before is not None:
        moved += config.momentum * (latents - before)
    return _held(world.geometry.kept(moved, latents), latents, world, config)


def _held(moved: Latents, before: Latents, world: Surroundings, config: SomConfig) -> Latents:
    """Corners where they were; edges as configured."""
    corners = world.lattice.corners
    moved[corners] = before[corners]
    for nodes, begin, end in world.lattice.edges():
        if config.edges == "pinned":
            moved[nodes] = before[nodes]
        elif config.edges == "clamped":
            moved[nodes] = world.geometry.onto_edge(moved[nodes], before[begin], before[end])
    return moved


def arc_length(latents: Latents, world: Surroundings) -> Iterator[Latents]:
    """The mesh after each sweep over all axes. Corners stay, and edges stay on their lines."""
    while True:
        for axis in world.lattice.free:
            latents = _resampled(latents, world, axis)
        yield latents


def _resampled(latents: Latents, world: Surroundings, axis: int) -> Latents:
    """All lines of one axis at equal shares of their length."""
    lines = world.lattice.lines(axis)
    steps = world.distance(world.hear(latents), (lines[:, :-1].ravel(), lines[:, 1:].ravel()))
    moved = latents.copy()
    for line, lengths in zip(lines, steps.reshape(len(lines), -1), strict=True):
        way = np.concatenate([[0.0], np.cumsum(lengths)])
        place = np.interp(np.linspace(0.0, way[-1], len(line)), way, np.arange(len(line)))
        left = np.minimum(place.astype(int), len(line) - 2)
        inside = world.geometry.mix(latents[line[left]], latents[line[left + 1]], place - left)
        moved[line[1:-1]] = inside[1:-1]
    return moved
