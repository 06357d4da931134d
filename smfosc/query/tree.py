"""The address space as OSCQuery describes it: nodes made from the address table's rows.

Any thread; nothing here changes once it is made. Source: the OSCQuery proposal (Vidvox).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from smfosc.addresses import SILENCE_DB, Address, Argument
from smfosc.model_file import ModelInfo
from smfosc.voices import Route

READ, WRITE = 1, 2  # bits of ACCESS

ATTRIBUTES = (
    "FULL_PATH", "CONTENTS", "TYPE", "ACCESS", "VALUE", "RANGE", "DESCRIPTION", "TAGS", "UNIT",
    "CRITICAL", "CLIPMODE", "OVERLOADS",
)  # fmt: skip

# Rows whose plain address holds a value; feedback tells it when it moves.
READABLE = {
    "/voice/NAME/PARAM", "/voice/NAME/PARAM/normalized", "/voice/NAME/pitch/hz",
    "/voice/NAME/gain", "/voice/NAME/pan", "/voice/NAME/gate", "/voice/NAME/temperature",
    "/voice/NAME/model", "/output/NAME/gain",
}  # fmt: skip

# What a voice whose model has no pitch only rejects.
PITCHED = {"/voice/NAME/note", "/voice/NAME/pitch/hz"}

# Where a lost message does no harm because the next one follows: all others are CRITICAL.
CONTINUOUS = {
    "/voice/NAME/PARAM", "/voice/NAME/PARAM/normalized", "/voice/NAME/pitch/hz",
    "/voice/NAME/gain", "/voice/NAME/pan", "/voice/NAME/temperature", "/output/NAME/gain",
}  # fmt: skip

TYPES = {"number": "f", "integer": "i", "switch": "i", "name": "s"}
NOTHING = "N"  # the type of an address that takes no argument

# The proposal's names of units; a unit that it does not know keeps its own.
UNITS = {"MIDI note": "time.midinote", "Hz": "time.hz", "dB": "gain.db", "ms": "time.ms"}

LEVEL_RANGE = {"MIN": -120.0, "MAX": 24.0}


@dataclass
class Node:
    """One node. attributes: all but CONTENTS and VALUE, in the order in which they are told."""

    path: str
    attributes: dict[str, Any] = field(default_factory=dict)
    children: dict[str, Node] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.attributes = {"FULL_PATH": self.path, **self.attributes}

    @property
    def readable(self) -> bool:
        """Whether it has a value that can be asked for."""
        return bool(self.attributes.get("ACCESS", 0) & READ)

    @property
    def contains(self) -> bool:
        """Whether it is a container: a group whose voices are not there yet is an empty one."""
        return bool(self.children) or "TYPE" not in self.attributes

    def find(self, path: str) -> Node | None:
        """The node at a path; None where there is none."""
        node: Node | None = self
        for name in filter(None, path.split("/")):
            node = node.children.get(name) if node is not None else None
        return node


def build(
    routes: Mapping[str, Route], voices: Mapping[str, ModelInfo], models: Sequence[str]
) -> Node:
    """The whole tree. voices: each one's model; models: names that a voice can get.

    The addresses that ask (/get) are left out: VALUE tells the same.
    """
    root = Node("/", {"DESCRIPTION": "smfosc: neural sound models, played by OSC", "ACCESS": 0})
    for address, route in routes.items():
        if not address.endswith("/get") and _has_pitch(address, route.row, voices):
            _place(root, address, _described(address, route, voices, models))
    _place(root, "/meter", METER)
    _place(root, "/load", LOAD)
    _place(root, "/scope", SCOPE)
    for name in voices:
        _place(root, f"/voice/{name}/meter", METER)
    return root


def adopt(root: Node, voices: Mapping[str, Node]) -> None:
    """Put the voices of other hosts among our own; ours go before one of the same name."""
    if voices:
        own = root.children.setdefault("voice", Node("/voice", {"ACCESS": 0})).children
        for name, node in voices.items():
            own.setdefault(name, node)


def _has_pitch(address: str, row: Address, voices: Mapping[str, ModelInfo]) -> bool:
    """False for a voice's addresses of pitch whose model has none."""
    info = voices.get(address.split("/")[2]) if row.path in PITCHED else None
    return info is None or any(parameter.name == "pitch" for parameter in info.parameters)


def _place(root: Node, address: str, attributes: dict[str, Any]) -> None:
    """Put a node where its address says, making the containers above it."""
    node, path = root, ""
    for name in address[1:].split("/"):
        path = f"{path}/{name}"
        if name not in node.children:
            node.children[name] = Node(path, {"ACCESS": 0})
        node = node.children[name]
    node.attributes = {"FULL_PATH": path, **attributes}


def _described(
    address: str, route: Route, voices: Mapping[str, ModelInfo], models: Sequence[str]
) -> dict[str, Any]:
    row = route.row
    required = [argument for argument in route.wanted if not argument.optional]
    choices = {"MODEL": models}
    found = _signature(required, choices) | {
        "ACCESS": WRITE | (READ if row.path in READABLE else 0),
        "DESCRIPTION": _description(address, row, voices),
        "TAGS": _tags(row),
        "CRITICAL": row.path not in CONTINUOUS,
    }
    overloads = [
        _signature(route.wanted[:count], choices)
        for count in range(len(required) + 1, len(route.wanted) + 1)
        if all(argument.type in TYPES for argument in route.wanted[:count])
    ]
    return found | ({"OVERLOADS": overloads} if overloads else {})


def _signature(
    arguments: Sequence[Argument], choices: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """TYPE and the attributes that lie parallel to it; those that say nothing are left out."""
    types = "".join(TYPES.get(argument.type, "") for argument in arguments) or NOTHING
    parallel: dict[str, list[Any]] = {
        "RANGE": [_range(argument, choices) for argument in arguments],
        "UNIT": [UNITS.get(a.unit, a.unit or None) for a in arguments],
        "CLIPMODE": [_clipmode(argument) for argument in arguments],
    }
    told = {name: values for name, values in parallel.items() if any(values)}
    if not any(argument.type == "number" for argument in arguments):
        told.pop("CLIPMODE", None)
    return {"TYPE": types} | told


def _range(argument: Argument, choices: Mapping[str, Sequence[str]]) -> dict[str, Any] | None:
    if argument.type == "switch":
        return {"VALS": [0, 1]}
    if argument.name in choices:
        return {"VALS": list(choices[argument.name])}
    if argument.minimum is None:
        return None
    # Below silence there is nothing to set a slider to, though it is accepted.
    least = SILENCE_DB if argument.unit == "dB" else argument.minimum
    return {"MIN": least, "MAX": argument.maximum}


def _clipmode(argument: Argument) -> str:
    clips = argument.clips and argument.minimum is not None
    return "both" if clips and argument.type in ("number", "integer") else "none"


def _description(address: str, row: Address, voices: Mapping[str, ModelInfo]) -> str:
    """What a model's file says of its parameter; else what the table says of the address."""
    _, _, name, *leaf = [*address.split("/"), ""]
    info = voices.get(name)
    if row.path == "/voice/NAME/PARAM" and info is not None:
        told = {parameter.name: parameter.description for parameter in info.parameters}
        return told.get(leaf[0]) or row.does
    return row.does


def _tags(row: Address) -> list[str]:
    kind = "parameter" if "PARAM" in row.path else "voice" if "NAME/" in row.path else "daemon"
    return [kind, *(["local"] if row.local else [])]


METER: dict[str, Any] = {
    "TYPE": "ff",
    "RANGE": [LEVEL_RANGE, LEVEL_RANGE],
    "UNIT": ["gain.db", "gain.db"],
    "ACCESS": READ,
    "DESCRIPTION": "peak (falls 20 dB in 1.7 s) and rms over 0.3 s, dB of full scale",
    "TAGS": ["meter"],
    "CRITICAL": False,
}
LOAD: dict[str, Any] = {
    "TYPE": "fi",
    "RANGE": [{"MIN": 0.0, "MAX": 1.0}, {"MIN": 0}],
    "ACCESS": READ,
    "DESCRIPTION": "share of a block's time that the sound takes, and underruns so far",
    "TAGS": ["meter"],
    "CRITICAL": False,
}
SCOPE: dict[str, Any] = {
    "TYPE": "fb",
    "UNIT": ["time.hz", None],
    "ACCESS": READ,
    "DESCRIPTION": "the newest sound of the mix, for LISTEN: samples per second, and 1,024 "
    "samples as int16, big-endian",
    "TAGS": ["meter"],
    "CRITICAL": False,
}


def write(node: Node, values: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """A node with all below it as JSON, piece by piece: no piece keeps other threads waiting."""
    yield _text(node.attributes)[:-1]
    if node.readable and node.path in values:
        yield f',"VALUE":{_text(_plain(values[node.path]))}'
    if node.contains:
        yield ',"CONTENTS":{'
        for number, (name, child) in enumerate(node.children.items()):
            yield f"{',' if number else ''}{_text(name)}:"
            yield from write(child, values)
        yield "}"
    yield "}"


def attribute(node: Node, name: str, values: Mapping[str, Sequence[Any]]) -> str | None:
    """One attribute as JSON; None where the node has none."""
    if name == "VALUE":
        value = values.get(node.path) if node.readable else None
        return None if value is None else _text(_plain(value))
    if name == "CONTENTS":
        pieces = (f"{_text(key)}:{''.join(write(c, values))}" for key, c in node.children.items())
        return "{" + ",".join(pieces) + "}" if node.contains else None
    return _text(node.attributes[name]) if name in node.attributes else None


def _plain(value: Sequence[Any]) -> list[Any]:
    """A blob has no JSON: null stands for it."""
    return [None if isinstance(item, bytes) else item for item in value]


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
