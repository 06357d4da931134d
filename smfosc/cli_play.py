"""`smfosc render`, `play` and `send`: scores and single messages from the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smfosc.cli_options import MODEL_HELP, RATE, names_of

if TYPE_CHECKING:
    from smfosc.score_course import Passage

START = click.option(
    "--start", default=0.0, type=click.FloatRange(0), help="Seconds into the score."
)
TEMPO = click.option(
    "--tempo", default=1.0, type=click.FloatRange(0.01, 100), help="2 is twice as fast."
)
STATE = click.option("--state", type=click.Path(), help="Folder of snapshots and scores.")
HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Where the daemon is.")
PORT = click.option(
    "--port", default=7770, show_default=True, type=click.IntRange(1, 65_535), help="Its port."
)


@click.command()
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


@click.command(context_settings={"ignore_unknown_options": True})
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


@click.command()
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
