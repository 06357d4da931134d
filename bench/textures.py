"""How far apart the textures' synthesizers are: the tables of docs/datasets.md.

    python bench/textures.py runs/textures/dataset [--clips 120]

Reads a dataset made by `smf-train dataset textures`; all figures are of its clips.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).parents[1]))

from trainer.sources.spectra import band_spectrum, distances

Rows = list[dict[str, str]]


def main() -> None:
    """Print both tables and the nearest neighbours' score."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=120, help="of each synthesizer")
    given = parser.parse_args()
    with (given.folder / "metadata.csv").open(newline="") as file:
        classes: dict[str, Rows] = defaultdict(list)
        for row in csv.DictReader(file):
            classes[row["class"]].append(row)
    for name, rows in classes.items():
        print(measures(name, rows))
    some = {name: rows[: given.clips] for name, rows in classes.items()}
    spectra = {name: read(given.folder, rows) for name, rows in some.items()}
    print("\n".join(table(spectra)))
    crest = np.concatenate([column(rows, "crest_db") for rows in some.values()])
    print(neighbours(spectra, crest))


def column(rows: Rows, name: str) -> np.ndarray:
    """A column's numbers."""
    return np.array([float(row[name]) for row in rows])


def read(folder: Path, rows: Rows) -> np.ndarray:
    """Band spectra (N, 15), dB."""
    held = (soundfile.read(folder / row["file_name"]) for row in rows)
    return np.stack([band_spectrum(samples, rate) for samples, rate in held])


def measures(name: str, rows: Rows) -> str:
    """A line: autocorrelation, level deviation, centroid, crest, share of draws taken."""
    tone, level = column(rows, "periodicity"), column(rows, "level_deviation_db")
    centroid = np.quantile(column(rows, "centroid_hz"), [0.05, 0.95])
    crest = np.quantile(column(rows, "crest_db"), [0.05, 0.95])
    taken = len(rows) / np.sum(column(rows, "draw") + 1)
    return (
        f"| {name} | {np.median(tone):.2f}, {tone.max():.2f} "
        f"| {np.median(level):.1f}, {level.max():.1f} | {centroid[0]:,.0f} … {centroid[1]:,.0f} "
        f"| {crest[0]:.0f} … {crest[1]:.0f} | {100 * taken:.0f} % |"
    )


def table(spectra: dict[str, np.ndarray]) -> list[str]:
    """Median distances of two clips, dB, and their medians within and between."""
    lines, between, within = [], [], []
    for k, (name, mine) in enumerate(spectra.items()):
        apart = [distances(mine, other).ravel() for other in list(spectra.values())[:k]]
        own = distances(mine, mine)[np.triu_indices(len(mine), 1)]
        between += apart
        within.append(own)
        medians = [f"{np.median(some):.0f}" for some in (*apart, own)]
        lines.append(f"| {name} | " + " | ".join(medians) + " |" * (len(spectra) - k))
    apart_db, own_db = np.concatenate(between), np.concatenate(within)
    lines.append(
        f"between {np.median(apart_db):.1f} dB (a tenth below {np.quantile(apart_db, 0.1):.1f}), "
        f"within {np.median(own_db):.1f} dB"
    )
    return lines


def neighbours(spectra: dict[str, np.ndarray], crest: np.ndarray) -> str:
    """How often a clip's nearest neighbour is of its synthesizer, without and with the crest."""
    bands = np.concatenate(list(spectra.values()))
    labels = np.repeat(np.arange(len(spectra)), [len(some) for some in spectra.values()])
    scores = []
    for features in (bands, np.column_stack([bands, crest])):
        squares = ((features[:, None] - features[None]) ** 2).sum(axis=2)
        np.fill_diagonal(squares, np.inf)
        scores.append(np.mean(labels[squares.argmin(axis=1)] == labels))
    return f"nearest neighbour: {100 * scores[0]:.1f} %, with the crest {100 * scores[1]:.1f} %"


if __name__ == "__main__":
    main()
