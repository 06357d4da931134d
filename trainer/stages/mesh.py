"""mesh: corners to an even mesh of latents."""

from collections.abc import Iterator
from typing import Any

from trainer.stage import Progress, Stage, Task


def _config() -> Any:
    from trainer.latent.stage import MeshConfig

    return MeshConfig()


def _work(task: Task) -> Iterator[Progress]:
    from trainer.explore.stage import CORNERS
    from trainer.latent.generator import open_generator
    from trainer.latent.stage import measures_table, run

    opened = open_generator(task.inputs["gan"] / "generator.pt")
    last = None
    for last in run(task.config, task.inputs["latents"] / CORNERS, opened, task.folder):
        yield last
    if last is not None:
        yield Progress(last.total, last.total, last.unit, note=measures_table(task.folder))


STAGE = Stage(
    "mesh",
    {"mesh": _config},
    _work,
    product=("mesh.npz",),
    reads=(("latents",), ("gan",)),
)
