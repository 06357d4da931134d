"""A mesh of latents between chosen corners, and its file `mesh.npz`."""

import json
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trainer.errors import TrainerError
from trainer.files import replacing
from trainer.latent.corners import Corner
from trainer.latent.generator import Generator, Opened, normalised, require_pitch
from trainer.latent.geometry import GEOMETRIES, Kind, stretch
from trainer.latent.lattice import Lattice

FORMAT = 1
COUNTS = {1: 21, 2: 21, 3: 9, 4: 5}  # nodes per axis by dimensions: 21 x 21 is the paper's
NAMES = ("x", "y", "z", "w")

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Shape:
    """What kind of mesh."""

    counts: tuple[int, ...] = ()  # rows, columns, ...; empty: the paper's 21 each, fewer in 3-D
    lines: Kind = "spherical"  # the generator normalises its input; more even than bilinear
    # "condition": the columns are the GAN's pitches and latents make the timbre (the paper's
    # Trumpinet); "latent": latents make everything. "auto": the first where the GAN has pitches.
    pitch: Literal["auto", "condition", "latent"] = "auto"
    lowest: int | None = None  # of the pitches taken as columns; None: all that the GAN knows
    highest: int | None = None  # as `lowest`, included
    names: tuple[str, ...] = ()  # of the latent parameters; empty: timbre, or x, y, z, w
    descriptions: tuple[str, ...] = ()  # as `names`; empty: the corners at their ends


@dataclass(frozen=True)
class Axis:
    """One parameter: what runs along an axis of the mesh, evenly from minimum to maximum."""

    name: str
    unit: str
    minimum: float
    maximum: float
    description: str

    def values(self, count: int) -> NDArray[np.float64]:
        """The parameter at each of an axis's nodes."""
        return np.linspace(self.minimum, self.maximum, count)


@dataclass(frozen=True)
class Mesh:
    """Latents (*shape, Z); pitches (*shape) MIDI notes or None; one axis per dimension of shape."""

    latents: Floats
    pitches: NDArray[np.int64] | None
    axes: tuple[Axis, ...]
    apart: int | None  # the axis along which only the pitch condition changes
    lines: Kind
    sha256: str  # of the generator

    @property
    def lattice(self) -> Lattice:
        """Its index side."""
        return Lattice(self.latents.shape[:-1], self.apart)

    @property
    def flat_latents(self) -> Floats:
        """(N, Z)."""
        return self.latents.reshape(-1, self.latents.shape[-1])

    @property
    def flat_pitches(self) -> NDArray[np.int64] | None:
        """(N,) or None."""
        return None if self.pitches is None else self.pitches.ravel()

    def parameters(self) -> NDArray[np.float64]:
        """Values (N, axes) of every node, in the order of `ordered_axes`."""
        grids = np.meshgrid(
            *[a.values(n) for a, n in zip(self.axes, self.lattice.shape, strict=True)],
            indexing="ij",
        )
        return np.stack([grids[k].ravel() for k in self._order()], axis=1)

    def ordered_axes(self) -> list[Axis]:
        """Columns first, as the paper counts parameters: param0 = column, param1 = row, ..."""
        return [self.axes[k] for k in self._order()]

    def _order(self) -> list[int]:
        return [1, 0, *range(2, len(self.axes))] if len(self.axes) > 1 else [0]


def between(corners: list[Corner], opened: Opened, shape: Shape = Shape()) -> Mesh:
    """Fill a mesh from 2, 4, 8, ... corners, given row by row. Raises TrainerError."""
    generator = opened.generator
    conditioned = _conditioned(generator, shape)
    free = _require_power_of_two(corners, shape, conditioned)
    _require_different(corners)
    notes = _notes(generator, shape) if conditioned else ()
    counts = _counts(shape, free, len(notes))
    apart = min(1, free) if conditioned else None
    inner = tuple(n for axis, n in enumerate(counts) if axis != apart)
    ends = np.stack([c.latent for c in corners]).astype(np.float64)
    if shape.lines == "spherical":
        ends = normalised(ends.astype(np.float32)).astype(np.float64)
    latents = stretch(ends.reshape(*[2] * free, -1), inner, GEOMETRIES[shape.lines])
    if apart is not None:
        latents = np.repeat(np.expand_dims(latents, apart), counts[apart], axis=apart)
    return Mesh(
        latents=latents.astype(np.float32),
        pitches=_pitches(generator, corners, counts, apart, notes),
        axes=_axes(shape, corners, counts, apart, notes),
        apart=apart,
        lines=shape.lines,
        sha256=opened.sha256,
    )


def _conditioned(generator: Generator, shape: Shape) -> bool:
    if shape.pitch == "condition" and not generator.pitches:
        raise TrainerError("mesh: pitch by condition: this GAN has no pitches; take pitch = latent")
    return bool(generator.pitches) and shape.pitch != "latent"


def _require_power_of_two(corners: list[Corner], shape: Shape, conditioned: bool) -> int:
    """How many axes are of latents."""
    free = len(corners).bit_length() - 1
    if len(corners) < 2 or len(corners) != 2**free:
        raise TrainerError(
            f"mesh: {len(corners)} corners; a line has 2, a square 4, a cube 8: choose so many"
        )
    if shape.counts and len(shape.counts) != free + conditioned:
        wanted = 2 ** max(1, len(shape.counts) - conditioned)
        raise TrainerError(
            f"mesh: {' x '.join(map(str, shape.counts))} nodes want {wanted} corners, "
            f"got {len(corners)}"
        )
    if any(count < 2 for count in shape.counts):
        raise TrainerError(f"mesh: {shape.counts}: an axis has 2 nodes at least")
    for what in ("names", "descriptions"):
        given = getattr(shape, what)
        if given and len(given) != free:
            raise TrainerError(f"mesh: {len(given)} {what} for {free} axes of latents")
    return free


def _require_different(corners: list[Corner]) -> None:
    directions = normalised(np.stack([c.latent for c in corners]))
    for k, one in enumerate(directions):
        for j in range(k):
            if np.allclose(one, directions[j], atol=1e-3):
                raise TrainerError(
                    f"mesh: corners {corners[j].name!r} and {corners[k].name!r} are one sound; "
                    "choose another"
                )


def _notes(generator: Generator, shape: Shape) -> tuple[int, ...]:
    low = min(generator.pitches) if shape.lowest is None else shape.lowest
    high = max(generator.pitches) if shape.highest is None else shape.highest
    notes = tuple(sorted(note for note in generator.pitches if low <= note <= high))
    if len(notes) < 2 or not {low, high} <= set(notes):
        known = f"{min(generator.pitches)} to {max(generator.pitches)}"
        raise TrainerError(f"mesh: pitches {low} to {high}: this GAN was trained on {known}")
    return notes


def _counts(shape: Shape, free: int, notes: int) -> tuple[int, ...]:
    """Nodes by axis; the pitches stand second, as columns."""
    if shape.counts:
        if notes and shape.counts[1] != notes:
            raise TrainerError(
                f"mesh: {shape.counts[1]} columns for {notes} pitches; "
                f"take {notes}, or narrow the pitches with lowest and highest"
            )
        return shape.counts
    each = COUNTS.get(free, 3)
    return (each, notes, *[each] * (free - 1)) if notes else (each,) * free


def _pitches(
    generator: Generator,
    corners: list[Corner],
    counts: tuple[int, ...],
    apart: int | None,
    notes: tuple[int, ...],
) -> NDArray[np.int64] | None:
    if not generator.pitches:
        return None
    if apart is not None:
        along = np.array(notes).reshape(-1, *[1] * (len(counts) - 1 - apart))
        return np.broadcast_to(along, counts).astype(np.int64)
    chosen = {corner.pitch for corner in corners}
    if len(chosen) > 1:
        raise TrainerError(
            f"mesh: corners at pitches {sorted(p for p in chosen if p is not None)}: between "
            "conditions there is nothing; choose all at one pitch, or take pitch = condition"
        )
    return np.full(counts, require_pitch(generator, chosen.pop(), "mesh"))


def _axes(
    shape: Shape,
    corners: list[Corner],
    counts: tuple[int, ...],
    apart: int | None,
    notes: tuple[int, ...],
) -> tuple[Axis, ...]:
    """One per dimension. Unless named, a single latent axis is a timbre, others x (columns), y."""
    free = [axis for axis in range(len(counts)) if axis != apart]
    names = dict(zip(free, shape.names or _names(len(free), apart is not None), strict=True))
    told = dict(zip(free, shape.descriptions, strict=True)) if shape.descriptions else {}
    axes = []
    for axis in range(len(counts)):
        if axis == apart:
            axes.append(Axis("pitch", "MIDI note", notes[0], notes[-1], "By the GAN's condition."))
            continue
        last = len(corners) >> (1 + free.index(axis))
        ends = f"0 {corners[0].name} ... 1 {corners[last].name}"
        axes.append(Axis(names[axis], "", 0.0, 1.0, told.get(axis, ends)))
    return tuple(axes)


def _names(free: int, conditioned: bool) -> tuple[str, ...]:
    if free == 1:
        return ("timbre",)
    if not conditioned:
        return ("y", "x", *(NAMES[k] if k < 4 else f"p{k}" for k in range(2, free)))
    return tuple(f"timbre{k + 1}" for k in range(free))


def save(path: Path, mesh: Mesh, original: Floats) -> None:
    """Write the mesh, and the latents before it was adapted, as plain arrays."""
    about = {
        "format": FORMAT,
        "axes": [asdict(axis) for axis in mesh.axes],
        "apart": mesh.apart,
        "lines": mesh.lines,
        "sha256": mesh.sha256,
    }
    arrays: dict[str, Any] = {
        "latents": mesh.latents,
        "original": original,
        "about": np.array(json.dumps(about)),
    }
    if mesh.pitches is not None:
        arrays["pitches"] = mesh.pitches
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(file, **arrays)


def load(path: Path) -> tuple[Mesh, Floats]:
    """A mesh and its latents before it was adapted. Raises TrainerError."""
    if not path.is_file():
        raise TrainerError(f"mesh: {path}: no such file; make one with `smf-train mesh`")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            about = json.loads(str(held["about"]))
            if about["format"] != FORMAT:
                raise TrainerError(f"mesh: {path}: format {about['format']}, wanted {FORMAT}")
            mesh = Mesh(
                latents=held["latents"],
                pitches=held.get("pitches"),
                axes=tuple(Axis(**axis) for axis in about["axes"]),
                apart=about["apart"],
                lines=about["lines"],
                sha256=about["sha256"],
            )
            return mesh, held["original"]
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile):
        raise TrainerError(f"mesh: {path}: not a mesh; make one with `smf-train mesh`") from None


def require_same_gan(path: Path, mesh: Mesh, opened: Opened) -> None:
    """Refuse a mesh of another generator. Raises TrainerError."""
    if mesh.latents.shape[-1] != opened.generator.latent_size:
        raise TrainerError(
            f"mesh: {path}: latents of {mesh.latents.shape[-1]} components, "
            f"{opened.path} wants {opened.generator.latent_size}; make it anew"
        )
    if mesh.sha256 != opened.sha256:
        raise TrainerError(
            f"mesh: {path}: made with another GAN ({mesh.sha256[:12]}, not "
            f"{opened.sha256[:12]} of {opened.path}); make it anew with `smf-train mesh`"
        )
