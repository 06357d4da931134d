"""What a daemon begins with: an ensemble file's settings, and what the command line says.

Pure functions but for `booted`, which reads a snapshot.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from smfosc.audio import AudioSettings
from smfosc.config import Config, VoiceConfig
from smfosc.logs import Recent
from smfosc.outputs import plan
from smfosc.snapshot_file import read_snapshot
from smfosc.state_folder import StateFolder, shipped_scores, user_folder

SHIPPED_MODEL = "clarinet-trumpet"  # what plain `smfosc serve` plays

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServeSettings:
    """An ensemble file's settings, and what only the command line says."""

    config: Config
    written: Config | None = None  # what the ensemble file says; None: there is none
    read: Callable[[], Config] | None = None  # reads it again
    bits: int = 32  # of the file backend's WAV
    host_name: str = ""  # which of the file's [hosts] this is; "": it plays alone
    fresh: bool = False  # the state before a crash does not count
    recent: Recent | None = None  # the newest warnings and errors


def audio_settings(settings: ServeSettings) -> AudioSettings:
    """What the audio backends need of the settings."""
    audio, outputs = settings.config.audio, plan(settings.config)
    return AudioSettings(
        kind=audio.backend or None,
        samplerate=audio.samplerate,
        blocksize=audio.blocksize,
        channels=outputs.channels,
        connect=audio.connect or "physical",
        ports=outputs.ports if settings.config.outputs else (),
        port_connect=outputs.connect if settings.config.outputs else (),
        device=audio.device or None,
        out=Path(audio.out) if audio.out else None,
        bits=settings.bits,
    )


def state_path(config: Config) -> Path:
    """The folder of all that is remembered."""
    given = config.state.folder
    return Path(given).expanduser() if given else user_folder()


def state_folder(config: Config) -> StateFolder:
    """Where snapshots and scores are kept, and the scores that came with smfosc."""
    return StateFolder(state_path(config), shipped_scores())


def booted(config: Config) -> Config:
    """The config with the voices of its boot snapshot instead of its own, if it has one.

    Raises StateError, SnapshotError.
    """
    if not config.state.boot:
        return config
    path = state_folder(config).snapshots.find(config.state.boot)
    return replace(config, voices=read_snapshot(path))


def with_models(config: Config, models: list[str]) -> Config:
    """A config with a voice for each model: v1, v2, ..., gate open."""
    added = [VoiceConfig(name=f"v{n}", model=model) for n, model in enumerate(models, start=1)]
    return replace(config, voices=(*config.voices, *added))


def with_workers_that_fit(config: Config) -> Config:
    """No more workers than cores beside the audio thread's: a late one silences its voices."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    most = max(0, (cores or 1) - 1)
    if config.engine.workers <= most:
        return config
    log.warning(
        "workers: %d wanted, %d used: there are %d cores, and the audio thread needs one",
        config.engine.workers,
        most,
        most + 1,
    )
    return replace(config, engine=replace(config.engine, workers=most))
