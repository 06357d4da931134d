"""Three small stages that write numbers, to test what holds for all stages."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trainer.files import write_text
from trainer.stage import Progress, Stage, Task


@dataclass(frozen=True)
class Inner:
    """A dataclass within."""

    width: int = 8  # as wide as a test
    rates: tuple[float, ...] = (0.5, 1.0)


@dataclass(frozen=True)
class Counting:
    """What a stage counts."""

    steps: int = 3  # enough to be stopped between
    factor: float = 2.0
    label: str = "plain"  # goes into
    # every line
    # of everything that is read
    source: Path = Path()  # from outside
    # the most that
    # there may be
    limit: int | None = None
    inner: Inner = field(default_factory=Inner)
    seed: int = 1


@dataclass(frozen=True)
class Silent:
    """Another kind of the first stage."""

    quiet: bool = True


def count(task: Task) -> Iterator[Progress]:
    """One file per step, then the sum; goes on where it was."""
    read = "".join((folder / "sum.txt").read_text() for folder in task.inputs.values())
    for step in range(task.config.steps):
        done = task.folder / f"{step}.txt"
        if not done.exists():
            write_text(done, f"{task.config.factor * step} {task.config.label} {read}\n")
            yield Progress(step + 1, task.config.steps)
    lines = [(task.folder / f"{step}.txt").read_text() for step in range(task.config.steps)]
    write_text(task.folder / "sum.txt", "".join(lines))


def registry(**changes) -> dict[str, Stage]:
    """first -> second -> third; the second is precious, and its steps may grow."""

    def sources(config):
        named = isinstance(config, Counting) and config.source != Path()
        return {"source": config.source} if named else {}

    kinds = {"counting": Counting, "silent": Silent}
    stages = {
        "first": Stage("first", kinds, count, ("sum.txt",), sources=sources),
        "second": Stage(
            "second",
            {"counting": Counting},
            count,
            ("sum.txt",),
            reads=(("first",),),
            free=frozenset({"steps"}),
            precious=True,
        ),
        "third": Stage(
            "third",
            {"counting": Counting},
            count,
            ("sum.txt",),
            reads=(("second", "first"),),
            optional=("first",),
        ),
    }
    return stages | changes
