"""Straight lines or great circles: how latents are mixed and how a node is held on its edge.

Shapes: (..., Z) latents; t (...) in 0..1.
"""

from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]
Kind = Literal["bilinear", "spherical"]

SMALL_ANGLE = 1e-4  # rad; below it a great circle is a line to 1e-9


class Geometry(Protocol):
    """The lines of a mesh."""

    def mix(self, a: Values, b: Values, t: Values) -> Values:
        """The point at t on the way from a (t = 0) to b (t = 1)."""

    def onto_edge(self, points: Values, a: Values, b: Values) -> Values:
        """The nearest points on the way from a to b, ends included."""

    def kept(self, moved: Values, before: Values) -> Values:
        """What a free step makes of `before`."""


class Flat:
    """The paper's: linear interpolation."""

    def mix(self, a: Values, b: Values, t: Values) -> Values:
        """a + t (b - a)."""
        return np.asarray(a + np.asarray(t)[..., None] * (b - a))

    def onto_edge(self, points: Values, a: Values, b: Values) -> Values:
        """Projection on the unit direction u of the edge: a + <p - a, u> u, held within it."""
        along = b - a
        length = np.linalg.norm(along, axis=-1)
        t = np.sum((points - a) * along, axis=-1) / length**2
        return self.mix(a, b, np.clip(t, 0.0, 1.0))

    def kept(self, moved: Values, before: Values) -> Values:
        """As it is."""
        return moved


class Sphere:
    """Spherical interpolation (Shoemake, SIGGRAPH 1985): the generator sees directions only.

    Lengths are interpolated linearly beside the directions, so that corners stay what they were.
    """

    def mix(self, a: Values, b: Values, t: Values) -> Values:
        """Slerp: sin((1 - t) w) / sin w a + sin(t w) / sin w b of unit vectors an angle w apart."""
        share = np.asarray(t)[..., None]
        length_a, length_b = (np.linalg.norm(v, axis=-1, keepdims=True) for v in (a, b))
        unit_a, unit_b = a / length_a, b / length_b
        angle = _angle(unit_a, unit_b)[..., None]
        flat = angle < SMALL_ANGLE
        sine = np.where(flat, 1.0, np.sin(angle))
        from_a = np.where(flat, 1 - share, np.sin((1 - share) * angle) / sine)
        from_b = np.where(flat, share, np.sin(share * angle) / sine)
        length = (1 - share) * length_a + share * length_b
        return np.asarray(length * (from_a * unit_a + from_b * unit_b))

    def onto_edge(self, points: Values, a: Values, b: Values) -> Values:
        """The point's angle in the plane of a and b, held within the arc."""
        unit_a, unit_b = (v / np.linalg.norm(v, axis=-1, keepdims=True) for v in (a, b))
        across = unit_b - np.sum(unit_a * unit_b, axis=-1, keepdims=True) * unit_a
        across /= np.linalg.norm(across, axis=-1, keepdims=True)
        angle = np.arctan2(np.sum(points * across, axis=-1), np.sum(points * unit_a, axis=-1))
        return self.mix(a, b, np.clip(angle / _angle(unit_a, unit_b), 0.0, 1.0))

    def kept(self, moved: Values, before: Values) -> Values:
        """At the length it had: the way between two points of a sphere leads through it."""
        length = np.linalg.norm(before, axis=-1, keepdims=True)
        return np.asarray(moved * (length / np.linalg.norm(moved, axis=-1, keepdims=True)))


def _angle(unit_a: Values, unit_b: Values) -> Values:
    """Angle between unit vectors; by the half chord, which is exact for small angles too."""
    half_chord = np.linalg.norm(unit_b - unit_a, axis=-1) / 2
    return np.asarray(2 * np.arcsin(np.clip(half_chord, 0.0, 1.0)))


GEOMETRIES: dict[str, Geometry] = {"bilinear": Flat(), "spherical": Sphere()}


def stretch(corners: Values, shape: tuple[int, ...], geometry: Geometry) -> Values:
    """Fill a mesh from its corners, one axis after the other.

    corners: (2, ..., 2, Z), one axis of 2 for each of `shape`. Returns (*shape, Z). Flat, the order
    of the axes does not matter; on the sphere the edges are arcs in any order.
    """
    mesh = corners
    for axis, count in enumerate(shape):
        ends = np.moveaxis(mesh, axis, 0)
        t = np.linspace(0.0, 1.0, count).reshape(count, *[1] * (mesh.ndim - 2))
        mesh = np.moveaxis(geometry.mix(ends[:1], ends[1:], t), 0, axis)
    return mesh
