"""What a voice costs here, by `smfosc bench` as a process."""

import json
from typing import Any

from trainer.errors import TrainerError
from trainer.evaluation.material import Absent, Studio
from trainer.players import run_smfosc

NAME = "cost"
KEPT = ("us_per_sample", "realtime", "load")


def measure(studio: Studio) -> dict[str, Any]:
    """Microseconds per voice and sample, by precision and count of voices. Raises TrainerError."""
    if not studio.config.bench:
        raise Absent("not asked for: bench = false in the recipe's [evaluate]")
    printed = run_smfosc("bench", studio.material.model, "--json")
    try:
        rows = json.loads(printed)
        names = [f"{row['precision']}, {row['voices']} voices, {row['isa']}" for row in rows]
        return {
            "by": {
                name: {key: row[key] for key in KEPT} for name, row in zip(names, rows, strict=True)
            }
        }
    except (ValueError, KeyError, TypeError) as error:
        raise TrainerError(f"evaluate: smfosc bench printed no figures ({error!r})") from None
