"""Files that are whole or not there: written beside their place, flushed, renamed over it."""

import csv
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trainer.errors import TrainerError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to; it takes `path`'s place at the end, or is gone after an error.

    The suffix stays (`.net.npz.part.npz`), for writers that go by it. Raises TrainerError where
    the disk is full or the place cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        _flush(part)
        part.replace(path)
    except OSError as error:
        raise TrainerError(
            f"writing: {path}: {error.strerror or error}; what was there before is unchanged"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Put `text` at `path` at once or not at all. Raises TrainerError."""
    with replacing(path) as part:
        part.write_text(text)


def write_json(path: Path, value: Any) -> None:
    """Put JSON at `path` at once or not at all. Raises TrainerError."""
    write_text(path, json.dumps(value, indent=1, default=str) + "\n")


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Put a table at `path` at once or not at all; what a row lacks stays empty.

    Raises TrainerError where the disk is full, ValueError for a row of other columns.
    """
    with replacing(path) as part, part.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def _flush(part: Path) -> None:
    """On the disk before its name is: a rename may outlive a power cut that the data does not."""
    with part.open("rb") as file:
        os.fsync(file.fileno())


def digest(root: Path, files: Iterable[Path]) -> str:
    """SHA-256 over names (relative to `root`) and contents, whatever the order of `files`."""
    whole = hashlib.sha256()
    for name, file in sorted((file.relative_to(root).as_posix(), file) for file in files):
        with file.open("rb") as content:
            part = hashlib.file_digest(content, "sha256")
        whole.update(f"{name}\0{part.hexdigest()}\n".encode())
    return whole.hexdigest()
