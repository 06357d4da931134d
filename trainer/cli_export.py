"""`smf-train export`: from a checkpoint to the model file that smfosc plays."""

from pathlib import Path
from typing import Any

import click

from trainer.cli_tools import PATH, RUNS, one_line_errors


@click.command()
@click.option("--checkpoint", type=PATH, default=RUNS / "rnn" / "best.pt", show_default=True)
@click.option(
    "--data",
    type=PATH,
    default=RUNS / "dataset",
    show_default=True,
    help="Names the parameters; its validation split goes into the golden vectors.",
)
@click.option(
    "--out",
    type=PATH,
    default=Path("models") / "clarinet-trumpet.onnx",
    show_default=True,
    help="The model file; its name is the model's.",
)
@click.option("--licence", help="SPDX expression. [default: LicenseRef-unknown]")
@click.option("--author", "authors", multiple=True, help="May be given several times.")
@click.option("--description", help="A sentence or two for musicians.")
@click.option("--data-source", "data_from", help="What it was trained on, for the provenance.")
@click.option("--data-licence", help="And on which terms.")
@click.option(
    "--temperature",
    type=click.FloatRange(0, 1, min_open=True),
    help="Narrows the odds for good: less hiss between a tone's partials. [default: 1]",
)
@click.option("--note", help="Goes into the file's provenance.")
@one_line_errors
def export(checkpoint: Path, data: Path, out: Path, data_from: str | None, **given: Any) -> None:
    """Write the model file and, beside it, the golden vectors that prove a player right."""
    from trainer.clips import load
    from trainer.export import ExportConfig, golden_path
    from trainer.export import export as write

    about = {"data": data_from, **given}
    config = ExportConfig(**{key: value for key, value in about.items() if value})
    write(checkpoint, out, load(data, "validation"), config)
    click.echo(f"{out} and {golden_path(out)}")
