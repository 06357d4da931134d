"""grid: every node of a mesh as clips with their parameters, a dataset for the RNN."""

from collections.abc import Iterator
from typing import Any

from trainer.stage import Progress, Stage, Task


def _config() -> Any:
    from trainer.grid import GridConfig

    return GridConfig()


def _work(task: Task) -> Iterator[Progress]:
    from trainer.grid import run
    from trainer.latent.generator import open_generator
    from trainer.latent.stage import MESH

    opened = open_generator(task.inputs["gan"] / "generator.pt")
    for state in run(task.config, task.inputs["mesh"] / MESH, opened, task.folder):
        if state.done:
            yield Progress(state.done, state.total, "clip", f"{state.skipped} skipped")


STAGE = Stage(
    "grid",
    {"grid": _config},
    _work,
    product=("metadata.csv", "parameters.json", "**/*.wav"),
    reads=(("mesh",), ("gan",)),
    free=frozenset({"processes"}),
)
