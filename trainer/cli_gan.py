"""`smf-train gan`: a folder of sounds to a generator of sounds."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from trainer.cli_tools import ADOPT, DELAY_S, PATH, RUNS, one_line_errors
from trainer.errors import TrainerError
from trainer.gan.config import PRESETS, GanConfig, require_sound


@click.command()
@click.option("--data", type=PATH, default=RUNS / "dataset", show_default=True, help="The dataset.")
@click.option("--out", type=PATH, default=RUNS / "gan", show_default=True, help="Checkpoints.")
@click.option(
    "--preset",
    type=click.Choice(list(PRESETS)),
    default="narrow",
    show_default=True,
    help="narrow: hours on 2 cores; paper: days on a GPU.",
)
@click.option("--channels", metavar="N,N,...", help="Per stage, coarse to fine.")
@click.option("--clips", type=click.IntRange(1), help="Shown in all stages. [default: preset's]")
@click.option("--shares", metavar="X,X,...", help="Of the clips, per stage. [default: preset's]")
@click.option("--batch", type=click.IntRange(4), help="Clips per step. [default: 8]")
@click.option("--conditional/--unconditional", default=None, help="On pitch. [default: not]")
@click.option("--representation", help="[default: log-magnitude]")
@click.option("--crops", type=click.IntRange(1), help="Windows per clip. [default: 1, its centre]")
@click.option("--warm-up", type=click.IntRange(0), help="Steps as a decoder first. [default: 0]")
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True), help="[default: 8e-4]")
@click.option(
    "--penalty-every", type=click.IntRange(1), help="Steps per gradient penalty. [default: 1]"
)
@click.option("--bfloat16/--float32", default=None, help="Products. [default: bfloat16]")
@click.option("--shards", type=click.IntRange(1), help="Threads on a CPU. [default: 2]")
@click.option("--seed", type=int, help="[default: 1]")
@ADOPT
@one_line_errors
def gan(data: Path, out: Path, preset: str, adopt: bool, **given: Any) -> None:
    """Train a progressive GAN on clips of 1.024 s or more; it goes on where it was stopped.

    DATA holds WAVs at 16 kHz and metadata.csv. OUT gets latest.pt, good.pt (the last state whose
    sounds differ as they should), generator.pt (what the next stages use) and one checkpoint per
    finished stage. Curves, pictures and sound: tensorboard --logdir OUT.

    Several processes: torchrun --nproc-per-node N -m trainer.cli gan ...
    """
    config = _configured(PRESETS[preset], given)
    require_sound(config)
    from trainer.gan.train import run
    from trainer.gan.watch import watched
    from trainer.stage_alone import alone
    from trainer.stages.gan import STAGE
    from trainer.team import join

    news = run(config, data, out)
    if join().leads:
        seen = watched(news, out, config.representation)
        _watch(alone(STAGE, config, data, out, seen, adopt=adopt))
        click.echo(f"{out / 'generator.pt'}: trained to the end of its schedule")
    else:
        for _ in news:
            pass


def _configured(config: GanConfig, given: dict[str, Any]) -> GanConfig:
    """Put each given option into the dataclass that has a field of its name."""
    wanted = {name: value for name, value in given.items() if value is not None}
    for name, kind in (("channels", int), ("shares", float)):
        if name in wanted:
            wanted[name] = _numbers(name, wanted[name], kind)
    if "warm_up" in wanted:
        wanted["warm_up"] = replace(config.warm_up, steps=wanted["warm_up"])
    for part in ("network", "schedule"):
        inner = getattr(config, part)
        mine = {f.name: wanted.pop(f.name) for f in fields(inner) if f.name in wanted}
        config = replace(config, **{part: replace(inner, **mine)})
    return replace(config, **wanted)


def _numbers(name: str, text: str, kind: type) -> tuple[Any, ...]:
    try:
        return tuple(kind(part) for part in text.split(","))
    except ValueError:
        raise TrainerError(f"gan: --{name}: got {text!r}, wanted numbers with commas") from None


def _watch(progress: Any) -> None:
    """A progress bar over steps, and a line per look."""
    bar = None
    for state in progress:
        if bar is None:  # resumed: the rate counts from here
            bar = tqdm(
                total=state.steps, initial=state.step, unit="step", desc="gan", delay=DELAY_S
            )
        bar.update(state.step - bar.n)
        bar.set_postfix_str(state.headline, refresh=False)
        if state.note:
            bar.write(state.note)
        if state.look is not None:
            bar.write(
                f"step {state.step}: {state.headline}, "
                f"diversity {state.look.diversity:.2f}, distance {state.look.distance:.3f}"
            )
    if bar is not None:
        bar.close()
