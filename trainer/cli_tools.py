"""What the commands of `smf-train` share."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from trainer.errors import TrainerError

RUNS = Path("runs")
PATH = click.Path(path_type=Path)
ADOPT = click.option(
    "--adopt", is_flag=True, help="Go on from what is in --out though the data has changed."
)
DELAY_S = 0.5  # no bar for what is over, or has failed, at once


def one_line_errors(command: Callable[..., None]) -> Callable[..., None]:
    """A user's mistake, or a full disk, ends in one line and exit status 1."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except TrainerError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{where}{error.strerror or error}") from error

    return run
