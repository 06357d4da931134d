"""`smf-train rnn`: from a dataset to checkpoints."""

from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from trainer.cli_tools import ADOPT, DELAY_S, PATH, RUNS, one_line_errors

SHARE = click.FloatRange(0, 1)


@click.command()
@click.option("--data", type=PATH, default=RUNS / "dataset", show_default=True, help="The dataset.")
@click.option("--out", type=PATH, default=RUNS / "rnn", show_default=True, help="Checkpoints.")
@click.option("--start", type=PATH, help="Begin with the weights of this checkpoint or .onnx.")
@click.option("--steps", type=click.IntRange(1), help="[default: 5000]")
@click.option("--batch", type=click.IntRange(1), help="Windows per step. [default: 64]")
@click.option("--frames", type=click.IntRange(64), help="Samples per window. [default: 256]")
@click.option("--hold", type=click.IntRange(1), help="Windows per clip. [default: 8]")
@click.option("--silence", type=SHARE, help="Share of clips begun from silence. [default: 0.25]")
@click.option("--burn-in", type=click.IntRange(0), help="Samples of a clip unjudged. [default: 32]")
@click.option("--sampling", type=SHARE, help="Share of inputs drawn by the network. [default: 0]")
@click.option("--optimiser", type=click.Choice(["adam", "muon"]), help="[default: adam]")
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True), help="[default: 0.002]")
@click.option("--noise", type=click.FloatRange(0), help="On the input, std. [default: 0.02]")
@click.option("--gain-db", type=click.FloatRange(0), help="Of the input, at most. [default: 0]")
@click.option("--tilt-db", type=click.FloatRange(0), help="The same at 8 kHz. [default: 0]")
@click.option("--fading", type=click.IntRange(0), help="Of both, samples. [default: 0, they stay]")
@click.option(
    "--anew", type=click.IntRange(0), help="Windows until both change. [default: 0, never]"
)
@click.option("--hidden", type=click.IntRange(1, 1024), help="Units per layer. [default: 256]")
@click.option("--layers", type=click.IntRange(1, 8), help="[default: 3]")
@click.option(
    "--shards", type=click.IntRange(1), help="Threads the batch is split over. [default: 2]"
)
@click.option("--teacher", type=PATH, help="A bigger exported model of the same parameters.")
@click.option("--seed", type=int, help="[default: 1]")
@ADOPT
@one_line_errors
def rnn(data: Path, out: Path, adopt: bool, **given: Any) -> None:
    """Train the sample RNN; stop it when you like, it goes on where it was.

    Every 100 steps OUT/latest.pt is written; every 500 the network plays over its whole range:
    YIN listens where it has a pitch, else its bands are compared with held-out clips. OUT/best.pt
    keeps the checkpoint that played best: a lower loss is not a better instrument. A GPU is used
    when there is one; several by: torchrun --nproc-per-node N -m trainer.cli rnn ...
    Curves, sounds, pictures: tensorboard --logdir OUT.
    """
    from trainer.rnn import RnnConfig
    from trainer.stage import source_digest
    from trainer.stage_alone import alone
    from trainer.stages.rnn import STAGE, train_rnn

    config = configured(RnnConfig(), {k: v for k, v in given.items() if v is not None})
    others = {name: source_digest(path) for name, path in STAGE.sources(config).items()}
    work = train_rnn(data, out, config)
    news = alone(STAGE, config, data, out, work, adopt=adopt, others=others)
    with tqdm(total=config.steps, unit="step", desc="rnn", delay=DELAY_S) as bar:
        for each in news:
            if bar.n == 0:
                bar.initial = bar.n = each.done - 1  # resumed: the rate counts from here
            bar.update(each.done - bar.n)
            bar.set_postfix_str(each.text, refresh=False)
            if each.note:
                bar.write(each.note)


def configured(config: Any, given: dict[str, Any]) -> Any:
    """Put each given option into the field of its name, here or in a dataclass within."""
    inner = {
        field.name: configured(getattr(config, field.name), given)
        for field in fields(config)
        if is_dataclass(getattr(config, field.name))
    }
    own = {field.name: given[field.name] for field in fields(config) if field.name in given}
    return replace(config, **inner, **own)
