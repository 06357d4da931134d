"""Tones whose harmonics have drifted apart, and how far harmonics keep step."""

import numpy as np

RATE, FRAMES = 16_000, 16_384
SECONDS = np.arange(FRAMES) / RATE


def coherence(samples, f0_hz, harmonics=6):
    """1: the first harmonics' phases stand still against the fundamental's; 0: any phase.

    Over frames of 8 periods; weighed by the harmonics' power.
    """
    length = round(8 * RATE / f0_hz)
    frames = samples[: len(samples) // length * length].reshape(-1, length)
    seconds = np.arange(length) / RATE
    starts = np.arange(len(frames)) * length / RATE
    number = np.arange(1, harmonics + 1)[:, None]
    window = np.hanning(length)
    parts = np.exp(-2j * np.pi * number * f0_hz * seconds) @ (frames * window).T
    parts = parts * np.exp(-2j * np.pi * number * f0_hz * starts)
    against = (parts * np.exp(-1j * number * np.angle(parts[:1])))[1:]
    return np.abs(against.sum(1)).sum() / np.abs(against).sum()


def drifting(f0_hz, seed=1, harmonics=12, drift_hz=2.0, noise=0.0):
    """A tone whose harmonics each wander in frequency, as PGHI's do. (FRAMES,)"""
    draw = np.random.default_rng(seed)
    tone = noise * draw.standard_normal(FRAMES)
    for number in range(1, harmonics + 1):
        offset, swing, phase = draw.normal(0, drift_hz), draw.normal(0, 0.5), draw.uniform(0, 6.28)
        wander = 2 * np.pi * offset * SECONDS + swing * np.sin(2 * np.pi * 3 * SECONDS) + phase
        tone += np.cos(2 * np.pi * number * f0_hz * SECONDS + wander) * 0.8**number
    return tone
