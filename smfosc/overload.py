"""When there is more to compute than time: who gives way, and who is told.

Control thread, some times per second. One voice at a time gives way: it is released, and then
makes no samples until its gate or a note opens; nothing is freed. The next one follows only if
there is still too much when the meter shows what the last one brought. Time that the machine
took from us (`wall_misses`, `stolen_passes`) is no overload; a machine that has become slower
(`slow_blocks`, `slow_passes`) is one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from smfosc.engine import Kind

if TYPE_CHECKING:
    from smfosc.config import OverloadConfig
    from smfosc.engine import Counters, Engine
    from smfosc.voices import Voice

logger = logging.getLogger(__name__)

BAD_SHARE = 0.1  # of blocks that come too late: more is an overload, less a mishap
FULL = 0.9  # load at which a single late block is no mishap
BAD_TURNS = 2  # in a row, before anything is done: 0.5 s
LATE_SHARE, LATE_TURNS = 0.02, 12  # so few late blocks are an overload if they go on for 3 s
FADE_S = 2.0  # a voice that gave way and is not silent by then was woken
SETTLE_S = 0.5  # from its silence to the next step: the time constant of the meter's smoothing
TELL_S = 1.0  # between two reports that nobody gives way

News = Callable[..., None]
ToInt8 = Callable[["Voice"], bool]  # begins the exchange; False if the model has no such form


class Turn(NamedTuple):
    """What happened between two looks at the counters. late: share of blocks."""

    late: float
    load: float  # smoothed by the meter, at its end

    @property
    def is_bad(self) -> bool:
        """Whether it was more than a mishap."""
        return self.late > BAD_SHARE or (self.late > 0.0 and self.load > FULL)


def _blocks(counters: Counters) -> int:
    """That came too late by what we had to do, on a machine as fast as it is now."""
    return counters.underruns + counters.slow_blocks


def _passes(counters: Counters) -> int:
    """Of voices, that workers did not manage, likewise."""
    return counters.missed_passes + counters.slow_passes


class Overload:
    """Watches the engine's counters. to_int8: lets a voice play with smaller weights."""

    def __init__(
        self,
        engine: Callable[[], Engine],
        voices: Mapping[str, Voice],
        settings: OverloadConfig,
        *,
        news: News,
        to_int8: ToInt8,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.steps = 0  # how often somebody gave way, or should have
        self._engine = engine
        self._voices = voices
        self._news = news
        self._to_int8 = to_int8
        self._now = now
        self._before: Counters | None = None
        self._bad_turns = self._late_turns = 0
        self._quiet_until = 0.0
        self._fading: tuple[Voice, float] | None = None  # gives way: until when at most
        self._gates: dict[str, tuple[bool, float]] = {}  # open or not: since when

    def turn(self) -> None:
        """Look; act when it has been too much for a while."""
        self._note_gates()
        turn = self._turn()
        if self._fades():
            return
        self._bad_turns = self._bad_turns + 1 if turn.is_bad else 0
        self._late_turns = self._late_turns + 1 if turn.late > LATE_SHARE else 0
        too_much = self._bad_turns >= BAD_TURNS or self._late_turns >= LATE_TURNS
        if too_much and self._now() >= self._quiet_until:
            self._act(turn)

    def _turn(self) -> Turn:
        """What the engine counted since the last one."""
        now = self._engine().counters()
        before, self._before = self._before, now
        if before is None or now.blocks <= before.blocks or not self._engine().realtime:
            return Turn(0.0, now.load)
        missed = _passes(now) - _passes(before)
        late = _blocks(now) - _blocks(before) + missed / max(1, len(self._awake()))
        return Turn(late / (now.blocks - before.blocks), now.load)

    def _fades(self) -> bool:
        """Whether the last one to give way still sounds: what is counted now tells nothing."""
        if self._fading is None:
            return False
        voice, until = self._fading
        there = self._voices.get(voice.name) is voice
        self._bad_turns = self._late_turns = 0
        self._quiet_until = self._now() + SETTLE_S
        if not there or self._engine().is_resting(voice.slot) or self._now() >= until:
            self._fading = None
        return True

    def _note_gates(self) -> None:
        engine, now = self._engine(), self._now()
        open_now = {name: engine.gate(voice.slot) for name, voice in self._voices.items()}
        self._gates = {
            name: self._gates[name] if self._gates.get(name, (None,))[0] is is_open
            else (is_open, now)
            for name, is_open in open_now.items()
        }  # fmt: skip

    def _awake(self) -> list[Voice]:
        return [v for v in self._voices.values() if not self._engine().is_resting(v.slot)]

    def _act(self, turn: Turn) -> None:
        self.steps += 1
        awake = self._awake()
        if self.settings.policy == "int8" and self._all_to_int8(awake, turn):
            return
        if self.settings.policy == "none" or not self._may_rest(awake, turn):
            self._quiet_until = self._now() + TELL_S
            self._tell(turn, "none", "")
            return
        voice = min(awake, key=self._turn_of)
        self._engine().send(voice.slot, Kind.REST, value=1.0)
        self._fading = (voice, self._now() + FADE_S)
        self._tell(turn, "rests", voice.name)

    def _all_to_int8(self, awake: list[Voice], turn: Turn) -> bool:
        smaller = [voice for voice in awake if self._to_int8(voice)]
        for voice in smaller:
            self._tell(turn, "int8", voice.name)
        self._quiet_until = self._now() + FADE_S
        return bool(smaller)

    def _may_rest(self, awake: list[Voice], turn: Turn) -> bool:
        """The last voice plays on, unless it alone takes more time than there is."""
        return len(awake) > 1 or (len(awake) == 1 and turn.load > 1.0)

    def _turn_of(self, voice: Voice) -> tuple[bool, float]:
        """Who gives way first: released longest ago, else open longest; or the quietest."""
        if self.settings.policy == "quietest":
            return False, self._engine().level(voice.slot).rms
        return self._gates[voice.name]

    def _tell(self, turn: Turn, what: str, name: str) -> None:
        logger.warning("overload %.2f: %s %s", turn.load, name or "nobody gives way", what)
        self._news("/overload", round(turn.load, 3), what, name)
