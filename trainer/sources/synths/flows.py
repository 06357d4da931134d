"""Noises without events: wind, hiss, rumble, surf-like bands, modulated noise."""

import numpy as np

from trainer.sources.synths.blocks import (
    STFT_FRAME,
    STFT_HOP,
    Canvas,
    decibels,
    high_pass,
    hump,
    low_pass,
    to_rms,
)
from trainer.sources.synths.control import Control, Synth, Values
from trainer.sources.takes import Floats


def wind(values: Values, canvas: Canvas) -> Floats:
    """Noise through a broad resonance that wanders, and a weaker one above it."""
    hz = np.fft.rfftfreq(STFT_FRAME, 1 / canvas.samplerate)
    gust = canvas.slow(values["gust_hz"])[::STFT_HOP, None] * values["gust_octaves"]
    centre = values["centre_hz"] * 2.0**gust
    gain = hump(hz, centre, values["width_octaves"])
    gain += decibels(-15) * hump(hz, 3.1 * centre, values["width_octaves"])
    level = np.sqrt((gain**2).sum(axis=1, keepdims=True))
    return canvas.through_moving_filter(gain / level)


def hiss(values: Values, canvas: Canvas) -> Floats:
    """A leak of air: noise above a cutoff, tilted."""
    tilt = (np.maximum(canvas.hz, 50.0) / 4000.0) ** (values["tilt_db_per_octave"] / 6.02)
    return canvas.coloured(high_pass(canvas.hz, values["cutoff_hz"], 24.0) * tilt)


def rumble(values: Values, canvas: Canvas) -> Floats:
    """The ground under a train: low noise, roughened, with some grit."""
    low = low_pass(canvas.hz, values["cutoff_hz"], 18.0) * high_pass(canvas.hz, 30.0, 12.0)
    rough = 1.0 + values["roughness"] * np.tanh(canvas.slow(40.0))
    grit = canvas.coloured(low_pass(canvas.hz, 3000.0, 6.0)) * decibels(values["grit_db"])
    return to_rms(canvas.coloured(low) * rough, 1.0) + grit


def frequency_noise(values: Values, canvas: Canvas) -> Floats:
    """A sine whose frequency is noise: a band of noise with a level envelope."""
    wander = canvas.slow(values["modulator_hz"]) * values["deviation_octaves"]
    hz = np.minimum(values["carrier_hz"] * 2.0**wander, 0.45 * canvas.samplerate)
    return np.asarray(np.sin(2 * np.pi * np.cumsum(hz) / canvas.samplerate))


def telegraph(values: Values, canvas: Canvas) -> Floats:
    """A loose contact: a voltage that flips at random moments, behind a high-pass."""
    flips = canvas.onsets(values["flips_hz"], regularity=values["regularity"])
    times = np.bincount(flips, minlength=canvas.frames)
    square = np.where(np.cumsum(times) % 2, 1.0, -1.0)
    spectrum = np.fft.rfft(square) * high_pass(canvas.hz, values["cutoff_hz"], 12.0)
    return np.asarray(np.fft.irfft(spectrum, canvas.frames))


def torn(values: Values, canvas: Canvas) -> Floats:
    """A bad radio: two bands of noise that take turns, some hundred times a second."""
    turn = canvas.slow(values["turns_hz"]) > 0
    low = canvas.coloured(hump(canvas.hz, values["low_hz"], 1.0))
    high = canvas.coloured(hump(canvas.hz, values["high_hz"], 1.0))
    return np.where(turn, low, high * decibels(values["high_db"]))


FLOWS = (
    Synth(
        "wind",
        "noise through a broad resonance that wanders",
        (
            Control("centre_hz", 250, 1200),
            Control("width_octaves", 0.8, 1.6),
            Control("gust_octaves", 0.02, 0.3),
            Control("gust_hz", 2, 8),
        ),
        wind,
    ),
    Synth(
        "hiss",
        "noise above a cutoff, tilted",
        (
            Control("cutoff_hz", 1500, 6000),
            Control("tilt_db_per_octave", -6, 6, logarithmic=False),
        ),
        hiss,
    ),
    Synth(
        "rumble",
        "low noise, roughened, with grit",
        (
            Control("cutoff_hz", 90, 350),
            Control("roughness", 0, 0.6, logarithmic=False),
            Control("grit_db", -40, -16, logarithmic=False),
        ),
        rumble,
    ),
    Synth(
        "frequency-noise",
        "a sine whose frequency is noise",
        (
            Control("carrier_hz", 500, 3000),
            Control("deviation_octaves", 0.5, 1.3, logarithmic=False),
            Control("modulator_hz", 80, 800),
        ),
        frequency_noise,
    ),
    Synth(
        "telegraph",
        "a voltage that flips at random moments",
        (
            Control("flips_hz", 200, 4000),
            Control("regularity", 0.6, 1.6, logarithmic=False),
            Control("cutoff_hz", 30, 500),
        ),
        telegraph,
    ),
    Synth(
        "torn",
        "a low and a high band of noise that take turns",
        (
            Control("turns_hz", 40, 400),
            Control("low_hz", 150, 500),
            Control("high_hz", 2500, 6000),
            Control("high_db", -9, 3, logarithmic=False),
        ),
        torn,
    ),
)
