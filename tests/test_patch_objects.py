"""What the Pd patches are made of was there in Pd 0.52, which is not at hand to try.

Pd's release notes (its manual, chapter 5) name what came after it. 0.53, in which all patches
are opened by test_pd.py, brought one message, `orientation`; everything else that is new came
later and is an error line there: new objects ([snake~]), flags ([oscparse -n]), methods.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

PATCHES = Path(__file__).parent.parent / "patches" / "pd"
OURS = {path.stem for path in PATCHES.glob("*.pd")}
# All objects in use. The youngest: list store and text (before 0.50), the -u -b of netsend and
# oscformat, oscparse (0.46).
OF_0_52 = {
    "*", "+", "-", "/", "<", "append", "bng", "change", "clip", "cnv", "delay", "drawpolygon",
    "expr", "f", "filledpolygon", "get", "hsl", "inlet", "int", "key", "keyup", "list", "loadbang",
    "makefilename", "metro", "mod", "moses", "nbx", "netsend", "notein", "oscformat", "oscparse",
    "outlet", "pack", "pointer", "print", "r", "route", "s", "sel", "select", "send", "set",
    "spigot", "struct", "symbol", "t", "text", "tgl", "unpack", "until", "vsl",
}  # fmt: skip
FLAGS = {"netsend": {"-u", "-b"}, "text": {"-k"}}
LIST = {"append", "fromsymbol", "length", "prepend", "split", "store", "tosymbol", "trim"}
TEXT = {"define", "get", "search", "size", "delete", "insert", "set", "tolist", "fromlist"}
KINDS = {"obj", "msg", "text", "floatatom", "symbolatom", "connect", "coords", "restore",
         "declare", "array"}  # fmt: skip


def records(path: Path) -> Iterator[list[str]]:
    """The words of each `#X` line."""
    for record in re.split(r"(?<!\\);\n", path.read_text()):
        if record.startswith("#X "):
            yield record.replace("\n", " ").split()[1:]


def objects() -> Iterator[tuple[str, str, list[str]]]:
    """Patch, object, arguments."""
    for path in sorted(PATCHES.glob("*.pd")):
        for kind, *words in records(path):
            if kind == "obj" and len(words) > 2:
                yield path.name, words[2].rstrip(","), words[3:]


def test_every_object_is_of_0_52_or_ours():
    found = {name for _, name, _ in objects()}
    assert found - OURS <= OF_0_52
    assert found >= OF_0_52  # the list is what is used


def test_no_object_has_a_flag_or_a_kind_that_came_later():
    for patch, name, arguments in objects():
        flags = {word for word in arguments if re.fullmatch(r"-[a-z]", word)}
        assert flags <= FLAGS.get(name, set()), (patch, name, flags)
        if name in ("list", "text") and arguments:
            assert arguments[0] in (LIST if name == "list" else TEXT), (patch, name, arguments)


def test_no_message_turns_a_slider_and_no_box_is_of_another_kind():
    for path in PATCHES.glob("*.pd"):
        for kind, *words in records(path):
            assert kind in KINDS, (path.name, kind)
            assert "orientation" not in words, path.name
