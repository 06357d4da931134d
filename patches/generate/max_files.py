"""Which files patches/max, a Max package, has."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from xml.sax.saxutils import escape

from max_help import help_of
from max_patcher import Patcher
from max_place import PARTS, place
from pd_examples import RHAPSODY
from pd_pages import PAGES

ROOT = Path(__file__).parent.parent.parent
MODEL = "clarinet-trumpet"


def first_sound() -> Patcher:
    """The connection, one voice and a keyboard."""
    patch = Patcher((900, 480), (900, 480))
    place(patch, "smf.connect", PARTS["smf.connect"][1], 20, 16)
    place(patch, "smf.voice", ["v1"], 20, 116)
    place(patch, "smf.keyboard", ["v1"], 20, 308)
    place(patch, "smf.xy", ["v1", "pitch", "timbre"], 460, 116)
    return patch


def ensemble() -> Patcher:
    """Four voices; glide and what else lives in Max is kept by pattrstorage."""
    patch = Patcher((900, 760), (900, 708))
    place(patch, "smf.connect", PARTS["smf.connect"][1], 20, 16)
    place(patch, "smf.snapshot", [], 460, 16)
    for at in range(4):
        place(patch, "smf.voice", [f"v{at + 1}", MODEL], 20 + 440 * (at % 2), 116 + 192 * (at // 2))
        patch.boxes[-1]["box"]["varname"] = f"v{at + 1}"
    place(patch, "smf.keyboard", ["v1"], 20, 510)
    place(patch, "smf.score", [], 460, 510)
    send = patch.obj(460, 23.5, "s smf-send")
    for at, (gate, what) in enumerate(((1, "all begin"), (0, "all end"))):
        x = 460 + 160 * at
        patch.label([x, 616, 140, 22], what, (x, 20.1))
        box = patch.show("message", (x, 22.2), [x, 640, 140, 22], text=f"/voice/v*/gate {gate}")
        patch.wire(box, send)
    _presets(patch)
    return patch


def _presets(patch: Patcher) -> None:
    """Four presets of what lives in Max."""
    patch.label([460, 670, 110, 22], "presets in Max", (460, 25))
    tab = patch.live("live.tab", "Preset", (460, 26), [574, 670, 190, 22],
                     options=["1", "2", "3", "4"], num_lines_presentation=1)  # fmt: skip
    keep = patch.live("live.text", "Keep", (700, 26), [774, 670, 106, 22], options=["off", "on"],
                      text="keep", texton="keep", mode=0)  # fmt: skip
    both = patch.column(460, 27, "+ 1", "t i i", "prepend recall")
    storage = patch.obj(460, 31, "pattrstorage smfosc @savemode 0 @autorestore 0")
    patch.wire(tab, both[0])
    patch.wire(both[2], storage)
    stored = patch.column(700, 28, "i 1", "prepend store")
    patch.wire(keep, patch.obj(700, 27, "t b"), stored[0])
    patch.wire((both[1], 1), (stored[0], 1))
    patch.wire(stored[1], storage)


def rhapsody() -> Patcher:
    """The gesture: all messages are sent ahead and sound on the daemon's clock."""
    patch = Patcher((900, 420), (900, 330))
    place(patch, "smf.connect", PARTS["smf.connect"][1], 20, 16)
    place(patch, "smf.voice", ["solo", MODEL], 20, 116)
    lines = ", ".join(f"/after {line}" for line in RHAPSODY)
    send = patch.obj(460, 13, "s smf-send")
    for at, (name, text) in enumerate(
        (("Play", lines), ("Stop", "/clearSched, /voice/solo/gate 0"))
    ):
        x = 460 + 140 * at
        button = patch.live("live.text", name, (x, 2), [x, 66, 120, 44], text=name.lower(),
                            texton=name.lower(), mode=0, options=["off", "on"])  # fmt: skip
        message = patch.obj(460, 5 + 3 * at, f"({text}")
        patch.boxes[-1]["box"]["patching_rect"][2:] = [420.0, 22.0]
        patch.wire(button, patch.obj(x, 4, "t b"), message, send)
    patch.label(
        [456, 14, 420, 20], "Every message tells its time; all are sent at once and", (460, 0)
    )
    patch.label([456, 36, 420, 20], "performed on the daemon's audio clock.", (460, 1))
    return patch


def reference(name: str) -> str:
    """The reference page in Max's own XML."""
    page = next(p for p in PAGES if p.name == name.replace("smf.connect", "smfosc"))
    ports = "\n".join(
        f'    <{kind} id="{at}" type="INLET_TYPE"><digest>{escape(" ".join(lines))}</digest></{kind}>'
        for kind, rows in (("inlet", page.inlets), ("outlet", page.outlets))
        for at, lines in enumerate(rows)
    )
    return (
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n'
        f'<c74object name="{name}" module="max" category="smfosc">\n'
        f"  <digest>{escape(page.does)}</digest>\n"
        f"  <description>{escape(page.does)}. {escape('; '.join(page.arguments))}</description>\n"
        f"  <ports>\n{ports}\n  </ports>\n</c74object>\n"
    )


def version() -> str:
    """Of the project."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def package_info() -> str:
    """What Max's package manager reads."""
    info = {
        "name": "smfosc",
        "displayname": "smfosc",
        "version": version(),
        "author": "The smfosc authors",
        "authors": ["The smfosc authors"],
        "description": "Plays the smfosc daemon, neural sound models by OSC",
        "tags": ["osc", "synthesis", "neural"],
        "website": "",
        "extends": "",
        "extensible": 0,
        "max_version_min": "8.0.2",
        "max_version_max": "none",
        "os": {
            "macintosh": {"min_version": "10.11.x", "platform": ["x64", "aarch64"]},
            "windows": {"min_version": "", "platform": ["x64"]},
        },
        "homepatcher": "smfosc.maxpat",
        "package_extra": {},
    }
    return json.dumps(info, indent=2) + "\n"


def files() -> dict[str, str]:
    """Path in the package -> text."""
    found = {f"patchers/{name}.maxpat": part[0]().as_text() for name, part in PARTS.items()}
    for name, draw in (
        ("ensemble", ensemble),
        ("first-sound", first_sound),
        ("rhapsody", rhapsody),
    ):
        found[f"examples/{name}.maxpat"] = draw().as_text()
    found["extras/smfosc.maxpat"] = first_sound().as_text()
    for name in PARTS:
        found[f"help/{name}.maxhelp"] = help_of(name).as_text(showrootpatcherontab=0)
        found[f"docs/refpages/smfosc-ref/{name}.maxref.xml"] = reference(name)
    found["icon.svg"] = ICON
    found["package-info.json"] = package_info()
    found["license.md"] = (ROOT / "LICENSE").read_text()
    found["readme.md"] = README
    return found


# A wave that becomes another: 500 x 500, as Max wants a package's icon; icon.png is made of it.
ICON = """<svg xmlns="http://www.w3.org/2000/svg" width="500" height="500" viewBox="0 0 500 500">
<rect width="500" height="500" rx="90" fill="#1f2933"/>
<path d="M60 250 C90 130 120 130 150 250 S210 370 240 250" fill="none" stroke="#e8ebed"
 stroke-width="26" stroke-linecap="round"/>
<path d="M240 250 L270 150 L300 350 L330 150 L360 350 L390 150 L440 250" fill="none"
 stroke="#c2410c" stroke-width="26" stroke-linecap="round" stroke-linejoin="round"/>
<circle cx="240" cy="250" r="34" fill="#c2410c"/>
</svg>
"""

README = """# smfosc for Max

Plays the smfosc daemon: neural sound models by OSC. Put this folder into `Documents/Max 9/Packages`
(or `Max 8`), start the daemon (`smfosc serve`), open Extras > smfosc.

These patchers were checked for their structure and drawn; they have not been opened in Max.
"""
