"""What a build has finished, one JSON line per take, so that it can go on where it was stopped."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainer.sources.takes import Row

NAME = ".made.jsonl"


@dataclass(frozen=True)
class Entry:
    """One finished take. key: fingerprint of all that it depends on. reason: why it was skipped."""

    key: str
    name: str
    rows: list[Row] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)  # of the rows' files
    reason: str = ""

    def stands(self, folder: Path) -> bool:
        """Whether its files are there, whole."""
        paths = [folder / str(row["file_name"]) for row in self.rows]
        return all(
            path.is_file() and path.stat().st_size == size
            for path, size in zip(paths, self.bytes, strict=True)
        )


def read(folder: Path) -> dict[str, Entry]:
    """Finished takes by key; a line that was cut off, or is none of ours, is passed over."""
    path = folder / NAME
    lines = path.read_text(errors="replace").splitlines() if path.is_file() else []
    return {entry.key: entry for line in lines for entry in _entries(line)}


def _entries(line: str) -> Iterator[Entry]:
    try:
        yield Entry(**json.loads(line))
    except (ValueError, TypeError):
        return


def line(entry: Entry) -> str:
    """The entry as its line."""
    values: dict[str, Any] = {
        "key": entry.key,
        "name": entry.name,
        "rows": entry.rows,
        "bytes": entry.bytes,
        "reason": entry.reason,
    }
    return json.dumps(values) + "\n"
