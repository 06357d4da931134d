"""What the daemon's plain addresses hold: read from the engine, as of the last block.

Control thread. A look at a voice costs some 5 us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from smfosc.replies import Sendable
from smfosc.voices import decibels_of, frequency_of

if TYPE_CHECKING:
    from smfosc.engine import Engine, LevelState
    from smfosc.voices import Voice

SCOPE_FRAMES = 1024  # of what a scope shows: 64 ms at 16 kHz
SCOPE_HZ = 16_000  # what models play at: every third frame of 48 kHz holds all there is

Values = dict[str, tuple[Sendable, ...]]


def observe(
    voices: Iterable[Voice],
    is_changing: Callable[[str], bool],
    is_settling: Callable[[str], bool],
) -> Values:
    """Every plain address with its value.

    is_changing: whether a voice's model is being exchanged: then its parameters' indices
    may mean either model, and they are left out. is_settling: whether a recall has not
    reached the sound yet: then all its values are those of before, and left out.
    """
    values: Values = {}
    for voice in voices:
        if is_settling(voice.name):
            continue
        try:
            found = voice.values(parameters=not is_changing(voice.name))
        except KeyError:  # it has fallen silent and is gone
            continue
        values.update((f"/voice/{voice.name}/{leaf}", (value,)) for leaf, value in found.items())
    return values


def other_forms(voices: Iterable[Voice], values: Values) -> Values:
    """Parameters between 0 and 1 and pitch in Hz, from their values."""
    found: Values = {}
    for voice in voices:
        for parameter in voice.parameters:
            address = f"/voice/{voice.name}/{parameter.name}"
            if address not in values:  # its model is being exchanged
                continue
            value = float(values[address][0])
            found[f"{address}/normalized"] = (parameter.normalize(value),)
            if parameter.name == "pitch":
                found[f"{address}/hz"] = (frequency_of(value),)
    return found


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


def scope(engine: Engine) -> tuple[Sendable, ...]:
    """Samples per second, and the newest SCOPE_FRAMES of the mix as int16, big-endian."""
    step = max(1, engine.samplerate // SCOPE_HZ)
    sound = engine.scope(min(SCOPE_FRAMES * step, 16_384))[::step]
    return engine.samplerate / step, (np.clip(sound, -1.0, 1.0) * 32_767).astype(">i2").tobytes()
