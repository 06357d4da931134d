"""rnn: clips and their parameters to a network that plays them sample by sample."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.stage import Progress, Stage, Task

if TYPE_CHECKING:
    from trainer.rnn import RnnConfig


def _config() -> Any:
    from trainer.rnn import RnnConfig

    return RnnConfig()


def _paths(config: Any) -> dict[str, Path]:
    given = {"start": config.start, "teacher": config.teacher}
    return {name: path for name, path in given.items() if path}


def _work(task: Task) -> Iterator[Progress]:
    return train_rnn(task.first("grid", "dataset"), task.folder, task.config)


def train_rnn(data: Path, folder: Path, config: "RnnConfig") -> Iterator[Progress]:
    """Train on a dataset folder, whose parameters set the network's; see `trainer.rnn.train`."""
    from trainer.clips import load
    from trainer.rnn import train
    from trainer.team import join

    clips, held_out = (
        load(data, split, levels=config.network.levels) for split in ("train", "validation")
    )
    network = replace(config.network, parameters=len(clips.ranges))
    config = replace(config, network=network)
    news = train(folder, clips, held_out, config)
    if join().leads:
        from trainer.curves import watched

        yield from watched(news, config, folder)
    else:
        yield from (Progress(each.step, config.steps) for each in news)


STAGE = Stage(
    "rnn",
    {"rnn": _config},
    _work,
    product=("best.pt", "latest.pt"),
    reads=(("grid", "dataset"),),
    free=frozenset({"steps", "checkpoint_every", "audition_every", "validation_batches"}),
    sources=_paths,
    together=True,
    precious=True,
)
