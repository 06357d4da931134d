"""PGHI beside instantaneous frequencies, on real clips: a pitched dataset and a noisy one.

    python bench/ablations/representation.py [--clips 32]

Both draw the same levels; of the one the phases are found by PGHI, the other draws them as a second
channel. Three kinds of pictures: analysed; with Gaussian errors, 1 dB in the levels and
2 % of the phases' range, as a network draws; half-way between two clips, as between two nodes of a
mesh. The figure is the median over clips of the RMS difference, in dB, of the levels asked for and
those of the sound that is made, over all bins within 60 dB of the strongest. ms: processor time a
clip. This is the inversion's side; what a GAN learns of either is a matter of two trainings.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import common
import numpy as np

from trainer.clips import read_metadata
from trainer.errors import TrainerError
from trainer.evaluation.features import read_clips
from trainer.evaluation.material import spread
from trainer.spectral import representation

SETS = {"pitched": Path("runs/trumpinet/dataset"), "noisy": Path("runs/textures/dataset")}
KINDS = {"PGHI": "log-magnitude", "instantaneous frequency": "instantaneous-frequency"}
ERROR = 0.02  # of the range -1 ... 1: 1 dB of levels
DB_PER_UNIT = 50.0  # trainer.spectral.decibels: 100 dB from -1 to 1
AUDIBLE = 1 - 60 / DB_PER_UNIT  # within 60 dB of the strongest bin

Floats = np.ndarray


def measure(given: argparse.Namespace) -> common.Rows:
    sets = {name: clips_of(getattr(given, name), given.clips) for name in SETS}
    return {
        f"{kind}, {name}": _row(representation(told), clips, given.seed)
        for name, clips in sets.items()
        for kind, told in KINDS.items()
    }


def clips_of(folder: Path, count: int) -> Floats:
    """Clips evenly spread over a dataset. Raises TrainerError."""
    rows = read_metadata(folder)
    if not rows:
        raise TrainerError(f"ablation: {folder}: no clips")
    return read_clips(folder, [rows[k] for k in spread(len(rows), min(count, len(rows)))])


def _row(kind: object, clips: Floats, seed: int) -> dict[str, float]:
    exact = kind.encode(clips)
    found, begun = {}, time.process_time()
    for name, pictures in drawn(exact, seed).items():
        back = kind.encode(kind.decode(pictures, seed=seed))
        found[f"{name} (dB)"] = round(float(np.median(off_db(back, pictures))), 2)
    spent = time.process_time() - begun
    return found | {"ms": round(1e3 * spent / (3 * len(clips)), 1)}


def drawn(exact: Floats, seed: int) -> dict[str, Floats]:
    """Pictures (N, C, bins, frames) by what was done to them."""
    errors = np.random.default_rng(seed).standard_normal(exact.shape, dtype=np.float32)
    return {
        "analysed": exact,
        "1 dB off": exact + ERROR * errors,
        "half-way": (exact + np.roll(exact, 1, axis=0)) / 2,
    }


def off_db(found: Floats, wanted: Floats) -> Floats:
    """RMS over the audible bins of the levels' difference, (N,) dB, a clip's gain left out.

    The levels are the first channel of either representation.
    """
    heard = wanted[:, 0] > np.max(wanted[:, 0], axis=(1, 2), keepdims=True) - (1 - AUDIBLE)
    count = heard.sum(axis=(1, 2))
    apart = np.where(heard, found[:, 0] - wanted[:, 0], 0)
    mean = apart.sum(axis=(1, 2)) / count
    power = (np.where(heard, apart - mean[:, None, None], 0) ** 2).sum(axis=(1, 2)) / count
    return DB_PER_UNIT * np.sqrt(power)


def main() -> None:
    parser = common.parser(__doc__)
    for name, folder in SETS.items():
        parser.add_argument(f"--{name}", type=Path, default=folder, help="dataset folder")
    parser.add_argument("--clips", type=int, default=32, help="of each set [default: 32]")
    parser.add_argument("--seed", type=int, default=1)
    common.main("representation", parser.parse_args(), measure)


if __name__ == "__main__":
    main()
