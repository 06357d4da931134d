"""A short free run over the whole range, to choose checkpoints by how they play.

A lower teacher-forced loss is not a better instrument: of two trials (FACTORY) the one with the
higher loss was in tune. So every so often the network plays, and YIN listens.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from trainer.clips import PARAMETERS, normalise
from trainer.freerun import play
from trainer.measures import PitchError, pitch_errors
from trainer.network import SampleRnn


@dataclass(frozen=True)
class AuditionConfig:
    """What is played at each audition."""

    seconds: float = 1.5
    settle_s: float = 0.25  # start from silence, not judged
    samplerate: int = 16_000


@dataclass(frozen=True)
class Audition:
    """Who played what, and how it was in tune. points: (V, 2) pitch, timbre."""

    points: NDArray[np.float64]
    errors: list[PitchError]

    @property
    def penalty(self) -> float:
        """Mean over notes of min(|median cents|, 100) plus 100 x the share of frames off."""
        off = [min(abs(e.median_cents), 100.0) + 100.0 * (1 - e.in_tune) for e in self.errors]
        return float(np.mean(off))

    def worst(self, count: int) -> str:
        """The notes most out of tune, as one line."""
        order = sorted(range(len(self.errors)), key=lambda k: -abs(self.errors[k].median_cents))
        return ", ".join(
            f"{p:g}/{t:g}: {self.errors[k].median_cents:+.0f}c {100 * self.errors[k].in_tune:.0f}%"
            for k in order[:count]
            for p, t in [self.points[k]]
        )


def audition_points() -> NDArray[np.float64]:
    """Each semitone at both ends and half-way of timbre; each half-semitone at its quarters."""
    whole = [(p, t) for t in (0.0, 0.5, 1.0) for p in np.arange(64, 77)]
    half = [(p, t) for t in (0.25, 0.75) for p in np.arange(64.5, 76)]
    return np.array(whole + half)


def audition(
    network: SampleRnn, config: AuditionConfig = AuditionConfig(), *, seed: int = 0
) -> Audition:
    """Play all points at once, in bfloat16, and judge them by YIN.

    Every note is reached from the default one: a network may hold another pitch than from silence.
    """
    points = audition_points()
    frames = round(config.seconds * config.samplerate)
    parameters = np.broadcast_to(normalise(points, PARAMETERS), (frames, *points.shape)).copy()
    before = round(config.settle_s / 2 * config.samplerate)
    parameters[:before] = normalise(np.array([p.default for p in PARAMETERS]), PARAMETERS)
    samples = play(network, parameters, seed=seed, dtype=torch.bfloat16).T
    settled = samples[:, round(config.settle_s * config.samplerate) :]
    return Audition(points, pitch_errors(settled, points[:, 0], config.samplerate))
