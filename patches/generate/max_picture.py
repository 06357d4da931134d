"""Pictures of Max patchers in presentation mode, drawn without Max: `max_picture.py NAME...`.

They show where things lie and what they are called, in our own drawing of live objects; Max
draws them in its own way. Needs Chromium to turn SVG into PNG.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import max_files

DOCS = max_files.ROOT / "docs"
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


def draw(box: dict[str, Any], args: list[Any]) -> str:
    """A box as it lies in presentation mode."""
    x, y, width, height = box["presentation_rect"]
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
    return _control(box, kind, (x, y, width, height), words)


def _inside(box: dict[str, Any], x: float, y: float) -> str:
    name = box["name"].removesuffix(".maxpat")
    inside = max_files.PARTS[name][0]()
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
        return (text(x + 8, y + 6, value["parameter_shortname"], 10)
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
    if kind == "live.numbox":
        value = box["saved_attribute_attributes"]["valueof"]
        first = value.get("parameter_initial", [0])[0]
        shown = value.get("parameter_units", "%d").replace("%d", f"{first:g}")
    lines = [shown[at : at + 58] for at in range(0, len(shown), 58)] or [""]
    out = rect(x, y, width, height, "#fff" if kind != "live.text" else "#cbd2d9", "#7b8794")
    top = middle if len(lines) == 1 else y + 12
    return out + "".join(text(x + 5, top + 14 * at, line, 11) for at, line in enumerate(lines))


def picture(patcher: max_files.Patcher, target: Path) -> None:
    """Draw a patcher's presentation into a PNG."""
    assert patcher.face is not None
    patcher.settle()
    width, height = patcher.face
    body = "".join(draw(box, []) for box in patcher.walk() if box.get("presentation"))
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{body}</svg>'
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(f'<body style="margin:0">{svg}</body>')
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        size = f"--window-size={width},{height}"
        command = ["chromium", *options, size, f"--screenshot={target}", str(page)]
        subprocess.run(command, check=True, capture_output=True)


def main() -> None:
    """Write docs/max-NAME.png."""
    for name in sys.argv[1:] or list(EXAMPLES):
        picture(EXAMPLES[name](), DOCS / f"max-{name}.png")


if __name__ == "__main__":
    main()
