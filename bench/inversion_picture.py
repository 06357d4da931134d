"""docs/representation.png: how near each method comes, and what that looks like in pops."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from inversion_methods import GRIFFIN_LIM, HOP, PGHI, POLISHED, RATE, Method, pops
from matplotlib.axes import Axes

from trainer.spectral import LogMagnitude

SHOWN = slice(30, 70)  # frames: 0.32 s of pops
COLOURS = {
    "PGHI": "#0b6e99",
    "PGHI, 25 polish": "#d9480f",
    "PGHI, unsettled": "#74c0dc",
    "pghipy": "#868e96",
    "Griffin-Lim, 60": "#ae8fd6",
}


def draw(found: dict[str, Any], path: Path) -> None:
    """found: as bench/inversion.py measured it."""
    figure = plt.figure(figsize=(10, 6.4), layout="constrained")
    grid = figure.add_gridspec(2, 4, height_ratios=[1.15, 1])
    _distances(figure.add_subplot(grid[0, :]), found)
    clip = pops(3)
    sounds: list[tuple[str, np.ndarray]] = [("pops", clip[None])]
    sounds += [
        (method.name, _of_equal_level(method, clip)) for method in (PGHI, POLISHED, GRIFFIN_LIM)
    ]
    for column, (name, sound) in enumerate(sounds):
        _spectrogram(figure.add_subplot(grid[1, column]), name, sound, first=column == 0)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _distances(axes: Axes, found: dict[str, Any]) -> None:
    kinds = list(found["db"])
    for name, colour in COLOURS.items():
        values = [found["db"][kind][name] for kind in kinds]
        label = f"{name}: {found['ms'][name]:.1f} ms a clip"
        axes.plot(values, range(len(kinds)), "o", color=colour, markersize=8, label=label)
    axes.set_yticks(range(len(kinds)), kinds)
    axes.invert_yaxis()
    axes.set_xlabel("spectral convergence (dB), nearer to the left")
    axes.grid(alpha=0.3)
    axes.figure.legend(loc="outside upper center", ncols=3, frameon=False)


def _of_equal_level(method: Method, clip: np.ndarray) -> np.ndarray:
    sound = method.sounds(clip[None])
    return sound * np.linalg.norm(clip) / np.linalg.norm(sound)


def _spectrogram(axes: Axes, name: str, sound: np.ndarray, *, first: bool) -> None:
    gabor = LogMagnitude().gabor
    level = 20 * np.log10(np.abs(gabor.analyse(sound))[0, SHOWN].T + 1e-6)
    start_s, end_s = SHOWN.start * HOP / RATE, SHOWN.stop * HOP / RATE
    axes.imshow(
        level - level.max(),
        origin="lower",
        aspect="auto",
        extent=(start_s, end_s, 0, RATE / 2000),
        vmin=-70,
        vmax=0,
        cmap="magma",
    )
    axes.set_title(name, fontsize=10)
    axes.set_xlabel("s")
    if first:
        axes.set_ylabel("kHz")
    else:
        axes.set_yticklabels([])
