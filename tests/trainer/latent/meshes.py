"""Meshes between random corners of the toy."""

import numpy as np
from toy_generator import opened

from trainer.latent.corners import Corner
from trainer.latent.distance import l2
from trainer.latent.generator import magnitudes
from trainer.latent.geometry import GEOMETRIES
from trainer.latent.mesh import Shape, between
from trainer.latent.som import Surroundings


def random_corners(count, *, size=16, seed=0, pitch=None):
    rng = np.random.default_rng(seed)
    return [
        Corner(f"c{k}", rng.standard_normal(size).astype(np.float32), pitch) for k in range(count)
    ]


def toy_mesh(count=4, *, counts=(7, 7), lines="spherical", seed=0, **options):
    """A mesh and what plays it."""
    toy = opened(**options)
    shape = Shape(counts=counts, lines=lines)
    return between(random_corners(count, seed=seed), toy, shape), toy


def world(mesh, toy, scale=1.0):
    """Where a mesh moves; scale: of its spectrograms."""

    def hear(latents):
        latents = latents.astype(np.float32)
        return scale * magnitudes(toy.generator, latents, mesh.flat_pitches)

    return Surroundings(mesh.lattice, GEOMETRIES[mesh.lines], hear, l2)
