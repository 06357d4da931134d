"""The paper's Figure 2 for any mesh: contours before, the adapted mesh, contours after."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.files import replacing
from trainer.latent.distance import l2
from trainer.latent.evenness import roughness
from trainer.latent.generator import Generator, magnitudes
from trainer.latent.mesh import Axis, Mesh

INK, PALE = "#1d3557", "#b8c4d4"


def figure_2(path: Path, before: Mesh, after: Mesh, generator: Generator) -> None:
    """Draw the first two axes (the others at their beginning) as a PNG.

    The contours show how far a node sounds from its neighbours, on one scale before and after;
    where they crowd, the sound turns quickly. The mesh is drawn where its latents lie between the
    corners. With pitch by condition the columns are pitches, and only the rows move.
    """
    figure, panels = _panels()
    uneven = [_roughness(mesh, generator) for mesh in (before, after)]
    mean = uneven[0].mean()
    levels = np.linspace(0.0, max(2.0, float(np.max(uneven) / mean)), 13)
    for panel, values, title in (
        (panels[0], uneven[0], "before: distance to neighbours / mean"),
        (panels[2], uneven[1], "after: the same, smoothed by the adapted mesh"),
    ):
        filled = _contours(panel, values / mean, levels, before)
        panel.set_title(title, fontsize=10)
    figure.colorbar(filled, ax=panels[2], fraction=0.046, pad=0.03)
    _draw_mesh(panels[1], before, after)
    for panel in panels:
        _label(panel, before)
    with replacing(path) as part:
        figure.savefig(part, dpi=130)


def _panels() -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15, 5), layout="constrained")
    return figure, figure.subplots(1, 3)


def _roughness(mesh: Mesh, generator: Generator) -> NDArray[np.float64]:
    heard = magnitudes(generator, mesh.flat_latents, mesh.flat_pitches)
    return plane(roughness(heard, mesh.lattice, l2), len(mesh.lattice.shape))


def plane(values: NDArray[Any], dimensions: int) -> NDArray[Any]:
    """The first two axes of a mesh's values (rows, columns, ...); a line becomes two equal rows."""
    if dimensions == 1:
        return np.stack([values, values])
    return values.reshape(*values.shape[:2], -1, *values.shape[dimensions:])[:, :, 0]


def _contours(
    panel: Any, values: NDArray[np.float64], levels: NDArray[np.float64], mesh: Mesh
) -> Any:
    down, right = _shown(mesh)
    x, y = right.values(values.shape[1]), down.values(values.shape[0])
    panel.contour(x, y, values, levels, colors=INK, linewidths=0.5, alpha=0.6)
    return panel.contourf(x, y, values, levels, cmap="magma", alpha=0.9, extend="max")


def _draw_mesh(panel: Any, before: Mesh, after: Mesh) -> None:
    for mesh, colour, width in ((before, PALE, 0.6), (after, INK, 0.9)):
        x, y = _in_units(coordinates(mesh, before), before)
        panel.plot(x, y, color=colour, linewidth=width)
        panel.plot(x.T, y.T, color=colour, linewidth=width)
    panel.plot(x[[0, 0, -1, -1], [0, -1, 0, -1]], y[[0, 0, -1, -1], [0, -1, 0, -1]], "o", color=INK)
    panel.set_title("adapted mesh over the original one (pale), seen in the latents", fontsize=10)


def _shown(mesh: Mesh) -> tuple[Axis, Axis]:
    """What runs upwards and to the right; a line has nothing upwards."""
    if len(mesh.axes) == 1:
        return Axis("", "", 0.0, 1.0, ""), mesh.axes[0]
    return mesh.axes[0], mesh.axes[1]


def _in_units(
    places: tuple[NDArray[np.float64], NDArray[np.float64]], mesh: Mesh
) -> list[NDArray[np.float64]]:
    """Places of 0..1 as the axes count them."""
    axes = _shown(mesh)[::-1]
    return [a.minimum + p * (a.maximum - a.minimum) for p, a in zip(places, axes, strict=True)]


def _label(panel: Any, mesh: Mesh) -> None:
    down, right = _shown(mesh)
    for axis, write in ((right, panel.set_xlabel), (down, panel.set_ylabel)):
        write(f"{axis.name} ({axis.unit})" if axis.unit else axis.name)


def coordinates(mesh: Mesh, original: Mesh) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the nodes of the first two axes lie between the original's corners: x, y (R, C).

    Least squares on the two mean edges, and on the twist of a surface through four corners. Along
    an axis of pitches latents do not differ; there the node's place is its pitch's.
    """
    dimensions = len(mesh.lattice.shape)
    latents = plane(mesh.latents, dimensions).astype(np.float64)
    corners = plane(original.latents, dimensions)[np.ix_([0, -1], [0, -1])].astype(np.float64)
    middle = corners.mean(axis=(0, 1))
    down = corners[1].mean(axis=0) - corners[0].mean(axis=0)
    right = corners[:, 1].mean(axis=0) - corners[:, 0].mean(axis=0)
    twist = (corners[0, 0] - corners[0, 1] - corners[1, 0] + corners[1, 1]) / 2
    basis = np.stack([right, down, twist], axis=1)
    solved = np.linalg.lstsq(basis, (latents - middle).reshape(-1, len(middle)).T, rcond=None)[0]
    rows, columns = latents.shape[:2]
    x, y = (solved[k].reshape(rows, columns) + 0.5 for k in (0, 1))
    if mesh.apart == 1:
        x = np.broadcast_to(np.linspace(0, 1, columns), (rows, columns))
    if dimensions == 1 or mesh.apart == 0:
        y = np.broadcast_to(np.linspace(0, 1, rows)[:, None], (rows, columns))
    return x, y
