"""From spectrogram to sound: ours beside pghipy and fast Griffin-Lim, all in one run.

    python bench/inversion.py [--json] [--quick] [--held-out] [--picture FILE.png]

Rows are kinds of sound, four clips each of 16,384 samples at 16 kHz; every method analyses them
with its own window and inverts its own magnitudes. dB is spectral convergence over interior
frames, lower is nearer. Then the same for pictures that no sound has (`inversion_drawn.py`).
ms is processor time a clip for analysis and inversion, the best of a few runs, so that other
programs' turns are not ours. Last, decoding a mesh of 21 x 21, by the clock, and how loaded the
machine was.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import inversion_drawn
from inversion_methods import KINDS, METHODS, SYNTHESISED, Method, row

from trainer.spectral import LogMagnitude

MESH_CLIPS = 21 * 21


def milliseconds(method: Method, clips: np.ndarray, runs: int) -> float:
    """Least processor time a clip. Its first run, in which numba compiles, is left out."""

    def one() -> float:
        start = time.process_time()
        method.sounds(clips)
        return 1e3 * (time.process_time() - start) / len(clips)

    one()
    return min(one() for _ in range(runs))


def mesh_seconds(clips: np.ndarray, runs: int) -> tuple[float, float]:
    """Wall and processor time of decoding 441 clips, on the cores that we may use, of the run
    that took the least. Wall time is other programs' too: read it beside the load.
    """
    kind = LogMagnitude()
    pictures = kind.encode(np.resize(clips, (MESH_CLIPS, clips.shape[1])))

    def one() -> tuple[float, float]:
        wall, processor = time.perf_counter(), time.process_time()
        kind.decode(pictures, seed=0)
        return time.perf_counter() - wall, time.process_time() - processor

    return min(one() for _ in range(runs))


def measured(kinds: dict[str, np.ndarray], runs: int) -> dict[str, Any]:
    clips = np.concatenate(list(kinds.values()))
    wall_s, processor_s = mesh_seconds(clips, runs)
    return {
        "ms": {method.name: milliseconds(method, clips, runs) for method in METHODS},
        "db": {
            kind: {method.name: _mean_db(method, kinds[kind]) for method in METHODS}
            for kind in kinds
        },
        "mesh_s": wall_s,
        "mesh_processor_s": processor_s,
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
    }


def _mean_db(method: Method, clips: np.ndarray) -> float:
    return float(method.db(clips, method.sounds(clips)).mean())


def _rows(*, held_out: bool) -> dict[str, np.ndarray]:
    return {kind: row(kind, held_out=held_out) for kind in KINDS}


def _quick_rows() -> dict[str, np.ndarray]:
    return {kind: row(kind)[:1] for kind in SYNTHESISED}


def report(found: dict[str, Any]) -> str:
    """Two Markdown tables."""
    analysed = table({"ms/clip": found["ms"]} | _in_db(found["db"]))
    drawn = table(_in_db(found["drawn_db"]))
    speed = (
        f"{MESH_CLIPS} clips by PGHI: {found['mesh_s']:.2f} s on {found['cores']} cores, "
        f"{found['mesh_processor_s']:.2f} s of processor time, load {found['load']:.1f}"
    )
    return "\n".join([*analysed, "", *drawn, "", speed])


def table(rows: dict[str, dict[str, float]]) -> list[str]:
    """Lines of Markdown, a column for every key that the first row has."""
    names = list(next(iter(rows.values())))
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for label, values in rows.items():
        lines.append(f"| {label} | " + " | ".join(f"{values[n]:.1f}" for n in names) + " |")
    return lines


def _in_db(rows: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {f"{kind} (dB)": values for kind, values in rows.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.add_argument(
        "--quick", action="store_true", help="one clip of each synthesised kind, one run"
    )
    parser.add_argument(
        "--held-out", action="store_true", help="other notes and seeds, which tuned nothing"
    )
    parser.add_argument("--picture", type=Path, help="also draw the comparison into this file")
    options = parser.parse_args()
    kinds = _quick_rows() if options.quick else _rows(held_out=options.held_out)
    found = measured(kinds, runs=1 if options.quick else 5)
    found["drawn_db"] = inversion_drawn.measured(clips=1 if options.quick else 4)
    print(json.dumps(found) if options.json else report(found))
    if options.picture:
        import inversion_picture

        inversion_picture.draw(found, options.picture)


if __name__ == "__main__":
    main()
