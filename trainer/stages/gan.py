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
        size = f"stage {state.moment.stage} alpha {state.moment.alpha:.2f}"
        text = f"{size} gap {state.losses['gap']:.2f}"
        yield Progress(state.step, state.steps, "step", text, "\n".join(_notes(state, size)))


def _notes(state: Any, size: str) -> Iterator[str]:
    """What was noticed, and how a look went."""
    if state.note:
        yield state.note
    if state.look is not None:
        yield (
            f"step {state.step}: {size}, gap {state.losses['gap']:.2f}, "
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
