"""evaluate: the exported file as the daemon plays it, beside the clips it was to learn."""

from collections.abc import Iterator
from typing import Any

from trainer.files import write_json
from trainer.stage import Progress, Stage, Task


def _config() -> Any:
    from trainer.hearing import HearingConfig

    return HearingConfig()


def _work(task: Task) -> Iterator[Progress]:
    from trainer.clips import load
    from trainer.hearing import as_json, listen

    clips = load(task.first("grid", "dataset"), "validation")
    model = next(task.inputs["export"].glob("*.onnx"))
    found = []
    for heard in listen(model, clips, task.config):
        found.append(heard)
        yield Progress(len(found), min(len(clips), task.config.places), "place")
    write_json(task.folder / "report.json", as_json(found))


STAGE = Stage(
    "evaluate",
    {"hearing": _config},
    _work,
    product=("report.json",),
    reads=(("export",), ("grid", "dataset")),
)
