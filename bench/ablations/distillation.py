"""A small network taught by a big one, beside the same taught by the recordings alone.

    python bench/ablations/distillation.py [--data FOLDER] [--steps 400] [--hidden 96]

The teacher costs time: its forward pass over each window. So both are compared after the same
steps, and the one without a teacher again after as much time as the other took.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import common
import trainings


def measure(given: argparse.Namespace) -> common.Rows:
    plain = trainings.config(given)
    taught = replace(plain, teacher=given.teacher, teaching=given.teaching)
    rows = {
        "recordings alone": trainings.trained("alone", given, plain),
        f"teacher, share {given.teaching:g}": trainings.trained("taught", given, taught),
    }
    alone, other = (row["CPU s"] for row in rows.values())
    steps = round(given.steps * max(1.0, other / max(1, alone)))
    if not given.same_steps:
        longer = trainings.trained("longer", given, replace(plain, steps=steps))
        rows["recordings alone, as long"] = longer
    return rows


def main() -> None:
    parser = trainings.options(common.parser(__doc__), hidden=96, steps=400)
    parser.add_argument("--teacher", type=Path, default=Path("models/clarinet-trumpet.onnx"))
    parser.add_argument("--teaching", type=float, default=0.5, help="share of the targets")
    parser.add_argument("--same-steps", action="store_true", help="no third training")
    common.main("distillation", parser.parse_args(), measure)


if __name__ == "__main__":
    main()
