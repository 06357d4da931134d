"""Known sounds, known figures: a measure must find just what was put in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.evaluation import inversion, morph, pitch, response, stability
from trainer.evaluation.features import features, log_mel_frames
from trainer.evaluation.material import CLIP, spread
from trainer.tuning import cents, midi_to_hz
from trainer.yin import yin

RATE = 16_000


def tone(midi, seconds, rate=RATE):
    phase = 2 * np.pi * midi_to_hz(midi) * np.arange(round(seconds * rate)) / rate
    return (0.3 * sum(np.sin(k * phase) / k for k in range(1, 5))).astype(np.float32)


def noise(seconds, seed=0, seconds_of_silence=0.0):
    draw = np.random.default_rng(seed)
    return (0.2 * draw.standard_normal(round(seconds * RATE))).astype(np.float32)


@pytest.mark.parametrize("off", [-30.0, 0.0, 45.0])
def test_a_tone_off_by_some_cents_is_found_off_by_those(off):
    heard = yin(tone(69 + off / 100, 1.0), RATE)
    found = pitch.figures(cents(heard, midi_to_hz(69)))
    assert found.median_cents == pytest.approx(off, abs=1)
    assert found.mean_abs_cents == pytest.approx(abs(off), abs=1)
    assert found.in_tune == 1.0
    assert found.octave_errors == 0.0


def test_octaves_are_told_from_other_wrong_notes():
    found = pitch.figures(np.array([0.0, 10.0, 1200.0, -1190.0, 300.0]))
    assert found.octave_errors == 0.4
    assert found.in_tune == 0.4


def test_no_frames_have_no_pitch():
    with pytest.raises(ValueError, match="no frames"):
        pitch.figures(np.empty((3, 0)))


def test_silence_repeats_nothing_and_a_loop_repeats_itself():
    loop = np.tile(noise(1.0), 8)
    assert stability.repetition(np.zeros(RATE * 4), RATE) == 0.0
    assert stability.repetition(loop, RATE) == pytest.approx(1.0, abs=1e-6)
    assert stability.repetition(noise(8.0), RATE) < 0.05


def test_a_loop_longer_than_is_noticed_is_no_repetition():
    assert stability.repetition(np.tile(noise(6.0), 3), RATE) < 0.05


def test_a_fading_sound_drifts_by_what_it_fades():
    fade = 10 ** (np.linspace(0, -12, 30 * RATE) / 20)
    found = stability.judged(noise(30.0) * fade, RATE, None)
    assert found["drift_db"] == pytest.approx(-8, abs=0.3)  # middles of the thirds
    assert found["range_db"] == pytest.approx(12 * 29 / 30, abs=0.5)
    assert found["drift_cents"] is None
    assert found["drift_log_mel_db"] == pytest.approx(8, abs=0.5)


def takes_of_a_step(late, count=8):
    """White noise, then high-passed noise from `late` samples after 0.5 s on."""
    at = RATE // 2
    made = []
    for seed in range(count):
        white = noise(1.0, seed)
        bright = np.diff(noise(1.0, 100 + seed), prepend=np.float32(0))
        made.append(np.concatenate([white[: at + late], 3 * bright[at + late :]]))
    return np.stack(made), at


@pytest.mark.parametrize("late", [0, 480, 1600])
def test_an_unpitched_step_arrives_when_its_sound_does(late):
    takes, at = takes_of_a_step(late)
    found = response.approach(takes, at, RATE)
    assert found is not None
    assert response.arrival(*found) == pytest.approx(late, abs=160)


def test_a_step_that_cannot_be_heard_is_not_timed():
    still = np.stack([noise(1.0, seed) for seed in range(8)])
    assert response.approach(still, RATE // 2, RATE) is None


def test_steps_that_never_arrive_are_missed():
    assert response.summary([0, 32, None]) == {
        "steps": 3,
        "median_samples": 16.0,
        "worst_samples": 32.0,
        "missed": 1,
        "too_small_to_time": 0,
    }


def test_the_spectrum_of_a_sound_with_itself_is_no_distance_apart():
    magnitudes = np.random.default_rng(1).random((3, 128, 257)).astype(np.float32)
    np.testing.assert_allclose(inversion.log_spectral_distance(magnitudes, magnitudes), 0)
    louder = inversion.log_spectral_distance(2 * magnitudes, magnitudes)
    np.testing.assert_allclose(louder, 0, atol=1e-4)


def test_log_spectral_distance_of_a_known_tilt():
    flat = np.ones((1, 128, 257), dtype=np.float32)
    ends = np.where(np.arange(257) < 128, 1.0, 10.0).astype(np.float32)
    tilted = np.broadcast_to(ends, flat.shape)
    mean_square = np.mean(ends**2)
    levels = 20 * np.log10(ends / np.sqrt(mean_square))
    wanted = np.sqrt(np.mean(levels**2))
    assert inversion.log_spectral_distance(tilted, flat)[0] == pytest.approx(wanted, rel=1e-4)


def test_tones_come_back_nearer_than_noise():
    time = np.arange(CLIP) / RATE
    tones = np.stack([0.3 * np.sin(2 * np.pi * f * time) for f in (440, 550)])
    noises = np.stack([noise(CLIP / RATE, k) for k in range(2)])
    pure, rough = (
        inversion.inverted(sounds.astype(np.float32), "log-magnitude", 1)
        for sounds in (tones, noises)
    )
    assert pure["spectral_convergence_db"] < -35 < rough["spectral_convergence_db"] < -10


def test_features_know_colour_and_motion_but_not_level():
    sounds = np.stack([noise(1.0), 0.1 * noise(1.0)])
    found = features(sounds)
    assert found.shape == (2, 80)
    np.testing.assert_allclose(found[0], found[1], atol=1e-3)
    assert log_mel_frames(np.zeros((1, RATE), dtype=np.float32)).min() == -80


def test_an_even_morph_is_even_and_a_jump_is_not():
    ramp = np.linspace(0, 10, 21)[:, None] * np.ones(8)
    jump = np.where(np.arange(21) < 10, 0.0, 10.0)[:, None] * np.ones(8)
    even, uneven = morph.evenness(ramp), morph.evenness(jump)
    assert even == {"whole_db": 10.0, "cv": 0.0, "max_to_mean": 1.0, "detour": 1.0}
    assert uneven["max_to_mean"] == pytest.approx(20)
    assert uneven["detour"] == 1.0


@given(known=st.integers(1, 300), wanted=st.integers(1, 300))
def test_places_are_spread_evenly(known, wanted):
    found = spread(known, wanted)
    counts = np.bincount(found, minlength=known)
    assert len(found) == wanted
    assert counts.max() - counts.min() <= 1
    assert found.max() < known
