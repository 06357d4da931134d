"""Tones as harmonics and noise: measured again, a synthesised tone is what was asked for."""

from dataclasses import replace

import numpy as np
import pytest

from trainer.partials import NOISE_BANDS, Tone, analyse, harmonics_below_nyquist, mix, synthesise
from trainer.tuning import cents, midi_to_hz
from trainer.yin import yin

RATE = 16_000


def some_tone(pitch, *, slope_db=-6.0, phase=0.7, noise_db=-90.0):
    f0 = float(midi_to_hz(pitch))
    number = np.arange(harmonics_below_nyquist(f0, RATE))
    return Tone(
        f0,
        RATE,
        -15 + slope_db * number / 4,
        np.angle(np.exp(1j * phase * number)),
        np.full(NOISE_BANDS, noise_db),
    )


def turn(a, b):
    """Distance between angles, radians."""
    return np.abs(np.angle(np.exp(1j * (a - b))))


@pytest.mark.parametrize("pitch", [64, 69.75, 76])
def test_analysis_finds_what_synthesis_made(pitch):
    tone = some_tone(pitch)
    found = analyse(synthesise(tone, RATE, np.random.default_rng(1)), tone.f0_hz, RATE)
    np.testing.assert_allclose(found.harmonics_db, tone.harmonics_db, atol=0.3)
    assert turn(found.phases, tone.phases).max() < 0.05
    np.testing.assert_allclose(found.noise_db, tone.noise_db, atol=3)


def test_synthesis_is_in_tune():
    tone = some_tone(71.3)
    sound = synthesise(tone, RATE, np.random.default_rng(0))
    assert np.abs(cents(yin(sound, RATE), tone.f0_hz)).max() < 1


def test_a_tone_mixed_with_itself_is_itself():
    tone = some_tone(66)
    same = mix([tone, tone, tone], [1, 2, 3], tone.f0_hz)
    np.testing.assert_allclose(same.harmonics_db, tone.harmonics_db)
    assert turn(same.phases, tone.phases).max() < 1e-9


@pytest.mark.parametrize("share", [0, 0.25, 0.5, 1])
def test_a_mix_is_linear_in_decibels(share):
    a, b = some_tone(66), some_tone(66, slope_db=-12, noise_db=-60)
    half = mix([a, b], [1 - share, share], a.f0_hz)
    np.testing.assert_allclose(
        half.harmonics_db, (1 - share) * a.harmonics_db + share * b.harmonics_db
    )
    np.testing.assert_allclose(half.noise_db, (1 - share) * -90 + share * -60)


def test_the_louder_harmonic_leads_the_phase():
    a, b = some_tone(66, phase=0.0), some_tone(66, phase=1.0)
    louder = replace(b, harmonics_db=b.harmonics_db + 40)
    led = mix([a, louder], [0.5, 0.5], a.f0_hz)
    assert turn(led.phases, b.phases).max() < 0.02
    even = mix([a, b], [0.5, 0.5], a.f0_hz)
    assert turn(even.phases[1], 0.5) < 1e-9


def test_a_weight_of_nothing_leaves_no_trace_even_of_the_first():
    a, b = some_tone(66), replace(some_tone(66), phases=np.zeros(len(some_tone(66).phases)))
    assert turn(mix([a, b], [0, 1], a.f0_hz).phases, b.phases).max() < 1e-9


def test_vibrato_of_three_cents_does_not_smear_high_harmonics():
    tone = some_tone(66, slope_db=-2)
    time = np.arange(RATE) / RATE
    wobble = 2 * np.pi * tone.f0_hz * (time + 0.0017 * np.sin(2 * np.pi * 5 * time) / (10 * np.pi))
    number = np.arange(1, len(tone.phases) + 1)[:, None]
    levels = 10 ** (tone.harmonics_db[:, None] / 20)
    sound = np.sum(levels * np.cos(number * wobble + tone.phases[:, None]), axis=0)
    found = analyse(sound, tone.f0_hz, RATE)
    np.testing.assert_allclose(found.harmonics_db[:12], tone.harmonics_db[:12], atol=1)
