"""Ends of notes that have a duration, kept until they are near; /clearSched spares them.

Control thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from smfosc.arguments import Refused
from smfosc.schedule import Agenda

if TYPE_CHECKING:
    from smfosc.voices import Voice


class NoteEnds:
    """horizon: the last frame whose events are handed to the engine now."""

    def __init__(self, horizon: Callable[[], int]) -> None:
        self._horizon = horizon
        self._waiting: Agenda[tuple[Voice, int]] = Agenda()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, voice: Voice, note_id: int, frame: int) -> None:
        """End a note at a frame. Raises Refused when too many wait."""
        if frame <= self._horizon():
            self._hand_over(voice, note_id, frame)
        elif not self._waiting.add(frame, (voice, note_id)):
            raise Refused(f"{len(self)} notes wait for their end already")

    def advance(self) -> None:
        """Hand over what has come near."""
        for frame, (voice, note_id) in self._waiting.due(self._horizon()):
            self._hand_over(voice, note_id, frame)

    def clear(self) -> None:
        """Forget all: their frames were those of another engine."""
        self._waiting.clear()

    def _hand_over(self, voice: Voice, note_id: int, frame: int) -> None:
        try:
            voice.end_note(note_id, frame)
        except Refused:  # the engine's queue is full; a note must not sound for ever
            self._waiting.add(max(frame, self._horizon() + 1), (voice, note_id))
