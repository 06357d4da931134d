"""Writes Pure Data's patch format (.pd): canvases, objects, cables, graph-on-parent faces.

What is drawn here is kept in patches/pd as well, so that nobody needs this to use or to edit a
patch; a test holds the two together. Source of the format: Pd's own files and g_*.c writers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

INK, PAPER, PANEL, ACCENT, MUTED = "#1f2933", "#ffffff", "#e8ebee", "#c2410c", "#9aa5b1"
ROW = 26  # pixels from one object to the next below it
FONT = 12
GLYPH = 7  # pixels a character of that font


@dataclass(frozen=True)
class Node:
    """An item of a canvas, by its place in the file, as cables name it."""

    index: int
    text: str
    x: int
    y: int


Outlet = Node | tuple[Node, int]  # a node's first outlet or inlet, or the one named


def row_y(row: int) -> int:
    """Where a row of the grid begins, in pixels from the top."""
    return 12 + ROW * row


def escape(text: str) -> str:
    """Pd's escapes: dollars, commas and semicolons are atoms of their own."""
    text = re.sub(r"\$(?=[\d@])", r"\\$", text)
    return re.sub(r"\s*([,;])", r" \\\1", text).strip()


@dataclass
class Canvas:
    """A patch or subpatch. width, height: of its window, in pixels."""

    width: int
    height: int
    x: int = 80
    y: int = 60
    face: tuple[int, int, int, int] | None = None  # graph on parent: x, y, width, height
    items: list[str] = field(default_factory=list)
    cables: list[str] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    taken: list[tuple[int, int, int]] = field(default_factory=list)  # row, left, right
    is_data: bool = False  # a pad of data structures: pixels, to the right and upwards

    def _add(self, line: str, text: str, x: int, y: int) -> Node:
        node = Node(len(self.nodes), text, x, y)
        self.items.append(line)
        self.nodes.append(node)
        return node

    def obj(self, x: int, y: int, text: str) -> Node:
        """An object box."""
        return self._add(f"#X obj {x} {y} {escape(text)};", text, x, y)

    def msg(self, x: int, y: int, text: str) -> Node:
        """A message box."""
        return self._add(f"#X msg {x} {y} {escape(text)};", "(" + text, x, y)

    def text(self, x: int, y: int, text: str, width: int = 0) -> Node:
        """A comment; width in characters, the text's own if 0."""
        tail = f", f {width or len(text) + 1}"
        return self._add(f"#X text {x} {y} {escape(text)}{tail};", "#" + text, x, y)

    def lines(self, x: int, y: int, name: str, lines: Sequence[str]) -> Node:
        """A `[text define]` that is saved with its lines."""
        node = self.obj(x, y, f"text define -k {name}")
        self.items[-1] += "\n#A set " + " ".join(f"{line} \\;" for line in lines) + ";"
        return node

    def sub(self, x: int, y: int, name: str, canvas: Canvas) -> Node:
        """A subpatch `[pd name]`."""
        return self._add(canvas.as_subpatch(x, y, name), f"pd {name}", x, y)

    # --- cables -----------------------------------------------------------------------------

    def wire(self, *path: Outlet) -> None:
        """Cables from each to the next: (node, outlet) at its start, (node, inlet) at its end.

        A cable that is there already stays one.
        """
        for source, target in pairwise(path):
            first, outlet = source if isinstance(source, tuple) else (source, 0)
            second, inlet = target if isinstance(target, tuple) else (target, 0)
            cable = f"#X connect {first.index} {outlet} {second.index} {inlet};"
            if cable not in self.cables:
                self.cables.append(cable)

    def box(self, x: int, row: int, text: str) -> Node:
        """An object, message (`(text`) or comment (`#text`) on the grid of rows.

        It moves to the right until it lies on no other; the window opens that wide.
        """
        place = {"(": self.msg, "#": self.text}.get(text[0])
        shown = text[1:] if place else text
        width = GLYPH * len(shown) + 16
        while any(row == r and x < right and left < x + width for r, left, right in self.taken):
            x += 10
        self.taken.append((row, x, x + width))
        self.width = max(self.width, x + width + 10)
        self.height = max(self.height, row_y(row) + 2 * ROW)
        return place(x, row_y(row), shown) if place else self.obj(x, row_y(row), text)

    def column(self, x: int, row: int, *texts: str) -> list[Node]:
        """Boxes one below the other from a row on, each wired to the next."""
        nodes = [self.box(x, row + at, text) for at, text in enumerate(texts)]
        self.wire(*nodes)
        return nodes

    # --- what can be seen on a face -----------------------------------------------------------

    def panel(self, x: int, y: int, width: int, height: int, label: str = "", **look: Any) -> Node:
        """A coloured rectangle; look: receive, fill, ink, at (of its label), size."""
        at = look.get("at", (6, 12))
        tail = f"{_name(label)} {at[0]} {at[1]} 0 {look.get('size', FONT)}"
        colours = f"{look.get('fill', PANEL)} {look.get('ink', INK)} 0"
        receive = _name(look.get("receive", ""))
        line = f"cnv 4 {width} {height} empty {receive} {tail} {colours}"
        return self.obj(x, y, line)

    def hslider(self, x: int, y: int, size: tuple[int, int], limits: tuple[float, float], **look):
        """A horizontal slider; jumps to where it is clicked."""
        return self._slider("hsl", x, y, size, limits, look)

    def vslider(self, x: int, y: int, size: tuple[int, int], limits: tuple[float, float], **look):
        """A vertical slider; jumps to where it is clicked."""
        return self._slider("vsl", x, y, size, limits, look)

    def _slider(self, kind, x, y, size, limits, look) -> Node:
        names = f"{_name(look.get('send', ''))} {_name(look.get('receive', ''))}"
        line = f"{kind} {size[0]} {size[1]} {limits[0]:g} {limits[1]:g} 0 0 {names} empty"
        return self.obj(x, y, f"{line} 0 -8 0 10 {_colours(look)} 0 {look.get('steady', 0)}")

    def number(self, x: int, y: int, digits: int, limits=(-1e37, 1e37), **look) -> Node:
        """A number box that takes a range by message."""
        names = f"{_name(look.get('send', ''))} {_name(look.get('receive', ''))}"
        line = f"nbx {digits} {look.get('height', 18)} {limits[0]:g} {limits[1]:g} 0 0 {names}"
        value = look.get("value", 0)
        return self.obj(x, y, f"{line} empty 0 -8 0 11 {_colours(look)} {value:g} 256")

    def toggle(self, x: int, y: int, size: int = 18, label: str = "", **look) -> Node:
        """A switch, labelled at its right."""
        names = f"{_name(look.get('send', ''))} {_name(look.get('receive', ''))}"
        line = f"tgl {size} 0 {names} {_name(label)} {size + 5} {size // 2}"
        return self.obj(x, y, f"{line} 0 11 {_colours(look)} 0 1")

    def button(self, x: int, y: int, size: int = 18, label: str = "", **look) -> Node:
        """A button, labelled at its right."""
        names = f"{_name(look.get('send', ''))} {_name(look.get('receive', ''))}"
        line = f"bng {size} 150 50 0 {names} {_name(label)} {size + 5} {size // 2}"
        return self.obj(x, y, f"{line} 0 11 {_colours(look)}")

    def atom(self, kind: str, x: int, y: int, width: int, **look) -> Node:
        """A floatatom, symbolatom or listbox; width in characters, the text's own if 0."""
        names = f"{look.get('receive') or '-'} {look.get('send') or '-'}"
        label = _name(look.get("label", ""), none="-")
        line = f"{width} 0 0 {look.get('place', 0)} {label} {names} {look.get('size', 12)}"
        return self._add(f"#X {kind} {x} {y} {escape(line)};", kind, x, y)

    # --- the file -----------------------------------------------------------------------------

    def _body(self) -> list[str]:
        tail: list[str] = []
        if self.face is not None:
            x, y, width, height = self.face
            span = f"0 {height} {width} 0" if self.is_data else "0 -1 1 1"
            tail = [f"#X coords {span} {width} {height} 2 {x} {y};"]
        return [*self.items, *self.cables, *tail]

    def as_patch(self) -> str:
        """The text of a .pd file."""
        head = f"#N canvas {self.x} {self.y} {self.width} {self.height} {FONT};"
        return "\n".join([head, *self._body()]) + "\n"

    def as_subpatch(self, x: int, y: int, name: str) -> str:
        """The lines of a subpatch in its parent's file."""
        head = f"#N canvas {self.x} {self.y} {self.width} {self.height} {escape(name)} 0;"
        kind = "graph" if name == "graph" else f"pd {escape(name)}"
        return "\n".join([head, *self._body(), f"#X restore {x} {y} {kind};"])


def _name(name: str, none: str = "empty") -> str:
    return name.replace(" ", "\\ ") if name else none


def _colours(look: dict[str, Any]) -> str:
    return f"{look.get('fill', PAPER)} {look.get('ink', ACCENT)} {look.get('label_ink', INK)}"


def meta(words: Sequence[tuple[str, str]]) -> Canvas:
    """The subpatch [pd META] that Pd's help browser and deken read."""
    canvas = Canvas(620, 60 + 24 * len(words), 200, 200)
    for row, (key, value) in enumerate(words):
        canvas.text(12, 12 + 24 * row, f"{key} {value}", 80)
    return canvas
