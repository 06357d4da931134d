"""On which line of a TOML text each key stands, for messages: tomllib does not tell.

The text is cut into its statements (a header, or a key with its value), and each of them is
read by tomllib alone, so that quoted and dotted keys, inline tables and texts over several
lines mean here what they mean there. Any thread.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

Where = tuple[str, ...]  # the keys that lead to a value

MOST_LINES = 500  # of one statement; reading it costs their square


def line_numbers(text: str) -> dict[Where, int]:
    """The line, from 1, of every table and key of a text that tomllib can read."""
    lines: dict[Where, int] = {}
    table: Where = ()
    for number, statement in _statements(text):
        paths = list(_paths(tomllib.loads(statement)))
        if statement.lstrip().startswith("["):
            table = ()
        for path in paths:
            lines.setdefault(table + path, number)
        table = paths[-1] if statement.lstrip().startswith("[") else table
    return lines


def syntax_problem(error: tomllib.TOMLDecodeError) -> str:
    """tomllib's `what (at line 3, column 5)` with the line in front."""
    found = re.fullmatch(r"(.*) \(at (line \d+), column \d+\)", str(error), re.DOTALL)
    what, line = found.groups() if found else (str(error), "end of file")
    return f'{line}: not TOML: {what}; texts stand in quotes, e.g. backend = "jack"'


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Line and text of each statement: the fewest lines that tomllib takes as a whole."""
    begun, first = "", 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not begun:
            first = number
        begun += line + "\n"
        if _is_whole(begun):
            yield first, begun
            begun = ""
        elif number - first >= MOST_LINES:
            return


def _is_whole(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _paths(value: dict[str, Any]) -> Iterator[Where]:
    """Every key in a table, and in those inside it; the one that is said comes last or alone."""
    for key, inner in value.items():
        yield (key,)
        found = inner[-1] if isinstance(inner, list) and inner else inner
        if isinstance(found, dict):
            yield from ((key, *path) for path in _paths(found))
