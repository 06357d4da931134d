"""A dataset that is there already, another run's grid for instance; its clips stay there."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from trainer.clips import read_metadata, read_parameters, write_parameters
from trainer.errors import TrainerError
from trainer.files import write_csv

FILES = ("file_name", "tracks_file")
Row = dict[str, str]


@dataclass(frozen=True)
class TakenConfig:
    """Which one."""

    folder: Path = Path("dataset")  # of metadata.csv and parameters.json


def everything(row: Row) -> bool:
    """No row is left out."""
    return bool(row)


def take(folder: Path, out: Path, keep: Callable[[Row], bool] = everything) -> int:
    """Write `out`, a dataset of those of `folder` that `keep` keeps; how many."""
    rows = [row for row in read_metadata(folder) if keep(row)]
    if not rows:
        raise TrainerError(
            f"dataset: {folder}: no clip is left; take a dataset that has such clips"
        )
    write_parameters(out, read_parameters(folder))
    for row in rows:
        for column in FILES:
            if row.get(column):
                row[column] = os.path.relpath((folder / row[column]).resolve(), out.resolve())
    write_csv(out / "metadata.csv", tuple(rows[0]), rows)
    return len(rows)
