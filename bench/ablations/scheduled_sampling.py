"""What keeps a free run on its note: noise on the inputs, scheduled sampling, or nothing.

    python bench/ablations/scheduled_sampling.py [--data FOLDER] [--steps 1500] [--hidden 128]

The same windows for as many steps, three times. Scheduled sampling replaces a tenth of the inputs
by the network's own draws, as the paper did; it takes a second pass, so CPU s belong to the answer.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import common
import trainings

KINDS = {
    "teacher forcing alone": {"noise": 0.0},
    "teacher forcing + noise 0.02": {},
    "scheduled sampling 0.1": {"noise": 0.0, "sampling": 0.1},
    "both": {"sampling": 0.1},
}


def measure(given: argparse.Namespace) -> common.Rows:
    plain = trainings.config(given)
    kinds = {name: KINDS[name] for name in list(KINDS)[: given.kinds]}
    return {
        name: trainings.trained(
            f"kind{k}", given, replace(plain, windows=replace(plain.windows, **changes))
        )
        for k, (name, changes) in enumerate(kinds.items())
    }


def main() -> None:
    parser = trainings.options(common.parser(__doc__), hidden=128, steps=1500)
    parser.add_argument("--kinds", type=int, default=3, help="how many of the four [default: 3]")
    common.main("scheduled-sampling", parser.parse_args(), measure)


if __name__ == "__main__":
    main()
