"""A page to hear a mesh by moving over it, as it was and adapted, side by side."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.explore import media
from trainer.files import write_text
from trainer.latent.distance import log_mel
from trainer.latent.generator import Floats, Opened
from trainer.latent.mesh import Mesh, load, require_same_gan
from trainer.stage import Progress

PAGE = "audition.html"
LOOP, OVERLAP = 8_192, 1_024  # samples: half a second, its end cross-faded into its beginning
BITS = 12  # 74 dB below full scale; noise packs a third smaller than in 16
RMS = 0.1  # of every loop: what is judged is timbre
BATCH = 32


@dataclass(frozen=True)
class AuditionPageConfig:
    """What fits into a page."""

    nodes: int = 441  # of each mesh, 21 x 21; larger ones are thinned: some 11 MB
    seed: int = 1  # of the phases


def run(
    mesh_file: Path, opened: Opened, out: Path, config: AuditionPageConfig = AuditionPageConfig()
) -> Iterator[Progress]:
    """Write the page `out` for a mesh.npz. Raises TrainerError."""
    mesh, original = load(mesh_file)
    require_same_gan(mesh_file, mesh, opened)
    kept = thinned(mesh.lattice.shape, config.nodes)
    count = int(np.prod([len(each) for each in kept]))
    latents = np.concatenate(
        [each[np.ix_(*kept)].reshape(count, -1) for each in (original, mesh.latents)]
    )
    pitches = None if mesh.pitches is None else np.tile(mesh.pitches[np.ix_(*kept)].ravel(), 2)
    loops: list[Floats] = []
    for k in range(0, 2 * count, BATCH):
        some = None if pitches is None else pitches[k : k + BATCH]
        sounds = opened.generator.sounds(latents[k : k + BATCH], some, seed=config.seed)
        loops.append(looped(sounds))
        yield Progress(min(k + BATCH, 2 * count), 2 * count, "sound")
    data = _data(mesh, kept, np.concatenate(loops))
    data["measures"] = _measures(mesh_file.with_name("mesh.json"))
    write_text(out, media.page("audition", f"Mesh {mesh_file}", data))


def thinned(shape: tuple[int, ...], most: int) -> list[NDArray[np.intp]]:
    """Indices to keep along each axis, ends included, so that at most `most` nodes are left."""
    counts = list(shape)
    while np.prod(counts) > most and max(counts) > 2:
        counts[int(np.argmax(counts))] -= 1
    return [
        np.round(np.linspace(0, n - 1, count)).astype(np.intp)
        for n, count in zip(shape, counts, strict=True)
    ]


def looped(sounds: Floats) -> Floats:
    """The middle of (N, T) as loops (N, LOOP), at one level."""
    begin = (sounds.shape[1] - LOOP - OVERLAP) // 2
    whole = sounds[:, begin : begin + LOOP + OVERLAP]
    angle = np.linspace(0, np.pi / 2, OVERLAP, dtype=np.float32)  # equal power
    loops = whole[:, :LOOP].copy()
    loops[:, :OVERLAP] = np.sin(angle) * whole[:, :OVERLAP] + np.cos(angle) * whole[:, LOOP:]
    level = np.sqrt(np.mean(loops**2, axis=1, keepdims=True))
    peak = np.abs(loops).max(axis=1, keepdims=True)
    gain = np.minimum(RMS / np.maximum(level, 1e-9), 0.98 / np.maximum(peak, 1e-9))
    return np.asarray(loops * gain)


def colours(sounds: Floats) -> list[str]:
    """#rrggbb of each of (N, T): the three directions in which their spectra differ most."""
    spectra = log_mel(sounds).astype(np.float64)
    centred = spectra - spectra.mean(axis=0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:3]
    places = centred @ directions.T
    low, high = np.quantile(places, [0.02, 0.98], axis=0)
    shades = 40 + 200 * np.clip((places - low) / np.maximum(high - low, 1e-9), 0, 1)
    return ["#" + "".join(f"{round(v):02x}" for v in shade) for shade in shades]


def _data(mesh: Mesh, kept: list[NDArray[np.intp]], loops: Floats) -> dict[str, Any]:
    half = len(loops) // 2
    shades = colours(loops)
    axes = [
        asdict(axis) | {"values": [round(float(v), 4) for v in axis.values(n)[indices]]}
        for axis, n, indices in zip(mesh.axes, mesh.lattice.shape, kept, strict=True)
    ]
    meshes = [
        {
            "title": title,
            "colours": shades[k * half : (k + 1) * half],
            "audio": [media.flac(loop, bits=BITS) for loop in loops[k * half : (k + 1) * half]],
        }
        for k, title in enumerate(("original", "adapted"))
    ]
    return {"axes": axes, "meshes": meshes}


def _measures(path: Path) -> Any:
    """What the mesh stage measured, where it lies beside the mesh."""
    try:
        return json.loads(path.read_text())["measures"]
    except (OSError, ValueError, KeyError):
        return None
