"""What all ablations share: the command line, the table, the JSON that tells docs/results.md."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from trainer.errors import TrainerError  # noqa: E402  the sources may not be installed
from trainer.files import write_json  # noqa: E402
from trainer.machine import machine  # noqa: E402

RESULTS = ROOT / "docs" / "results"
Rows = Mapping[str, Mapping[str, float | int | str | None]]


def parser(doc: str) -> argparse.ArgumentParser:
    """The options that every ablation has."""
    found = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    found.add_argument("--out", type=Path, help="JSON file [default: docs/results/NAME.json]")
    return found


def main(name: str, options: argparse.Namespace, measure: Callable[[Any], Rows]) -> None:
    """Measure, print the table, write the JSON; a mistake of the user's is one line."""
    try:
        rows = measure(options)
    except TrainerError as error:
        sys.exit(f"Error: {error}")
    print(table(rows))
    out = options.out or RESULTS / f"{name}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    write_json(out, {"name": name, "command": command(), "machine": machine(), "rows": rows})
    print(f"written to {out}")


def command() -> str:
    """How this was called, from the repository's root."""
    script = Path(sys.argv[0]).resolve()
    inside = script.is_relative_to(ROOT)
    told = script.relative_to(ROOT) if inside else Path(script.name)
    return shlex.join(["python", str(told), *sys.argv[1:]])


def table(rows: Rows) -> str:
    """Markdown, a column for every key that a row has."""
    columns = list(dict.fromkeys(key for row in rows.values() for key in row))
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, row in rows.items():
        lines.append(f"| {name} | " + " | ".join(text(row.get(c)) for c in columns) + " |")
    return "\n".join(lines)


def text(value: float | int | str | None) -> str:
    """A cell."""
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def read(path: Path) -> dict[str, Any]:
    """An ablation's JSON."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found
