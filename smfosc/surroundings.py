"""What commands need around them: an engine, models, a way to run long jobs, a daemon.

Protocols and small values only, so that commands run live, offline and before a fake.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

from smfosc.engine import Clock, Counters
from smfosc.model_file import ModelInfo
from smfosc.replies import Sendable, Source
from smfosc.voices import LoadedModel, VoiceEngine

T = TypeVar("T")


class Engine(VoiceEngine, Protocol):
    """What commands need of the engine; see smfosc.engine.Engine."""

    def add_voice(
        self,
        kernel: Any,
        *,
        parameters: Any,
        values: Any,
        samplerate: int,
        seed: int,
        channel: int = 0,
        gate: bool = False,
        frame: int | None = None,
    ) -> int:
        """Build, warm up and add a voice; its slot. Any thread, takes a while."""

    def free_voice(self, slot: int, frame: int | None = None) -> bool:
        """Release and remove a voice."""

    def swap_model(
        self,
        slot: int,
        kernel: Any,
        *,
        parameters: Any,
        values: Any,
        mapping: Any,
        samplerate: int,
        fade_ms: float,
        frame: int | None = None,
    ) -> None:
        """Crossfade to another model. Any thread, takes a while."""

    def clear(self) -> None:
        """Drop the events that have not acted yet."""

    def clock(self) -> Clock:
        """Where audio time stands."""

    def counters(self) -> Counters:
        """What the audio thread counted."""


class Models(Protocol):
    """Where models come from; see smfosc.models."""

    def names(self) -> list[str]:
        """Names of all models in the model folders."""

    def info(self, name: str) -> ModelInfo:
        """What a model file says. Raises an error of one line."""

    def load(self, name: str) -> LoadedModel:
        """A model ready to play. Any thread, takes a while. Raises an error of one line."""


class Surroundings:
    """What commands need of the daemon around them; this one is for offline use."""

    backend = "offline"
    messages = 0  # received so far
    lost_packets = 0  # received by the system but dropped before they were read

    def notify(self, source: Source | None, on: bool, port: int | None) -> int:
        """Send news to the source, or no longer; how many hear them. Raises Refused."""
        return 0

    def news(self, address: str, *arguments: Sendable) -> None:
        """Tell all who asked for news."""

    def dump(self, level: int) -> None:
        """Print incoming messages (0: no longer)."""

    def quit(self) -> None:
        """End the daemon."""


Done = Callable[[Any], None]
Run = Callable[[Callable[[], Any], Done], None]


def run_now(job: Callable[[], T], done: Callable[[T | Exception], None]) -> None:
    """Run a job that takes time here and now: what offline use wants."""
    try:
        result: T | Exception = job()
    except Exception as error:
        result = error
    done(result)


@dataclass(frozen=True)
class Settings:
    """What the user decides. seed: the daemon's, from which voices get theirs."""

    seed: int = 0
    allow_remote_control: bool = False  # /quit and model loading from other hosts


class Now(NamedTuple):
    """Where time stands, in frames; see schedule.Timeline."""

    present: int  # the frame of an immediate message that arrives now
    earliest: int  # the first frame that no block holds yet
    rendered: int | None  # frames below it have sounded; None: the audio stands still
    free: bool = False  # audio runs as fast as it can: freewheel
