"""What differs between two readings of an ensemble file, and how to get from one to the other.

Pure functions. A voice whose table is the same in both is not touched, whatever has been
done to it since by OSC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from smfosc.config import (
    AudioConfig,
    Config,
    LimitsConfig,
    OscConfig,
    OutputConfig,
    QueryConfig,
    StateConfig,
    VoiceConfig,
)
from smfosc.model_file import ModelInfo
from smfosc.osc import Message

Place = tuple[str, int]  # a voice's output and channel, 0: panned


def _all(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


# Settings that hold from the next start on, by section.
AT_START: dict[str, tuple[str, ...]] = {
    "audio": _all(AudioConfig),
    "osc": _all(OscConfig),
    "query": _all(QueryConfig),
    "engine": ("seed", "workers", "precision"),
    "state": _all(StateConfig),
    "limits": _all(LimitsConfig),
}


@dataclass(frozen=True)
class Changes:
    """What a reload does, in this order."""

    freed: tuple[str, ...]  # voices that go
    made: tuple[VoiceConfig, ...]  # voices that come
    messages: tuple[Message, ...]  # to those that stay, and to outputs
    groups: Mapping[str, tuple[str, ...]]  # made anew; without voices: they go
    told: tuple[str, ...]  # what only a restart can change

    @property
    def count(self) -> int:
        """Voices, groups and values that change."""
        return len(self.freed) + len(self.made) + len(self.messages) + len(self.groups)


def changes(
    old: Config, new: Config, there: Mapping[str, Place], describe: Callable[[str], ModelInfo]
) -> Changes:
    """From `old` to `new`. there: the voices that play now. describe: tells a model's parameters.

    A voice that is new in the file but plays already (OSC made it) is moved to its values.
    """
    before = {voice.name: voice for voice in old.voices}
    after = {voice.name: voice for voice in new.voices}
    differ = [voice for voice in new.voices if voice != before.get(voice.name)]
    stay = [voice for voice in differ if there.get(voice.name) == _place(voice)]
    made = tuple(voice for voice in differ if voice not in stay)
    gone = [name for name in before if name not in after and name in there]
    moved = [voice.name for voice in made if voice.name in there]
    ramp_ms = new.engine.reload_ms
    messages = [
        message
        for voice in stay
        for message in _moves(before.get(voice.name), voice, ramp_ms, describe)
    ]
    messages += _output_moves(old, new, ramp_ms)
    return Changes(
        (*gone, *moved), made, tuple(messages), _groups(old, new), tuple(_at_start(old, new))
    )


def _place(voice: VoiceConfig) -> Place:
    return voice.output, voice.channel or 0


def _moves(
    old: VoiceConfig | None,
    new: VoiceConfig,
    ramp_ms: float,
    describe: Callable[[str], ModelInfo],
) -> Iterator[Message]:
    """Messages that bring a voice from its old table to the new one."""

    def say(leaf: str, *arguments: Any) -> Message:
        return Message(f"/voice/{new.name}/{leaf}", arguments)

    if old is None or old.model != new.model:
        yield say("model", new.model, min(ramp_ms, 10_000.0))
    for name, value in _params(old, new, describe).items():
        yield say(name, value, ramp_ms)
    for leaf in ("gain", "pan", "temperature"):
        value = getattr(new, leaf)
        if old is None or getattr(old, leaf) != value:
            yield say(leaf, value, ramp_ms)
    if new.seed is not None and (old is None or old.seed != new.seed):
        yield say("seed", new.seed)
    if old is None or old.gate != new.gate:
        yield say("gate", int(new.gate))


def _params(
    old: VoiceConfig | None, new: VoiceConfig, describe: Callable[[str], ModelInfo]
) -> dict[str, float]:
    """Parameters that move: those that the file says otherwise, and those it says no more."""
    said = old.params if old is not None and old.model == new.model else {}
    moved = {name: value for name, value in new.params.items() if said.get(name) != value}
    dropped = said.keys() - new.params.keys()
    defaults = {p.name: p.default for p in describe(new.model).parameters} if dropped else {}
    return moved | {name: defaults[name] for name in sorted(dropped) if name in defaults}


def _output_moves(old: Config, new: Config, ramp_ms: float) -> Iterator[Message]:
    before = {output.name: output for output in old.outputs}
    for output in new.outputs:
        if output.name in before and output.gain != before[output.name].gain:
            yield Message(f"/output/{output.name}/gain", (output.gain, ramp_ms))


def _groups(old: Config, new: Config) -> dict[str, tuple[str, ...]]:
    before = {group.name: group.voices for group in old.groups}
    after = {group.name: group.voices for group in new.groups}
    gone: dict[str, tuple[str, ...]] = {name: () for name in before if name not in after}
    return gone | {name: voices for name, voices in after.items() if voices != before.get(name)}


def _at_start(old: Config, new: Config) -> Iterator[str]:
    """Lines about what a running daemon keeps as it is."""
    for section, names in AT_START.items():
        for name in names:
            was, wanted = (getattr(getattr(config, section), name) for config in (old, new))
            if was != wanted:
                yield f"{section}.{name} = {wanted!r} needs a restart; it stays {was!r}"
    if old.models != new.models:
        yield "[models] need a restart; /voice/new finds new files in the model folders"
    if [_fixed(output) for output in old.outputs] != [_fixed(output) for output in new.outputs]:
        yield "[outputs] need a restart, but for their gain"


def _fixed(output: OutputConfig) -> OutputConfig:
    return replace(output, gain=0.0)


def kept(old: Config, new: Config) -> Config:
    """What a daemon plays by after a reload: the new file, but for what needs a restart."""
    sections = {
        section: replace(
            getattr(new, section), **{name: getattr(getattr(old, section), name) for name in names}
        )
        for section, names in AT_START.items()
    }
    gains = {output.name: output.gain for output in new.outputs}
    outputs = tuple(replace(o, gain=gains.get(o.name, o.gain)) for o in old.outputs)
    return replace(new, **sections, models=old.models, outputs=outputs)
