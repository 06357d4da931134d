"""latents: sounds of the generator to choose corners from, by ear or by a rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.errors import TrainerError
from trainer.stage import Progress, Stage, Task


@dataclass(frozen=True)
class Chosen:
    """Corners that were chosen elsewhere, in the same generator."""

    corners: Path = Path("corners.json")  # as the page of the latents stage saves them


def _explore() -> Any:
    from trainer.explore.stage import ExploreConfig

    return ExploreConfig()


def _paths(config: Any) -> dict[str, Path]:
    return {"corners": config.corners} if isinstance(config, Chosen) else {}


def _work(task: Task) -> Iterator[Progress]:
    from trainer.explore.stage import CORNERS, PAGE, run
    from trainer.latent import corners
    from trainer.latent.generator import open_generator

    opened = open_generator(task.inputs["gan"] / "generator.pt")
    mine = task.folder / CORNERS
    if isinstance(task.config, Chosen):
        corners.write(mine, opened, corners.read(task.config.corners, opened))
        yield Progress(1, 1, "file")
        return
    page = task.folder / PAGE
    by_ear = not task.config.pick
    if not (by_ear and page.is_file()):
        yield from run(task.config, opened, task.inputs["dataset"], task.folder)
    if by_ear and not mine.is_file():
        raise TrainerError(
            f"latents: {page}: open it, choose the corners, save them as {mine}, and run again "
            '(or let a rule choose: pick = "distant" in the recipe)'
        )
    corners.read(mine, opened)


STAGE = Stage(
    "latents",
    {"explore": _explore, "file": Chosen},
    _work,
    product=("corners.json",),
    reads=(("gan",), ("dataset",)),
    sources=_paths,
    precious=True,
)
