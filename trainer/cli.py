"""`smf-train`: from recorded notes to a playable sound model, one command per stage."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from trainer.errors import TrainerError

RUNS = Path("runs")
PATH = click.Path(path_type=Path)
DELAY_S = 0.5  # no bar for what is over, or has failed, at once


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="smfosc")
def main() -> None:
    """Make a sound model for smfosc from real sound.

    The stages, in order, each with its own --help:

    \b
      smf-train dataset              render notes and the timbres between them  (seconds)
      smf-train rnn                  train the network                          (an hour)
      smf-train export               write the model file that smfosc plays     (seconds)
      smf-train evaluate             measure how it plays                       (minutes)
      smf-train retune               move the labels by what was off, for one more `rnn`

    Everything goes to the folder `runs`; a stage that was stopped goes on where it was.
    """


def one_line_errors(command: Callable[..., None]) -> Callable[..., None]:
    """A user's mistake, or a full disk, ends in one line and exit status 1."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except TrainerError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{where}{error.strerror or error}") from error

    return run


@main.command()
@click.option("--out", type=PATH, default=RUNS / "dataset", show_default=True, help="Folder.")
@click.option("--soundfont", type=PATH, help="A General MIDI SoundFont. [default: FluidR3]")
@click.option("--pitch-step", type=click.FloatRange(0.01, 1), help="Semitones. [default: 0.25]")
@one_line_errors
def dataset(out: Path, soundfont: Path | None, pitch_step: float | None) -> None:
    """Render clarinet to trumpet, MIDI 64-76, as WAVs and metadata.csv.

    Needs libfluidsynth and a SoundFont (Debian: libfluidsynth3 fluid-soundfont-gm). The folder
    follows the audiofolder convention: one line of metadata.csv per WAV.
    """
    from trainer.dataset import DatasetConfig, build, clip_count

    given: dict[str, Any] = {"soundfont": soundfont, "pitch_step": pitch_step}
    config = replace(DatasetConfig(), **{k: v for k, v in given.items() if v is not None})
    for _ in tqdm(
        build(out, config), total=clip_count(config), unit="clip", desc="dataset", delay=DELAY_S
    ):
        pass
    click.echo(f"{out}: {clip_count(config)} clips and metadata.csv")


@main.command()
@click.option("--data", type=PATH, default=RUNS / "dataset", show_default=True, help="The dataset.")
@click.option("--out", type=PATH, default=RUNS / "rnn", show_default=True, help="Checkpoints.")
@click.option("--start", type=PATH, help="Begin with this checkpoint's weights.")
@click.option("--steps", type=click.IntRange(1), help="[default: 5000]")
@click.option("--batch", type=click.IntRange(1), help="Windows per step. [default: 64]")
@click.option("--frames", type=click.IntRange(64), help="Samples per window. [default: 256]")
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True), help="[default: 0.002]")
@click.option("--noise", type=click.FloatRange(0), help="On the input, std. [default: 0.02]")
@click.option("--hidden", type=click.IntRange(1, 1024), help="Units per layer. [default: 256]")
@click.option("--layers", type=click.IntRange(1, 8), help="[default: 3]")
@click.option(
    "--shards", type=click.IntRange(1), help="Threads the batch is split over. [default: 2]"
)
@click.option("--seed", type=int, help="[default: 1]")
@one_line_errors
def rnn(data: Path, out: Path, start: Path | None, **given: Any) -> None:
    """Train the sample RNN; stop it when you like, it goes on where it was.

    Every 100 steps OUT/latest.pt is written; every 500 the network plays 63 notes, YIN listens,
    and OUT/best.pt keeps the checkpoint that played best: a lower loss is not a better instrument.
    A GPU is used when there is one. Curves: tensorboard --logdir OUT.
    """
    from trainer.clips import load
    from trainer.rnn import RnnConfig, train

    config = _configured(RnnConfig(), {k: v for k, v in given.items() if v is not None})
    clips = load(data, "train", levels=config.network.levels)
    held_out = load(data, "validation", levels=config.network.levels)
    _watch(train(out, clips, held_out, config, start), config.steps, out)


def _configured(config: Any, given: dict[str, Any]) -> Any:
    """Put each given option into the dataclass that has a field of its name."""
    for part in ("network", "windows"):
        inner = getattr(config, part)
        mine = {k: v for k, v in given.items() if hasattr(inner, k)}
        config = replace(config, **{part: replace(inner, **mine)})
    return replace(config, **{k: v for k, v in given.items() if hasattr(config, k)})


def _watch(progress: Any, steps: int, out: Path) -> None:
    """A progress bar, TensorBoard's curves, and a line per audition."""
    from torch.utils.tensorboard import SummaryWriter

    with (
        SummaryWriter(str(out)) as writer,
        tqdm(total=steps, unit="step", desc="rnn", delay=DELAY_S) as bar,
    ):
        for state in progress:
            if bar.n == 0:
                bar.initial = bar.n = state.step - 1  # resumed: the rate counts from here
            bar.update()
            bar.set_postfix_str(f"loss {state.loss:.3f}", refresh=False)
            writer.add_scalar("loss/train", state.loss, state.step)
            writer.add_scalar("learning_rate", state.learning_rate, state.step)
            if state.audition is not None:
                writer.add_scalar("loss/validation", state.validation, state.step)
                writer.add_scalar("audition/penalty", state.audition.penalty, state.step)
                bar.write(
                    f"step {state.step}: validation {state.validation:.4f} nats, "
                    f"penalty {state.audition.penalty:.1f}; worst {state.audition.worst(8)}"
                )


@main.command()
@click.option("--checkpoint", type=PATH, default=RUNS / "rnn" / "best.pt", show_default=True)
@click.option(
    "--data",
    type=PATH,
    default=RUNS / "dataset",
    show_default=True,
    help="Its validation split goes into the golden vectors.",
)
@click.option(
    "--out",
    type=PATH,
    default=Path("models") / "clarinet-trumpet.onnx",
    show_default=True,
    help="The model file; its name is the model's.",
)
@click.option("--note", default="", help="Goes into the file's provenance.")
@one_line_errors
def export(checkpoint: Path, data: Path, out: Path, note: str) -> None:
    """Write the model file and, beside it, the golden vectors that prove a player right."""
    from trainer.clips import load
    from trainer.export import ExportConfig, golden_path
    from trainer.export import export as write

    write(checkpoint, out, load(data, "validation"), ExportConfig(name=out.stem, note=note))
    click.echo(f"{out} and {golden_path(out)}")


@main.command()
@click.argument("model", type=PATH, default=Path("models") / "clarinet-trumpet.onnx")
@click.option("--out", type=PATH, help="JSON with every figure. [default: MODEL's name + .json]")
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True)
@click.option(
    "--seconds", type=click.FloatRange(1), default=10.0, show_default=True, help="Per steady note."
)
@click.option(
    "--drift",
    type=click.FloatRange(6),
    default=60.0,
    show_default=True,
    help="Seconds of the drift notes.",
)
@one_line_errors
def evaluate(model: Path, out: Path | None, seeds: int, seconds: float, drift: float) -> None:
    """Measure how MODEL plays: pitch everywhere, response to steps, drift. Worst of all seeds.

    A model file (.onnx) is played by `smfosc render` in a process of its own; a checkpoint (.pt)
    by torch, which is some ten times slower than real time: give it fewer seeds and seconds.
    """
    from trainer.card import card
    from trainer.evaluate import EvaluationConfig, report, result_count
    from trainer.evaluate import evaluate as measure

    config = EvaluationConfig(seeds=tuple(range(1, seeds + 1)), seconds=seconds, drift_s=drift)
    found = tqdm(
        measure(_player(model), config), total=result_count(config), desc="evaluate", delay=DELAY_S
    )
    result = report(list(found), config)
    target = out or model.with_suffix(".json")
    target.write_text(json.dumps(result.as_json(), indent=1) + "\n")
    click.echo(card(result))
    click.echo(f"written to {target}")


@main.command()
@click.argument("evaluation", type=PATH, default=Path("models") / "clarinet-trumpet.json")
@click.option("--data", type=PATH, default=RUNS / "dataset", show_default=True, help="The dataset.")
@click.option("--out", type=PATH, default=RUNS / "retuned", show_default=True, help="Folder.")
@one_line_errors
def retune(evaluation: Path, data: Path, out: Path) -> None:
    """Move the dataset's labels by what EVALUATION found the model to play off.

    \b
    Then train some 350 steps more on it, from the same checkpoint:
      smf-train rnn --data runs/retuned --out runs/tuned --start runs/rnn/best.pt \\
                    --steps 350 --learning-rate 0.0006

    A free run is a little off where teacher forcing is not; this takes the bias away.
    """
    from trainer.retune import read_errors
    from trainer.retune import retune as write

    click.echo(f"{out}: {write(data, read_errors(evaluation), out)} clips under moved labels")


def _player(model: Path) -> Any:
    """Who plays this file."""
    from trainer.players import DaemonPlayer, NetworkPlayer

    if not model.is_file():
        raise TrainerError(f"evaluate: {model}: no such file; write one with `smf-train export`")
    if model.suffix != ".pt":
        return DaemonPlayer(model.absolute())
    from trainer.checkpoint import averaged_network, load

    return NetworkPlayer(averaged_network(load(model)))
