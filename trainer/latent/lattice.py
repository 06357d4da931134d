"""Which node is whose neighbour, corner or edge: the index side of a mesh of any dimension.

An axis along which only the pitch condition changes is *apart*: every step along it holds a mesh
of its own, with its own corners, and no neighbours beyond it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Lattice:
    """A mesh's shape; node numbers run in C order over it."""

    shape: tuple[int, ...]
    apart: int | None = None  # the axis of pitches

    @property
    def free(self) -> tuple[int, ...]:
        """The axes along which latents differ."""
        return tuple(axis for axis in range(len(self.shape)) if axis != self.apart)

    @cached_property
    def numbers(self) -> Indices:
        """Node numbers, in the mesh's shape."""
        return np.arange(int(np.prod(self.shape))).reshape(self.shape)

    @cached_property
    def around(self) -> tuple[Indices, Indices]:
        """Each pair of neighbours once, diagonals included: 8 for each node inside a 2-D mesh."""
        pairs = [self._shifted(offset) for offset in self._half_of_neighbourhood()]
        first, second = zip(*pairs, strict=True)
        return np.concatenate(first), np.concatenate(second)

    @property
    def most_neighbours(self) -> int:
        """Neighbours of a node inside: 8 in two dimensions."""
        return int(3 ** len(self.free) - 1)

    def along(self, axis: int) -> tuple[Indices, Indices]:
        """Each pair of neighbours along one axis."""
        offset = [0] * len(self.shape)
        offset[axis] = 1
        return self._shifted(tuple(offset))

    def lines(self, axis: int) -> Indices:
        """Node numbers of every line along an axis, (lines, nodes of the line)."""
        return np.moveaxis(self.numbers, axis, -1).reshape(-1, self.shape[axis])

    @cached_property
    def corners(self) -> Indices:
        """Nodes at an end of every free axis."""
        return np.asarray(self.numbers[self._inside_count() == 0])

    def edges(self) -> Iterator[tuple[Indices, Indices, Indices]]:
        """Per free axis: nodes inside an edge along it, and the corners where each edge ends.

        A mesh of one free axis is all inside: its nodes move along the line between its ends.
        """
        if len(self.free) < 2:
            return
        only_one = self._inside_count() == 1
        for axis in self.free:
            nodes = only_one & self._inside(axis)
            ends = [np.broadcast_to(np.take(self.numbers, [k], axis), self.shape) for k in (0, -1)]
            yield self.numbers[nodes], ends[0][nodes], ends[1][nodes]

    def drawn_out_of_face(self, nodes: Indices, towards: Indices) -> NDArray[np.bool_]:
        """Where a node inside a face (of three dimensions and more) has a neighbour off that face.

        A free face would shrink like a soap film, as a free edge does.
        """
        shrinks = np.zeros(len(nodes), dtype=bool)
        for axis in self.free:
            on_end = ~self._inside(axis).ravel()
            index = np.indices(self.shape)[axis].ravel()
            shrinks |= on_end[nodes] & (index[nodes] != index[towards])
        count = self._inside_count().ravel()[nodes]
        return np.asarray(shrinks & (count >= 2) & (count < len(self.free)))

    def _inside(self, axis: int) -> NDArray[np.bool_]:
        index = np.indices(self.shape)[axis]
        return np.asarray((index > 0) & (index < self.shape[axis] - 1))

    def _inside_count(self) -> Indices:
        return np.asarray(np.sum([self._inside(axis) for axis in self.free], axis=0))

    def _half_of_neighbourhood(self) -> list[tuple[int, ...]]:
        """Offsets after 0 in lexicographic order: the other half is their negatives."""
        zero = (0,) * len(self.shape)
        steps = [(0,) if axis == self.apart else (-1, 0, 1) for axis in range(len(self.shape))]
        return [offset for offset in product(*steps) if offset > zero]

    def _shifted(self, offset: tuple[int, ...]) -> tuple[Indices, Indices]:
        """Pairs (node, node + offset)."""
        steps = list(zip(offset, self.shape, strict=True))
        here = tuple(slice(max(0, -o), n - max(0, o)) for o, n in steps)
        there = tuple(slice(max(0, o), n - max(0, -o)) for o, n in steps)
        return self.numbers[here].ravel(), self.numbers[there].ravel()
