"""What the daemon's plain addresses hold: read from the engine, as of the last block.

Control thread. A look at a voice costs some 10 us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from smfosc.replies import Sendable

if TYPE_CHECKING:
    from smfosc.voices import Voice

Values = dict[str, tuple[Sendable, ...]]


def observe(voices: Iterable[Voice], is_changing: Callable[[str], bool]) -> Values:
    """Every plain address with its value.

    is_changing: whether a voice's model is being exchanged: then its parameters' indices
    may mean either model, and they are left out.
    """
    values: Values = {}
    for voice in voices:
        try:
            found = voice.values(parameters=not is_changing(voice.name))
        except KeyError:  # it has fallen silent and is gone
            continue
        values.update((f"/voice/{voice.name}/{leaf}", (value,)) for leaf, value in found.items())
    return values
