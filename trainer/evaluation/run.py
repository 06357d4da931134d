"""All measures of a run, one after the other: evaluation.json and evaluation.html."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from trainer.evaluate import Player
from trainer.evaluation.config import RunEvaluationConfig
from trainer.evaluation.material import Absent, Material, Studio
from trainer.files import write_json, write_text
from trainer.stage import Progress

FORMAT = 1
FIGURES, PAGE = "evaluation.json", "evaluation.html"

MEASURES = (  # modules with NAME and measure(studio); late, because some import torch
    "inversion",
    "pitch",
    "response",
    "attack",
    "grid_evenness",
    "morph",
    "agreement",
    "distribution",
    "likelihood",
    "stability",
    "levels",
    "precision",
    "cost",
    "ears",
)


def evaluate_run(
    held: Material,
    config: RunEvaluationConfig,
    out: Path,
    *,
    player: Player | None = None,
    measures: Sequence[str] = MEASURES,
) -> Iterator[Progress]:
    """Measure, a progress per measure; write both files to `out`. Raises TrainerError."""
    from trainer.evaluation.report import page

    studio = Studio(held, config, player)
    found: dict[str, Any] = {}
    for done, name in enumerate(measures):
        yield Progress(done, len(measures), "measure", name)
        module = import_module(f"trainer.evaluation.{name}")
        found[module.NAME] = _measured(module, studio)
    whole = {
        "format": FORMAT,
        "model": held.model.name,
        "parameters": [vars(parameter) for parameter in studio.ranges],
        "config": vars(config),
        "measures": found,
    }
    write_json(out / FIGURES, whole)
    write_text(out / PAGE, page(whole, held))
    yield Progress(len(measures), len(measures), "measure", note=f"to see it: {out / PAGE}")


def _measured(module: Any, studio: Studio) -> dict[str, Any]:
    """A measure's figures, or why there are none."""
    try:
        result: dict[str, Any] = module.measure(studio)
    except Absent as absent:
        return {"absent": str(absent)}
    return result
