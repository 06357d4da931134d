"""`smf-train grid`: a mesh to the dataset that the RNN is trained on."""

from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from trainer.cli_rnn import configured
from trainer.cli_tools import DELAY_S, PATH, RUNS, one_line_errors

SHARE = click.FloatRange(0, 0.5)


@click.command()
@click.option("--gan", type=PATH, default=RUNS / "gan" / "generator.pt", show_default=True)
@click.option("--mesh", type=PATH, default=RUNS / "mesh" / "mesh.npz", show_default=True)
@click.option("--out", type=PATH, default=RUNS / "grid", show_default=True, help="Folder.")
@click.option("--variations", type=click.IntRange(1), help="Clips per node. [default: 2]")
@click.option("--jitter", type=click.FloatRange(0, 1), help="Of their latents. [default: 0]")
@click.option("--held-out", type=click.Choice(["rows", "nodes"]), help="[default: rows]")
@click.option("--held-out-share", type=SHARE, help="For validation. [default: 0.1]")
@click.option(
    "--locked/--as-inverted", default=None, help="Harmonics of known pitches. [default: locked]"
)
@click.option("--processes", type=click.IntRange(1), help="[default: 2]")
@click.option("--seed", type=int, help="[default: 1]")
@one_line_errors
def grid(gan: Path, mesh: Path, out: Path, **given: Any) -> None:
    """Render every node of a mesh to clips: OUT is a dataset with the mesh's parameters.

    Variations of a node differ in their random phases, with --jitter in their latents too; those
    of a pitch are spread over the semitone around it, unless sounds stay --as-inverted. All clips
    have one level; metadata.csv keeps the loudness they had. Stopped, it goes on where it was.
    """
    from trainer.grid import GridConfig, run
    from trainer.latent.generator import open_generator
    from trainer.sources.build import summary

    config = configured(GridConfig(), {k: v for k, v in given.items() if v is not None})
    with tqdm(unit="clip", desc="grid", delay=DELAY_S) as bar:
        for each in run(config, mesh, open_generator(gan), out):
            bar.total = each.total
            bar.update(each.done - bar.n)
    click.echo("\n".join([f"{out}:", *summary(out).lines()]))
