"""Pictures of Max patchers, drawn without Max: `max_picture.py [FOLDER]`.

Examples in presentation mode, help patchers tab by tab as they lie in the patch. They show
where things lie and what they are called, in our own drawing of live objects; Max draws them
in its own way. Needs Chromium to turn SVG into PNG.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import max_files
import max_help
from max_patcher import Patcher
from max_place import PARTS

DOCS = max_files.ROOT / "docs"
PACKAGE = max_files.ROOT / "patches" / "max"
HELP_TAB = 2  # of smf.voice: its parameters
EXAMPLES = {"ensemble": max_files.ensemble, "first-sound": max_files.first_sound,
            "rhapsody": max_files.rhapsody}  # fmt: skip


def colour(rgba: list[float]) -> str:
    """As CSS."""
    return f"rgb({','.join(str(round(255 * part)) for part in rgba[:3])})"


def text(x: float, y: float, words: str, size: float = 12, fill: str = "#1f2933") -> str:
    """One line of text, its middle at y."""
    return (f'<text x="{x}" y="{y + size * 0.35}" font-family="Arial" font-size="{size}" '
            f'fill="{fill}">{escape(words)}</text>')  # fmt: skip


def rect(x: float, y: float, width: float, height: float, fill: str, line: str = "none") -> str:
    """A rectangle."""
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}" stroke="{line}" rx="2"/>'


def draw(box: dict[str, Any], args: list[Any], where: str = "presentation_rect") -> str:
    """A box as it lies in presentation mode, or with `patching_rect` in the patch."""
    x, y, width, height = box[where]
    kind, middle = box["maxclass"], y + height / 2
    words = str(box.get("text", ""))
    for at, value in enumerate(args, start=1):
        words = words.replace(f"#{at}", str(value))
    if kind == "panel":
        return rect(x, y, width, height, colour(box["bgcolor"]))
    if kind == "comment":
        fill = colour(box["textcolor"]) if "textcolor" in box else "#1f2933"
        return text(x + 3, middle, words, box.get("fontsize", 12), fill)
    if kind == "bpatcher":
        return _inside(box, x, y)
    if kind == "newobj":
        return rect(x, y, width, height, "#fff", "#1f2933") + text(x + 5, middle, words)
    return _control(box, kind, (x, y, width, height), words)


def _inside(box: dict[str, Any], x: float, y: float) -> str:
    name = box["name"].removesuffix(".maxpat")
    inside = PARTS[name][0]()
    drawn = "".join(draw(b, box["args"]) for b in inside.walk() if b.get("presentation"))
    return f'<g transform="translate({x},{y})">{drawn}</g>'


def _control(box: dict[str, Any], kind: str, face: tuple[float, ...], words: str) -> str:
    x, y, width, height = face
    middle = y + height / 2
    if kind == "live.slider":
        return (rect(x + 6, middle - 3, width - 12, 6, "#9aa5b1")
                + rect(x + width / 2, middle - 8, 5, 16, "#c2410c"))  # fmt: skip
    if kind == "live.dial":
        value = box["saved_attribute_attributes"]["valueof"]
        unit = " dB" if value["parameter_unitstyle"] == 4 else ""
        first = f"{value['parameter_initial'][0]:g}{unit}"
        left, top, radius = x + width / 2, y + 26, 11
        arc = f"M{left - 8} {top + 8} A{radius} {radius} 0 1 1 {left + 8} {top + 8}"
        name = value["parameter_shortname"] if box.get("showname", 1) else ""
        return (text(x + 8, y + 6, name, 10)
                + f'<path d="{arc}" fill="none" stroke="#9aa5b1" stroke-width="4"/>'
                + rect(left - 1.5, top - 12, 3, 12, "#c2410c") + text(x + 8, y + 43, first, 10))  # fmt: skip
    if kind == "kslider":
        whites = 15
        step = width / whites
        keys = "".join(
            rect(x + step * at, y, step, height, "#fff", "#1f2933") for at in range(whites)
        )
        blacks = (at for at in range(whites - 1) if at % 7 not in (2, 6))
        return keys + "".join(
            rect(x + step * (at + 0.7), y, step * 0.6, height * 0.6, "#1f2933") for at in blacks
        )
    if kind == "pictslider":
        return rect(x, y, width, height, "#fff", "#1f2933") + (
            f'<circle cx="{x + width / 2}" cy="{middle}" r="8" fill="#c2410c"/>'
        )
    if kind == "live.tab":
        options = box["saved_attribute_attributes"]["valueof"]["parameter_enum"]
        step = width / len(options)
        return "".join(rect(x + step * at, y, step - 2, height, "#cbd2d9", "#7b8794")
                       + text(x + step * at + 8, middle, option, 11)
                       for at, option in enumerate(options))  # fmt: skip
    shown = {"live.numbox": "0", "umenu": "menu", "button": ""}.get(kind, words)
    if kind == "live.menu":
        shown = box["saved_attribute_attributes"]["valueof"]["parameter_enum"][0]
    if kind == "live.numbox":
        value = box["saved_attribute_attributes"]["valueof"]
        first = value.get("parameter_initial", [0])[0]
        shown = value.get("parameter_units", "%d").replace("%d", f"{first:g}")
    lines = [shown[at : at + 58] for at in range(0, len(shown), 58)] or [""]
    out = rect(x, y, width, height, "#fff" if kind != "live.text" else "#cbd2d9", "#7b8794")
    top = middle if len(lines) == 1 else y + 12
    return out + "".join(text(x + 5, top + 14 * at, line, 11) for at, line in enumerate(lines))


def face_of(patcher: Patcher) -> str:
    """A patcher's presentation as SVG."""
    assert patcher.face is not None
    patcher.settle()
    return _svg(
        patcher.face, "".join(draw(box, []) for box in patcher.walk() if box.get("presentation"))
    )


def patch_of(patcher: dict[str, Any]) -> str:
    """A patcher as it lies in the patch, with its lines, as SVG."""
    boxes = {item["box"]["id"]: item["box"] for item in patcher["boxes"]}
    lines = (_line(boxes, *line["patchline"].values()) for line in patcher["lines"])
    _, _, width, height = map(int, patcher["rect"])
    drawn = (draw(box, [], "patching_rect") for box in boxes.values())
    return _svg((width, height), "".join([*lines, *drawn]))


def _line(boxes: dict[str, dict[str, Any]], source: list[Any], target: list[Any]) -> str:
    (x, y), (to_x, to_y) = (
        _port(boxes[source[0]], source[1], "numoutlets"), _port(boxes[target[0]], target[1], "numinlets")
    )  # fmt: skip
    height = boxes[source[0]]["patching_rect"][3]
    return f'<path d="M{x} {y + height} L{to_x} {to_y}" stroke="#7b8794" fill="none"/>'


def _port(box: dict[str, Any], number: int, ports: str) -> tuple[float, float]:
    x, y, width, _ = box["patching_rect"]
    return x + 5 + (width - 10) * number / max(box[ports] - 1, 1), y


def _svg(size: tuple[int, int], body: str) -> str:
    width, height = size
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
            f"{rect(0, 0, width, height, '#fff')}{body}</svg>")  # fmt: skip


def save(svg: str, target: Path) -> None:
    """SVG as PNG, in its own size."""
    width, height = (re.search(rf'{side}="(\d+)"', svg) for side in ("width", "height"))
    assert width is not None
    assert height is not None
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(f'<body style="margin:0">{svg}</body>')
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        size = f"--window-size={width[1]},{height[1]}"
        command = ["chromium", *options, size, f"--screenshot={target}", str(page)]
        subprocess.run(command, check=True, capture_output=True)


def main() -> None:
    """Write docs/max-NAME.png and the icon; with a FOLDER, every tab of every help file there."""
    for name, make in EXAMPLES.items():
        save(face_of(make()), DOCS / f"max-{name}.png")
    save((PACKAGE / "icon.svg").read_text(), PACKAGE / "icon.png")
    voice = max_help.help_of("smf.voice").as_dict()
    save(patch_of(voice["boxes"][HELP_TAB]["box"]["patcher"]), DOCS / "max-help.png")
    for folder in map(Path, sys.argv[1:]):
        for name in PARTS:
            for item in max_help.help_of(name).as_dict()["boxes"]:
                title = item["box"]["text"].removeprefix("p ").replace("?", "more")
                save(patch_of(item["box"]["patcher"]), folder / f"{name} {title}.png")


if __name__ == "__main__":
    main()
