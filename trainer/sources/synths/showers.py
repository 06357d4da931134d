"""Noises of many events: clicks, drops, bubbles, grains, crackles, strikes."""

import numpy as np

from trainer.sources.synths.blocks import (
    Canvas,
    damped_sines,
    decibels,
    hump,
    low_pass,
    to_rms,
)
from trainer.sources.synths.control import Control, Synth, Values
from trainer.sources.takes import Floats


def _around(canvas: Canvas, centre: float, octaves: float, count: int) -> Floats:
    """Frequencies (E,) scattered about a centre, standard deviation in octaves; 100 Hz to 7 kHz."""
    scattered = centre * 2.0 ** (octaves * canvas.rng.standard_normal(count))
    return np.clip(scattered, 100.0, 7000.0)


def _phases(canvas: Canvas, count: int) -> Floats:
    return canvas.rng.uniform(0, 2 * np.pi, count)


def _loudness(canvas: Canvas, spread_db: float, count: int) -> Floats:
    """Amplitudes (E, 1) scattered by so many dB."""
    return 10.0 ** (spread_db / 20 * canvas.rng.standard_normal((count, 1)))


def geiger(values: Values, canvas: Canvas) -> Floats:
    """Clicks: very short damped sines at random moments over a faint floor."""
    onsets = canvas.onsets(values["rate_hz"], regularity=2.0)
    hz = _around(canvas, values["tone_hz"], values["spread_octaves"], len(onsets))
    decay = np.full(len(onsets), values["decay_ms"] / 1000)
    clicks = damped_sines(hz, decay, np.zeros(len(onsets)), canvas.samplerate)
    sound = canvas.place(onsets, clicks * _loudness(canvas, 2.0, len(onsets)))
    return to_rms(sound, 1.0) + decibels(-45) * canvas.coloured(np.ones_like(canvas.hz))


def vinyl(values: Values, canvas: Canvas) -> Floats:
    """A worn record: dull pops of very different size over a soft hiss."""
    onsets = canvas.onsets(values["rate_hz"], regularity=1.5)
    decay = np.full(len(onsets), values["decay_ms"] / 1000)
    hz = _around(canvas, 500.0, 0.7, len(onsets))
    pops = damped_sines(hz, decay, _phases(canvas, len(onsets)), canvas.samplerate)
    crackle = canvas.place(onsets, pops * _loudness(canvas, values["spread_db"], len(onsets)))
    surface = canvas.coloured(low_pass(canvas.hz, 2500.0, 9.0))
    return to_rms(crackle, 1.0) + decibels(values["surface_db"]) * surface


def rain(values: Values, canvas: Canvas) -> Floats:
    """Drops: short bright ticks, many, over the wash of those further off."""
    onsets = canvas.onsets(values["rate_hz"])
    count = len(onsets)
    hz = _around(canvas, values["tone_hz"], 0.45, count)
    decay = canvas.rng.uniform(0.6, 2.5, count) / 1000
    drops = damped_sines(hz, decay, _phases(canvas, count), canvas.samplerate)
    near = canvas.place(onsets, drops * _loudness(canvas, 5.0, count))
    far = canvas.coloured(hump(canvas.hz, 1.4 * values["tone_hz"], 2.5))
    return to_rms(near, 1.0) + decibels(values["wash_db"]) * far


def bubbles(values: Values, canvas: Canvas) -> Floats:
    """Bubbles in water: sines that rise while they die away.

    Damping by radius after van den Doel, "Physically based models for liquid sounds", ACM TAP
    2(4), 2005: 0.13 / r + 0.0072 r^-1.5 with r = 3 / f.
    """
    onsets = canvas.onsets(values["rate_hz"], regularity=2.0)
    hz = _around(canvas, values["tone_hz"], values["spread_octaves"], len(onsets))
    hz = np.maximum(hz, 300.0)  # larger ones ring for half a second: tones
    radius = 3.0 / hz
    damping = 0.13 / radius + 0.0072 * radius**-1.5
    sines = damped_sines(
        hz, 1.0 / damping, np.zeros(len(onsets)), canvas.samplerate, chirp=values["rise"]
    )
    return canvas.place(onsets, sines * _loudness(canvas, 3.0, len(onsets)))


def fire(values: Values, canvas: Canvas) -> Floats:
    """A hearth: a low roar that laps, a hiss, and crackles that snap."""
    roar = canvas.coloured(low_pass(canvas.hz, values["roar_hz"], 9.0))
    roar *= 1.0 + 0.25 * np.tanh(canvas.slow(9.0))
    onsets = canvas.onsets(values["rate_hz"], regularity=1.5)
    count = len(onsets)
    decay = canvas.rng.uniform(0.5, 4.0, count) / 1000
    snaps = damped_sines(
        _around(canvas, 2200.0, 0.8, count), decay, _phases(canvas, count), canvas.samplerate
    )
    crackle = to_rms(canvas.place(onsets, snaps * _loudness(canvas, 4.0, count)), 1.0)
    air = canvas.coloured(hump(canvas.hz, 5000.0, 2.0)) * decibels(-22)
    return to_rms(roar, 1.0) + decibels(values["crackle_db"]) * crackle + air


def grains(values: Values, canvas: Canvas) -> Floats:
    """A granular cloud: sines under Hann windows, their frequencies scattered."""
    onsets = canvas.onsets(values["rate_hz"], regularity=1.5)
    count, length = len(onsets), round(values["length_ms"] / 1000 * canvas.samplerate)
    hz = _around(canvas, values["tone_hz"], values["spread_octaves"], count)
    turns = hz[:, None] * np.arange(length) / canvas.samplerate
    sines = np.sin(2 * np.pi * turns + _phases(canvas, count)[:, None]) * np.hanning(length)
    return canvas.place(onsets, sines)


def rattle(values: Values, canvas: Canvas) -> Floats:
    """A loose machine: near-regular strikes on metal whose modes never quite repeat."""
    onsets = canvas.onsets(values["rate_hz"], regularity=values["regularity"])
    sound = np.zeros(canvas.frames)
    for ratio in (1.0, 1.59, 2.14, 2.65, 3.6, 4.9):  # of a drum's skin, roughly: inharmonic
        hz = _around(canvas, values["tone_hz"] * ratio, 0.12, len(onsets))
        decay = np.full(len(onsets), values["decay_ms"] / 1000 / np.sqrt(ratio))
        ring = damped_sines(hz, decay, _phases(canvas, len(onsets)), canvas.samplerate)
        sound += canvas.place(onsets, ring * _loudness(canvas, 3.0, len(onsets)))
    hum = canvas.coloured(low_pass(canvas.hz, 250.0, 12.0))
    return to_rms(sound, 1.0) + decibels(values["hum_db"]) * hum


SHOWERS = (
    Synth(
        "geiger",
        "clicks at random moments",
        (
            Control("rate_hz", 80, 800),
            Control("tone_hz", 1800, 5500),
            Control("decay_ms", 0.15, 0.8),
            Control("spread_octaves", 0.1, 0.6),
        ),
        geiger,
    ),
    Synth(
        "vinyl",
        "pops of different size over a soft hiss",
        (
            Control("rate_hz", 90, 450),
            Control("decay_ms", 0.3, 1.2),
            Control("spread_db", 1.5, 5, logarithmic=False),
            Control("surface_db", -24, -10, logarithmic=False),
        ),
        vinyl,
    ),
    Synth(
        "rain",
        "bright drops over a wash",
        (
            Control("rate_hz", 400, 3000),
            Control("tone_hz", 1800, 4500),
            Control("wash_db", -18, 0, logarithmic=False),
        ),
        rain,
    ),
    Synth(
        "bubbles",
        "sines that rise while they die away",
        (
            Control("rate_hz", 100, 600),
            Control("tone_hz", 500, 1800),
            Control("spread_octaves", 0.4, 0.9),
            Control("rise", 0.02, 0.3),
        ),
        bubbles,
    ),
    Synth(
        "fire",
        "a low roar with snapping crackles",
        (
            Control("roar_hz", 80, 300),
            Control("rate_hz", 40, 250),
            Control("crackle_db", -14, 0, logarithmic=False),
        ),
        fire,
    ),
    Synth(
        "grains",
        "a cloud of windowed sines",
        (
            Control("rate_hz", 100, 600),
            Control("length_ms", 8, 50),
            Control("tone_hz", 500, 3500),
            Control("spread_octaves", 0.3, 1.2),
        ),
        grains,
    ),
    Synth(
        "rattle",
        "near-regular strikes on metal",
        (
            Control("rate_hz", 18, 50),
            Control("regularity", 4, 40),
            Control("tone_hz", 250, 900),
            Control("decay_ms", 4, 14),
            Control("hum_db", -24, -6, logarithmic=False),
        ),
        rattle,
    ),
)
