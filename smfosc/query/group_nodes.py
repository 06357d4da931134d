"""/group/NAME/... in the tree: what is said there is said to each voice of the group.

Any thread; quick. A group understands what one of its voices understands. Where their models
give a parameter other ranges the group's range holds them all, and each voice clips to its
own. A group has no values: its nodes are written only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from smfosc.query.tree import WRITE, Node

PARALLEL = ("RANGE", "UNIT", "CLIPMODE")  # attributes with one entry for each argument


def place_groups(root: Node, groups: Mapping[str, Sequence[str]]) -> None:
    """Put the groups beside /group/set; those that have no voice yet are empty containers.

    groups: names of voices by group. The voices' own nodes must be there already.
    """
    if not groups:
        return
    voices = root.children["voice"].children if "voice" in root.children else {}
    place = root.children.setdefault("group", Node("/group", {"ACCESS": 0}))
    for name, members in groups.items():
        path = f"/group/{name}"
        there = [voices[member] for member in members if member in voices]
        node = _merged(path, there) or Node(path, {"ACCESS": 0})
        node.attributes["DESCRIPTION"] = f"says the rest to its voices: {', '.join(members)}"
        place.children[name] = node


def _merged(path: str, nodes: Sequence[Node]) -> Node | None:
    """One node for those of several voices; None where there is nothing to say."""
    methods = [node for node in nodes if node.attributes.get("ACCESS", 0) & WRITE]
    merged = Node(path, _attributes(methods) if methods else {"ACCESS": 0})
    for name in dict.fromkeys(name for node in nodes for name in node.children):
        below = [node.children[name] for node in nodes if name in node.children]
        if (child := _merged(f"{path}/{name}", below)) is not None:
            merged.children[name] = child
    return merged if methods or merged.children else None


def _attributes(methods: Sequence[Node]) -> dict[str, Any]:
    first = methods[0].attributes
    alike = [node.attributes for node in methods if node.attributes["TYPE"] == first["TYPE"]]
    told = _alike(alike) | {"ACCESS": WRITE}
    del told["FULL_PATH"]
    told["TAGS"] = [*first.get("TAGS", []), "group"]
    if "OVERLOADS" in first:
        told["OVERLOADS"] = _overloads([one.get("OVERLOADS", []) for one in alike])
    return told


def _overloads(of_each: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Those that all voices have."""
    types = [one["TYPE"] for one in of_each[0]]
    alike = [found for found in of_each if [one["TYPE"] for one in found] == types]
    return [_alike(together) for together in zip(*alike, strict=True)]


def _alike(signatures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One signature for several of one type: the first, with what lies parallel to the type."""
    rest = {name: told for name, told in signatures[0].items() if name not in PARALLEL}
    count = len(signatures[0]["TYPE"])
    found: dict[str, list[Any]] = {}
    ranges = [one.get("RANGE", [None] * count) for one in signatures]
    found["RANGE"] = [_widest(column) for column in zip(*ranges, strict=True)]
    for name in PARALLEL[1:]:
        columns = zip(*(one.get(name, [None] * count) for one in signatures), strict=True)
        found[name] = [column[0] if len(set(column)) == 1 else None for column in columns]
    return rest | {name: values for name, values in found.items() if any(values)}


def _widest(ranges: Sequence[dict[str, Any] | None]) -> dict[str, Any] | None:
    """What holds all of them; None, no limit, where one has none."""
    there = [one for one in ranges if one is not None]
    if len(there) < len(ranges):
        return None
    if all("VALS" in one for one in there):
        return {"VALS": _each_once(value for one in there for value in one["VALS"])}
    limits = {"MIN": min, "MAX": max}
    return {
        name: choose(one[name] for one in there)
        for name, choose in limits.items()
        if all(name in one for one in there)
    } or None


def _each_once(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))
