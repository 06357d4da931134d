"""export: the network that played best to the model file that smfosc plays."""

from collections.abc import Iterator
from typing import Any

from trainer.files import digest
from trainer.stage import Progress, Stage, Task, read_record


def _config() -> Any:
    from trainer.export import ExportConfig

    return ExportConfig()


def _work(task: Task) -> Iterator[Progress]:
    from trainer.clips import load
    from trainer.export import export

    clips = load(task.first("grid", "dataset"), "validation")
    out = task.folder / f"{task.config.name or task.name}.onnx"
    for old in task.folder.glob("*.onnx"):
        old.unlink()  # of another name; one run has one model
    export(task.inputs["rnn"] / task.config.checkpoint, out, clips, task.config, _history(task))
    yield Progress(1, 1, "file", out.name)


def _history(task: Task) -> dict[str, Any]:
    """Where the model comes from: every stage's configuration, digests and hours."""
    records = {name: read_record(task.run / name) for name in task.before}
    return {
        "recipe": digest(task.run, [task.run / "recipe.toml"]),
        "stages": {
            name: {
                "config": record.config,
                "inputs": record.inputs,
                "product": record.product,
                "hours": round(record.seconds / 3600, 3),
            }
            for name, record in records.items()
            if record is not None
        },
    }


STAGE = Stage(
    "export",
    {"export": _config},
    _work,
    product=("*.onnx", "*.golden.npz"),
    reads=(("rnn",), ("grid", "dataset")),
)
