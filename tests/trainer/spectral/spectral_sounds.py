"""Sounds whose nature is known, of one clip's length at 16 kHz."""

import numpy as np
from scipy.signal import lfilter

RATE = 16_000
CLIP = 16_384


def sawtooth(hertz):
    """Partials up to Nyquist, 1/k each."""
    turns = 2 * np.pi * hertz * np.arange(CLIP) / RATE
    partials = range(1, int(RATE / 2 / hertz))
    return sum(np.sin(k * turns) / k for k in partials).astype(np.float32)


def noise(seed, colour=0.0):
    """White noise, or of one pole at `colour`."""
    white = np.random.default_rng(seed).standard_normal(CLIP)
    return lfilter([1], [1, -colour], white).astype(np.float32)


def pops(seed, count=60):
    """Clicks at random times through a resonance at 1.6 kHz."""
    draw = np.random.default_rng(seed)
    clicks = np.zeros(CLIP)
    clicks[draw.integers(0, CLIP, count)] = draw.standard_normal(count)
    return lfilter([1], [1, -1.2, 0.8], clicks).astype(np.float32)
