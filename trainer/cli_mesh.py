"""`smf-train mesh`: chosen corners to an even mesh of latents."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from trainer.cli_tools import DELAY_S, PATH, RUNS, one_line_errors
from trainer.errors import TrainerError


@click.command()
@click.option("--gan", type=PATH, default=RUNS / "gan" / "generator.pt", show_default=True)
@click.option("--corners", type=PATH, default=RUNS / "latents" / "corners.json", show_default=True)
@click.option("--out", type=PATH, default=RUNS / "mesh", show_default=True, help="Folder.")
@click.option("--shape", metavar="RxC", help="Nodes, e.g. 21x21 or 9x9x9. [default: 21 each]")
@click.option("--lines", type=click.Choice(["bilinear", "spherical"]), help="[default: spherical]")
@click.option(
    "--pitch",
    type=click.Choice(["auto", "condition", "latent"]),
    help="What makes the pitch. condition: the columns are the GAN's pitches. [default: auto]",
)
@click.option("--lowest", type=int, help="Of the pitches taken as columns. [default: the GAN's]")
@click.option("--highest", type=int, help="As --lowest.")
@click.option("--name", "names", multiple=True, help="Of each latent parameter, rows first.")
@click.option("--description", "descriptions", multiple=True, help="Of each, as --name.")
@click.option(
    "--adapt",
    type=click.Choice(["som", "arc-length", "none"]),
    help="som: the paper's map. arc-length: a twentieth of the work. [default: som]",
)
@click.option("--iterations", type=click.IntRange(1), help="Of either. [default: 200; sweeps: 5]")
@click.option("--edges", type=click.Choice(["free", "clamped", "pinned"]), help="Of the SOM.")
@click.option("--bfloat16", is_flag=True, help="Hear in half precision.")
@one_line_errors
def mesh(gan: Path, corners: Path, out: Path, **given: Any) -> None:
    """Span a mesh of latents between the chosen corners, and make it sound even.

    2 corners span a line, 4 a square, 8 a cube; with pitch by condition each latent axis is
    crossed with the pitches. OUT/mesh.npz is the mesh, OUT/mesh.json how even and direct it is
    before and after, OUT/mesh.png the paper's Figure 2. A run that was stopped goes on where it
    was.
    """
    from trainer.latent.generator import open_generator
    from trainer.latent.stage import measures_table, run

    config = _config(given)
    steps = run(config, corners, open_generator(gan), out)
    with tqdm(total=config.iterations + 1, unit="iteration", desc="mesh", delay=DELAY_S) as bar:
        for progress in steps:
            if bar.n == 0:
                bar.initial = bar.n = progress.done - 1
            bar.update(progress.done - bar.n)
    click.echo(f"{out / 'mesh.npz'}\n{measures_table(out)}")


def _config(given: dict[str, Any]) -> Any:
    """The options that were given over the defaults."""
    from trainer.latent.stage import MeshConfig

    default = MeshConfig()
    some = {k: v for k, v in given.items() if v not in (None, (), False)}
    iterations = some.pop("iterations", None)
    som = _with(default.som, some)
    arc_length = default.arc_length
    if iterations is not None:
        som = replace(som, iterations=iterations)
        arc_length = replace(arc_length, sweeps=iterations)
    shape = _with(default.shape, some)
    if text := some.get("shape"):
        shape = replace(shape, counts=_counts(text))
    return replace(_with(default, some | {"shape": shape}), som=som, arc_length=arc_length)


def _with(config: Any, some: dict[str, Any]) -> Any:
    return replace(config, **{k: v for k, v in some.items() if hasattr(config, k)})


def _counts(text: str) -> tuple[int, ...]:
    """21x21 -> (21, 21). Raises TrainerError."""
    try:
        return tuple(int(part) for part in text.lower().split("x"))
    except ValueError:
        raise TrainerError(f"mesh: --shape {text}: wanted rows x columns, e.g. 21x21") from None
