"""What commands need around them: where time stands, a way to run long jobs, a daemon.

Small values and callables only, so that commands run live, offline and before a fake.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from smfosc.replies import Sendable, Source

if TYPE_CHECKING:
    from smfosc.voices import Call

T = TypeVar("T")


class Surroundings:
    """What commands need of the daemon around them; this one is for offline use."""

    backend = "offline"
    messages = 0  # received so far
    lost_packets = 0  # received by the system but dropped before they were read
    limited_messages = 0  # dropped because their sender sent too many
    unheard_packets = 0  # from hosts that are not on the list
    uptime_s = 0.0

    def notify(self, source: Source | None, on: bool, port: int | None) -> int:
        """Send news to the source, or no longer; how many hear them. Raises Refused."""
        return 0

    def notify_meters(self, source: Source | None, on: bool) -> int:
        """Send meters to the source too, or no longer; to how many. Raises Refused."""
        return 0

    def said(self, call: Call) -> None:
        """A message was performed. Called for every one: it must be quick."""

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
