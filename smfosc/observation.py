"""What the daemon's plain addresses hold: read from the engine, as of the last block.

Control thread. A look at a voice costs some 10 us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from smfosc.replies import Sendable
from smfosc.voices import decibels_of

if TYPE_CHECKING:
    from smfosc.engine import Engine, LevelState
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


def meters(voices: Iterable[Voice], engine: Engine) -> Values:
    """How loud voices and mix are, and what it costs; rounded, so that rest is told once."""
    counters = engine.counters()
    values: Values = {
        "/meter": _in_decibels(max(engine.levels())),
        "/load": (round(counters.load, 3), counters.underruns),
    }
    values.update(_voice_meters(voices, engine))
    return values


def _voice_meters(
    voices: Iterable[Voice], engine: Engine
) -> Iterator[tuple[str, tuple[Sendable, ...]]]:
    for voice in voices:
        with suppress(KeyError):  # it has fallen silent and is gone
            yield f"/voice/{voice.name}/meter", _in_decibels(engine.level(voice.slot))


def _in_decibels(level: LevelState) -> tuple[Sendable, ...]:
    """Peak and rms in dB of full scale."""
    return tuple(round(decibels_of(value), 1) for value in level)
