"""The steadiest part of a recording is found; pitch, periodicity and spectra are measured right."""

from itertools import pairwise

import made
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainer.sources.recording import steady_parts
from trainer.sources.spectra import band_spectrum, distances, measure, periodicity
from trainer.sources.steady import course, level_deviation_db, steadiest
from trainer.sources.takes import SkipError
from trainer.sources.tuned import pitch_of, repetition, tuning

RATE = 16_000


def slow_steadiest(samples, frames):
    """The definition, window by window."""
    seen = course(samples, RATE)
    inside = (frames - 512) // seen.hop + 1
    best, score = 0, np.inf
    loudest = max(
        np.mean(10 ** (seen.level_db[k : k + inside] / 10))
        for k in range(len(seen.level_db) - inside + 1)
    )
    for k in range(len(seen.level_db) - inside + 1):
        level, flux = seen.level_db[k : k + inside], seen.flux_db[k + 1 : k + inside]
        loud = np.mean(10 ** (level / 10)) >= loudest * 10**-1.2
        if loud and k * seen.hop + frames <= len(samples) and level.std() + flux.mean() < score:
            best, score = k * seen.hop, level.std() + flux.mean()
    return best


@pytest.mark.parametrize("seed", range(4))
def test_the_steadiest_window_is_that_of_the_definition(seed):
    rng = np.random.default_rng(seed)
    bumps = np.interp(np.arange(24_000), np.arange(0, 24_001, 2000), rng.uniform(0.1, 1, 13))
    samples = bumps * rng.standard_normal(24_000)
    assert steadiest(samples, 8000, RATE) == [slow_steadiest(samples, 8000)]


def test_a_note_is_cut_between_its_attack_and_its_decay():
    envelope = np.interp(np.arange(48_000) / RATE, [0, 0.8, 2.0, 3.0], [0, 1, 1, 0])
    start = steadiest(envelope * made.tone(seconds=3), 16_384, RATE)[0]
    assert 0.8 * RATE <= start <= 2.0 * RATE - 16_384


def test_a_change_of_timbre_at_one_level_is_avoided():
    rng = np.random.default_rng(1)
    sines = made.tone(400, 1.5, level=np.sqrt(2))
    changing = np.where(np.arange(24_000) // 2000 % 2, made.tone(700, 1.5, level=np.sqrt(2)), sines)
    samples = np.concatenate([changing, sines]) + 0.001 * rng.standard_normal(48_000)
    assert steadiest(samples, 16_384, RATE)[0] >= 23_000


def test_silence_is_steady_but_not_taken():
    samples = np.concatenate([np.zeros(32_000), np.random.default_rng(0).standard_normal(24_000)])
    assert steadiest(samples, 16_384, RATE)[0] >= 30_000


@settings(max_examples=30)
@given(st.integers(0, 40_000), st.integers(1, 5))
def test_windows_never_overlap_nor_leave_the_recording(length, count):
    samples = np.random.default_rng(length).standard_normal(length)
    starts = sorted(steadiest(samples, 4000, RATE, count=count))
    assert len(starts) <= count
    assert all(b - a >= 4000 for a, b in pairwise(starts))
    assert all(0 <= start <= length - 4000 for start in starts)


def test_a_recording_of_exactly_a_clip_is_taken_and_a_shorter_one_skipped():
    assert [s for s, _ in steady_parts(made.tone(seconds=0.1), made.SHORT)] == [0]
    with pytest.raises(SkipError, match=r"shorter than 0\.100 s"):
        steady_parts(made.tone(seconds=0.1)[1:], made.SHORT)


# --- measures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("pitch", [56, 69, 76])
def test_a_note_out_of_tune_and_one_an_octave_off_show(pitch):
    hz = 440 * 2 ** ((pitch - 69) / 12)
    assert tuning(made.tone(hz * 2 ** (20 / 1200)), RATE, pitch).cents == pytest.approx(20, abs=1)
    octave = tuning(made.tone(2 * hz), RATE, pitch)
    assert octave.cents == pytest.approx(1200, abs=3)
    assert octave.in_tune == 0


def test_the_pitch_of_a_note_is_found_and_noise_has_none():
    assert pitch_of(made.tone(440), RATE) == pytest.approx((69, 1), abs=0.02)
    assert pitch_of(np.random.default_rng(0).standard_normal(16_384), RATE)[1] < 0.8


def test_a_loop_repeats_itself_and_a_breath_does_not():
    rng = np.random.default_rng(2)
    loop = np.tile(rng.standard_normal(2000), 8)
    assert repetition(loop, RATE) == pytest.approx(1.0)
    assert repetition(loop + rng.standard_normal(16_000), RATE) < 0.6


def test_half_tone_half_noise_has_a_periodicity_of_a_half():
    rng = np.random.default_rng(3)
    tone = made.tone(500, 2, level=np.sqrt(2))
    assert periodicity(tone, RATE) > 0.99
    assert periodicity(tone + rng.standard_normal(32_000), RATE) == pytest.approx(0.5, abs=0.05)
    assert periodicity(rng.standard_normal(32_000), RATE) < 0.06


def test_a_texture_is_measured_in_its_units():
    rng = np.random.default_rng(4)
    found = measure(rng.standard_normal(16_384), RATE)
    assert found.centroid_hz == pytest.approx(4000, rel=0.05)
    assert found.level_deviation_db < 0.4
    assert measure(made.tone(1000), RATE).crest_db == pytest.approx(3.01, abs=0.05)
    steps = np.repeat([1.0, 10.0], 8192) * rng.standard_normal(16_384)
    assert level_deviation_db(steps, RATE) == pytest.approx(10, abs=0.7)


def test_the_distance_of_spectra_is_in_decibels_and_blind_to_level():
    rng = np.random.default_rng(5)
    white = rng.standard_normal(16_384)
    a, b = band_spectrum(white, RATE), band_spectrum(0.1 * white, RATE)
    assert distances(a[None], b[None])[0, 0] == pytest.approx(0, abs=1e-6)
    low = np.fft.irfft(np.fft.rfft(white) * (np.arange(8193) < 512))
    assert distances(a[None], band_spectrum(low, RATE)[None])[0, 0] > 15
