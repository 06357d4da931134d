"""Every OSC address in any patch exists in smfosc.addresses, with arguments that it takes.

`python patches/generate/lint.py` prints what is wrong, one line each, and fails. A name that a
patch fills in ($1, #1, %s) may be any; a written one must be a leaf of the table, or a
parameter of the shipped model.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from smfosc.addresses import ANSWERS, TABLE, Address, Argument  # noqa: E402

PARAMETERS = {"pitch", "timbre"}  # of the shipped model, which the examples play
FILLED_IN = re.compile(r"[$#]\d|%s")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\Z", re.IGNORECASE)
# Objects whose addresses are what the daemon says, not what it is told.
HEARING = {"route"}


@dataclass(frozen=True)
class Use:
    """An address in a patch. arguments: None where they are only known at run time."""

    where: str
    address: str
    arguments: tuple[str, ...] | None
    heard: bool = False


def uses(path: Path) -> list[Use]:
    """All addresses of a patch."""
    texts = _pd_texts(path) if path.suffix == ".pd" else _max_texts(path)
    found = [use for kind, text in texts for use in _uses(path.name, kind, text)]
    return found + ([use for line in _kept_lines(path) for use in _uses(path.name, "msg", line)])


def _pd_texts(path: Path) -> Iterator[tuple[str, str]]:
    for line in re.split(r";\n", path.read_text()):
        match = re.match(r"#X (obj|msg) -?\d+ -?\d+ (.*)", line.strip(), re.DOTALL)
        if match:
            text = re.sub(r", f \d+$", "", match[2]).replace("\\$", "$")
            yield match[1], text.replace(" \\,", ",").replace(" \\;", ";").replace("\n", " ")


def _kept_lines(path: Path) -> Iterator[str]:
    """Lines of a [text define -k] that are times and messages."""
    if path.suffix == ".pd":
        for block in re.findall(r"#A set ((?:[^;]|\\;)*);\n", path.read_text()):
            for line in block.replace("\n", " ").split("\\;"):
                if "/" in line:
                    yield f"/after {line.strip()}"


def _max_texts(path: Path) -> Iterator[tuple[str, str]]:
    stack = [json.loads(path.read_text())["patcher"]]
    while stack:
        for item in stack.pop()["boxes"]:
            box = item["box"]
            if "patcher" in box:
                stack.append(box["patcher"])
            elif box["maxclass"] in ("newobj", "message"):
                yield ("msg" if box["maxclass"] == "message" else "obj"), box["text"]


def _uses(name: str, kind: str, text: str) -> Iterator[Use]:
    for part in re.split(r"[,;]", text):
        words = part.split()
        places = [at for at, word in enumerate(words) if re.match(r"/[A-Za-z]", word)]
        if not places:
            continue
        first = words[0]
        if kind == "obj":
            for at in places:
                yield Use(name, words[at], None, first in HEARING)
        else:
            yield Use(name, words[places[0]], tuple(words[places[0] + 1 :]))


def complaints(use: Use) -> list[str]:
    """What is wrong with a use; empty when nothing is."""
    if use.heard:
        ours = use.address.removesuffix(".reply")
        known = heard(use.address) or row_of(ours) is not None
        return [] if known else [f"{use.where}: the daemon never says {use.address}"]
    row = row_of(use.address)
    if row is None:
        return [f"{use.where}: {use.address} is no address of the daemon"]
    if use.arguments is None:
        return []
    return [f"{use.where}: {use.address} {reason}" for reason in _arguments(row, use)]


def _arguments(row: Address, use: Use) -> Iterator[str]:
    given = use.arguments or ()
    if row.path == "/after":
        inner = Use(use.where, given[1] if len(given) > 1 else "", tuple(given[2:]))
        yield from complaints(inner)
        given, wanted = given[:1], row.arguments[:1]
    else:
        wanted = row.arguments
    least = sum(not argument.optional for argument in wanted)
    if not least <= len(given) <= len(wanted):
        yield f"has {len(given)} arguments; wanted {' '.join(a.form for a in wanted) or 'none'}"
    for argument, word in zip(wanted, given, strict=False):
        if not FILLED_IN.search(word) and not _fits(argument, word):
            yield f"has {word!r} where {argument.form} is due"


def _fits(argument: Argument, word: str) -> bool:
    if argument.type == "any":
        return True
    if argument.type == "name":
        return not NUMBER.match(word)
    if not NUMBER.match(word):
        return False
    value = float(word)
    if argument.type == "integer" and not value.is_integer():
        return False
    if argument.minimum is None or argument.maximum is None:
        return True
    return argument.minimum <= value <= argument.maximum


def row_of(address: str) -> Address | None:
    """The table's row for an address as a patch writes it."""
    parts = address.split("/")
    rows = sorted(TABLE, key=lambda row: "PARAM" in row.path)
    return next((row for row in rows if _matches(row.path.split("/"), parts)), None)


def _matches(template: list[str], parts: list[str]) -> bool:
    return len(template) == len(parts) and all(map(_part_matches, template, parts))


def _part_matches(template: str, part: str) -> bool:
    if template == "NAME":
        return bool(part)
    if template == "PARAM":
        return part in PARAMETERS or bool(FILLED_IN.search(part))
    return template == part


def heard(address: str) -> bool:
    """Whether the table says that the daemon sends this."""
    said = " ".join(
        [*(f"{row.does} {row.answers}" for row in TABLE), *(form for form, _ in ANSWERS)]
    )
    forms = set(re.findall(r"/[A-Za-z][\w./]*", said))
    return any(
        _matches(form.split("/"), address.split("/"))
        for form in (form.rstrip(".") for form in forms)
    )


def patches() -> list[Path]:
    """Every patch of the tree."""
    folder = ROOT / "patches"
    return sorted([*folder.rglob("*.pd"), *folder.rglob("*.maxpat"), *folder.rglob("*.maxhelp")])


def main() -> None:
    """Print all complaints; exit status 1 when there is one."""
    found = [text for path in patches() for use in uses(path) for text in complaints(use)]
    print("\n".join(found) if found else f"{len(patches())} patches: every address is known")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
