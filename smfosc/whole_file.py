"""Files that are whole or not there: written beside their place, flushed, renamed over it.

No reader ever sees half of one, and a power failure leaves the one before. What a process was
writing when it was killed stays behind under its process id, until `sweep` finds it. Any thread
that may wait for the disk.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_PART = re.compile(r"\..+\.([0-9]+)\.part")


def part_of(path: Path) -> Path:
    """Where a file grows until it is renamed to `path`."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def write_whole(path: Path, data: str | bytes) -> None:
    """Put text (UTF-8) or bytes at `path`, on the disk, or change nothing. Raises OSError."""
    with removed_on_error(path) as part, part.open("wb") as file:
        file.write(data.encode() if isinstance(data, str) else data)
        put_in_place(file, path)


def put_in_place(file: IO[bytes] | IO[str], path: Path) -> None:
    """Give an open file, grown at `part_of(path)`, its name; it is closed. Raises OSError."""
    file.flush()
    os.fsync(file.fileno())  # else a power failure may leave the name and an empty file
    file.close()
    part_of(path).replace(path)


@contextmanager
def removed_on_error(path: Path) -> Iterator[Path]:
    """The place of the part; it is gone after an error."""
    part = part_of(path)
    try:
        yield part
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def sweep(folder: Path) -> None:
    """Remove the parts that processes left there which are no more."""
    with suppress(OSError):
        for part in list(folder.iterdir()):
            found = _PART.fullmatch(part.name)
            if found and not _lives(int(found[1])):
                with suppress(OSError):
                    part.unlink()


def _lives(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it is another user's
        return True
    return True
