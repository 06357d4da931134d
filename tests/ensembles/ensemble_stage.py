"""An ensemble file on a stage: rendered here, reloaded between two frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from fake_engine import Listener
from stage import Stage

from smfosc.commands import Commands, Settings
from smfosc.config_file import read_config
from smfosc.engine import Engine
from smfosc.ensemble import Ensemble
from smfosc.models import Models
from smfosc.outputs import plan
from smfosc.surroundings import Surroundings

SAMPLERATE = 48_000
BLOCK = 256


class News(Surroundings):
    """Keeps what all who listen are told."""

    def __init__(self) -> None:
        self.told: list[tuple] = []

    def news(self, address: str, *arguments) -> None:
        self.told.append((address, *arguments))


class EnsembleStage(Stage):
    """A Stage whose voices and outputs are those of an ensemble file."""

    def __init__(self, path: Path, models: Models) -> None:
        self.path = path
        self.config = read_config(path, models.info)
        outputs = plan(self.config)
        self.engine = Engine(
            SAMPLERATE, channels=outputs.channels, buses=outputs.buses, realtime=False
        )
        self.sender, self.news = Listener(), News()
        self.commands = Commands(
            self.engine, models, settings=Settings(seed=3), surroundings=self.news, outputs=outputs
        )
        self.ensemble = Ensemble(
            self.config,
            lambda: read_config(path, models.info),
            self.commands,
            models,
            surroundings=self.news,
            run=lambda job, done: done(_result(job)),
        )
        self.at(0)
        for voice in self.config.voices:
            self.commands.make_voice(voice, frame=0)

    def reload(self, text: str) -> list[tuple]:
        """Rewrite the file and reload it before the next frame; what was answered."""
        self.path.write_text(text, encoding="utf-8")
        return self.send("/config/reload")


def _result(job):
    try:
        return job()
    except Exception as error:
        return error


def loud(sound: np.ndarray) -> float:
    """Largest sample."""
    return float(np.abs(sound).max()) if sound.size else 0.0
