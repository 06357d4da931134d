"""Random OSC for bench/soak.py: what players do, and what goes wrong around them."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from smfosc import osc
from smfosc.schedule import timetag_of

AHEAD_S = 0.3  # of time-tagged bundles, at most
MOST_PASSING = 2  # voices that come and go, beside the ensemble's
MODEL = "clarinet-trumpet"  # of those


@dataclass(frozen=True)
class VoiceInfo:
    """A voice and its parameters: minimum, maximum, default."""

    name: str
    parameters: dict[str, tuple[float, float, float]]


class Tormentor:
    """Makes one packet after another. passing: voices that it made and that are there now."""

    def __init__(self, voices: Sequence[VoiceInfo], chance: random.Random) -> None:
        self.passing: list[str] = []
        self._voices = voices
        self._chance = chance
        self._made = 0

    def packet(self) -> bytes:
        """What comes next: mostly a message, sometimes a bundle, seldom rubbish."""
        kind = self._chance.random()
        if kind < 0.02:
            return self._chance.randbytes(self._chance.randrange(1, 200))
        if kind < 0.15:
            messages = [self._message() for _ in range(self._chance.randrange(1, 6))]
            due_ns = time.time_ns() + int(self._chance.uniform(0, AHEAD_S) * 1e9)
            return osc.encode_bundle(timetag_of(due_ns), messages)
        return self._message()

    def _message(self) -> bytes:
        voice = self._chance.choice(self._voices)
        base, pick = f"/voice/{voice.name}", self._chance.random()
        if pick < 0.55:
            return self._move(base, voice)
        if pick < 0.70:
            return self._note(base, voice)
        if pick < 0.80:
            return osc.encode_message(f"{base}/gain", self._chance.uniform(-24.0, 0.0), self._ms())
        if pick < 0.86:
            return osc.encode_message(f"{base}/pan", self._chance.uniform(-1.0, 1.0), self._ms())
        if pick < 0.90:
            return osc.encode_message(f"{base}/temperature", self._chance.uniform(0.7, 1.1))
        if pick < 0.94:
            return osc.encode_message(f"{base}/gate", self._chance.randrange(2))
        if pick < 0.96:
            return osc.encode_message(f"{base}/reset")
        if pick < 0.995:
            return osc.encode_message(f"{base}/gain/get")
        return self._come_or_go()

    def _move(self, base: str, voice: VoiceInfo) -> bytes:
        name, (low, high, _) = self._chance.choice(sorted(voice.parameters.items()))
        beyond = 0.1 * (high - low)  # some are clipped
        value = self._chance.uniform(low - beyond, high + beyond)
        return osc.encode_message(f"{base}/{name}", value, self._ms())

    def _note(self, base: str, voice: VoiceInfo) -> bytes:
        low, high, _ = voice.parameters.get("pitch", (60.0, 72.0, 66.0))
        pitch, velocity = self._chance.uniform(low, high), self._chance.uniform(20.0, 127.0)
        return osc.encode_message(f"{base}/note", pitch, velocity, self._ms())

    def _come_or_go(self) -> bytes:
        if len(self.passing) >= MOST_PASSING:
            return osc.encode_message("/voice/free", self.passing.pop(0))
        self._made += 1
        self.passing.append(f"soak{self._made}")
        return osc.encode_message("/voice/new", self.passing[-1], MODEL)

    def _ms(self) -> float:
        return self._chance.uniform(0.0, 1_000.0)
