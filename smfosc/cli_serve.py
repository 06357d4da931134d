"""`smfosc serve`: an ensemble file's settings, overruled by options, make a daemon."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smfosc.cli_options import MODEL_HELP, RATE, names_of

if TYPE_CHECKING:
    from smfosc.config import Config


@click.command()
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
