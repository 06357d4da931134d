"""Checks what a TOML file says against dataclasses, and collects every mistake with its line.

A field's type and metadata (`setting`) say what it allows. Any thread.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable
from dataclasses import field, fields
from typing import Any, TypeVar

from smfosc.names import shorten
from smfosc.toml_lines import Where, line_numbers

Section = TypeVar("Section")


def setting(
    default: Any, low: float | None = None, high: float | None = None, choices: str = ""
) -> Any:
    """A field with its default and what it allows; choices are separated by spaces."""
    return field(default=default, metadata={"low": low, "high": high, "choices": choices.split()})


class Checks:
    """Mistakes found so far in one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines: dict[Where, int] | None = None  # looked up when there is a mistake
        self._found: list[tuple[int, str]] = []

    @property
    def problems(self) -> list[str]:
        """One line for each mistake, in the order of the file."""
        return [said for _, said in sorted(self._found)]

    def problem(self, where: Where, what: str) -> None:
        """Remember a mistake with the line of the nearest key that leads to it."""
        if self._lines is None:
            self._lines = line_numbers(self._text)
        near = (self._lines.get(where[:n], 0) for n in range(len(where), 0, -1))
        line = next(filter(None, near), 1)
        self._found.append((line, f"line {line}: {shorten('.'.join(where), 80)}: {what}"))

    def table(self, where: Where, value: Any) -> dict[str, Any]:
        """A value that shall be a table; an empty one where it is none."""
        if isinstance(value, dict):
            return value
        self.problem(where, f"{shown(value)}; wanted a table, [{'.'.join(where)}]")
        return {}

    def tables(self, where: Where, values: dict[str, Any]) -> dict[str, Any]:
        """The tables [WHERE.NAME] of a file, by NAME."""
        return self.table(where, values.get(where[-1], {}))

    def section(
        self, kind: Callable[..., Section], where: Where, values: dict[str, Any]
    ) -> Section:
        """The dataclass that the table [WHERE] of a file gives."""
        return kind(**self.settings(kind, where, self.tables(where, values)))

    def settings(
        self, kind: Any, where: Where, table: dict[str, Any], skip: Iterable[str] = ()
    ) -> dict[str, Any]:
        """The values that the table gives the fields of `kind`; wrong ones are left out.

        skip: settings that the caller reads himself.
        """
        known = {f.name: f for f in fields(kind)}
        self.refuse_unknown(where, table, [name for name in known if name != "name"])
        found: dict[str, Any] = {}
        for name in table.keys() & known.keys() - {*skip, "name"}:
            reason = why_not(table[name], known[name].type, known[name].metadata)
            if reason:
                self.problem((*where, name), reason)
            else:
                found[name] = _as(known[name].type, table[name])
        return found

    def refuse_unknown(self, where: Where, table: Iterable[str], known: Iterable[str]) -> None:
        """Mistakes for the keys that are not known, with the nearest that is."""
        names = sorted(known)
        for name in table:
            if name not in names:
                self.problem((*where, name), f"not a setting; {nearest(name, names)}")


def nearest(name: str, names: Iterable[str]) -> str:
    """The remedy for a name that is not among `names`."""
    there = sorted(names)
    near = difflib.get_close_matches(name, there, n=1)
    return f"did you mean {near[0]}?" if near else f"there are: {' '.join(there) or 'none'}"


def why_not(value: Any, kind: Any, allowed: Any) -> str | None:
    """Why a setting of this kind cannot have the value, or None when it can."""
    if kind in _LISTS:
        return _why_not_list(value, kind)
    if kind in (bool, str):
        fits = isinstance(value, kind)
    else:
        fits = isinstance(value, int if kind is not float else (int, float)) and (
            not isinstance(value, bool) and (isinstance(value, int) or math.isfinite(value))
        )
    if not fits:
        return f"{shown(value)}; wanted {_KINDS[kind]}"
    if allowed.get("choices") and value not in allowed["choices"]:
        return f"{shown(value)}; wanted one of: {' '.join(allowed['choices'])}"
    low, high = allowed.get("low"), allowed.get("high")
    if low is not None and not low <= value <= high:
        return f"{shown(value)}; wanted {low:.12g} to {high:.12g}"
    return None


def _why_not_list(value: Any, kind: Any) -> str | None:
    item, wanted = _LISTS[kind]
    items = value if isinstance(value, list) else [value]
    fits = all(why_not(one, item, {}) is None for one in items)
    return None if fits else f"{shown(value)}; wanted {wanted}"


def _as(kind: Any, value: Any) -> Any:
    if kind is float:
        return float(value)
    if kind in _LISTS:
        return tuple(value) if isinstance(value, list) else (value,)
    return value


_LISTS = {  # of one may stand without brackets
    tuple[str, ...]: (str, 'texts in quotes, e.g. ["one", "two"]'),
    tuple[int, ...]: (int, "whole numbers, e.g. [1, 2]"),
}

_KINDS = {
    bool: "true or false",
    str: 'a text in quotes, e.g. "name"',
    int: "a whole number",
    int | None: "a whole number",
    float: "a number",
}


def shown(value: object) -> str:
    """A value as a message shows it."""
    return shorten(repr(value), 60)
