"""Renders a score without a sound system, faster than real time.

The same commands and the same engine as live: a score's time t is a frame, events
meet their frames exactly, and from the reset at time 0 on the samples are those of
`serve` + `play` with the same seed, rate and kernel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from smfosc import osc
from smfosc.client import shown
from smfosc.commands import Commands, Now, Settings
from smfosc.engine import Engine
from smfosc.models import Models
from smfosc.replies import Replies
from smfosc.score import TICKS_PER_S, Event, Score
from smfosc.score_check import Standing, faults
from smfosc.score_course import WHOLE, Passage, as_received, missing
from smfosc.state_folder import StateFolder

MAX_BLOCK = 4096  # frames
TAIL_S = 1.0  # after the last event


class RenderError(Exception):
    """A render that cannot begin; the text says why."""


@dataclass(frozen=True)
class RenderJob:
    """What to render, and how. rate: Hz of the output. state: of its snapshots."""

    score: Score
    voices: Sequence[str]  # models, one voice each: v1, v2, ...
    seed: int = 0
    rate: int = 48_000
    duration_s: float | None = None  # None: TAIL_S after the last event
    channels: int = 2
    workers: int = 0
    passage: Passage = WHOLE
    state: StateFolder | None = None

    @property
    def frames(self) -> int:
        """Frames to render: to its `end`, or some more than to its last event."""
        if self.duration_s is not None:
            return math.ceil(self.duration_s * self.rate)
        tail_s = 0.0 if self.score.has_end else TAIL_S
        seconds = self.passage.length(self.score) / TICKS_PER_S
        return math.ceil((seconds + tail_s) * self.rate)


@dataclass(eq=False)
class Objections:
    """Stands for whoever sent the score: keeps what the commands answer to its events."""

    is_local = True
    where: str = ""  # the event that is being performed
    warn: Callable[[str], None] = lambda line: None  # told before anything is rendered
    warned: frozenset[str] = frozenset()  # lines of the score that it told of
    foreseen: int = 0  # how many
    failed: list[str] = field(default_factory=list)  # those, then what was refused on the way
    remarks: list[str] = field(default_factory=list)  # clipped, late

    def send(self, packet: bytes) -> None:
        """Take an answer."""
        for message in osc.decode(packet):
            if isinstance(message, osc.Message) and message.address in (
                "/fail",
                "/clipped",
                "/late",
            ):
                if message.address == "/fail" and self.where in self.warned:
                    continue
                kept = self.failed if message.address == "/fail" else self.remarks
                kept.append(f"{self.where}: {shown(message)}")

    def foresee(self, score: Score, standing: Standing) -> None:
        """Tell what the score says that nobody will understand."""
        found = list(faults(score, standing))
        self.foreseen = len(found)
        # The path alone: the resets of voices that are not there, whose lines are told.
        self.warned = frozenset([str(score.path), *(fault.where for fault in found)])
        for fault in found:
            refusal = osc.Message("/fail", (fault.address, fault.reason))
            self.failed.append(f"{fault.where}: {shown(refusal)}")
            self.warn(self.failed[-1])


def render(
    job: RenderJob,
    models: Models,
    write: Callable[[NDArray[np.float32]], None],
    progress: Callable[[int], None] = lambda frames: None,
    warn: Callable[[str], None] = lambda line: None,
) -> Objections:
    """Render a job block by block. write: gets (T, channels) float32 each time.

    progress: called with the frames of each block. warn: gets each line of the score that
    will come to nothing, before anything is rendered. Raises RenderError when a voice
    cannot be made; mistakes in the score come back as objections and spare the rest.
    """
    engine = Engine(job.rate, channels=job.channels, workers=job.workers, realtime=False)
    replies = Replies(now=lambda: engine.frame / job.rate)  # their limits count score time
    commands = Commands(
        engine, models, settings=Settings(seed=job.seed), replies=replies, state=job.state
    )
    commands.advance(Now(0, 0, 0))
    add_voices(commands, job.voices)
    objections = Objections(warn=warn)
    objections.foresee(job.score, commands.standing())
    player = _ScorePlayer(job, commands, objections)
    while (start := engine.frame) < job.frames:
        player.perform(start)
        block = engine.render(player.end_of_block(start) - start)
        write(np.ascontiguousarray(block.T))
        engine.collect()
        progress(block.shape[1])
    return objections


def add_voices(commands: Commands, models: Sequence[str]) -> None:
    """Make voices v1, v2, ..., gate open, from the first block on. Raises RenderError."""
    for number, model in enumerate(models, start=1):

        def check(result: object) -> None:
            if isinstance(result, Exception):
                raise RenderError(str(result)) from result

        commands.add_voice(f"v{number}", model, gate=True, frame=0, done=check)


class _ScorePlayer:
    """Hands the score's events to the commands, each just before its frame is rendered."""

    def __init__(self, job: RenderJob, commands: Commands, objections: Objections) -> None:
        self._job = job
        self._commands = commands
        self._objections = objections
        there = {(v.name, v.model.info.name, v.channel) for v in commands.voices.values()}
        self._events = chain(missing(job.score, there), job.passage.events(job.score))
        self._next = next(self._events, None)

    def end_of_block(self, start: int) -> int:
        """No event and no control action that waits lies inside, so all meet their frame."""
        ends = [self._job.frames, start + MAX_BLOCK]
        if self._next is not None:
            ends.append(self._next.frame(self._job.rate))
        if (due := self._commands.next_due()) is not None:
            ends.append(due)
        return max(start + 1, min(ends))

    def perform(self, frame: int) -> None:
        """Perform the events of this frame."""
        self._commands.advance(Now(present=frame, earliest=frame, rendered=frame))
        while self._next is not None and self._next.frame(self._job.rate) <= frame:
            event = self._next
            self._next = next(self._events, None)
            self._handle(event, frame)

    def _handle(self, event: Event, frame: int) -> None:
        self._objections.where = event.where
        message = as_received(event.address, event.args)
        self._commands.handle(message, self._objections, frame)


def render_to_file(
    job: RenderJob,
    models: Models,
    out: Path,
    progress: Callable[[int], None] = lambda n: None,
    warn: Callable[[str], None] = lambda line: None,
) -> Objections:
    """Render into a float WAV. Raises RenderError; the file then does not exist."""
    try:
        with soundfile.SoundFile(out, "w", job.rate, job.channels, "FLOAT", format="WAV") as file:
            return render(job, models, file.write, progress, warn)
    except soundfile.SoundFileError as error:
        raise RenderError(f"{out}: cannot be written: {error}") from None
    except RenderError:
        out.unlink(missing_ok=True)
        raise
