"""What several commands take: models by name or path, and rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smfosc.models import Models

RATE = click.IntRange(8_000, 192_000)
MODEL_HELP = "A model's name (see `smfosc models`), or a path to its file."


def names_of(known: Models, models: Sequence[str]) -> list[str]:
    """Names by which the models of a command line, names or paths, can be played.

    Raises LibraryError, ModelFileError.
    """
    from smfosc import library

    paths = [library.resolve_cli(model) for model in models]
    pairs = zip(models, paths, strict=True)
    return [model if model == path.stem else known.give(path) for model, path in pairs]
