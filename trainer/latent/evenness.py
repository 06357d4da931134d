"""How even and how direct a mesh is, by any distance of sounds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.latent.distance import Distance, Floats
from trainer.latent.lattice import Lattice


@dataclass(frozen=True)
class Evenness:
    """FACTORY's measures of a grid; all of them are free of the distance's scale."""

    cv: float  # std / mean of the distances of neighbours along the axes; 0: even
    # the same of each line by itself, mean over lines: how even it is to who goes along one. Lines
    # may have steps of different sizes, where each has a pitch of its own: no SOM changes that
    line_cv: float
    max_to_mean: float  # of the same; the worst jump
    detour: float  # path / chord, mean over lines; 1: straight
    centredness: float  # |d(mid, A) - d(mid, B)| / d(A, B), mean over lines; 0: in the middle


def evenness(features: Floats, lattice: Lattice, distance: Distance) -> Evenness:
    """Measure a mesh of sounds. features: (N, ...) in the lattice's order."""
    lines = [_lines(features, lattice, axis, distance) for axis in lattice.free]
    together, unevenness, ways, off = (np.concatenate(part) for part in zip(*lines, strict=True))
    mean = together.mean()
    return Evenness(
        cv=float(together.std() / mean),
        line_cv=float(unevenness.mean()),
        max_to_mean=float(together.max() / mean),
        detour=float(ways.mean()),
        centredness=float(off.mean()),
    )


def _lines(
    features: Floats, lattice: Lattice, axis: int, distance: Distance
) -> tuple[NDArray[np.float64], ...]:
    """All steps along an axis; of every line (lines,): their CV, path / chord, centredness."""
    lines = lattice.lines(axis)
    first, last = lines[:, 0], lines[:, -1]
    chord = distance(features, (first, last))
    steps = distance(features, (lines[:, :-1].ravel(), lines[:, 1:].ravel()))
    by_line = steps.reshape(len(lines), -1)
    path, count = by_line.sum(axis=1), lines.shape[1]
    line_cv = by_line.std(axis=1) / np.maximum(by_line.mean(axis=1), 1e-12)
    middles = [lines[:, (count - 1) // 2], lines[:, count // 2]]  # the same one, of an odd count
    sides = [sum(distance(features, (mid, end)) for mid in middles) / 2 for end in (first, last)]
    return steps, line_cv, path / chord, np.abs(sides[0] - sides[1]) / chord


def roughness(features: Floats, lattice: Lattice, distance: Distance) -> NDArray[np.float64]:
    """Mean distance of each node to its neighbours along the axes, in the lattice's shape."""
    total = np.zeros(lattice.numbers.size)
    count = np.zeros(lattice.numbers.size)
    for axis in lattice.free:
        for ends in ((pairs := lattice.along(axis)), pairs[::-1]):
            np.add.at(total, ends[0], distance(features, pairs))
            np.add.at(count, ends[0], 1)
    return (total / count).reshape(lattice.shape)
