"""Commands before a real engine that is rendered here, block by block: time is an argument."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_engine import Listener
from small_models import INFO, PITCH, TIMBRE, random_weights

from smfosc.commands import Commands, Now, Settings
from smfosc.engine import Engine
from smfosc.model_file import Parameter, write_model
from smfosc.models import Models
from smfosc.score_course import as_received
from smfosc.state_folder import StateFolder

NOISE = Parameter("colour", "", 0.0, 10.0, 5.0, "Dark to bright.")


def write_models(folder: Path) -> None:
    """`example` (pitch, timbre), `other` (colour, timbre, pitch) and `noise` (colour)."""
    kinds = {"example": (PITCH, TIMBRE), "other": (NOISE, TIMBRE, PITCH), "noise": (NOISE,)}
    for seed, (name, parameters) in enumerate(kinds.items()):
        info = replace(INFO, name=name, parameters=parameters)
        weights = random_weights(parameters=len(parameters), seed=seed)
        write_model(folder / f"{name}.onnx", info, weights)


@contextlib.contextmanager
def models_of_their_own(folder: Path) -> Iterator[Models]:
    """The models of `write_models`, alone in the model folder."""
    write_models(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMFOSC_MODELS", str(folder))
        yield Models("float32")


class Stage:
    """An engine whose frames pass when `play` is called. Models: see write_models."""

    def __init__(self, state: Path | None, models: Models, samplerate: int = 48_000) -> None:
        self.engine = Engine(samplerate, realtime=False)
        self.sender = Listener()
        self.commands = Commands(
            self.engine,
            models,
            settings=Settings(seed=3),
            state=StateFolder(state) if state else None,
        )
        self.at(0)

    def at(self, frame: int) -> None:
        self.commands.advance(Now(frame, frame, frame))

    def voice(self, name: str = "v1", model: str = "example", *, gate: bool = True, **more) -> None:
        self.commands.add_voice(name, model, gate=gate, frame=self.engine.frame, **more)

    def send(self, address: str, *arguments, after: int = 0) -> list[tuple]:
        """Handle a message for the next frame, or `after` frames later; what was answered."""
        frame = self.engine.frame + after
        self.commands.handle(as_received(address, arguments), self.sender, frame)
        return self.sender.taken()

    def ask(self, address: str, *arguments) -> list[tuple]:
        """The answers to what is told only when its frame has sounded."""
        answers = self.send(address, *arguments)
        self.play(256)
        self.play(256)
        return answers + self.sender.taken()

    def play(self, frames: int) -> np.ndarray:
        """The next frames, (T, channels); what waits meets its frame."""
        end, blocks = self.engine.frame + frames, []
        while (start := self.engine.frame) < end:
            self.at(start)
            due = self.commands.next_due()
            stop = min([end, start + 4_096] + ([due] if due is not None else []))
            blocks.append(self.engine.render(max(1, stop - start)).T.copy())
            self.engine.collect()
        self.at(end)
        return np.concatenate(blocks)

    def values(self, name: str = "v1") -> dict:
        """What the voice's addresses hold."""
        return self.commands.voices[name].values()
