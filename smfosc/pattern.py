"""OSC address patterns: `?`, `*`, `[a-z]`, `[!a-z]` and `{this,that}` within one part.

A pattern's parts stand between slashes and match the same number of parts. Matching walks
the set of positions that the pattern may have reached, so its time is bounded by
len(pattern) * len(name): there is no backtracking that a stranger could make explode.

Any thread. Source: OSC 1.0 specification, "OSC Message Dispatching and Pattern Matching".

>>> matches("/voice/*/{gain,pan}", "/voice/v1/pan")
True
>>> matches("/voice/v[1-3]/gain", "/voice/v4/gain")
False
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

MAX_PATTERN = 256  # characters; the longest concrete address is about 80

_SPECIAL = frozenset("?*[]{}")

Positions: TypeAlias = set[int]
Token: TypeAlias = Callable[[str, Positions], Positions]
Part: TypeAlias = str | tuple[Token, ...]


class PatternError(ValueError):
    """A pattern that means nothing; the text says why."""


def is_pattern(address: str) -> bool:
    """Whether the address holds any of the pattern characters."""
    return not _SPECIAL.isdisjoint(address)


def matches(pattern: str, address: str) -> bool:
    """Whether the whole pattern matches the whole address. Raises PatternError."""
    wanted, given = split(pattern), address.split("/")
    return len(wanted) == len(given) and all(map(part_matches, wanted, given))


def part_matches(part: Part, name: str) -> bool:
    """Whether one part of a pattern (from `split`) matches one part of an address."""
    if isinstance(part, str):
        return part == name
    positions = {0}
    for token in part:
        positions = token(name, positions)
        if not positions:
            return False
    return len(name) in positions


@lru_cache(maxsize=256)
def split(pattern: str) -> tuple[Part, ...]:
    """The pattern's parts: plain strings, or tokens where a part has special characters.

    Raises PatternError naming the bracket that does not close, or the length.
    """
    if len(pattern) > MAX_PATTERN:
        raise PatternError(f"a pattern of {len(pattern)} characters; at most {MAX_PATTERN}")
    return tuple(_tokens(part) if is_pattern(part) else part for part in pattern.split("/"))


def _tokens(part: str) -> tuple[Token, ...]:
    tokens: list[Token] = []
    position = 0
    while position < len(part):
        character = part[position]
        if character == "*":
            tokens.append(_any)
        elif character == "?":
            tokens.append(_one)
        elif character in "[{":
            inside = _inside(part, position)
            tokens.append(_class(inside) if character == "[" else _choice(inside.split(",")))
            position += len(inside) + 1
        elif character in "]}":
            raise PatternError(f"{character!r} without its opening bracket in {part!r}")
        else:
            tokens.append(_choice([character]))
        position += 1
    return tuple(tokens)


def _inside(part: str, opening: int) -> str:
    """What stands between the bracket at `opening` and the one that closes it."""
    closing = part.find("]" if part[opening] == "[" else "}", opening + 1)
    if closing < 0:
        raise PatternError(f"{part[opening]!r} is not closed in {part!r}")
    return part[opening + 1 : closing]


def _any(name: str, positions: Positions) -> Positions:
    return set(range(min(positions), len(name) + 1))


def _one(name: str, positions: Positions) -> Positions:
    return {position + 1 for position in positions if position < len(name)}


def _choice(words: list[str]) -> Token:
    def step(name: str, positions: Positions) -> Positions:
        return {
            position + len(word)
            for position in positions
            for word in words
            if name.startswith(word, position)
        }

    return step


def _class(inside: str) -> Token:
    """A character class. A '-' that is first or last stands for itself, like a '!' inside."""
    negated = inside.startswith("!")
    characters = _expand(inside[1:] if negated else inside)

    def step(name: str, positions: Positions) -> Positions:
        return {
            position + 1
            for position in positions
            if position < len(name) and (name[position] in characters) != negated
        }

    return step


def _expand(inside: str) -> frozenset[str]:
    """The characters that a class names: 'a-c' is a, b, c (in either order)."""
    found: set[str] = set()
    position = 0
    while position < len(inside):
        if inside[position + 1 : position + 2] == "-" and position + 2 < len(inside):
            low, high = sorted((ord(inside[position]), ord(inside[position + 2])))
            found.update(map(chr, range(low, high + 1)))
            position += 3
        else:
            found.add(inside[position])
            position += 1
    return frozenset(found)
