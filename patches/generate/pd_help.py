"""Help patches in vanilla's own layout: title, reference, what to try, see also, META."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pd_canvas import Canvas, meta

THICK, THIN = "#202020", "#7c7c7c"
AUTHOR = "The smfosc authors"
PD_VERSION = "0.53"


@dataclass(frozen=True)
class Help:
    """What a help patch says of an abstraction."""

    name: str
    does: str  # one line
    keywords: str
    inlets: tuple[tuple[str, ...], ...]  # per inlet, what it takes
    outlets: tuple[tuple[str, ...], ...]
    arguments: tuple[str, ...]
    body: Callable[[Canvas], int]  # draws what there is to try; returns where it ends
    see: tuple[str, ...]


def draw(page: Help, width: int = 620) -> Canvas:
    """The help patch."""
    patch = Canvas(width, 100)
    patch.text(16, 8, f"{page.name} - {page.does}")
    patch.obj(1, 32, rule(width - 3, THIN))
    patch.sub(width - 180, 9, "reference", reference(page))
    patch.text(width - 88, 8, "<= click")
    end = page.body(patch) + 16
    patch.obj(1, end, rule(width - 3, THIN))
    patch.text(16, end + 8, "see also:")
    x = 90
    for other in page.see:
        patch.text(x, end + 8, f"[{other}]")
        x += 24 + 7 * len(other)
    patch.text(width - 210, end + 32, f"updated for Pd version {PD_VERSION}")
    patch.sub(16, end + 32, "META", meta(words(page)))
    patch.height = end + 62
    return patch


def rule(width: int, colour: str, height: int = 1) -> str:
    """A line across, as vanilla's help patches draw it."""
    return f"cnv {height} {width} {height} empty empty empty 3 12 0 18 {colour} #404040 0"


def words(page: Help) -> list[tuple[str, str]]:
    """What the help browser and deken read."""
    numbered = [(f"INLET_{at}", " ".join(t)) for at, t in enumerate(page.inlets)]
    numbered += [(f"OUTLET_{at}", " ".join(t)) for at, t in enumerate(page.outlets)]
    return [
        ("KEYWORDS", page.keywords),
        ("LICENSE", "MIT"),
        ("DESCRIPTION", page.does),
        *numbered,
        ("AUTHOR", AUTHOR),
        ("HELP_PATCHES", f"{page.name}-help.pd"),
    ]


def reference(page: Help) -> Canvas:
    """Inlets, outlets and arguments under bars."""
    sub = Canvas(560, 100, 300, 120)
    y = 8
    for title, rows in (
        ("INLET", page.inlets),
        ("OUTLET", page.outlets),
        ("ARGUMENTS", (page.arguments,)),
    ):
        if not rows or rows == ((),):
            continue
        sub.obj(8, y, rule(540, THICK, 3))
        many = "S" if title != "ARGUMENTS" and len(rows) > 1 else ""
        sub.text(16, y + 8, f"{title}{many}")
        y += 32
        for at, lines in enumerate(rows):
            if title != "ARGUMENTS":
                sub.obj(8, y, rule(540, THIN))
                sub.text(16, y + 4, f"{at + 1}.")
            for line in lines:
                height = 17 * (1 + len(line) // 68)
                sub.text(60, y + 4, line, 68)
                y += height + 4
            y += 6
    sub.height = y + 16
    return sub
