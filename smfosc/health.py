"""How a daemon is: one reading of everything that an operator may want to see.

Made on the control thread in some 20 us per voice; then it is a value for any thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from smfosc.engine import Counters
from smfosc.logs import Event
from smfosc.voices import decibels_of

if TYPE_CHECKING:
    from smfosc.engine import Engine
    from smfosc.voices import Voice

STILL_S = 2.0  # without a block: a graph of JACK's that is rebuilt may take one
FULL = 0.95  # of a block's time


@dataclass(frozen=True)
class VoiceHealth:
    """One voice. Levels in dB of full scale."""

    name: str
    model: str
    gate: bool
    peak_db: float
    rms_db: float


def voices_health(voices: Iterable[Voice], engine: Engine) -> Iterator[VoiceHealth]:
    """Each voice that is there. Control thread."""
    for voice in voices:
        with suppress(KeyError):  # it has fallen silent and is gone
            peak_db, rms_db = (round(decibels_of(value), 1) for value in engine.level(voice.slot))
            gate = engine.gate(voice.slot)
            yield VoiceHealth(voice.name, voice.model.info.name, gate, peak_db, rms_db)


@dataclass(frozen=True)
class Health:
    """One reading. still_s: for how long no block was rendered."""

    version: str
    uptime_s: float
    backend: str
    audible: bool  # the sound system itself asks for sound
    still_s: float
    samplerate: int
    blocksize: int
    counters: Counters
    voices: Sequence[VoiceHealth]
    packets: int
    lost_packets: int
    limited_messages: int
    unheard_packets: int
    sound_losses: int  # times that the sound system was gone
    state_error: str | None
    events: Sequence[Event] = field(default_factory=tuple)
    log_counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def failures(self) -> list[str]:
        """Why it is not heard."""
        found = []
        if not self.audible:
            found.append(f"sound system {self.backend}")
        if self.still_s >= STILL_S:
            found.append(f"no block was rendered for {self.still_s:.0f} s")
        return found

    @property
    def worries(self) -> list[str]:
        """What will be a failure if nobody looks after it."""
        found = []
        if self.state_error is not None:
            found.append(f"the state is not kept: {self.state_error}")
        if self.counters.load > FULL:
            found.append(f"load {self.counters.load:.2f} of a block's time")
        return found

    @property
    def status(self) -> str:
        """`ok`, `degraded` (worries) or `failing` (failures)."""
        return "failing" if self.failures else "degraded" if self.worries else "ok"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        told = {"status": self.status, "failures": self.failures, "worries": self.worries}
        return told | asdict(self)
