"""Pictures that no sound has, as networks draw them: which method comes nearest to them?

Analysed pictures are moved by Gaussian errors, 1 dB in the levels and 2 % of pi in the drawn
phase steps, or two notes' pictures are averaged. What is asked for are the levels drawn: the dB of
a method are those of its sound's spectrogram from them. No sound reaches the errors themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from inversion_methods import (
    DRAWN,
    GRIFFIN_LIM,
    PGHI,
    POLISHED,
    UNSETTLED,
    Floats,
    griffin_lim,
    row,
)

from trainer.spectral import InstantaneousFrequency, LogMagnitude
from trainer.spectral.decibels import magnitudes
from trainer.spectral.measures import spectral_convergence_db

ERROR = 0.02  # of the range -1 ... 1: 1 dB

ROWS = ("clarinet, 1 dB off", "white noise, 1 dB off", "pops, 1 dB off", "clarinet-trumpet mean")


def pictures(name: str) -> Floats:
    """(4, 2, bins, frames): levels and phase steps, as `InstantaneousFrequency` draws them."""
    encode = InstantaneousFrequency().encode
    if name == "clarinet-trumpet mean":
        return (encode(row("clarinet")) + encode(row("trumpet"))) / 2
    exact = encode(row(name.split(",")[0]))
    errors = ERROR * np.random.default_rng(0).standard_normal(exact.shape, dtype=np.float32)
    return np.where(exact > -1, exact + errors, exact)  # silence is drawn as silence


def _magnitudes(drawn: Floats) -> Floats:
    """(N, frames, bins), of the levels drawn."""
    return magnitudes(np.ascontiguousarray(drawn[:, 0].transpose(0, 2, 1)))


METHODS: dict[str, Callable[[Floats], Floats]] = {
    PGHI.name: lambda drawn: LogMagnitude().decode(drawn[:, :1], seed=0),
    POLISHED.name: lambda drawn: replace(LogMagnitude(), polish_iterations=25).decode(
        drawn[:, :1], seed=0
    ),
    UNSETTLED.name: lambda drawn: replace(LogMagnitude(), sweeps=0).decode(drawn[:, :1], seed=0),
    GRIFFIN_LIM.name: lambda drawn: griffin_lim(_magnitudes(drawn)),
    DRAWN.name: lambda drawn: InstantaneousFrequency().decode(drawn, seed=0),
}


def measured(clips: int = 4) -> dict[str, dict[str, float]]:
    """dB by row and method, the mean over `clips` clips."""
    return {name: _db(pictures(name)[:clips]) for name in ROWS}


def _db(drawn: Floats) -> dict[str, float]:
    wanted, gabor = _magnitudes(drawn), LogMagnitude().gabor
    return {
        name: float(spectral_convergence_db(sounds(drawn), wanted, gabor).mean())
        for name, sounds in METHODS.items()
    }
