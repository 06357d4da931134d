"""The command line: `smfosc COMMAND`. Each command's modules are imported when it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from smfosc import cli_models, cli_play, cli_scores, cli_serve, cli_supervision

if TYPE_CHECKING:
    pass

EPILOG = """\b
First steps:
  smfosc models                       which models there are
  smfosc serve                        play one, over JACK or PortAudio
  smfosc send /voice/v1/pitch 70      move it (from another terminal)
  smfosc serve --audio file --out x.wav    without any sound system
"""


def mistakes() -> tuple[type[Exception], ...]:
    """Errors whose text is for the user: told in one line, never with a traceback."""
    from smfosc.audio import AudioError
    from smfosc.client import ClientError
    from smfosc.config_file import ConfigError
    from smfosc.hosts.part import HostError
    from smfosc.library import LibraryError
    from smfosc.logs import LogError
    from smfosc.midi_file import MidiError
    from smfosc.offline import RenderError
    from smfosc.onnx_container import ModelFileError
    from smfosc.opening import DaemonError
    from smfosc.osc import OscError
    from smfosc.score import ScoreError
    from smfosc.snapshot_file import SnapshotError
    from smfosc.state_folder import StateError

    return (
        AudioError,
        ClientError,
        ConfigError,
        DaemonError,
        HostError,
        LibraryError,
        LogError,
        MidiError,
        RenderError,
        ModelFileError,
        OscError,
        ScoreError,
        SnapshotError,
        StateError,
    )


class Commands(click.Group):
    """A group that turns the user's mistakes into one line and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if isinstance(error, mistakes()):
                raise click.ClickException(str(error)) from None
            raise


def print_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    """Print the version that is installed, and exit."""
    if asked and not ctx.resilient_parsing:
        from importlib import metadata

        try:
            click.echo(f"smfosc {metadata.version('smfosc')}")
        except metadata.PackageNotFoundError:
            click.echo("smfosc (run from its sources, not installed)")
        ctx.exit()


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Neural sound models, played by OSC.

    `serve` is the instrument: a daemon that listens for OSC on port 7770 and plays
    through JACK, PortAudio or into a WAV. `render` makes the same sound offline.
    """


@main.command()
@click.option(
    "--format", "form", default="md", show_default=True, type=click.Choice(["md", "json"])
)
def addresses(form: str) -> None:
    """Print every OSC address, with arguments, ranges and replies."""
    from smfosc.addresses import as_json, as_markdown

    click.echo(as_json() if form == "json" else as_markdown())


@main.command()
@click.argument("model", default="clarinet-trumpet")
@click.option(
    "--precision",
    "precisions",
    multiple=True,
    type=click.Choice(["int8", "bfloat16", "float32"]),
    help="Only these weights; may be repeated.  [default: all]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def bench(model: str, precisions: tuple[str, ...], as_json: bool) -> None:
    """Measure what a voice of MODEL costs on this machine.

    Renders 1 to 8 voices on one core, resampled to 48 kHz in blocks of 256 frames, and
    tells the CPU time per voice and model sample, how many times faster than real time
    all voices together are, and the share of one core that they take.
    """
    import json

    from smfosc import bench as measuring

    click.echo("" if as_json else measuring.header(), nl=not as_json)
    rows = []
    for precision in precisions or measuring.PRECISIONS:
        for cost in measuring.measure(model, precision):
            rows.append(measuring.as_dict(cost))
            click.echo("" if as_json else measuring.row(cost), nl=not as_json)
    if as_json:
        click.echo(json.dumps(rows, indent=1))


for command in (cli_serve.serve, cli_play.render, cli_play.play, cli_play.send):
    main.add_command(command)
for command in (cli_models.models, cli_models.info, cli_models.check):
    main.add_command(command)
main.add_command(cli_scores.import_midi)
for command in (cli_supervision.supervise, cli_supervision.unit, cli_supervision.top):
    main.add_command(command)
