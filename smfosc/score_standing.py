"""What a score finds when it is played: in this process, or in a daemon that is asked by OSC."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from smfosc.score_check import Model, Standing
from smfosc.snapshot_file import read_snapshot

if TYPE_CHECKING:
    from smfosc.groups import Groups
    from smfosc.models import Models
    from smfosc.osc import Message, Value
    from smfosc.roster import Roster
    from smfosc.state_folder import Shelf

Ask = Callable[..., Iterable["Message"]]  # (address, *arguments): what is answered


class NotThereError(Exception):
    """The text says what, and what there is."""


def standing_here(
    roster: Roster,
    groups: Groups,
    models: Models,
    *,
    outputs: Iterable[str],
    snapshots: Shelf | None,
    elsewhere: Iterable[str] = (),
) -> Standing:
    """As it is now; control thread. What it asks for later reads files: loader thread."""
    voices: dict[str, Model | None] = {
        name: Model(voice.model.info.name, tuple(p.name for p in voice.parameters))
        for name, voice in roster.voices.items()
    }
    voices.update((name, None) for name in roster.making)

    def snapshot(name: str) -> Mapping[str, str]:
        if snapshots is None:
            raise NotThereError("no state folder; start with --state DIR")
        return {voice.name: voice.model for voice in read_snapshot(snapshots.find(name))}

    return Standing(
        voices,
        dict(groups.members),
        frozenset(outputs),
        lambda name: tuple(parameter.name for parameter in models.info(name).parameters),
        snapshot,
        frozenset(elsewhere),
    )


def standing_there(ask: Ask) -> Standing:
    """As a daemon tells it; what snapshots hold it does not tell."""

    def lines(address: str, *arguments: Value) -> list[tuple[Value, ...]]:
        answers = [m for m in ask(address, *arguments) if m.address == f"{address}.reply"]
        return [message.arguments for message in answers]

    def parameters_of(model: str) -> tuple[str, ...]:
        told = lines("/model/info", model)
        if not told:
            there = ", ".join(str(name) for (name,) in lines("/model/list"))
            raise NotThereError(f"no model {model!r}; there are: {there or 'none'}")
        return tuple(str(line[2]) for line in told if line[1] == "parameter")

    voices: dict[str, Model | None] = {}
    for name, model in (map(str, line[:2]) for line in lines("/voice/list")):
        parameters = tuple(str(line[0]) for line in lines(f"/voice/{name}/params"))
        voices[name] = Model(model, parameters)
    groups = {str(line[0]): tuple(str(line[1]).split()) for line in lines("/group/list")}
    outputs = frozenset(str(line[0]) for line in lines("/output/list"))
    hosts = [str(line[-1]).split() for line in lines("/host/list")]
    elsewhere = frozenset(name for names in hosts for name in names)
    return Standing(voices, groups, outputs, parameters_of, lambda _: None, elsewhere)
