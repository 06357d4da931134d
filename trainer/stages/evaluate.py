"""evaluate: the exported file as the daemon plays it, by every measure that the run allows."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from trainer.files import write_json
from trainer.stage import Progress, Stage, Task


def _config() -> Any:
    from trainer.evaluation.config import RunEvaluationConfig

    return RunEvaluationConfig()


def _work(task: Task) -> Iterator[Progress]:
    from trainer.clips import load
    from trainer.evaluation.material import material
    from trainer.evaluation.run import evaluate_run
    from trainer.hearing import as_json, listen

    clips = load(task.first("grid", "dataset"), "validation")
    model = next(task.inputs["export"].glob("*.onnx"))
    found = []
    places = min(len(clips), task.config.places)
    for heard in listen(model, clips, task.config):
        found.append(heard)
        yield Progress(len(found), places, "place")
    write_json(task.folder / "report.json", as_json(found))
    for each in evaluate_run(material(task.run), task.config, task.folder):
        yield replace(each, done=places + each.done, total=places + each.total)


STAGE = Stage(
    "evaluate",
    {"evaluate": _config},
    _work,
    product=("report.json", "evaluation.json", "evaluation.html"),
    reads=(("export",), ("grid", "dataset")),
    optional=("mesh", "gan", "rnn"),
)
