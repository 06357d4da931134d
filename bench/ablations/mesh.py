"""A mesh before it is adapted, by two SOMs, and by arc length, on one GAN.

    python bench/ablations/mesh.py [--gan runs/trumpinet/gan/generator.pt] [--corners FILE]

Without a file of corners: random ones, `--draws` times, and means over them. CV and max/mean of the
distances of neighbours, detour (path / chord) and centredness, by the SOM's own distance (L2 of
spectrograms) and by one that neither method sees (L1 of log-mel spectra). CPU s: of the adaptation
with its measuring. The SOMs: the paper's pull; the sixth power of the distances, with momentum and
for that half of the iterations (`trainer/latent/som.py`).
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import common
import numpy as np

from trainer.latent import corners as corner_file
from trainer.latent.corners import Corner
from trainer.latent.generator import Opened, open_generator
from trainer.latent.mesh import Shape
from trainer.latent.som import ArcLengthConfig, SomConfig
from trainer.latent.stage import MEASURES, MeshConfig, run

KINDS = {
    "not adapted": MeshConfig(adapt="none"),
    "SOM": MeshConfig(adapt="som"),
    "SOM, sixth power": MeshConfig(adapt="som", som=SomConfig(power=6.0, momentum=0.7)),
    "arc length": MeshConfig(adapt="arc-length"),
}
DISTANCES = {"spectrogram_l2": "spectrogram L2", "log_mel_l1": "log-mel L1"}


def measure(given: argparse.Namespace) -> common.Rows:
    opened = open_generator(given.gan)
    with tempfile.TemporaryDirectory() as folder:
        places = list(_corner_files(given, opened, Path(folder)))
        return {
            name: _mean([_one(_sized(kind, given), c, opened) for c in places])
            for name, kind in KINDS.items()
        }


def _corner_files(given: argparse.Namespace, opened: Opened, folder: Path) -> list[Path]:
    """The file that was given, or files of random corners."""
    if given.corners is not None:
        return [given.corners]
    size = opened.generator.latent_size
    pitches = opened.generator.pitches
    count, pitch = (2, float(pitches[len(pitches) // 2])) if pitches else (4, None)
    found = []
    for draw in range(given.draws):
        rng = np.random.default_rng([given.seed, draw])
        latents = rng.standard_normal((count, size)).astype(np.float32)
        found.append(folder / f"corners{draw}.json")
        corner_file.write(
            found[-1], opened, [Corner(f"c{k}", z, pitch) for k, z in enumerate(latents)]
        )
    return found


def _sized(kind: MeshConfig, given: argparse.Namespace) -> MeshConfig:
    """Of the shape and as long as the options say."""
    iterations = given.iterations if kind.som.momentum == 0 else given.iterations // 2
    return replace(
        kind,
        shape=Shape(counts=tuple(given.shape), highest=given.highest, lowest=given.lowest),
        som=replace(kind.som, iterations=iterations),
        arc_length=replace(kind.arc_length, sweeps=given.sweeps),
    )


def _one(config: MeshConfig, corners: Path, opened: Opened) -> dict[str, float]:
    """The figures of one mesh adapted in one way."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        for _ in run(config, corners, opened, Path(folder)):
            pass
        spent = time.process_time() - begun
        held = json.loads((Path(folder) / MEASURES).read_text())["measures"]
    rows = {
        f"{told}: {name}": value
        for distance, told in DISTANCES.items()
        for name, value in held[distance]["after"].items()
    }
    return rows | {"CPU s": spent}


def _mean(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0]}


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument("--gan", type=Path, default=Path("runs/trumpinet/gan/generator.pt"))
    parser.add_argument("--corners", type=Path)
    parser.add_argument("--draws", type=int, default=3, help="of random corners [default: 3]")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shape", type=int, nargs="+", default=[21, 21])
    parser.add_argument("--lowest", type=int, help="of the GAN's pitches")
    parser.add_argument("--highest", type=int)
    parser.add_argument("--iterations", type=int, default=SomConfig().iterations)
    parser.add_argument("--sweeps", type=int, default=ArcLengthConfig().sweeps)
    common.main("mesh", parser.parse_args(), measure)


if __name__ == "__main__":
    main()
