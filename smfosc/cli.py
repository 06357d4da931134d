"""The command line: `smfosc COMMAND`. Each command's modules are imported when it runs."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smfosc import cli_models, cli_scores, cli_supervision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smfosc.config import Config
    from smfosc.models import Models
    from smfosc.score_course import Passage

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


def names_of(known: Models, models: Sequence[str]) -> list[str]:
    """Names by which the models of a command line, names or paths, can be played.

    Raises LibraryError, ModelFileError.
    """
    from smfosc import library

    paths = [library.resolve_cli(model) for model in models]
    pairs = zip(models, paths, strict=True)
    return [model if model == path.stem else known.give(path) for model, path in pairs]


RATE = click.IntRange(8_000, 192_000)
MODEL_HELP = "A model's name (see `smfosc models`), or a path to its file."


START = click.option(
    "--start", default=0.0, type=click.FloatRange(0), help="Seconds into the score."
)
TEMPO = click.option(
    "--tempo", default=1.0, type=click.FloatRange(0.01, 100), help="2 is twice as fast."
)
STATE = click.option("--state", type=click.Path(), help="Folder of snapshots and scores.")


@main.command()
@click.argument("score", type=click.Path(path_type=Path))
@click.option("--model", "models", multiple=True, metavar="NAME", help=MODEL_HELP)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The WAV to write.")
@click.option("--seed", default=0, show_default=True, help="The daemon's seed.")
@click.option("--rate", default=48_000, show_default=True, type=RATE, help="Hz of the WAV.")
@click.option("--duration", type=click.FloatRange(0, min_open=True), help="Seconds to render.")
@START
@TEMPO
@STATE
@click.option("--channels", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--workers", default=0, show_default=True, type=click.IntRange(0, 64))
@click.option(
    "--precision",
    default="int8",
    show_default=True,
    type=click.Choice(["float32", "bfloat16", "int8"]),
    help="Of the models' weights; each sounds a little different.",
)
def render(
    score: Path,
    models: tuple[str, ...],
    out: Path,
    seed: int,
    rate: int,
    duration: float | None,
    start: float,
    tempo: float,
    state: str | None,
    channels: int,
    workers: int,
    precision: str,
) -> None:
    """Render a SCORE into a WAV, faster than real time.

    A score has one event per line, `seconds address args...`; # starts a comment (see
    docs/scores.md):

    \b
        0    /voice/v1/pitch 64
        0.5  /voice/v1/pitch 76 1000      # a glide of one second
        2    /voice/v1/gate 0

    Each --model makes a voice, v1, v2, ..., its gate open; a score that makes its own
    (`0 /voice/new v1 MODEL`) needs none. The WAV ends at the score's `end`, or one second
    after its last event, unless --duration says otherwise. The same score, seed and
    rate give the same samples, and those of `serve` + `play`.
    """
    from smfosc.models import Models
    from smfosc.offline import RenderJob, render_to_file
    from smfosc.score import read_score
    from smfosc.score_course import preparations
    from smfosc.state_folder import StateFolder

    found = Models(precision)
    read = read_score(score)
    if not models and not preparations(read):
        raise click.UsageError(
            f"{score} makes no voice at its time 0 (0 /voice/new v1 MODEL); add --model NAME"
        )
    job = RenderJob(
        read,
        names_of(found, models),
        seed,
        rate,
        duration,
        channels,
        workers,
        passage_of(start, tempo),
        StateFolder(Path(state)) if state else None,
    )
    with _progress(f"rendering {job.frames / rate:.1f} s", job.frames) as bar:
        objections = render_to_file(job, found, out, bar.update, _complain)
    for line in objections.remarks + objections.failed[objections.foreseen :]:
        _complain(line)
    if objections.failed:
        raise click.ClickException(f"{len(objections.failed)} events were refused; {out} is made")


def passage_of(start_s: float, tempo: float, loops: bool = False) -> Passage:
    """What of a score is played; the options' decimals are taken as they were typed."""
    from fractions import Fraction

    from smfosc.score import TICKS_PER_S
    from smfosc.score_course import Passage

    return Passage(round(Fraction(repr(start_s)) * TICKS_PER_S), Fraction(repr(tempo)), loops)


HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Where the daemon is.")
PORT = click.option(
    "--port", default=7770, show_default=True, type=click.IntRange(1, 65_535), help="Its port."
)


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("address")
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@HOST
@PORT
def send(address: str, args: tuple[str, ...], host: str, port: int) -> None:
    """Send one OSC message and print the replies.

    \b
        smfosc send /voice/v1/pitch 64.5 200
        smfosc send /voice/v1/params
        smfosc send /status

    Numbers without a point are sent as ints, with one as floats, the rest as strings.
    Exit code 1 when the daemon refuses the message or does not answer.
    """
    from smfosc.client import OscClient, shown
    from smfosc.score import parse_args

    failed = False
    with OscClient(host, port) as client:
        client.send(address, *parse_args(list(args)))
        # Once it has said farewell, the daemon answers no more.
        ends = client.replies(10.0) if address == "/quit" else client.until_synced(10.0)
        for message in ends:
            click.echo(shown(message))
            failed |= message.address == "/fail"
            if address == "/quit":
                break
    if failed:
        raise click.exceptions.Exit(1)


@main.command()
@click.argument("score", type=click.Path(path_type=Path))
@START
@TEMPO
@click.option("--loop", is_flag=True, help="Begin again at the end, until Ctrl-C.")
@HOST
@PORT
def play(score: Path, start: float, tempo: float, loop: bool, host: str, port: int) -> None:
    """Play a SCORE live, through a running daemon.

    Events go out with OSC time tags a little ahead, so that they meet their samples.
    The voices that the score addresses are reset at its time 0; those that it makes at
    its time 0 (`0 /voice/new v1 MODEL`) are made if they are not there. See `smfosc render
    --help` for what a score looks like. A daemon plays the scores of its own folder with
    `/score/play NAME`.
    """
    from smfosc.client import OscClient, shown
    from smfosc.client import play as perform
    from smfosc.score import TICKS_PER_S, read_score

    read = read_score(score)
    passage = passage_of(start, tempo, loop)
    seconds = passage.length(read) / TICKS_PER_S
    if loop and not seconds:
        raise click.UsageError(f"{score} has no length to loop; give it an end: `4.0 end`")
    bar = _progress(f"playing {seconds:.1f} s", max(1, int(seconds * 1000)))

    def progress(passed_s: float) -> None:
        bar.update(int(passed_s % (seconds or 1.0) * 1000) - bar.pos)

    with OscClient(host, port) as client, bar:
        performance = perform(
            client, read, passage, progress=progress, warn=lambda m: _complain(shown(m))
        )
    for message in performance.objections:
        _complain(shown(message))
    if performance.failed:
        raise click.exceptions.Exit(1)


def _complain(line: str) -> None:
    click.echo(line, err=True)


def _progress(label: str, length: int) -> Any:
    """A progress bar on the terminal; nothing where stderr goes elsewhere."""
    hidden = not sys.stderr.isatty()
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden)


@main.command()
@click.option(
    "--format", "form", default="md", show_default=True, type=click.Choice(["md", "json"])
)
def addresses(form: str) -> None:
    """Print every OSC address, with arguments, ranges and replies."""
    from smfosc.addresses import as_json, as_markdown

    click.echo(as_json() if form == "json" else as_markdown())


@main.command()
@click.argument("config", required=False, type=click.Path(path_type=Path))
@click.option("--model", "models", multiple=True, metavar="NAME", help=MODEL_HELP)
@click.option(
    "--audio",
    type=click.Choice(["jack", "portaudio", "file", "null"]),
    help="Where the sound goes. Without it: JACK, then PortAudio.",
)
@click.option("--out", type=click.Path(), help="The WAV to write; says --audio file.")
@click.option("--bits", type=click.Choice(["24", "32"]), default="32", help="Of that WAV.")
@click.option("--samplerate", type=RATE, help="Hz; JACK has its own.  [default: 48000]")
@click.option("--blocksize", type=click.IntRange(1, 4096), help="Frames; JACK has its own.  [256]")
@click.option("--channels", type=click.IntRange(1, 64), help="Output ports.  [default: 2]")
@click.option("--connect", metavar="PORTS", help="JACK: physical, none or a pattern of port names.")
@click.option("--device", help="PortAudio: a device's name, or part of it.")
@click.option("--host", help="Address to listen at; 0.0.0.0 for all.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65_535), help="UDP and TCP.  [default: 7770]")
@click.option("--lead-ms", type=click.FloatRange(0, 1000), help="Of immediate messages.  [2]")
@click.option("--allow-remote-control", is_flag=True, default=None, help="Let other hosts /quit.")
@click.option("--http/--no-http", default=None, help="OSCQuery and a page to play.  [default: on]")
@click.option("--http-port", type=click.IntRange(1, 65_535), help="Of both.  [default: 7771]")
@click.option("--announce/--no-announce", default=None, help="Tell the network.  [default: on]")
@click.option("--seed", type=int, help="Gives each voice its own, with its name.  [default: 0]")
@click.option("--workers", type=click.IntRange(0, 64), help="Threads beside the audio's.  [0]")
@click.option("--precision", type=click.Choice(["float32", "bfloat16", "int8"]), help="[int8]")
@click.option("--state", type=click.Path(), help="Folder of snapshots and scores.")
@click.option("--boot", metavar="NAME", help="Start as this snapshot says.")
@click.option(
    "--host-name", default="", metavar="NAME", help="Which of the file's [hosts] this is."
)
@click.option("--fresh", is_flag=True, help="Do not begin as it last was, even after a crash.")
@click.option("--log", type=click.Path(), help="File to write down what happens; it rotates.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="Of that file.  [text]")
@click.option("--verbose", is_flag=True, help="Tell more of what happens.")
def serve(
    config: Path | None,
    models: tuple[str, ...],
    bits: str,
    host_name: str,
    fresh: bool,
    verbose: bool,
    **options: Any,
) -> None:
    """Play: listen for OSC, make sound. Ends with Ctrl-C or /quit.

    \b
        smfosc serve                                  the shipped model, over JACK or PortAudio
        smfosc serve --model a --model b              voices v1 and v2
        smfosc serve ensemble.toml                    voices and settings from a file
        smfosc serve --audio file --out take.wav      without a sound system

    CONFIG is a TOML file (see `smfosc check`); options overrule it. Each --model makes
    a voice, v1, v2, ..., its gate open, which sounds at once at its defaults. Without
    any voice the shipped model plays. --boot starts with the voices of a snapshot
    (`/snapshot/store NAME`) instead. A daemon that was killed begins as it last was.
    """
    from smfosc.config import Config
    from smfosc.config_file import read_config
    from smfosc.daemon import Daemon
    from smfosc.hosts.part import part_of
    from smfosc.logs import start_logging
    from smfosc.models import Models
    from smfosc.serve_settings import SHIPPED_MODEL, ServeSettings, booted, with_models

    if options["out"] and options["audio"] not in (None, "file"):
        raise click.UsageError(f"--out is for --audio file, not for --audio {options['audio']}")
    if options["out"]:
        options["audio"] = "file"

    def read() -> Config:
        given = read_config(config) if config else Config()
        return overruled(part_of(given, host_name) if host_name else given, options)

    settled = written = read()
    recent = start_logging(settled.log, verbose=verbose)
    if settled.state.boot and models:
        raise click.UsageError("--model and a boot snapshot: the snapshot says which voices play")
    settled = booted(settled)
    if not models and not settled.voices:
        models = (SHIPPED_MODEL,)
    known = Models(settled.engine.precision)
    settled = with_models(settled, names_of(known, models))
    again: dict[str, Any] = {"written": written, "read": read} if config else {}
    settings = ServeSettings(
        settled, bits=int(bits), fresh=fresh, host_name=host_name, recent=recent, **again
    )
    Daemon(settings, known).run(click.echo)


PLACES = {
    "audio": "audio.backend",
    "out": "audio.out",
    "samplerate": "audio.samplerate",
    "blocksize": "audio.blocksize",
    "channels": "audio.channels",
    "connect": "audio.connect",
    "device": "audio.device",
    "host": "osc.host",
    "port": "osc.port",
    "lead_ms": "osc.lead_ms",
    "allow_remote_control": "osc.allow_remote_control",
    "http": "query.enabled",
    "http_port": "query.port",
    "announce": "query.announce",
    "seed": "engine.seed",
    "workers": "engine.workers",
    "precision": "engine.precision",
    "log": "log.file",
    "log_format": "log.format",
    "state": "state.folder",
    "boot": "state.boot",
}


def overruled(config: Config, options: dict[str, Any]) -> Config:
    """The config with the options of the command line that were given."""
    for option, value in options.items():
        if value is not None:
            section, key = PLACES[option].split(".")
            changed = replace(getattr(config, section), **{key: value})
            config = replace(config, **{section: changed})
    return config


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


for command in (cli_models.models, cli_models.info, cli_models.check):
    main.add_command(command)
main.add_command(cli_scores.import_midi)
for command in (cli_supervision.supervise, cli_supervision.unit, cli_supervision.top):
    main.add_command(command)
