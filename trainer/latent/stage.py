"""The mesh stage: corners to a mesh, adapted, measured, drawn; stopped and resumed as you like."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trainer.files import replacing, write_json
from trainer.latent import corners as corner_file
from trainer.latent.distance import DISTANCES, l1, l2, log_mel
from trainer.latent.evenness import Evenness, evenness
from trainer.latent.generator import Generator, Opened, magnitudes, sounds
from trainer.latent.geometry import GEOMETRIES
from trainer.latent.hearing import hearing
from trainer.latent.mesh import Mesh, Shape, between, save
from trainer.latent.som import (
    ArcLengthConfig,
    Latents,
    SomConfig,
    Surroundings,
    arc_length,
    som,
)
from trainer.stage import Progress

MESH, MEASURES, PICTURE = "mesh.npz", "mesh.json", "mesh.png"
STATE = "adapting.npz"
KEEP_EVERY = {"som": 10, "arc-length": 1}  # iterations; a stop loses a minute at most


@dataclass(frozen=True)
class MeshConfig:
    """What the mesh is and how it is made even."""

    shape: Shape = field(default_factory=Shape)
    # the paper's; "arc-length" is more even by the spectrograms alone, not by log-mel, for a
    # twentieth of the GAN's work (trainer/latent/som.py); "none" for a start
    adapt: Literal["som", "arc-length", "none"] = "som"
    som: SomConfig = field(default_factory=SomConfig)
    arc_length: ArcLengthConfig = field(default_factory=ArcLengthConfig)
    bfloat16: bool = False  # hear in half precision; a line then ends at CV .006 instead of .003
    seed: int = 1  # of the phases of the sounds that are measured

    @property
    def iterations(self) -> int:
        """How many steps the adaptation takes."""
        if self.adapt == "som":
            return self.som.iterations
        return self.arc_length.sweeps if self.adapt == "arc-length" else 0


def run(config: MeshConfig, corners: Path, opened: Opened, out: Path) -> Iterator[Progress]:
    """Write mesh.npz, mesh.json and mesh.png to `out`, a progress per iteration.

    A run that was stopped goes on from its last kept state, to the same result. Raises
    TrainerError where the corners are of another GAN or do not fit the shape.
    """
    mesh = between(corner_file.read(corners, opened), opened, config.shape)
    total = config.iterations + 1
    adapted = mesh
    for done, latents in _adapted(mesh, opened.generator, config, out / STATE):
        adapted = replace(mesh, latents=_shaped(latents, mesh))
        yield Progress(done, total, "iteration", text=config.adapt)
    write_json(out / MEASURES, _report(mesh, adapted, opened, config))
    _draw(out / PICTURE, mesh, adapted, opened.generator)
    save(out / MESH, adapted, mesh.latents)
    yield Progress(total, total, "iteration", text="measured")


def _adapted(
    mesh: Mesh, generator: Generator, config: MeshConfig, state: Path
) -> Iterator[tuple[int, Latents]]:
    """The latents after each iteration, from the state that was kept last."""
    key = _key(mesh, config)
    begin = mesh.flat_latents.astype(np.float64)
    done, latents, before = _resume(state, key, config.iterations) or (0, begin, begin)
    if done == config.iterations:
        yield done, latents
        return
    world = Surroundings(
        mesh.lattice,
        GEOMETRIES[mesh.lines],
        hearing(generator, mesh.flat_pitches, bfloat16=config.bfloat16),
        DISTANCES[config.som.distance] if config.adapt == "som" else l2,
    )
    moves = arc_length(latents, world) if config.adapt == "arc-length" else None
    steps = som(latents, world, config.som, before) if moves is None else moves
    for moved in islice(steps, config.iterations - done):
        before, latents = latents, moved
        done += 1
        if done % KEEP_EVERY[config.adapt] == 0 or done == config.iterations:
            _keep(state, key, done, latents, before)
        yield done, latents


def _key(mesh: Mesh, config: MeshConfig) -> str:
    """What a kept state belongs to; the number of iterations may grow."""
    how: dict[str, Any] = {"adapt": config.adapt, "bfloat16": config.bfloat16}
    if config.adapt == "som":
        how |= {"rate": config.som.rate, "edges": config.som.edges}
        how |= {"momentum": config.som.momentum, "power": config.som.power}
        how |= {"distance": config.som.distance}
    whole = hashlib.sha256(mesh.latents.tobytes())
    whole.update(mesh.sha256.encode() + mesh.lines.encode())
    whole.update(b"" if mesh.pitches is None else mesh.pitches.tobytes())
    whole.update(json.dumps(how, sort_keys=True).encode())
    return whole.hexdigest()


def _keep(path: Path, key: str, done: int, latents: Latents, before: Latents) -> None:
    with replacing(path) as part, part.open("wb") as file:
        np.savez(file, key=np.array(key), done=np.array(done), latents=latents, before=before)


def _resume(path: Path, key: str, most: int) -> tuple[int, Latents, Latents] | None:
    """The state kept for this very mesh, if there is one that is no further than `most`."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            if str(held["key"]) != key or int(held["done"]) > most:
                return None
            return int(held["done"]), held["latents"], held["before"]
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None  # not ours, or spoilt: from the beginning


def _shaped(latents: Latents, mesh: Mesh) -> NDArray[np.float32]:
    """As the mesh's; corners are the very ones that were given, not rounded."""
    return latents.reshape(mesh.latents.shape).astype(np.float32)


def _report(before: Mesh, after: Mesh, opened: Opened, config: MeshConfig) -> dict[str, Any]:
    """mesh.json: what was done, and the measures before and after by both distances."""
    measured = [_measures(mesh, opened.generator, config.seed) for mesh in (before, after)]
    return {
        "format": 1,
        "generator": {"sha256": opened.sha256, "path": str(opened.path)},
        "shape": list(before.lattice.shape),
        "axes": [asdict(axis) for axis in before.axes],
        "config": asdict(config),
        "iterations": config.iterations,
        "measures": {
            name: {"before": asdict(measured[0][name]), "after": asdict(measured[1][name])}
            for name in measured[0]
        },
    }


def _measures(mesh: Mesh, generator: Generator, seed: int) -> dict[str, Evenness]:
    """Evenness by the SOM's own distance and by the independent one."""
    seen = magnitudes(generator, mesh.flat_latents, mesh.flat_pitches)
    heard = log_mel(sounds(generator, mesh.flat_latents, mesh.flat_pitches, seed=seed))
    return {
        "spectrogram_l2": evenness(seen, mesh.lattice, l2),
        "log_mel_l1": evenness(heard, mesh.lattice, l1),
    }


def _draw(path: Path, before: Mesh, after: Mesh, generator: Generator) -> None:
    from trainer.latent.figures import figure_2

    figure_2(path, before, after, generator)


def measures_table(out: Path) -> str:
    """mesh.json in a few lines, for the terminal."""
    held = json.loads((out / MEASURES).read_text())["measures"]
    titles = {
        "cv": "CV",
        "line_cv": "CV by line",
        "max_to_mean": "max/mean",
        "detour": "detour",
        "centredness": "off-centre",
    }
    known = next(iter(held.values()))["after"]  # an older file has fewer
    names = {name: title for name, title in titles.items() if name in known}
    lines = [f"{'':16}" + "".join(f"{title:>18}" for title in names.values())]
    for distance, both in held.items():
        cells = (f"{both['before'][n]:8.3f} ->{both['after'][n]:7.3f}" for n in names)
        lines.append(f"{distance:16}" + "".join(f"{cell:>18}" for cell in cells))
    return "\n".join(lines)
