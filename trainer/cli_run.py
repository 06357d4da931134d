"""`smf-train run` and `smf-train show`: a whole recipe, and what it means in full."""

import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from trainer.cli_tools import DELAY_S, PATH, RUNS, one_line_errors
from trainer.stage import Progress, Stage, Verdict


@click.command()
@click.argument("recipe", type=PATH)
@click.option("--out", type=PATH, help="The run's folder. [default: runs/NAME]")
@click.option("--seed", type=int, help="Instead of the recipe's.")
@click.option("--only", metavar="STAGE", help="This stage alone.")
@click.option("--from", "begin", metavar="STAGE", help="From this stage on; leave those before it.")
@click.option(
    "--redo",
    metavar="STAGE",
    multiple=True,
    help="Where it, or what follows from it, fits no more, make it anew; the old stays as STAGE.1.",
)
@click.option(
    "--adopt",
    metavar="STAGE",
    multiple=True,
    help="Take what lies there as this recipe's, whatever made it, and go on from it.",
)
@click.option("--dry-run", is_flag=True, help="Tell what would be done, and why.")
@one_line_errors
def run(
    recipe: Path,
    out: Path | None,
    seed: int | None,
    only: str | None,
    begin: str | None,
    redo: tuple[str, ...],
    adopt: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Go from sounds to a playable model by RECIPE, a TOML file.

    What is done and still fits is skipped; what was stopped, also by kill -9, goes on where it
    was. Ready recipes are in trainer/recipes; `smf-train show RECIPE` explains one. Curves, audio
    and pictures of all stages: tensorboard --logdir runs/NAME
    Several processes: torchrun --nproc-per-node N -m trainer.cli run RECIPE
    """
    from trainer.pipeline import Choice, Pipeline
    from trainer.recipe import read
    from trainer.stages import REGISTRY

    read_recipe = read(recipe, REGISTRY, seed=seed)
    pipeline = Pipeline(read_recipe, out or RUNS / read_recipe.name, REGISTRY)
    choice = Choice(only, begin, redo, adopt)
    if int(os.environ.get("RANK", "0")) > 0:  # of torchrun: the first process has the say
        pipeline.follow()
    elif dry_run:
        for step in pipeline.plan(choice):
            click.echo(_line(step.stage.name, step.verdict.standing.value, step.verdict.why))
    else:
        _watch(pipeline.run(choice))


@click.command()
@click.argument("recipe", type=PATH)
@click.option("--seed", type=int, help="Instead of the recipe's.")
@one_line_errors
def show(recipe: Path, seed: int | None) -> None:
    """Print RECIPE in full, as TOML: every value, what differs from its default, and why."""
    from trainer.reasons import show as write
    from trainer.recipe import read
    from trainer.stages import REGISTRY

    click.echo(write(read(recipe, REGISTRY, seed=seed), REGISTRY), nl=False)


def _line(stage: str, standing: str, why: str) -> str:
    return f"{stage:<10}{standing:<12}{why}".rstrip()


def _watch(news: Iterable[tuple[Stage, Progress | Verdict]]) -> None:
    """A line per stage, and a bar with rate and time left while one works."""
    with ExitStack() as bars:
        bar = None
        for stage, each in news:
            if isinstance(each, Verdict):
                bars.close()
                bar = None
                click.echo(_line(stage.name, each.standing.value, each.why))
            else:
                bar = bar or bars.enter_context(_bar(stage.name, each))
                _show(bar, each)


def _bar(name: str, first: Progress) -> Any:
    """A bar whose rate counts from here: a stage that goes on was not done in an instant."""
    done = first.done - 1
    return tqdm(desc=name, total=first.total, initial=done, unit=first.unit, delay=DELAY_S)


def _show(bar: Any, news: Progress) -> None:
    bar.total = news.total
    bar.update(news.done - bar.n)
    bar.set_postfix_str(news.text, refresh=False)
    if news.note:
        bar.write(news.note)
