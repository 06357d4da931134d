"""`smf-train explore`: choose sounds of a GAN by ear, or by a rule."""

from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from trainer.cli_rnn import configured
from trainer.cli_tools import DELAY_S, PATH, RUNS, one_line_errors


@click.command()
@click.option("--gan", type=PATH, default=RUNS / "gan" / "generator.pt", show_default=True)
@click.option(
    "--data",
    type=PATH,
    default=RUNS / "dataset",
    show_default=True,
    help="Where --like COLUMN=VALUE is looked up.",
)
@click.option("--out", type=PATH, default=RUNS / "latents", show_default=True, help="Folder.")
@click.option("--count", type=click.IntRange(2, 400), help="Random sounds. [default: 150]")
@click.option("--pitch", type=int, help="MIDI note to hear them at. [default: the GAN's middle]")
@click.option("--like", multiple=True, help="Find this: a sound file, or COLUMN=VALUE. Repeatable.")
@click.option(
    "--pick",
    type=click.Choice(["like", "distant"]),
    help="Choose without listening: the recordings' nearest, or sounds far from one another.",
)
@click.option("--corners", type=click.IntRange(2), help="That --pick distant takes. [default: 4]")
@click.option("--seed", type=int, help="[default: 1]")
@one_line_errors
def explore(gan: Path, data: Path, out: Path, **given: Any) -> None:
    """Render random sounds of a GAN into one page: listen, sort, pick corners, save them.

    OUT/explore.html holds everything and needs no network. Save its corners.json to OUT, where
    `smf-train mesh` looks for it. --like finds what sounds nearest to a recording, by search and
    by gradient; COLUMN=VALUE stands for clips of the dataset, such as class=brass. With --pick a
    rule writes OUT/corners.json.

    \b
      smf-train explore --like clarinet.wav --like trumpet.wav --pick like
    """
    from trainer.explore.stage import CORNERS, INVERSION_COUNT, PAGE, ExploreConfig, run
    from trainer.latent.generator import open_generator

    config = configured(ExploreConfig(), {k: v for k, v in given.items() if v not in (None, ())})
    steps = run(config, open_generator(gan), data, out)
    total = config.count + INVERSION_COUNT * len(config.like)
    with tqdm(total=total, unit="sound", desc="explore", delay=DELAY_S) as bar:
        for each in steps:
            bar.update(each.done - bar.n)
    click.echo(f"{out / PAGE}: open it in a browser")
    if config.pick:
        click.echo(f"{out / CORNERS}")
