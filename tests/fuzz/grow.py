"""Grow the corpora: `python tests/fuzz/grow.py [SECONDS [KIND...]]`, some seconds for each reader.

Traces which lines of smfosc an input reaches; slow, so the tests only replay and mutate what
this has kept.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(Path(__file__).parent)]

import fuzzing  # noqa: E402
from seeds import write_seeds  # noqa: E402
from targets import TARGETS, opened  # noqa: E402

PACKAGE = str(ROOT / "smfosc")
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


def reached(call: Callable[[], None]) -> set[tuple[str, int]]:
    """Lines of the package that a call reaches, on this thread."""
    lines: set[tuple[str, int]] = set()

    def trace(frame, event, _):  # type: ignore[no-untyped-def]
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        lines.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(None)
    return lines


def main() -> None:
    """Grow them all, or those that are named."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    write_seeds()
    for target in TARGETS:
        if sys.argv[2:] and target.kind not in sys.argv[2:]:
            continue
        with (
            tempfile.TemporaryDirectory(dir=MEMORY) as folder,
            opened(target, Path(folder)) as feed,
        ):
            lines = fuzzing.grow(target, feed, seconds, reached)
        print(f"{target.kind}: {len(fuzzing.corpus(target.kind))} inputs reach {lines} lines")


if __name__ == "__main__":
    main()
