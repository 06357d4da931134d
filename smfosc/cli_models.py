"""The commands that look at files and play nothing: models, info, check.

The model file's modules are imported when a command runs: onnx takes a while, and
`smfosc send` does not need it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smfosc import library

if TYPE_CHECKING:
    from smfosc.model_file import ModelInfo, Parameter


@click.command()
def models() -> None:
    """List the models that can be played by name.

    They are the .onnx files in the model folders: `models` beside the sources, your own data
    folder, what an installed smfosc carries, and those that SMFOSC_MODELS lists.
    """
    names = library.available()
    width = max(map(len, names), default=0)
    for name in names:
        click.echo(f"{name:<{width}}  {_summary(name)}")
    if not names:
        click.echo("No models. Put NAME.onnx into one of:")
        for folder in library.folders():
            click.echo(f"  {folder}")


def _summary(name: str) -> str:
    """A model's parameters and description in a line, or what is wrong with it."""
    from smfosc.model_file import ModelFileError, read_info

    try:
        path = library.find(name)
        info = read_info(path)
    except (library.LibraryError, ModelFileError) as error:
        return f"cannot be played: {error}"
    ranges = ", ".join(f"{p.name} {_range(p)}" for p in info.parameters)
    size = f"{path.stat().st_size / 1e6:.1f} MB, {info.licence}"
    return f"{ranges}. {info.description} ({size})"


def _range(parameter: Parameter) -> str:
    text = f"{parameter.minimum:g} to {parameter.maximum:g} {parameter.unit}"
    return text.rstrip()


@click.command()
@click.argument("model")
def info(model: str) -> None:
    """Say what a model is: parameters, licence, how it was made.

    MODEL is a name that `smfosc models` lists, or the path of an .onnx file.
    """
    from smfosc.model_file import ModelFileError, read_info

    try:
        path = library.resolve_cli(model)
        click.echo("\n".join(_card(path, read_info(path))))
    except (library.LibraryError, ModelFileError) as error:
        raise click.ClickException(str(error)) from error


def _card(path: Path, about: ModelInfo) -> list[str]:
    lines = [
        f"{about.name}: {about.description}",
        f"  file         {path} ({path.stat().st_size / 1e6:.1f} MB)",
        f"  network      {_network(path)}",
        f"  sound        {about.samplerate} Hz, {about.levels} mu-law levels, "
        f"{about.loudness_lufs:g} LUFS at its defaults",
        f"  licence      {about.licence}",
        f"  authors      {', '.join(about.authors)}",
    ]
    lines += [f"  parameter    {_parameter(p)}" for p in about.parameters]
    lines += [f"  {key:<12} {_plain(value)}" for key, value in about.provenance.items()]
    return lines


def _network(path: Path) -> str:
    """The size of the network, or why the native kernel cannot play it."""
    from smfosc.model_file import NotCanonical, read_model

    try:
        layers = read_model(path).weights.layers
    except NotCanonical as error:
        return str(error).removeprefix(f"{path}: ")
    return f"{len(layers)} GRU layers of {layers[0].w_hh.shape[1]}"


def _parameter(parameter: Parameter) -> str:
    return (
        f"{parameter.name}: {_range(parameter)}, default {parameter.default:g}. "
        f"{parameter.description}"
    )


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
def check(config: Path) -> None:
    """Explain every mistake in an ensemble file, with its line and the remedy.

    CONFIG is the TOML file that `smfosc serve` takes. Exits 1 when there is a mistake.
    """
    from smfosc.config_file import ConfigError, read_config

    try:
        read = read_config(config)
    except ConfigError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        raise SystemExit(1) from error
    voices = ", ".join(f"{voice.name} ({voice.model})" for voice in read.voices)
    click.echo(f"{config}: all right; voices: {voices or 'none'}")
