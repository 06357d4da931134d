"""`smf-train average`: one checkpoint out of several."""

from pathlib import Path

import click

from trainer.cli_tools import PATH, one_line_errors


@click.command()
@click.argument("checkpoints", type=PATH, nargs=-1, required=True)
@click.option("--out", type=PATH, required=True, help="The checkpoint to write.")
@one_line_errors
def average(checkpoints: tuple[Path, ...], out: Path) -> None:
    """Write the mean of the weights of CHECKPOINTS, of one training or of what went on from it.

    \b
    Where each plays some other note wrong, their mean mostly plays none:
      smf-train average runs/NAME/rnn/step*.pt --out runs/NAME/rnn/best.pt
      smf-train run RECIPE --adopt rnn

    A run takes best.pt up again by --adopt, exports and measures it.
    """
    from trainer.average import average as mean
    from trainer.checkpoint import save

    save(out, mean(checkpoints))
    click.echo(f"{out}: the mean of {len(checkpoints)} checkpoints")
