"""`smf-train`: from recorded notes to a playable sound model, one command per stage."""

from pathlib import Path

import click

from trainer.cli_audition import audition
from trainer.cli_average import average
from trainer.cli_dataset import dataset
from trainer.cli_evaluate import evaluate
from trainer.cli_evaluate_listen import listen
from trainer.cli_explore import explore
from trainer.cli_export import export
from trainer.cli_gan import gan
from trainer.cli_grid import grid
from trainer.cli_mesh import mesh
from trainer.cli_rnn import rnn
from trainer.cli_run import run, show
from trainer.cli_tools import PATH, RUNS, one_line_errors


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="smfosc")
def main() -> None:
    """Make a sound model for smfosc from real sound.

    The stages, in order, each with its own --help:

    \b
      smf-train dataset              render notes, or take your own recordings  (seconds)
      smf-train gan                  learn to draw such sounds                  (hours)
      smf-train explore              hear what it can draw, choose corners      (minutes)
      smf-train mesh                 an even mesh of sounds between them        (minutes)
      smf-train audition             hear the mesh by moving over it            (seconds)
      smf-train grid                 render its nodes as a dataset              (minutes)
      smf-train rnn                  train the network                          (an hour)
      smf-train export               write the model file that smfosc plays     (seconds)
      smf-train evaluate             measure how it plays                       (minutes)
      smf-train listen               a blind listening test of the mesh         (as long as ears)
      smf-train average              one network out of several checkpoints     (seconds)
      smf-train retune               move the labels by what was off, for one more `rnn`

    Everything goes to the folder `runs`; a stage that was stopped goes on where it was.
    """


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


for command in (
    run,
    show,
    dataset,
    gan,
    explore,
    mesh,
    audition,
    grid,
    rnn,
    average,
    export,
    evaluate,
    listen,
):
    main.add_command(command)

if __name__ == "__main__":  # `torchrun -m trainer.cli rnn ...`
    main()
