"""Tones as harmonics and noise: measured again, a synthesised tone is what was asked for."""

import numpy as np
import pytest

from trainer.partials import (
    NOISE_BANDS,
    Tone,
    align_phases,
    analyse,
    harmonics_below_nyquist,
    mix,
    relative_phases,
    synthesise,
)
from trainer.tuning import cents, midi_to_hz
from trainer.yin import yin

RATE = 16_000


def some_tone(pitch, *, slope_db=-6.0, noise_db=-90.0):
    f0 = float(midi_to_hz(pitch))
    number = np.arange(harmonics_below_nyquist(f0, RATE))
    return Tone(f0, RATE, -15 + slope_db * number / 4, np.full(NOISE_BANDS, noise_db))


def with_phases(tone, phases, *, vibrato_cents=0.0):
    """The tone's sound (T,), one second, with other phases than its own, and a player's vibrato."""
    time = np.arange(RATE) / RATE
    sway = vibrato_cents / 1200 * np.log(2) * np.sin(2 * np.pi * 5 * time) / (10 * np.pi)
    turn = 2 * np.pi * tone.f0_hz * (time + sway)
    number = np.arange(1, len(phases) + 1)[:, None]
    levels = 10 ** (tone.harmonics_db[:, None] / 20)
    return np.sum(levels * np.cos(number * turn + phases[:, None]), axis=0)


def some_phases(tone):
    """Any, but the fundamental's is 0: phases count against it."""
    phases = np.random.default_rng(3).uniform(-np.pi, np.pi, len(tone.harmonics_db))
    phases[0] = 0.0
    return phases


def turn(a, b):
    """Distance between angles, radians."""
    return np.abs(np.angle(np.exp(1j * (a - b))))


@pytest.mark.parametrize("pitch", [64, 69.75, 76])
def test_analysis_finds_what_synthesis_made(pitch):
    tone = some_tone(pitch)
    sound = synthesise(tone, RATE, np.random.default_rng(1))
    found = analyse(sound, tone.f0_hz, RATE)
    np.testing.assert_allclose(found.harmonics_db, tone.harmonics_db, atol=0.3)
    np.testing.assert_allclose(found.noise_db, tone.noise_db, atol=3)
    assert turn(relative_phases(sound, tone.f0_hz, RATE), 0).max() < 0.05


def test_synthesis_is_in_tune():
    tone = some_tone(71.3)
    sound = synthesise(tone, RATE, np.random.default_rng(0))
    assert np.abs(cents(yin(sound, RATE), tone.f0_hz)).max() < 1


@pytest.mark.parametrize("vibrato_cents", [0, 5])
def test_phases_are_found_and_aligned_and_nothing_else_changes(vibrato_cents):
    tone = some_tone(66, slope_db=-2)
    phases = some_phases(tone)
    sound = with_phases(tone, phases, vibrato_cents=vibrato_cents)
    assert turn(relative_phases(sound, tone.f0_hz, RATE), phases)[:12].max() < 0.1
    aligned = align_phases(sound, tone.f0_hz, RATE)[400:-400]
    assert turn(relative_phases(aligned, tone.f0_hz, RATE), 0)[:12].max() < 0.1
    before = analyse(sound, tone.f0_hz, RATE).harmonics_db
    np.testing.assert_allclose(
        analyse(aligned, tone.f0_hz, RATE).harmonics_db[:12], before[:12], atol=0.2
    )


def test_a_tone_mixed_with_itself_is_itself():
    tone = some_tone(66)
    same = mix([tone, tone, tone], [1, 2, 3], tone.f0_hz)
    np.testing.assert_allclose(same.harmonics_db, tone.harmonics_db)


@pytest.mark.parametrize("share", [0, 0.25, 0.5, 1])
def test_a_mix_is_linear_in_decibels(share):
    a, b = some_tone(66), some_tone(66, slope_db=-12, noise_db=-60)
    half = mix([a, b], [1 - share, share], a.f0_hz)
    np.testing.assert_allclose(
        half.harmonics_db, (1 - share) * a.harmonics_db + share * b.harmonics_db
    )
    np.testing.assert_allclose(half.noise_db, (1 - share) * -90 + share * -60)


def test_a_mix_at_a_higher_pitch_keeps_only_what_fits_under_nyquist():
    tone = mix([some_tone(64), some_tone(64)], [1, 1], float(midi_to_hz(76)))
    assert len(tone.harmonics_db) == harmonics_below_nyquist(tone.f0_hz, RATE)


def test_vibrato_of_three_cents_does_not_smear_high_harmonics():
    tone = some_tone(66, slope_db=-2)
    sound = with_phases(tone, some_phases(tone), vibrato_cents=3)
    found = analyse(sound, tone.f0_hz, RATE)
    np.testing.assert_allclose(found.harmonics_db[:12], tone.harmonics_db[:12], atol=1)
