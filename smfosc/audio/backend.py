"""What every audio backend is: opened, started on an engine, watched, stopped.

A backend is made (and its device opened) on the control thread, calls the native
engine from a thread of its own, and is watched by polling: nothing here calls
back into Python from an audio thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from smfosc import _core

_abandoned: list[tuple[object, ...]] = []
DEFAULT_SAMPLERATE = 48_000
DEFAULT_BLOCKSIZE = 256  # 5.3 ms at 48 kHz


class AudioError(Exception):
    """A backend that cannot be opened or started: why, and what to do."""


@dataclass(frozen=True)
class AudioSettings:
    """What the user asked for; None leaves it to the backend."""

    kind: str | None = None  # jack, portaudio, file or null; None: jack, then portaudio
    samplerate: int | None = None  # Hz, where the backend lets us choose: not with JACK
    blocksize: int | None = None  # frames, likewise
    channels: int = 2
    client_name: str = "smfosc"
    connect: str = "physical"  # JACK: physical, none, or a pattern of port names
    ports: tuple[str, ...] = ()  # JACK: a name for each channel; (): out_1, out_2, ...
    # JACK: for each of them none, a pattern, or "", the physical port of its number; (): connect
    port_connect: tuple[str, ...] = ()
    device: str | None = None  # PortAudio: a device's name, part of it, or its number
    out: Path | None = None  # file: the WAV
    bits: int = 32  # file: 32 (float) or 24


@dataclass(frozen=True)
class BlockCount:
    """What a backend's callback counted since it was started."""

    blocks: int
    frames: int
    blocksize: int  # frames of the newest block
    xruns: int  # dropouts that the sound system reported


class OnLoss(Enum):
    """What is to be done when a backend has no more blocks coming."""

    REOPEN = "play into nothing until it is back"
    GO_ON = "play into nothing from then on"
    END = "end: only a new process can have it again"


class PlayableEngine(Protocol):
    """What a backend needs of an engine."""

    realtime: bool  # False while audio runs as fast as it can

    @property
    def address(self) -> int:
        """Address of the native engine."""


class Backend(Protocol):
    """A sound system that calls the engine. All methods: control thread."""

    settings: AudioSettings
    samplerate: int  # Hz
    blocksize: int  # frames
    on_loss: OnLoss

    @property
    def description(self) -> str:
        """One line: what plays, where, at which rate."""

    @property
    def lost(self) -> str | None:
        """Why no more blocks will come; None while all is well."""

    def start(self, engine: PlayableEngine) -> None:
        """Begin to call the engine's render. Raises AudioError."""

    def poll(self) -> None:
        """Look after connections; call it some times per second."""

    def stop(self) -> None:
        """Return when the engine is no longer called. Safe to call twice."""

    def reopen(self) -> Backend:
        """After stop(): the same again, not started. Raises AudioError."""

    def count(self) -> BlockCount:
        """Blocks and dropouts so far."""


def abandon(*parts: object) -> None:
    """Keep what a client or stream that cannot be closed may still call, until the end."""
    _core.expect_leaks()
    _abandoned.append(parts)


def run_bounded(call: Callable[[], None], timeout_s: float) -> bool:
    """Run a call that may hang, on a thread of its own; False when it does."""
    thread = threading.Thread(target=call, name="smfosc-close", daemon=True)
    thread.start()
    thread.join(timeout_s)
    return not thread.is_alive()
