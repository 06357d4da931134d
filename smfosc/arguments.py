"""Checks the arguments of a message against their row of the address table.

Any thread; pure functions. What a row allows is clipped or refused here, once, at the
edge: behind it every value has its type and lies in its range.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from smfosc.addresses import Argument
from smfosc.names import shorten
from smfosc.osc import Value

Clips = list[tuple[float, float]]  # (asked, used) of every value that was clipped


class Refused(Exception):  # noqa: N818  the text is the reason that the sender reads
    """A message that is not performed; the text names the value and what is allowed."""


def take(wanted: Sequence[Argument], given: Sequence[Value], clips: Clips) -> list[Any]:
    """The values that `wanted` asks for: float, int, bool or str; a default where not given.

    Nil and a missing argument both mean not given. Clipped values are added to `clips`.
    Raises Refused.
    """
    while len(given) > len(wanted) and given[-1] is None:
        given = given[:-1]
    if len(given) > len(wanted):
        raise Refused(f"{len(given)} arguments; wanted {_usage(wanted)}")
    values: list[Any] = []
    for position, argument in enumerate(wanted):
        value = given[position] if position < len(given) else None
        if value is not None:
            values.append(_TAKE[argument.type](argument, value, clips))
        elif argument.optional:
            values.append(argument.default)
        else:
            raise Refused(f"{argument.name} is missing; wanted {_usage(wanted)}")
    return values


def _usage(wanted: Sequence[Argument]) -> str:
    return " ".join(argument.form for argument in wanted) or "none"


def _number(argument: Argument, value: Value, clips: Clips) -> float:
    if not isinstance(value, (float, int)):
        raise Refused(f"{argument.name} {_shown(value)} is no number; wanted {argument.form}")
    number = float(value)
    if argument.minimum is None or argument.maximum is None:
        used = number
    else:
        used = min(max(number, argument.minimum), argument.maximum)
    if used != number or number - number != 0.0:  # out of range, or inf, or NaN
        if not math.isfinite(number):
            raise Refused(f"{argument.name} {number} is not finite; wanted {argument.form}")
        if not argument.clips:
            raise Refused(f"{argument.name} {number:g}; wanted {argument.limits}")
        clips.append((number, used))
    return used


def _integer(argument: Argument, value: Value, clips: Clips) -> int:
    if isinstance(value, int) and argument.minimum is None:
        return int(value)  # 64 bits whole, where a float would round
    number = _number(argument, value, clips)
    if not number.is_integer():
        raise Refused(f"{argument.name} {number:g} is no integer; wanted {argument.form}")
    return int(number)


def _switch(argument: Argument, value: Value, clips: Clips) -> bool:
    return _number(argument, value, clips) != 0.0


def _name(argument: Argument, value: Value, clips: Clips) -> str:
    if argument.numbers and isinstance(value, (int, float)) and float(value).is_integer():
        return str(int(value))
    if not isinstance(value, str):
        raise Refused(f"{argument.name} {_shown(value)} is no string; wanted {argument.form}")
    return value


def _any(argument: Argument, value: Value, clips: Clips) -> Value:
    return value


def _shown(value: Value) -> str:
    return shorten(repr(value))


_TAKE: dict[str, Callable[[Argument, Value, Clips], Any]] = {
    "number": _number,
    "integer": _integer,
    "switch": _switch,
    "name": _name,
    "any": _any,
}
