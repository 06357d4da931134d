"""The paper's Figure 5: an RNN that knows the timbre's ends only, beside one that knows between.

    python bench/ablations/in_betweens.py [--data FOLDER] [--steps 1500] [--hidden 128]

Both learn the same clips for as many steps, but one of them only those at the two ends of the
parameter. Then each glides from end to end in 21 stops, at three pitches. Detour: the path's length
by the change of 32 bands' levels, over its chord; 1 is the straight way. Evenness: CV of the steps.
In tune: frames within 50 cents of the note at the inner stops.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import common
import numpy as np
import trainings

from smfosc.model_file import Parameter
from trainer.audition import in_units
from trainer.bands import band_levels
from trainer.checkpoint import averaged_network, load
from trainer.clips import normalise, read_parameters
from trainer.errors import TrainerError
from trainer.evaluation.morph import BANDS, evenness
from trainer.freerun import play
from trainer.measures import pitch_errors
from trainer.network import SampleRnn
from trainer.sources.taken import take
from trainer.volume import audible

STOPS = 21
PITCHES = (0.25, 0.5, 0.75)  # of the range
RATE = 16_000

Floats = np.ndarray


def measure(given: argparse.Namespace) -> common.Rows:
    ranges = read_parameters(given.data)
    column = _column(given, ranges)
    low, high = ranges[column].minimum, ranges[column].maximum
    ends = given.runs / "ends-data"
    take(given.data, ends, lambda row: float(row[given.along]) in (low, high))
    rows, pictures = {}, {}
    for name, data in (("ends only", ends), ("with in-betweens", given.data)):
        told = argparse.Namespace(**{**vars(given), "learned": data})
        folder = name.replace(" ", "-")
        rows[name] = trainings.trained(folder, told, trainings.config(given))
        network = averaged_network(load(given.runs / folder / "latest.pt"))
        figures, pictures[name] = glided(network, ranges, column, given.seconds)
        rows[name] |= figures
    if given.picture:
        _draw(given.picture, pictures, given.along)
    return rows


def _column(given: argparse.Namespace, ranges: tuple[Parameter, ...]) -> int:
    names = [parameter.name for parameter in ranges]
    if given.along not in names or given.along == "pitch":
        raise TrainerError(f"ablation: {given.data}: no parameter {given.along!r} to glide along")
    return names.index(given.along)


def glided(
    network: SampleRnn, ranges: tuple[Parameter, ...], column: int, seconds: float
) -> tuple[dict[str, float], Floats]:
    """Figures of the way along a parameter, mean over pitches; band levels (STOPS, BANDS)."""
    points = stops(ranges, column)  # (pitches, STOPS, P)
    flat = points.reshape(-1, points.shape[-1])
    settle = round(trainings.settle_s(seconds) * RATE)
    frames = settle + round(seconds * RATE)
    told = np.broadcast_to(normalise(flat, ranges), (frames, *flat.shape)).copy()
    sounds = play(network, told).T[:, settle:]
    levels = band_levels(sounds, RATE, bands=BANDS)
    levels -= levels.mean(axis=1, keepdims=True)
    ways = levels.reshape(len(points), STOPS, BANDS)
    found = [evenness(way) for way in ways]
    figures = {
        name: round(float(np.mean([each[name] for each in found])), 3)
        for name in ("detour", "cv", "max_to_mean")
    }
    return figures | _tuning(sounds, points, ranges), ways[len(ways) // 2]


def stops(ranges: tuple[Parameter, ...], column: int) -> Floats:
    """Places in units, (pitches, STOPS, P); one row where there is no pitch."""
    names = [parameter.name for parameter in ranges]
    pitches = PITCHES if "pitch" in names else (0.5,)
    shares = np.full((len(pitches), STOPS, len(ranges)), 0.5)
    if "pitch" in names:
        shares[..., names.index("pitch")] = np.array(pitches)[:, None]
    shares[..., column] = np.linspace(0, 1, STOPS)
    return in_units(audible(shares, ranges), ranges)


def _tuning(sounds: Floats, points: Floats, ranges: tuple[Parameter, ...]) -> dict[str, float]:
    names = [parameter.name for parameter in ranges]
    if "pitch" not in names:
        return {}
    pitches = points[..., names.index("pitch")].ravel()
    errors = pitch_errors(sounds, pitches, RATE)
    inner = [e for k, e in enumerate(errors) if 0 < k % STOPS < STOPS - 1]
    worst = max(abs(e.median_cents) for e in inner)
    return {
        "in tune between": round(float(np.mean([e.in_tune for e in inner])), 4),
        "worst cents": round(float(worst), 1),
    }


def _draw(path: Path, pictures: dict[str, Floats], along: str) -> None:
    """Band levels over the parameter, side by side."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3), layout="constrained")
    panels: Any = figure.subplots(1, len(pictures), sharey=True)
    for panel, (name, levels) in zip(panels, pictures.items(), strict=True):
        panel.imshow(levels.T, origin="lower", aspect="auto", extent=(0, 1, 0, BANDS))
        panel.set_title(name)
        panel.set_xlabel(along)
    panels[0].set_ylabel("band")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = trainings.options(common.parser(__doc__), hidden=128, steps=1500)
    parser.add_argument("--along", default="timbre", help="the parameter [default: timbre]")
    parser.add_argument("--picture", type=Path, default=common.RESULTS / "in-betweens.png")
    common.main("in-betweens", parser.parse_args(), measure)


if __name__ == "__main__":
    main()
