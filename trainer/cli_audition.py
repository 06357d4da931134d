"""`smf-train audition`: hear a mesh by moving over it."""

from pathlib import Path

import click
from tqdm import tqdm

from trainer.cli_tools import DELAY_S, PATH, RUNS, one_line_errors
from trainer.errors import TrainerError


@click.command()
@click.argument("mesh", metavar="[MESH|RUN]", type=PATH, default=RUNS)
@click.option("--gan", type=PATH, help="[default: gan/generator.pt of the run that MESH is of]")
@click.option("--out", type=PATH, help="The page. [default: audition.html beside MESH]")
@one_line_errors
def audition(mesh: Path, gan: Path | None, out: Path | None) -> None:
    """Make a page to hear MESH by moving over it: as it was, and adapted, side by side.

    The page holds everything and needs no network. A mesh of more than 441 nodes is thinned.
    """
    from trainer.explore.audition import PAGE, run
    from trainer.latent.generator import open_generator

    if mesh.is_dir():
        mesh = mesh / "mesh" / "mesh.npz"
    if not mesh.is_file():
        raise TrainerError(f"audition: {mesh}: no such file; make one with `smf-train mesh`")
    gan = gan or mesh.parent.parent / "gan" / "generator.pt"
    page = out or mesh.with_name(PAGE)
    with tqdm(unit="sound", desc="audition", delay=DELAY_S) as bar:
        for each in run(mesh, open_generator(gan), page):
            bar.total = each.total
            bar.update(each.done - bar.n)
    click.echo(f"{page}: open it in a browser")
