"""`smf-train evaluate`: how a model plays, or everything that a run can be measured by."""

import json
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from trainer.cli_tools import DELAY_S, PATH, one_line_errors
from trainer.errors import TrainerError


@click.command()
@click.argument("what", metavar="[MODEL|RUN]", type=PATH, default="models/clarinet-trumpet.onnx")
@click.option(
    "--out", type=PATH, help="JSON of a MODEL [default: its name + .json]; a RUN's folder."
)
@click.option("--seeds", type=click.IntRange(1), help="Of a MODEL. [default: 5]")
@click.option("--seconds", type=click.FloatRange(1), help="Per steady note. [default: 10]")
@click.option("--drift", type=click.FloatRange(6), help="Seconds of drift notes. [default: 60]")
@one_line_errors
def evaluate(
    what: Path, out: Path | None, seeds: int | None, seconds: float | None, drift: float | None
) -> None:
    """Measure how a MODEL plays, or everything about a RUN.

    A model file (.onnx) of pitch and timbre: pitch everywhere, response to steps, drift, worst of
    all seeds. It is played by `smfosc render` in a process of its own; a checkpoint (.pt) by torch,
    which is some ten times slower than real time: give it fewer seeds and seconds.

    A run's folder: every measure that the run has material for, as evaluation.json and
    evaluation.html in RUN/evaluate; how much is played is [evaluate] in its recipe.
    """
    if not what.is_dir():
        return _model(what, out, seeds or 5, seconds or 10.0, drift or 60.0)
    if seeds or seconds or drift:
        raise TrainerError(
            f"evaluate: {what}: how much of a run is played stands in its recipe's [evaluate]"
        )
    _run(what, out)


def _model(model: Path, out: Path | None, seeds: int, seconds: float, drift: float) -> None:
    from trainer.card import card
    from trainer.evaluate import EvaluationConfig, report, result_count
    from trainer.evaluate import evaluate as measure
    from trainer.files import write_text

    config = EvaluationConfig(seeds=tuple(range(1, seeds + 1)), seconds=seconds, drift_s=drift)
    found = tqdm(
        measure(_player(model), config), total=result_count(config), desc="evaluate", delay=DELAY_S
    )
    result = report(list(found), config)
    target = out or model.with_suffix(".json")
    write_text(target, json.dumps(result.as_json(), indent=1) + "\n")
    click.echo(card(result))
    click.echo(f"written to {target}")


def _player(model: Path) -> Any:
    """Who plays this file."""
    from trainer.players import DaemonPlayer, NetworkPlayer

    if not model.suffix and not model.exists():
        raise TrainerError(f"evaluate: {model}: no such run; make one with `smf-train run RECIPE`")
    if not model.is_file():
        raise TrainerError(f"evaluate: {model}: no such file; write one with `smf-train export`")
    if model.suffix != ".pt":
        _require_pitch_and_timbre(model)
        return DaemonPlayer(model.absolute())
    from smfosc.model_file import Parameter
    from trainer.checkpoint import averaged_network, load
    from trainer.dataset import PARAMETERS

    held = load(model)
    ranges = tuple(Parameter(**each) for each in held.ranges) or PARAMETERS
    return NetworkPlayer(averaged_network(held), ranges)


def _require_pitch_and_timbre(model: Path) -> None:
    """What the card's figures are of."""
    from smfosc.model_file import ModelFileError, read_model

    try:
        names = [parameter.name for parameter in read_model(model).info.parameters]
    except ModelFileError as error:
        raise TrainerError(f"evaluate: {error}") from None
    if set(names) != {"pitch", "timbre"}:
        raise TrainerError(
            f"evaluate: {model}: parameters {', '.join(names)}, wanted pitch and timbre; "
            "measure any other model by its run: smf-train evaluate RUN"
        )


def _run(run: Path, out: Path | None) -> None:
    from trainer.evaluation.material import material
    from trainer.evaluation.run import PAGE, evaluate_run
    from trainer.stage import renew
    from trainer.stages.evaluate import STAGE

    folder = out or run / "evaluate"
    with tqdm(desc="evaluate", unit="measure", delay=DELAY_S) as bar:
        for each in evaluate_run(material(run), run_config(run), folder):
            bar.total = each.total
            bar.update(each.done - bar.n)
            bar.set_postfix_str(each.text)
    renew(STAGE, folder)
    click.echo(f"{folder / PAGE}: open it in a browser")


def run_config(run: Path) -> Any:
    """How much is played: the run's own recipe's [evaluate], or the defaults."""
    from trainer.evaluation.config import RunEvaluationConfig
    from trainer.recipe import read
    from trainer.stages import REGISTRY

    recipe = run / "recipe.toml"
    if not recipe.is_file():
        return RunEvaluationConfig()
    return read(recipe, REGISTRY).configs.get("evaluate") or RunEvaluationConfig()
