"""The stages there are, in order, and how each is put to work on a run's folders.

Everything heavy is imported where it is used: `smf-train --help` must not wait for torch.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.files import digest, write_json
from trainer.stage import Progress, Stage, Task, read_record

if TYPE_CHECKING:
    from trainer.rnn import RnnConfig

SOUNDS = ("metadata.csv", "parameters.json", "**/*.wav")


def _soundfont_config() -> Any:
    from trainer.dataset import DatasetConfig

    return DatasetConfig()


def _dataset_sources(config: Any) -> dict[str, Path]:
    return {"soundfont": config.soundfont}


def _dataset(task: Task) -> Iterator[Progress]:
    from trainer.dataset import build, clip_count

    total = clip_count(task.config)
    for done, clip in enumerate(build(task.folder, task.config), start=1):
        yield Progress(done, total, "clip", clip.file_name)


def _rnn_config() -> Any:
    from trainer.rnn import RnnConfig

    return RnnConfig()


def _rnn(task: Task) -> Iterator[Progress]:
    return train_rnn(task.first("grid", "dataset"), task.folder, task.config)


def train_rnn(
    data: Path, folder: Path, config: "RnnConfig", start: Path | None = None
) -> Iterator[Progress]:
    """Train on a dataset folder, whose parameters set the network's; see `trainer.rnn.train`."""
    from trainer.clips import load
    from trainer.rnn import train

    clips, held_out = (
        load(data, split, levels=config.network.levels) for split in ("train", "validation")
    )
    network = replace(config.network, parameters=len(clips.ranges))
    config = replace(config, network=network)
    news = train(folder, clips, held_out, config, start)
    if int(os.environ.get("RANK", "0")) > 0:  # of torchrun: the first process tells
        yield from (Progress(each.step, config.steps) for each in news)
    else:
        from trainer.curves import watched

        yield from watched(news, config, folder)


def _export_config() -> Any:
    from trainer.export import ExportConfig

    return ExportConfig()


def _export(task: Task) -> Iterator[Progress]:
    from trainer.clips import load
    from trainer.export import export

    clips = load(task.first("grid", "dataset"), "validation")
    out = task.folder / f"{task.config.name or task.name}.onnx"
    export(task.inputs["rnn"] / task.config.checkpoint, out, clips, task.config, _history(task))
    yield Progress(1, 1, "file", out.name)


def _history(task: Task) -> dict[str, Any]:
    """Where the model comes from: every stage's configuration, digests and hours."""
    records = {path.name: read_record(path) for path in sorted(task.run.iterdir()) if path.is_dir()}
    stages = {
        name: {
            "config": record.config,
            "inputs": record.inputs,
            "product": record.product,
            "hours": round(record.seconds / 3600, 3),
        }
        for name, record in records.items()
        if record is not None and record.done
    }
    return {"recipe": digest(task.run, [task.run / "recipe.toml"]), "stages": stages}


def _hearing_config() -> Any:
    from trainer.hearing import HearingConfig

    return HearingConfig()


def _evaluate(task: Task) -> Iterator[Progress]:
    from trainer.clips import load
    from trainer.hearing import as_json, listen

    clips = load(task.first("grid", "dataset"), "validation")
    model = next(task.inputs["export"].glob("*.onnx"))
    found = []
    for heard in listen(model, clips, task.config):
        found.append(heard)
        yield Progress(len(found), min(len(clips), task.config.places), "place")
    write_json(task.folder / "report.json", as_json(found))


REGISTRY: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "dataset",
            {"soundfont": _soundfont_config},
            _dataset,
            product=SOUNDS,
            sources=_dataset_sources,
        ),
        Stage(
            "rnn",
            {"rnn": _rnn_config},
            _rnn,
            product=("best.pt", "latest.pt"),
            reads=(("grid", "dataset"),),
            free=frozenset({"steps", "checkpoint_every", "audition_every"}),
            precious=True,
        ),
        Stage(
            "export",
            {"export": _export_config},
            _export,
            product=("*.onnx", "*.golden.npz"),
            reads=(("rnn",), ("grid", "dataset")),
        ),
        Stage(
            "evaluate",
            {"hearing": _hearing_config},
            _evaluate,
            product=("report.json",),
            reads=(("export",), ("grid", "dataset")),
        ),
    )
}
