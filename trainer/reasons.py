"""A configuration as a recipe, each value with its reason: the comments behind the fields."""

import ast
import dataclasses
import inspect
import io
import json
import textwrap
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trainer.recipe import Recipe
from trainer.stage import Stage


def reasons(kind: type) -> dict[str, str]:
    """The comment of every field of a dataclass, from its source; inherited ones too."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__[:-1]):
        found |= _comments(inspect.getsource(base))
    return found


def _comments(source: str) -> dict[str, str]:
    """Field names of a class to their comments: behind them, going on in lines of their own.

    Where there is none behind a field, the comment lines before it are its reason.
    """
    source = textwrap.dedent(source)
    said = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    members = ast.parse(source).body[0].body  # type: ignore[attr-defined]
    fields = [each for each in members if isinstance(each, ast.AnnAssign)]
    rows = [range(each.lineno, (each.end_lineno or each.lineno) + 1) for each in fields]
    behind = [[said[row] for row in span if row in said] for span in rows]
    taken = {row for span in rows for row in span}
    found = {}
    for k, (each, own) in enumerate(zip(fields, behind, strict=True)):
        before = [] if own else _run(said, taken, rows[k].start - 1, -1)[::-1]
        next_has_own = k + 1 == len(fields) or bool(behind[k + 1])
        after = _run(said, taken, rows[k].stop, 1) if own and next_has_own else []
        found[each.target.id] = " ".join(before + own + after)  # type: ignore[union-attr]
    return found


def _run(said: dict[int, str], taken: set[int], row: int, way: int) -> list[str]:
    """The comments on lines of their own from `row` on, upwards or downwards."""
    lines = []
    while row in said and row not in taken:
        lines.append(said[row])
        row += way
    return lines


def show(recipe: Recipe, registry: Mapping[str, Stage]) -> str:
    """The whole configuration as TOML: every value, what differs from its default, and why."""
    lines = [f"name = {toml(recipe.name)}", f"seed = {recipe.seed}"]
    lines.append(f"stages = {toml(list(recipe.configs))}")
    for name, config in recipe.configs.items():
        kinds = registry[name].kinds
        usual, kind = _usual(config, kinds)
        lines += ["", f"[{name}]"]
        if len(kinds) > 1:
            lines.append(f"kind = {toml(kind)}  # one of {', '.join(kinds)}")
        lines += _table(config, usual, name)
    return "\n".join(lines) + "\n"


def _usual(config: Any, kinds: Mapping[str, Any]) -> tuple[Any, str]:
    """The defaults of this configuration's kind, and what it is called."""
    for kind, make in kinds.items():
        if type(usual := make()) is type(config):
            return usual, kind
    raise LookupError(f"{type(config).__name__} is no kind of its stage")


def _table(config: Any, usual: Any, table: str) -> Iterator[str]:
    """A dataclass's lines; those within it follow as tables of their own."""
    why = reasons(type(config))
    inner = []
    for each in dataclasses.fields(config):
        value, default = getattr(config, each.name), getattr(usual, each.name)
        if dataclasses.is_dataclass(value):
            inner.append((each.name, value, default))
        else:
            yield _line(each.name, value, default, why.get(each.name, ""))
    for name, value, default in inner:
        yield from ("", f"[{table}.{name}]")
        usual_part = default if default is not None else type(value)()  # type: ignore[misc]
        yield from _table(value, usual_part, f"{table}.{name}")


def _line(name: str, value: Any, default: Any, why: str) -> str:
    changed = "" if value == default else f"instead of {toml(default)}"
    comment = "; ".join(part for part in (changed, why) if part)
    written = f"# {name} is not given" if value is None else f"{name} = {toml(value)}"
    return f"{written}  # {comment}" if comment else written


def toml(value: Any) -> str:
    """A plain value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml(each) for each in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{k} = {toml(v)}' for k, v in value.items())} }}"
    if isinstance(value, str | Path):
        return json.dumps(str(value), ensure_ascii=False)
    return "nothing" if value is None else repr(value)
