"""The snapshot file: all voices as they were, in the words of an ensemble file.

    [voices.low]
    model = "clarinet-trumpet"
    gate = true
    gain = -6.0
    pan = -0.5
    temperature = 1.0
    params = { pitch = 64.0, timbre = 0.25 }

So a snapshot can be read, edited, checked (`smfosc check FILE`) and played by itself
(`smfosc serve FILE`). Numbers have the precision that OSC gives them, 32 bits, in the
fewest digits that give it back: what is written and read again is the same.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from smfosc.config import VoiceConfig
from smfosc.config_file import ConfigError, read_voices

_SIGNED = 1 << 63  # seeds have 64 bits, TOML's integers a sign


class SnapshotError(Exception):
    """A snapshot file that cannot be used; one line that names file, line and field."""


def as_text(voices: Iterable[VoiceConfig]) -> str:
    """The file's text."""
    head = "# A snapshot of all voices; see docs/snapshots.md.\n"
    return "\n".join([head, *("\n".join(_lines(voice)) + "\n" for voice in voices)])


def read_snapshot(path: Path) -> tuple[VoiceConfig, ...]:
    """The voices of a snapshot file. Raises SnapshotError.

    Parameters are not checked against the model: it may be another one by now.
    """
    try:
        return tuple(map(as_float32, read_voices(path)))
    except ConfigError as error:
        first, *others = error.problems
        more = f" (and {len(others)} more)" if others else ""
        raise SnapshotError(" ".join(first.split()) + more) from None


def as_float32(voice: VoiceConfig) -> VoiceConfig:
    """A voice with all its numbers as OSC would carry them."""
    return replace(
        voice,
        gain=_rounded(voice.gain),
        pan=_rounded(voice.pan),
        temperature=_rounded(voice.temperature),
        params={name: _rounded(value) for name, value in voice.params.items()},
    )


def _lines(voice: VoiceConfig) -> Iterator[str]:
    yield f"[voices.{voice.name}]"
    yield f'model = "{voice.model}"'
    if voice.output:
        yield f'output = "{voice.output}"'
    if voice.channel is not None:
        yield f"channel = {voice.channel}"
    yield f"gate = {'true' if voice.gate else 'false'}"
    yield f"gain = {_digits(voice.gain)}"
    yield f"pan = {_digits(voice.pan)}"
    yield f"temperature = {_digits(voice.temperature)}"
    if voice.seed is not None:
        seed = voice.seed % (2 * _SIGNED)
        yield f"seed = {seed - 2 * _SIGNED if seed >= _SIGNED else seed}"
    params = ", ".join(f"{name} = {_digits(value)}" for name, value in voice.params.items())
    yield f"params = {{ {params} }}"


def _digits(value: float) -> str:
    return str(np.float32(value))


def _rounded(value: float) -> float:
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:  # beyond 3.4e38: no parameter's range reaches there
        return value
