"""Recipes: TOML that holds only what differs from the dataclasses' defaults.

A table is a stage, a key one of its dataclass's fields, a sub-table a dataclass within it. What
does not fit is refused in one line: file, line, what was found, what would have fitted.
"""

import dataclasses
import difflib
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smfosc.names import why_not_model
from trainer.errors import TrainerError
from trainer.stage import Stage

Table = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """A recipe as it was written, to say where something stands."""

    path: Path
    text: str

    def line_of(self, keys: tuple[str, ...]) -> int | None:
        """The line (from 1) of a key given with its tables, as far as a plain look finds it."""
        table: tuple[str, ...] = ()
        for number, line in enumerate(self.text.splitlines(), start=1):
            if header := re.match(r"\s*\[([^\[\]]+)\]", line):
                table = tuple(part.strip(" \"'") for part in header[1].split("."))
                if table[: len(keys)] == keys:
                    return number
            elif entry := re.match(r"\s*([\w.\"'-]+)\s*=", line):
                found = (*table, *(part.strip("\"'") for part in entry[1].split(".")))
                if found[: len(keys)] == keys:
                    return number
        return None

    def refuse(self, keys: tuple[str, ...], problem: str) -> TrainerError:
        """An error that names file, line and key."""
        line = self.line_of(keys)
        where = f"{self.path}:{line}" if line else str(self.path)
        return TrainerError(f"recipe: {where}: {'.'.join(keys)}: {problem}")


@dataclass(frozen=True)
class Recipe:
    """A recipe read and checked. configs: one dataclass per stage, in the stages' order."""

    path: Path
    name: str
    seed: int
    configs: dict[str, Any]


@dataclass(frozen=True)
class Head:
    """What stands above a recipe's tables."""

    name: str = ""  # the model's; the file's name where it is left out
    seed: int = 1  # of every stage that does not name its own
    stages: tuple[str, ...] = ()  # those that are gone through; all where it is left out


def read(path: Path, registry: Mapping[str, Stage], *, seed: int | None = None) -> Recipe:
    """A recipe file against the stages there are; `seed` overrides its own. Raises TrainerError."""
    source, table = read_table(path)
    tables = {key: value for key, value in table.items() if isinstance(value, dict)}
    for key in tables:
        if key not in registry:
            raise source.refuse((key,), unknown(key, list(registry)))
    head = _head(source, {k: v for k, v in table.items() if k not in tables}, registry)
    chosen = seed if seed is not None else head.seed
    configs = {
        name: _stage_config(registry[name], tables.get(name, {}), source, chosen)
        for name in head.stages or registry
    }
    return Recipe(path, head.name or path.stem, chosen, configs)


def _head(source: Source, table: Table, registry: Mapping[str, Stage]) -> Head:
    head: Head = configure(Head(), table, source, ())
    if problem := why_not_model(head.name or source.path.stem):
        raise source.refuse(("name",), problem)
    for name in head.stages:
        if name not in registry:
            raise source.refuse(("stages",), f"{name}: {unknown(name, list(registry))}")
    ordered = tuple(name for name in registry if name in head.stages)
    return replace(head, stages=ordered)


def _stage_config(stage: Stage, table: Table, source: Source, seed: int) -> Any:
    """The stage's dataclass of the table's kind, with the recipe's seed unless it has its own."""
    kinds = list(stage.kinds)
    kind = table.get("kind", kinds[0])
    if kind not in kinds:
        raise source.refuse((stage.name, "kind"), f"got {kind!r}, wanted one of {kinds}")
    config = seeded(stage.kinds[kind](), seed)
    own = {k: v for k, v in table.items() if k != "kind" or len(kinds) == 1}
    return configure(config, own, source, (stage.name,))


def read_table(path: Path) -> tuple[Source, Table]:
    """The TOML of a recipe. Raises TrainerError."""
    try:
        text = path.read_text()
        return Source(path, text), tomllib.loads(text)
    except FileNotFoundError:
        raise TrainerError(
            f"recipe: {path}: no such file; ready ones are in trainer/recipes"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TrainerError(f"recipe: {path}: not TOML ({error})") from None


def seeded(config: Any, seed: int) -> Any:
    """A dataclass with this seed wherever it, or a dataclass within, has one."""
    values = {f.name: getattr(config, f.name) for f in dataclasses.fields(config)}
    inner = {k: seeded(v, seed) for k, v in values.items() if dataclasses.is_dataclass(v)}
    return replace(config, **inner, **({"seed": seed} if "seed" in values else {}))


def configure(config: Any, table: Mapping[str, Any], source: Source, keys: tuple[str, ...]) -> Any:
    """`config` (a dataclass's instance) with the table's values; keys: where the table stands."""
    hints = typing.get_type_hints(type(config))
    known = [f.name for f in dataclasses.fields(config) if f.init]
    changes = {}
    for key, value in table.items():
        if key not in known:
            raise source.refuse((*keys, key), unknown(key, known))
        changes[key] = _fit(value, hints[key], getattr(config, key), source, (*keys, key))
    try:
        return dataclasses.replace(config, **changes)
    except ValueError as error:  # a dataclass that checks itself
        raise source.refuse(keys, str(error)) from None


def unknown(key: str, known: list[str]) -> str:
    """What to say of a key that does not exist."""
    near = difflib.get_close_matches(key, known, 1)
    remedy = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"
    return f"no such key; {remedy}"


def _fit(value: Any, kind: Any, default: Any, source: Source, keys: tuple[str, ...]) -> Any:
    """A TOML value as the field's type. Raises TrainerError."""
    if dataclasses.is_dataclass(kind) or dataclasses.is_dataclass(default):
        if not isinstance(value, dict):
            raise source.refuse(keys, f"got {value!r}, wanted a table [{'.'.join(keys)}]")
        begin = default if default is not None else kind()
        return configure(begin, value, source, keys)
    try:
        return _convert(value, kind)
    except (TypeError, ValueError):
        raise source.refuse(keys, f"got {value!r}, wanted {describe(kind)}") from None


def _convert(value: Any, kind: Any) -> Any:
    """A plain TOML value as `kind`. Raises TypeError or ValueError."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return value
    if origin in (typing.Union, types.UnionType):
        return _first_fit(value, [part for part in parts if part is not type(None)])
    if origin is typing.Literal:
        if value not in parts:
            raise ValueError(value)
        return value
    if origin in (tuple, list):
        return _sequence(value, origin, parts)
    if origin in (dict, Mapping):
        return {str(key): _convert(each, parts[1]) for key, each in value.items()}
    return _scalar(value, kind)


def _first_fit(value: Any, kinds: list[Any]) -> Any:
    for kind in kinds:
        try:
            return _convert(value, kind)
        except (TypeError, ValueError):
            continue
    raise TypeError(value)


def _sequence(value: Any, origin: Any, parts: tuple[Any, ...]) -> Any:
    if not isinstance(value, list):
        raise TypeError(value)
    if origin is tuple and parts and parts[-1] is not Ellipsis:
        return tuple(_convert(each, part) for each, part in zip(value, parts, strict=True))
    return origin(_convert(each, parts[0]) for each in value)


def _scalar(value: Any, kind: Any) -> Any:
    """An integer serves as a number; nothing else changes its kind."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is Path and isinstance(value, str):
        return Path(value).expanduser()
    if isinstance(value, bool) != (kind is bool) or not isinstance(value, kind):
        raise TypeError(value)
    return value


def describe(kind: Any) -> str:
    """A type in words."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(describe(part) for part in parts if part is not type(None))
    if origin is typing.Literal:
        return "one of " + ", ".join(repr(part) for part in parts)
    if origin in (tuple, list):
        kinds = {describe(part) for part in parts if part is not Ellipsis}
        count = f"{len(parts)} of " if parts and parts[-1] is not Ellipsis else ""
        return f"a list of {count}{' / '.join(sorted(kinds))}"
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
    return words.get(kind, "a path" if kind is Path else getattr(kind, "__name__", str(kind)))
