"""Harmonics that have drifted apart, put in step again: what changes and what does not."""

import numpy as np
import pytest
from in_step import FRAMES, RATE, SECONDS, coherence, drifting
from scipy.signal import stft

from trainer.harmonics import locked, noise_share
from trainer.partials import relative_phases
from trainer.tuning import cents, midi_to_hz
from trainer.yin import yin

INNER = slice(512, -512)  # what a grid keeps


def powers_db(samples, f0_hz, harmonics=12):
    """(harmonics, frames): in a band of a quarter of the fundamental around each."""
    hz, _, picture = stft(samples, RATE, nperseg=2048, noverlap=1536)
    return np.array(
        [
            10 * np.log10(np.sum(np.abs(picture[np.abs(hz - k * f0_hz) < f0_hz / 4]) ** 2, 0))
            for k in range(1, harmonics + 1)
        ]
    )


@pytest.mark.parametrize("pitch", [56, 66, 76])
@pytest.mark.parametrize("seed", [1, 2])
def test_harmonics_keep_step_afterwards_and_did_not_before(pitch, seed):
    f0 = float(midi_to_hz(pitch))
    sound = drifting(f0, seed)
    assert coherence(sound[INNER], f0) < 0.6
    assert coherence(locked(sound, f0, RATE, f0)[INNER], f0) > 0.99


@pytest.mark.parametrize("semitones", [-0.5, 0, 0.25, 0.5])
def test_the_tone_is_in_tune_where_it_was_wanted(semitones):
    f0, wanted = (float(midi_to_hz(66 + shift)) for shift in (0, semitones))
    off = cents(yin(locked(drifting(f0), f0, RATE, wanted)[INNER], RATE), wanted)
    assert np.abs(off).max() < 1.5


@pytest.mark.parametrize("semitones", [0, 0.5])
def test_every_harmonic_keeps_its_level_as_it_swells(semitones):
    f0, wanted = (float(midi_to_hz(66 + shift)) for shift in (0, semitones))
    swell = 1 + 0.5 * np.sin(2 * np.pi * SECONDS)
    sound = drifting(f0) * swell
    before = powers_db(sound, f0)
    after = powers_db(locked(sound, f0, RATE, wanted), wanted)
    assert np.abs(after - before)[:, 3:-3].max() < 1.0


def test_levels_that_shake_are_steadied():
    """A picture's grain: the level of a harmonic in one column against the next's."""
    f0 = float(midi_to_hz(66))
    shaking = drifting(f0) * (1 + 0.3 * np.sin(2 * np.pi * 25 * SECONDS))
    rms = [x.reshape(-1, 128).std(1) for x in (shaking, locked(shaking, f0, RATE, f0, 0.0))]
    assert np.std(rms[0]) / np.mean(rms[0]) > 0.15
    assert np.std(rms[1][8:-8]) / np.mean(rms[1]) < 0.08


@pytest.mark.parametrize("sway", [0.0, 0.25, 1.0])
def test_levels_sway_around_their_mean_as_far_as_they_may(sway):
    f0 = float(midi_to_hz(66))
    sound = drifting(f0, drift_hz=0.0) * (1 + 0.5 * np.sin(2 * np.pi * SECONDS))
    rms = locked(sound, f0, RATE, f0, 0.0, sway).reshape(-1, 512).std(1)[2:-2]
    steady = locked(sound, f0, RATE, f0, 0.0, 0.0).std()
    assert (rms.max() / steady, rms.min() / steady) == pytest.approx(
        (1 + 0.5 * sway, 1 - 0.5 * sway), abs=0.08
    )


@pytest.mark.parametrize(
    ("gain_db", "noise", "expected_db"),
    [(0, 0.01, 0), (-15, 0.01, -15), (-15, 0.1, -7), (-15, 0.3, -1), (-15, 3.0, 0)],
    ids=["no gain", "faint", "soft", "breath", "rain"],
)
def test_noise_between_harmonics_goes_down_where_it_may_be_of_pghi(gain_db, noise, expected_db):
    f0, gain = 400.0, 10 ** (gain_db / 20)
    between = np.abs(np.fft.rfftfreq(FRAMES, 1 / RATE) / f0 % 1 - 0.5) < 0.25
    sound = drifting(f0, noise=noise)
    before, after = (
        np.mean(np.abs(np.fft.rfft(each * np.hanning(FRAMES)))[between] ** 2)
        for each in (sound, locked(sound, f0, RATE, f0, gain))
    )
    assert 10 * np.log10(after / before) == pytest.approx(expected_db, abs=0.6)


def test_a_tone_has_no_share_of_noise_and_rain_has_all():
    f0 = 400.0
    assert noise_share(drifting(f0), f0, RATE) < 3e-3
    assert noise_share(drifting(f0, noise=0.9434), f0, RATE) == pytest.approx(0.5, abs=0.05)
    assert noise_share(np.random.default_rng(1).standard_normal(FRAMES), f0, RATE) > 0.9
    assert noise_share(np.zeros(FRAMES), f0, RATE) == 0


def test_all_harmonics_are_in_one_phase_as_of_any_tone_of_the_factory():
    f0 = float(midi_to_hz(64))
    phases = relative_phases(locked(drifting(f0), f0, RATE, f0)[INNER], f0, RATE)
    assert np.abs(phases[:12]).max() < 0.15
