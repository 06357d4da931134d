"""Settling: neighbours foretell a coefficient, and the native loop is its equation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inversion_methods import noise, pops, sawtooth

from trainer import _native
from trainer.spectral.gabor import Gabor, with_phases
from trainer.spectral.measures import spectral_convergence_db
from trainer.spectral.pghi import pghi
from trainer.spectral.settling import predictor, settle
from trainer.spectral.settling_reference import settle_one

GABOR = Gabor()
SMALL = Gabor(samples=2048, fft=128, hop=32, gamma=55_000 / 16, support=256)
KINDS = st.sampled_from([noise, pops, lambda seed: sawtooth(100 + seed % 900)])


def transform(sound, gabor):
    return gabor.analyse(sound[None, : gabor.samples])


def turned_at_random(coefficients, seed, most):
    """Each phase moved by up to `most` radians."""
    draw = np.random.default_rng(seed).uniform(-most, most, coefficients.shape)
    return (coefficients * np.exp(1j * draw)).astype(np.complex64)


def foretold(coefficients, gabor):
    """Every bin's prediction, from whole arrays moved about. (frames, bins)."""
    found, total = predictor(gabor), np.zeros(coefficients.shape, np.complex128)
    spectrum = np.concatenate([coefficients, coefficients[:, -2:0:-1].conj()], axis=1)
    for weight, (frames, bins) in zip(found.weights, found.offsets, strict=True):
        moved = np.roll(spectrum, (-frames, -bins), axis=(0, 1))
        total += weight * moved[:, : gabor.bins]
    return total


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), kind=KINDS, gabor=st.sampled_from([GABOR, SMALL]))
def test_a_sounds_coefficients_are_what_their_neighbours_foretell(seed, kind, gabor):
    exact = transform(kind(seed), gabor)[0]
    left = np.linalg.norm(foretold(exact, gabor) - exact)
    assert left < 2e-3 * np.linalg.norm(exact)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), kind=KINDS, sweeps=st.integers(0, 3))
def test_the_native_loop_is_the_equation(seed, kind, sweeps):
    given = turned_at_random(transform(kind(seed), SMALL), seed, most=0.5)
    weakest = 1e-3 * np.abs(given).max()
    slow = settle_one(given[0], predictor(SMALL), weakest, sweeps)
    fast = settle(given, SMALL, tolerance=1e-3, sweeps=sweeps)[0]
    assert np.linalg.norm(fast - slow) < 1e-4 * np.linalg.norm(slow)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), kind=KINDS)
def test_magnitudes_are_kept_and_what_is_too_weak_keeps_its_phase(seed, kind):
    given = turned_at_random(transform(kind(seed), SMALL), seed, most=np.pi)
    found = settle(given, SMALL, tolerance=1e-2)
    np.testing.assert_allclose(np.abs(found), np.abs(given), rtol=1e-5, atol=1e-9)
    weak = np.abs(given) < 0.99e-2 * np.abs(given).max()
    np.testing.assert_array_equal(found[weak], given[weak])


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from([noise, pops]))
def test_settling_brings_the_sound_nearer(seed, kind):
    exact = transform(kind(seed), GABOR)
    magnitude = np.abs(exact)
    start = with_phases(magnitude, pghi(np.log(magnitude + 1e-7), GABOR))
    settled = settle(start, GABOR, tolerance=1e-4)
    before, after = (
        spectral_convergence_db(GABOR.synthesise(each), magnitude, GABOR)[0]
        for each in (start, settled)
    )
    assert after < before - 1.5


def test_true_phases_stay_as_they_are():
    exact = transform(sawtooth(330.3), GABOR)
    found = settle(exact, GABOR, tolerance=1e-4)
    assert np.linalg.norm(found - exact) < 1e-3 * np.linalg.norm(exact)


def test_silence_stays_silence():
    silence = np.zeros((2, GABOR.frames, GABOR.bins), np.complex64)
    np.testing.assert_array_equal(settle(silence, GABOR, tolerance=1e-4), silence)
    assert settle(silence[:0], GABOR, tolerance=1e-4).shape == (0, GABOR.frames, GABOR.bins)


def test_what_settles_is_another_array():
    given = turned_at_random(transform(noise(1), SMALL), 1, most=1.0)
    before = given.copy()
    settle(given, SMALL, tolerance=1e-4)
    np.testing.assert_array_equal(given, before)


@pytest.mark.parametrize(
    ("offsets", "weights", "message"),
    [
        ([[0, 0]], 1, "does not foretell itself"),
        ([[64, 1]], 1, "within the spectrogram"),
        ([[1, -65]], 1, "within the spectrogram"),
        ([[1, 0]], 2, "weights: bad shape"),
    ],
)
def test_a_prediction_that_is_none_is_refused(offsets, weights, message):
    coefficients = np.ones((1, SMALL.frames, SMALL.bins), np.complex64)
    with pytest.raises(ValueError, match=message):
        _native.settle_phases(
            coefficients,
            np.array(offsets, np.int32),
            np.ones((weights, SMALL.bins), np.complex64),
            tolerance=0.0,
            sweeps=1,
        )
