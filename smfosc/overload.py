"""When there is more to compute than time: who gives way, and who is told.

Control thread, some times per second. A voice that gives way is released and then makes no
samples until its gate or a note opens; nothing is freed. Time that the machine took from us
(`wall_misses`) is no overload.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from smfosc.engine import Kind

if TYPE_CHECKING:
    from smfosc.config import OverloadConfig
    from smfosc.engine import Counters, Engine
    from smfosc.voices import Voice

logger = logging.getLogger(__name__)

BAD_SHARE = 0.1  # of blocks that come too late: more is an overload, less a mishap
BAD_TURNS = 2  # in a row, before anything is done: 0.5 s
REST_S = 1.0  # between two steps: the load must show what the last one brought
GOAL = 0.85  # load to come down to

News = Callable[..., None]
ToInt8 = Callable[["Voice"], bool]  # begins the exchange; False if the model has no such form


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
        self._bad_turns = 0
        self._quiet_until = 0.0
        self._released: dict[str, float] = {}  # voices with a closed gate: since when

    def turn(self) -> None:
        """Look; act when it has been too much for a while."""
        self._note_releases()
        load = self._overload()
        self._bad_turns = self._bad_turns + 1 if load else 0
        if load and self._bad_turns >= BAD_TURNS and self._now() >= self._quiet_until:
            self._quiet_until = self._now() + REST_S
            self._act(load)

    def _overload(self) -> float:
        """The load, at least 1, when too many blocks came too late since the last turn; else 0."""
        now = self._engine().counters()
        before, self._before = self._before, now
        if before is None or now.blocks <= before.blocks or not self._engine().realtime:
            return 0.0
        missed = (now.missed_passes - before.missed_passes) / max(1, len(self._voices))
        late = now.underruns - before.underruns + missed
        return max(now.load, 1.0) if late / (now.blocks - before.blocks) > BAD_SHARE else 0.0

    def _note_releases(self) -> None:
        engine, now = self._engine(), self._now()
        closed = {name for name, voice in self._voices.items() if not engine.gate(voice.slot)}
        self._released = {name: self._released.get(name, now) for name in closed}

    def _act(self, load: float) -> None:
        self.steps += 1
        awake = [v for v in self._voices.values() if not self._engine().is_resting(v.slot)]
        count = math.ceil(len(awake) * (1.0 - GOAL / load))
        if self.settings.policy == "none" or not awake:
            self._tell(load, "none", "")
            return
        if self.settings.policy == "int8":
            smaller = [voice for voice in awake if self._to_int8(voice)]
            for voice in smaller:
                self._tell(load, "int8", voice.name)
            if smaller:
                return
        for voice in self._victims(awake)[:count]:
            self._engine().send(voice.slot, Kind.REST, value=1.0)
            self._tell(load, "rests", voice.name)

    def _victims(self, awake: list[Voice]) -> list[Voice]:
        """Who gives way first: those released longest ago, then the quietest."""
        quiet = sorted(awake, key=lambda voice: self._engine().level(voice.slot).rms)
        if self.settings.policy == "quietest":
            return quiet
        released = [voice for voice in awake if voice.name in self._released]
        released.sort(key=lambda voice: self._released[voice.name])
        return released + [voice for voice in quiet if voice not in released]

    def _tell(self, load: float, what: str, name: str) -> None:
        logger.warning("overload %.2f: %s %s", load, name or "nobody gives way", what)
        self._news("/overload", round(load, 3), what, name)
