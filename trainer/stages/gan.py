"""gan: a dataset to a generator of sounds."""

from collections.abc import Iterator
from typing import Any

from trainer.stage import Progress, Stage, Task


def _config() -> Any:
    from trainer.gan.config import GanConfig

    return GanConfig()


def _work(task: Task) -> Iterator[Progress]:
    from trainer.gan.train import run
    from trainer.gan.watch import watched
    from trainer.team import join

    news = run(task.config, task.inputs["dataset"], task.folder)
    if join().leads:
        news = watched(news, task.folder, task.config.representation)
    for state in news:
        notes = "\n".join(_notes(state))
        yield Progress(state.step, state.steps, "step", state.headline, notes)


def _notes(state: Any) -> Iterator[str]:
    """What was noticed, and how a look went."""
    if state.note:
        yield state.note
    if state.look is not None:
        yield (
            f"step {state.step}: {state.headline}, "
            f"diversity {state.look.diversity:.2f}, distance {state.look.distance:.3f}"
        )


STAGE = Stage(
    "gan",
    {"gan": _config},
    _work,
    product=("generator.pt",),
    reads=(("dataset",),),
    free=frozenset({"checkpoint_every_s", "health_every", "report_every"}),
    together=True,
    precious=True,
)
