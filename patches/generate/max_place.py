"""The package's patchers by name, and how they are placed in others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import max_parts
import max_store
from max_patcher import Box, Patcher

# name: (draws it, arguments in an example, inlets, outlets)
PARTS: dict[str, tuple[Callable[[], Patcher], list[Any], int, int]] = {
    "smf.connect": (max_parts.smf_connect, ["127.0.0.1", 7770, 7772], 0, 0),
    "smf.keyboard": (max_parts.smf_keyboard, ["v1"], 1, 1),
    "smf.param": (max_parts.smf_param, ["v1", "pitch", 20], 2, 2),
    "smf.score": (max_store.smf_score, [], 1, 0),
    "smf.snapshot": (max_store.smf_snapshot, [], 1, 0),
    "smf.voice": (max_parts.smf_voice, ["v1"], 1, 1),
    "smf.xy": (max_parts.smf_xy, ["v1", "pitch", "timbre"], 2, 2),
}


def size_of(name: str) -> tuple[int, int]:
    """Of a part's face."""
    face = PARTS[name][0]().face
    assert face is not None
    return face


def place(patch: Patcher, name: str, args: list[Any], x: int, y: int) -> Box:
    """A part as a bpatcher, at the same place in the patch and in presentation."""
    width, height = size_of(name)
    _, _, inlets, outlets = PARTS[name]
    return patch.child(name, args, (x, (y - 12) / 30), [x, y, width, height], inlets, outlets)
