"""What a score says that nobody will understand, found before it is played.

Any thread. The score is gone through once in the order of time, with the voices as they will
be: those that are there, those that it makes and frees, and the models that it gives them.
Values are not checked here: what is out of range is clipped and told when its time has come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

from smfosc.address_space import fits
from smfosc.addresses import DAEMON, ENSEMBLE, PLACES, SCORES, SNAPSHOTS, VOICES
from smfosc.names import shorten
from smfosc.pattern import PatternError, is_pattern, split
from smfosc.score import Event, Score
from smfosc.score_course import preparations

MAX_TOLD = 20  # lines that are told one by one

_VOICE = "/voice/NAME/"
_LEAVES = frozenset(r.path.removeprefix(_VOICE) for r in VOICES if "PARAM" not in r.path)
_FORMS = tuple(r.path.removeprefix(f"{_VOICE}PARAM") for r in VOICES if "PARAM" in r.path)
_PITCHED = frozenset({"note", "pitch/hz", "pitch/hz/get"})
_OF_DAEMON = frozenset(row.path for row in DAEMON + ENSEMBLE + SNAPSHOTS)
_OF_SCORES = frozenset(row.path for row in SCORES)
_OUTPUT_LEAVES = tuple(r.path.rpartition("NAME/")[2] for r in PLACES if "/output/" in r.path)


class Model(NamedTuple):
    """What plays a voice: a model's name, and its parameters'."""

    name: str
    parameters: tuple[str, ...]


class Fault(NamedTuple):
    """One line of a score that will come to nothing. hopeless: even if voices come by hand."""

    where: str
    address: str
    reason: str
    hopeless: bool = False


@dataclass
class Standing:
    """What a score finds. Used up by the check.

    voices: None where it is not known what plays one. elsewhere: voices of other hosts.
    parameters_of: of a model; snapshot: models by voice. Both raise with the reason.
    """

    voices: dict[str, Model | None]
    groups: dict[str, tuple[str, ...]]
    outputs: frozenset[str]
    parameters_of: Callable[[str], tuple[str, ...]]
    snapshot: Callable[[str], Mapping[str, str] | None]
    elsewhere: frozenset[str] = field(default_factory=frozenset)


def faults(score: Score, standing: Standing) -> Iterator[Fault]:
    """The lines that will come to nothing, each once. May raise ScoreError."""
    check = _Check(score, standing)
    made = preparations(score)
    rest = (event for event in score.events if event.ticks or event.address != "/voice/new")
    told: set[str] = set()
    for event in chain(made, rest):
        fault = check.fault(event)
        if fault is not None and fault.where not in told:
            told.add(fault.where)
            yield fault


def first_of(found: list[Fault], path: object) -> Iterator[tuple[str, str]]:
    """Address and reason, with its line, of the first faults; how many more there are."""
    for fault in islice(found, MAX_TOLD):
        yield fault.address, f"{fault.where}: {fault.reason}"
    if len(found) > MAX_TOLD:
        yield "/score/play", f"{path}: {len(found) - MAX_TOLD} more lines come to nothing"


class _Check:
    """Goes through a score; knows what there is at the time of the next event."""

    def __init__(self, score: Score, standing: Standing) -> None:
        self._score = score
        self._there = standing
        self._anything = False  # a snapshot that nobody could look into has been recalled
        self._matched: dict[str, bool] = {}  # patterns, while the voices stay the same
        self._doers: dict[str, Callable[[Event], None]] = {
            "/voice/new": self._make,
            "/voice/free": self._free,
            "/group/set": self._set_group,
            "/snapshot/recall": self._recall,
            "/snapshot/morph": self._recall,
        }

    def fault(self, event: Event) -> Fault | None:
        """What is wrong with the next event; and what it changes for those after it."""
        try:
            if (reason := self._why_not(event.address)) is not None:
                return Fault(event.where, event.address, reason)
            self._perform(event)
        except _HopelessError as error:
            return Fault(event.where, event.address, str(error), hopeless=True)
        return None

    # --- addresses ------------------------------------------------------------------------

    def _why_not(self, address: str) -> str | None:
        if address in _OF_DAEMON:
            return None
        if address in _OF_SCORES:
            return "a score cannot command scores; take the line out"
        if address.startswith("/group/"):
            return self._why_not_group(address)
        if is_pattern(address):
            return self._why_not_pattern(address)
        _, kind, name, leaf = [*address.split("/", 3), "", "", ""][:4]
        if kind == "voice" and leaf:
            return self._why_not_voice(name, leaf)
        if kind == "output" and leaf in _OUTPUT_LEAVES and name in self._there.outputs:
            return None
        near = _near(address, _OF_DAEMON | self._of_outputs())
        return f"no such address; {near}`smfosc addresses` tells what there is"

    def _of_outputs(self) -> frozenset[str]:
        names, leaves = self._there.outputs, _OUTPUT_LEAVES
        return frozenset(f"/output/{name}/{leaf}" for name in names for leaf in leaves)

    def _why_not_voice(self, name: str, leaf: str) -> str | None:
        if name not in self._there.voices:
            return self._why_no_voice(name)
        model = self._there.voices[name]
        if model is None or leaf in leaves_of(model.parameters):
            return None
        if leaf in _PITCHED:
            return f"model {model.name} of voice {name} has no pitch, so no {leaf}"
        near = _near(leaf, leaves_of(model.parameters))
        has = ", ".join(model.parameters)
        return f"voice {name} ({model.name}) has no {shorten(leaf)!r}; {near}parameters: {has}"

    def _why_no_voice(self, name: str) -> str | None:
        if self._anything or name in self._there.elsewhere:
            return None
        if name in self._score.made_later:
            return f"voice {name} is not there yet; its /voice/new comes later"
        there = shorten(", ".join(self._there.voices) or "none", 200)
        remedy = f"make it with `0 /voice/new {shorten(name)} MODEL`"
        return f"there will be no voice {shorten(name)!r}; {remedy}; there are: {there}"

    def _why_not_pattern(self, pattern: str) -> str | None:
        if self._anything or self._there.elsewhere or None in self._there.voices.values():
            return None
        if pattern not in self._matched:
            try:
                parts = split(pattern)
            except PatternError as error:
                return str(error)
            self._matched[pattern] = any(fits(parts, address) for address in self._addresses())
        return None if self._matched[pattern] else "the pattern will match no address"

    def _addresses(self) -> Iterator[str]:
        yield from _OF_DAEMON
        yield from self._of_outputs()
        for name, model in self._there.voices.items():
            leaves = leaves_of(model.parameters) if model else ()
            yield from (f"/voice/{name}/{leaf}" for leaf in leaves)

    def _why_not_group(self, address: str) -> str | None:
        _, _, name, leaf = [*address.split("/", 3), "", ""][:4]
        if not leaf:
            return "nothing is said to the group; wanted /group/NAME/..."
        groups = self._there.groups
        if is_pattern(name):
            with suppress(PatternError):
                part = split(f"/{name}")
                groups = {n: v for n, v in groups.items() if fits(part, f"/{n}")}
        elif name in groups:
            groups = {name: groups[name]}
        else:
            groups = {}
        if not groups:
            there = shorten(", ".join(self._there.groups) or "none", 200)
            return f"there will be no group {shorten(name)!r}; there are: {there}"
        return self._why_not_members([v for members in groups.values() for v in members], leaf)

    def _why_not_members(self, members: list[str], leaf: str) -> str | None:
        if self._anything or not self._there.elsewhere.isdisjoint(members):
            return None
        there = [voice for voice in members if voice in self._there.voices]
        if not there:
            return f"none of the group's voices will be there: {shorten(', '.join(members), 200)}"
        reasons = (self._why_not(f"/voice/{voice}/{leaf}") for voice in there)
        return next((reason for reason in reasons if reason is not None), None)

    # --- what an event changes ------------------------------------------------------------

    def _perform(self, event: Event) -> None:
        address = event.address
        if address == "/after" and len(event.args) > 1:
            self._perform_inner(event._replace(address=str(event.args[1]), args=event.args[2:]))
        elif address.endswith("/model") and address.count("/") == 3 and event.args:
            self._change_model(address, str(event.args[0]))
        elif (perform := self._doers.get(address)) is not None and event.args:
            perform(event)
            self._matched.clear()

    def _perform_inner(self, event: Event) -> None:
        """What /after says, as if it were said at once: what it changes may come too early."""
        if (reason := self._why_not(event.address)) is not None:
            raise _HopelessError(f"{event.address}: {reason}")
        self._perform(event)

    def _make(self, event: Event) -> None:
        name, model = (*map(str, event.args), "")[:2]
        self._there.voices.setdefault(name, self._model_of(model))

    def _model_of(self, name: str) -> Model:
        try:
            return Model(name, tuple(self._there.parameters_of(name)))
        except Exception as error:
            raise _HopelessError(" ".join(str(error).split())) from None

    def _free(self, event: Event) -> None:
        name = str(event.args[0])
        if name not in self._there.voices and (reason := self._why_no_voice(name)):
            raise _HopelessError(reason)
        self._there.voices.pop(name, None)

    def _change_model(self, address: str, name: str) -> None:
        """Of a voice, or of all that a pattern or a group means."""
        _, kind, who, _ = address.split("/")
        model, part, voices = self._model_of(name), split(f"/{who}"), self._there.voices
        groups = self._there.groups.items() if kind == "group" else ()
        meant = {voice for group, members in groups for voice in members if fits(part, f"/{group}")}
        for voice in voices:
            if voice in meant or (kind != "group" and fits(part, f"/{voice}")):
                voices[voice] = model
        self._matched.clear()

    def _set_group(self, event: Event) -> None:
        name, *voices = map(str, event.args)
        self._there.groups[name] = tuple(voices)
        if not voices:
            del self._there.groups[name]

    def _recall(self, event: Event) -> None:
        try:
            models = self._there.snapshot(str(event.args[0]))
        except Exception as error:
            raise _HopelessError(" ".join(str(error).split())) from None
        self._anything = models is None
        if models is not None:
            self._there.voices = {voice: self._model_of(m) for voice, m in models.items()}


class _HopelessError(Exception):
    """An event that comes to nothing whatever else happens."""


@lru_cache(maxsize=64)
def leaves_of(parameters: tuple[str, ...]) -> frozenset[str]:
    """What may follow `/voice/NAME/` for a model with these parameters."""
    own = frozenset(parameter + form for parameter in parameters for form in _FORMS)
    return own | (_LEAVES if "pitch" in parameters else _LEAVES - _PITCHED)


def _near(given: str, known: frozenset[str]) -> str:
    """A suggestion, where one is near."""
    found = get_close_matches(given, sorted(known), 1, 0.7)
    return f"did you mean {found[0]}? " if found else ""
