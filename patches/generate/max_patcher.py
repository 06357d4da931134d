"""Writes Max's patch format (.maxpat, .maxhelp): JSON of boxes and patch lines.

Source of the format: files that Max saves; what an object has of inlets and outlets is held
against py2max's copy of Max's own reference by tests/test_max.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

INK, PAPER, PANEL, ACCENT = [0.12, 0.16, 0.2, 1], [1, 1, 1, 1], [0.91, 0.92, 0.93, 1], [0.76, 0.25, 0.05, 1]  # fmt: skip
GAP = 4.0  # pixels between boxes at least
ROW = 30  # pixels from one box to the next below it
WIDTH = 420  # of every face, so that they stack
# (inlets, outlets); n stands for the number of arguments.
PORTS: dict[str, tuple[int | str, int | str]] = {
    "route": ("n+1", "n+1"), "sel": ("n+1", "n+1"), "t": (1, "n"), "pack": ("n", 1),
    "unpack": (1, "n"), "prepend": (1, 1), "loadbang": (1, 1), "loadmess": (1, 1),
    "s": (1, 0), "r": (0, 1), "inlet": (0, 1), "outlet": (1, 0), "udpsend": (1, 0),
    "udpreceive": (1, 1), "gate": (2, 1), "metro": (2, 1), "sprintf": (1, 1), "i": (2, 1),
    "f": (2, 1), "+": (2, 1), "*": (2, 1), "/": (2, 1), "<": (2, 1), "change": (1, 3),
    "delay": (2, 1), "patcherargs": (1, 2), "zl.slice": (2, 2), "zl.join": (2, 2),
    "zl.reg": (2, 2), "zl.compare": (2, 2), "zl.nth": (2, 2), "zl.group": (2, 2), "pcontrol": (1, 1), "print": (1, 0),
    "autopattr": (1, 4), "pattrstorage": (1, 1), "deferlow": (1, 1), "notein": (1, 3),
    "expr": ("$", 1), "text": (1, 3), "append": (1, 1), "trough": (2, 3), "int": (2, 1),
}  # fmt: skip
# maxclass: (inlets, outlets, types of what comes out)
CLASSES: dict[str, tuple[int, int, list[str]]] = {
    "message": (2, 1, [""]), "comment": (1, 0, []), "panel": (1, 0, []),
    "live.slider": (1, 2, ["", "float"]), "live.dial": (1, 2, ["", "float"]),
    "live.numbox": (1, 2, ["", "float"]), "live.text": (1, 2, ["", ""]),
    "live.tab": (1, 3, ["", "", "float"]), "live.menu": (1, 3, ["", "", "float"]), "umenu": (1, 3, ["int", "", ""]),
    "textedit": (1, 4, ["", "int", "", ""]), "kslider": (2, 2, ["int", "int"]),
    "pictslider": (2, 2, ["int", "int"]), "button": (1, 1, ["bang"]),
    "toggle": (1, 1, ["int"]), "flonum": (1, 2, ["", "bang"]),
}  # fmt: skip


@dataclass(frozen=True)
class Box:
    """A box by its id."""

    id: str


Port = Box | tuple[Box, int]


@dataclass
class Patcher:
    """A patcher. size: of its window; face: of its presentation, None for none."""

    size: tuple[int, int]
    face: tuple[int, int] | None = None
    tab: bool = False  # of a help file
    boxes: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    named: dict[str, list[Any]] = field(default_factory=dict)  # parameters of live objects

    def _add(self, box: dict[str, Any]) -> Box:
        made = {"id": f"obj-{len(self.boxes) + 1}", **box}
        self.boxes.append({"box": made})
        return Box(made["id"])

    def obj(self, x: int, row: float, text: str, **more: Any) -> Box:
        """An object box on the grid of rows; `(text` is a message and `#text` a comment."""
        kind = {"(": "message", "#": "comment"}.get(text[0] if not text.startswith("#0") else "")
        shown = text[1:] if kind else text
        inlets, outlets, types = CLASSES[kind] if kind else ports(text)
        rect = [x, 12 + ROW * row, width_of(shown, kind), 22]
        attributes = {"patching_rect": [float(n) for n in rect], "text": shown}
        return self._add({"maxclass": kind or "newobj", "numinlets": inlets,
                          "numoutlets": outlets, "outlettype": types, **attributes, **more})  # fmt: skip

    def column(self, x: int, row: float, *texts: str) -> list[Box]:
        """Boxes one below the other, each wired to the next."""
        boxes = [self.obj(x, row + at, text) for at, text in enumerate(texts)]
        self.wire(*boxes)
        return boxes

    def show(self, maxclass: str, at: tuple[int, float], face: Sequence[float], **more: Any) -> Box:
        """A thing with a face: at (x, row) in the patch, face [x, y, w, h] in presentation."""
        inlets, outlets, types = CLASSES[maxclass]
        size = face[2:]
        rect = [at[0], 12 + ROW * at[1], *size]
        return self._add({"maxclass": maxclass, "numinlets": inlets, "numoutlets": outlets,
                          "outlettype": types, "parameter_enable": 0,
                          "patching_rect": [float(n) for n in rect], "presentation": 1,
                          "presentation_rect": [float(n) for n in face], **more})  # fmt: skip

    def live(self, maxclass: str, name: str, at: tuple[int, float], face: Sequence[float],
             limits: tuple[float, float] = (0, 1), **more: Any) -> Box:  # fmt: skip
        """A live object: name is unique in its patcher; with `options` it is an enumeration."""
        options = more.pop("options", None)
        style, initial = more.pop("unitstyle", 1), more.pop("initial", None)
        value: dict[str, Any] = {
            "parameter_longname": name,
            "parameter_shortname": more.pop("short", name),
        }
        value |= {"parameter_type": 2 if options else 0, "parameter_mmin": float(limits[0]),
                  "parameter_mmax": float(len(options) - 1 if options else limits[1])}  # fmt: skip
        if options:
            value["parameter_enum"] = options
        else:
            value["parameter_unitstyle"] = style
        if "units" in more:
            value["parameter_units"] = more.pop("units")
        if initial is not None:
            value |= {"parameter_initial": [initial], "parameter_initial_enable": 1}
        made = self.show(maxclass, at, face, varname=name, **more)
        box = self.boxes[-1]["box"]
        box |= {"parameter_enable": 1, "saved_attribute_attributes": {"valueof": value}}
        self.named[made.id] = [name, value["parameter_shortname"], 0]
        return made

    def child(self, name: str, args: list[Any], at: tuple[int, float], face: Sequence[float],
              inlets: int, outlets: int) -> Box:  # fmt: skip
        """A bpatcher of one of the package's patchers."""
        rect = [at[0], 12 + ROW * at[1], *face[2:]]
        return self._add({"maxclass": "bpatcher", "name": f"{name}.maxpat", "args": args,
                          "numinlets": inlets, "numoutlets": outlets, "outlettype": [""] * outlets,
                          "patching_rect": [float(n) for n in rect], "presentation": 1,
                          "presentation_rect": [float(n) for n in face], "bgmode": 0, "border": 0,
                          "clickthrough": 0, "embed": 0, "enablehscroll": 0, "enablevscroll": 0,
                          "lockeddragscroll": 0, "offset": [0.0, 0.0], "viewvisibility": 1})  # fmt: skip

    def panel(self, face: Sequence[float], colour: list[float]) -> None:
        """A coloured rectangle behind what follows."""
        self.show("panel", (int(face[0]) + 900, face[1] / ROW), face, bgcolor=colour, mode=0,
                  background=1, rounded=0)  # fmt: skip
        del self.boxes[-1]["box"]["parameter_enable"]

    def label(self, face: Sequence[float], text: str, at: tuple[int, float], **more: Any) -> Box:
        """A comment on the face; takes `set`."""
        box = self.show("comment", at, face, text=text, **more)
        del self.boxes[-1]["box"]["parameter_enable"]
        return box

    def sub(self, x: int, row: float, name: str, patcher: Patcher) -> Box:
        """A subpatcher `p name`."""
        return self._add({"maxclass": "newobj", "numinlets": 0, "numoutlets": 0, "text": f"p {name}",
                          "patching_rect": [float(x), 12.0 + ROW * row, width_of(name, None) + 14.0, 22.0],
                          "patcher": patcher.as_dict()})  # fmt: skip

    def wire(self, *path: Port) -> None:
        """Patch lines from each to the next: (box, outlet) at its start, (box, inlet) at its end."""
        for source, target in pairwise(path):
            first, outlet = source if isinstance(source, tuple) else (source, 0)
            second, inlet = target if isinstance(target, tuple) else (target, 0)
            line = {"patchline": {"source": [first.id, outlet], "destination": [second.id, inlet]}}
            if line not in self.lines:
                self.lines.append(line)

    def settle(self) -> None:
        """Move boxes to the right until none lies on another; open the window that wide."""
        placed: list[list[float]] = []
        for box in sorted(self.walk(), key=lambda box: box["maxclass"] == "panel"):
            rect = box["patching_rect"]
            while any(overlap(rect, other, GAP) for other in placed):
                rect[0] += 10.0
            placed.append(rect)
        right = max((x + width for x, _, width, _ in placed), default=0.0)
        low = max((y + height for _, y, _, height in placed), default=0.0)
        self.size = (max(self.size[0], int(right) + 20), max(self.size[1], int(low) + 20))

    def as_dict(self) -> dict[str, Any]:
        """What stands under "patcher" in the file."""
        self.settle()
        version = {"major": 8, "minor": 6, "revision": 5, "architecture": "x64", "modernui": 1}
        head = {"fileversion": 1, "appversion": version, "classnamespace": "box",
                "rect": [80.0, 100.0, *map(float, self.size)],
                "openinpresentation": int(self.face is not None), "default_fontsize": 12.0,
                "default_fontname": "Arial", "gridsize": [15.0, 15.0]}  # fmt: skip
        if self.tab:
            head["showontab"] = 1
        return {**head, "boxes": self.boxes, "lines": self.lines, "dependency_cache": [],
                "autosave": 0}  # fmt: skip

    def as_text(self, **more: Any) -> str:
        """The text of the file."""
        patcher = self.as_dict() | more
        if self.named:
            patcher["parameters"] = {**self.named, "inherited_shortname": 1}
        return json.dumps({"patcher": patcher}, indent=1) + "\n"

    def walk(self) -> Iterator[dict[str, Any]]:
        """Every box."""
        return (item["box"] for item in self.boxes)


def overlap(one: Sequence[float], other: Sequence[float], gap: float = 0.0) -> bool:
    """Whether two rectangles [x, y, width, height] come nearer than gap."""
    return all(
        one[at] < other[at] + other[at + 2] + gap and other[at] < one[at] + one[at + 2] + gap
        for at in (0, 1)
    )


def ports(text: str) -> tuple[int, int, list[str]]:
    """Inlets, outlets and what they send, of an object box."""
    name, *arguments = text.split()
    arguments = [word for word in arguments if not word.startswith("@")]
    inlets, outlets = PORTS[name]
    if name == "expr":
        inlets = len(set(re.findall(r"\$[if]\d", text)))
    count = {"n": len(arguments), "n+1": len(arguments) + 1}
    inlets, outlets = count.get(inlets, inlets), count.get(outlets, outlets)
    types = {"loadbang": ["bang"], "udpsend": [], "metro": ["bang"]}.get(name, [""] * int(outlets))
    if name == "t":
        types = [{"b": "bang", "i": "int", "f": "float"}.get(word, "") for word in arguments]
    return int(inlets), int(outlets), types


def width_of(text: str, kind: str | None) -> float:
    """Of a box with that text."""
    return max(40.0, 6.6 * len(text) + (20.0 if kind == "message" else 14.0))
