"""The circular Gabor transform: its sum, its exact inverse, its symmetries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inversion_methods import CLIP, noise

from trainer.spectral.gabor import Gabor

GABOR = Gabor()


@pytest.mark.parametrize(("frame", "bin"), [(0, 3), (5, 17), (63, 0), (127, 256)])
def test_a_coefficient_is_the_sum_of_its_definition(frame, bin):
    sound = noise(1)
    time = np.arange(-GABOR.support // 2, GABOR.support // 2)
    turning = np.exp(-2j * np.pi * bin * time / GABOR.fft)
    windowed = sound[(frame * GABOR.hop + time) % CLIP] * GABOR.window.astype(np.float64)
    assert GABOR.analyse(sound[None])[0, frame, bin] == pytest.approx(
        (windowed * turning).sum(), abs=1e-6
    )


@pytest.mark.parametrize(
    "gabor", [GABOR, Gabor(gamma=20_000), Gabor(hop=64), Gabor(samples=4096, support=512)]
)
def test_analysis_then_synthesis_is_the_sound(gabor):
    sound = noise(2)[None, : gabor.samples]
    np.testing.assert_allclose(gabor.synthesise(gabor.analyse(sound)), sound, atol=2e-5)


def test_synthesis_is_the_least_squares_inverse():
    """What is left over is no sound's transform: its own synthesis is silence."""
    draw = np.random.default_rng(3).standard_normal((2, 1, GABOR.frames, GABOR.bins))
    anything = (draw[0] + 1j * draw[1]).astype(np.complex64)
    anything[..., [0, -1]] = anything[..., [0, -1]].real  # as in any real sound's spectrum
    left = anything - GABOR.analyse(GABOR.synthesise(anything))
    assert np.abs(left).mean() > 0.5
    assert np.abs(GABOR.synthesise(left)).max() < 1e-4 * np.abs(GABOR.synthesise(anything)).max()


@settings(max_examples=10, deadline=None)
@given(hops=st.integers(0, 127), seed=st.integers(0, 99))
def test_a_turned_sound_has_turned_frames(hops, seed):
    sound = noise(seed)[None]
    turned = GABOR.analyse(np.roll(sound, hops * GABOR.hop, axis=1))
    np.testing.assert_allclose(turned, np.roll(GABOR.analyse(sound), hops, axis=1), atol=1e-6)


def test_a_sine_of_peak_one_has_magnitude_one():
    sine = np.sin(2 * np.pi * 40 * np.arange(CLIP) / GABOR.fft).astype(np.float32)
    assert np.abs(GABOR.analyse(sine[None])).max() == pytest.approx(1, abs=1e-4)
