"""The kinds of sound that bench/inversion.py inverts, and the methods that it compares.

A method takes clips (N, 16384) and gives the sounds it makes of their spectrograms, each from its
own spectrogram: window, transform and inverse are its makers'.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pghipy
from numpy.typing import NDArray
from scipy.signal import lfilter

from trainer.soundfont import Note, SoundFont
from trainer.spectral import InstantaneousFrequency, LogMagnitude, Representation
from trainer.spectral.gabor import Gabor, with_phases
from trainer.spectral.griffin_lim import fast_griffin_lim
from trainer.spectral.measures import convergence_db, spectral_convergence_db
from trainer.spectral.pghi import background

Floats = NDArray[np.float32]

RATE = 16_000
CLIP = 16_384
FFT, HOP = 512, 128
PROGRAMS = {"clarinet": 71, "trumpet": 56, "oboe": 68, "tenor sax": 66, "horn": 60}  # General MIDI
KEYS = (64, 68, 71, 76)
KEYS_HELD_OUT = (66, 69, 72, 75)  # no constant of trainer/spectral was chosen by these
SEEDS, SEEDS_HELD_OUT = range(4), range(20, 24)


# --- sounds ---------------------------------------------------------------------------------


def sawtooth(hertz: float) -> Floats:
    """Partials up to Nyquist, 1/k each."""
    turns = 2 * np.pi * hertz * np.arange(CLIP) / RATE
    partials = np.arange(1, int(RATE / 2 / hertz))
    return np.asarray((np.sin(np.outer(turns, partials)) / partials).sum(axis=1), np.float32)


def noise(seed: int, colour: float = 0.0) -> Floats:
    """White noise, or of one pole at `colour`."""
    white = np.random.default_rng(seed).standard_normal(CLIP)
    return np.asarray(lfilter([1], [1, -colour], white), np.float32)


def pops(seed: int, count: int = 60) -> Floats:
    """Clicks at random times through a resonance at 2.1 kHz."""
    draw = np.random.default_rng(seed)
    clicks = np.zeros(CLIP)
    clicks[draw.integers(0, CLIP, count)] = draw.standard_normal(count)
    return np.asarray(lfilter([1], [1, -1.2, 0.8], clicks), np.float32)


def notes(program: int, keys: tuple[int, ...] = KEYS) -> Floats:
    """FluidR3's, dry, from 0.4 s on. (4, CLIP)."""
    with SoundFont() as font:
        played = [Note(program, key, 0, 110, 0.4, CLIP / RATE) for key in keys]
        return np.stack([font.render(note)[:CLIP] for note in played]).astype(np.float32)


def row(kind: str, *, held_out: bool = False) -> Floats:
    """Four clips of one kind, or four others. (4, CLIP)."""
    if kind in PROGRAMS:
        return notes(PROGRAMS[kind], KEYS_HELD_OUT if held_out else KEYS)
    seeds = SEEDS_HELD_OUT if held_out else SEEDS
    return np.stack([SYNTHESISED[kind](seed) for seed in seeds])


SYNTHESISED: dict[str, Callable[[int], Floats]] = {
    "sawtooth": lambda n: sawtooth((110, 220, 330.3, 440)[n % 4] * (1 + n // 4 * 0.037)),
    "white noise": noise,
    "pink noise": lambda n: noise(n, 0.9),
    "pops": pops,
}
KINDS = (*PROGRAMS, *SYNTHESISED)


# --- methods --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Method:
    """sounds(clips) inverts; db(clips, sounds) measures against the spectrogram inverted."""

    name: str
    sounds: Callable[[Floats], Floats]
    db: Callable[[Floats, Floats], NDArray[np.float64]]


def _own(clips: Floats, sounds: Floats) -> NDArray[np.float64]:
    gabor = Gabor()
    return spectral_convergence_db(sounds, np.abs(gabor.analyse(clips)), gabor)


def _through(kind: Representation) -> Callable[[Floats], Floats]:
    return lambda clips: kind.decode(kind.encode(clips), seed=0)


def griffin_lim(magnitudes: Floats) -> Floats:
    """60 iterations from random phases, with the momentum that its paper found best."""
    gabor = Gabor()
    start = with_phases(magnitudes, np.broadcast_to(background(gabor, 0), magnitudes.shape))
    return gabor.synthesise(fast_griffin_lim(start, magnitudes, gabor, 60, alpha=0.99))


def pghipy_alone(clips: Floats) -> Floats:
    """pghipy with its own window and transforms."""
    window, _ = pghipy.get_default_window(FFT)
    synthesis = pghipy.calculate_synthesis_window(FFT, HOP, window)

    def one(clip: Floats) -> Floats:
        magnitude = np.abs(pghipy.stft(clip, FFT, HOP))
        turning = np.exp(1j * pghipy.pghi(magnitude, FFT, HOP))
        return np.asarray(
            pghipy.istft(
                magnitude * turning, FFT, HOP, synthesis_window=synthesis, length=len(clip)
            ),
            np.float32,
        )

    return np.stack([one(clip) for clip in clips])


def _pghipys(clips: Floats, sounds: Floats) -> NDArray[np.float64]:
    found, wanted = (
        np.stack([np.abs(pghipy.stft(clip, FFT, HOP)) for clip in each]) for each in (sounds, clips)
    )
    return convergence_db(found, wanted)


PGHI = Method("PGHI", _through(LogMagnitude()), _own)
POLISHED = Method("PGHI, 25 polish", _through(replace(LogMagnitude(), polish_iterations=25)), _own)
UNSETTLED = Method("PGHI, unsettled", _through(replace(LogMagnitude(), sweeps=0)), _own)
PGHIPY = Method("pghipy", pghipy_alone, _pghipys)
GRIFFIN_LIM = Method(
    "Griffin-Lim, 60", lambda clips: griffin_lim(np.abs(Gabor().analyse(clips))), _own
)
DRAWN = Method("phases drawn", _through(InstantaneousFrequency()), _own)
METHODS = (PGHI, POLISHED, UNSETTLED, PGHIPY, GRIFFIN_LIM, DRAWN)
