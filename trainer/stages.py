"""The stages there are, in order, and how each is put to work on a run's folders.

Everything heavy is imported where it is used: `smf-train --help` must not wait for torch.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.stage import Progress, Stage, Task

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
    )
}
