"""What plays at a moment, as a value, and how it goes on from there.

    [voices.low]            as in an ensemble file; see snapshot_file.py
    [outputs.front]         gain = -3.0
    [groups.all]            voices = ["low"]
    [notes.low]             pitch = 64.5, velocity = 100.0, left_ms = 1200.0
    [scores.rhapsody]       seconds = 12.25, tempo = 1.0, loop = true, paused = false

Unlike a snapshot it has what is under way: notes that sound and scores that are played. What was
scheduled for later by others, and a recording, is not in it. Control thread.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smfosc.config import GroupConfig, VoiceConfig
from smfosc.config_file import ConfigError, Reader, read_tables
from smfosc.names import why_not_group, why_not_output, why_not_saved, why_not_voice
from smfosc.osc import Message
from smfosc.snapshot_file import SnapshotError, as_float32, as_text
from smfosc.under_way import OutputGain, ScorePlace, SoundingNote

if TYPE_CHECKING:
    from smfosc.commands import Commands


@dataclass(frozen=True)
class Performance:
    """All that goes on after a restart."""

    voices: tuple[VoiceConfig, ...] = ()
    outputs: tuple[OutputGain, ...] = ()
    groups: tuple[GroupConfig, ...] = ()
    notes: tuple[SoundingNote, ...] = ()
    scores: tuple[ScorePlace, ...] = ()


_REST = {
    "outputs": (OutputGain, why_not_output),
    "groups": (GroupConfig, why_not_group),
    "notes": (SoundingNote, why_not_voice),
    "scores": (ScorePlace, why_not_saved),
}


# --- as text --------------------------------------------------------------------------------


def as_toml(performance: Performance) -> str:
    """The file's text."""
    tables = [_table(kind, item) for kind in _REST for item in getattr(performance, kind)]
    return "\n".join([as_text(performance.voices), *tables])


def _table(kind: str, item: Any) -> str:
    settings = ((f.name, getattr(item, f.name)) for f in fields(item) if f.name != "name")
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in settings]
    return f"[{kind}.{item.name}]\n" + "".join(lines)


def read_performance(path: Path) -> Performance:
    """What `as_toml` wrote. Raises SnapshotError with the first mistake."""
    try:
        return read_tables(path, _take)
    except ConfigError as error:
        raise SnapshotError(" ".join(error.problems[0].split())) from None


def _take(reader: Reader, values: dict[str, Any]) -> Performance:
    rest = {kind: reader.named(what, kind, values, why) for kind, (what, why) in _REST.items()}
    voices = reader.voices({kind: table for kind, table in values.items() if kind not in _REST})
    return Performance(voices=tuple(map(as_float32, voices)), **rest)


# --- of a daemon ----------------------------------------------------------------------------


def observed(commands: Commands) -> Performance:
    """What plays, as of the last block."""
    values = commands.outputs.values().items()
    return Performance(
        voices=tuple(commands.present()),
        outputs=tuple(OutputGain(a.split("/")[2], _round(*gain)) for a, gain in values),
        groups=tuple(GroupConfig(*group) for group in commands.groups.members.items()),
        notes=tuple(_notes(commands)),
        scores=tuple(commands.scores.places()),
    )


def _round(value: Any) -> float:
    return round(float(value), 4)


def _notes(commands: Commands) -> Iterator[SoundingNote]:
    found = (voice.sounding_note(commands.now.present) for voice in commands.voices.values())
    return (note for note in found if note is not None)


def resume(performance: Performance, commands: Commands) -> None:
    """Let it go on; the voices are there already."""
    frame = max(commands.now.present, commands.now.earliest)
    for group in performance.groups:
        commands.groups.replace(group.name, group.voices)
    for output in performance.outputs:
        gain = Message(f"/output/{output.name}/gain", (output.gain,))
        commands.handle(gain, None, frame)
    for note in performance.notes:
        if note.name in commands.voices:
            commands.voices[note.name].sound_again(note, frame)
    for place in performance.scores:
        commands.scores.go_on(place)
