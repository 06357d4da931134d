"""systemd units of the daemon: one for the machine, one for a user."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

MUST_QUOTE = set(" \t\"'\\;")


def unit_text(arguments: Sequence[str], *, system: bool, user: str = "smfosc") -> str:
    """The unit that runs `smfosc serve ARGUMENTS`.

    Files among the arguments become absolute: a unit runs in no folder of its own.
    system: for the machine, as `user`; else for whoever installs it.
    """
    name = "system.service" if system else "user.service"
    text = (resources.files("smfosc.supervision") / name).read_text("utf-8")
    words = [*_program(), "serve", *map(_absolute, arguments)]
    return text.replace("@EXEC@", " ".join(map(_quoted, words))).replace("@USER@", user)


def _program() -> list[str]:
    """How this smfosc is called, whatever the PATH will be."""
    beside = Path(sys.executable).with_name("smfosc")
    found = str(beside) if beside.is_file() else shutil.which("smfosc")
    return [found] if found else [sys.executable, "-m", "smfosc"]


def _absolute(argument: str) -> str:
    return str(Path(argument).absolute()) if Path(argument).is_file() else argument


def _quoted(word: str) -> str:
    """A word of ExecStart=, as systemd.service(5) reads it."""
    word = word.replace("%", "%%").replace("$", "$$")
    if word and MUST_QUOTE.isdisjoint(word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
