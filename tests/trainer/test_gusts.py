"""A noise's gusts go, its spectrum, its clicks and its own chance stay."""

import numpy as np
import pytest

from trainer.gusts import calmed

RATE, SAMPLES = 16_000, 16_384


def bands_db(sound, frames=8):
    """(frames, 3) levels of 0-2, 3-5 and 6-8 kHz."""
    power = np.abs(np.fft.rfft(sound.reshape(frames, -1), axis=1)) ** 2
    hz = np.fft.rfftfreq(SAMPLES // frames, 1 / RATE)
    inside = [(hz >= low) & (hz < low + 2_000) for low in (0, 3_000, 6_000)]
    return np.stack([10 * np.log10(power[:, each].mean(axis=1)) for each in inside], axis=1)


def gusty(depth_db, seed=1):
    """White noise whose upper half sways twice a clip, and whose lower half is steady."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(SAMPLES))
    low, high = spectrum.copy(), spectrum.copy()
    low[SAMPLES // 4 :] = high[: SAMPLES // 4] = 0
    sway = 10 ** (depth_db / 20 * np.sin(4 * np.pi * np.arange(SAMPLES) / SAMPLES))
    return 0.1 * (np.fft.irfft(low) + sway * np.fft.irfft(high))


@pytest.mark.parametrize("gusts", [0.0, 0.25, 1.0])
def test_so_much_of_a_gust_is_left_in_its_band_and_the_others_are_let_be(gusts):
    before = gusty(6.0)
    after = calmed(before, RATE, gusts)
    sway = np.ptp(bands_db(after)[:, 2]) / np.ptp(bands_db(before)[:, 2])
    assert sway == pytest.approx(gusts, abs=0.12)
    still = bands_db(after)[:, 0] - bands_db(before)[:, 0]
    assert np.abs(still).max() < 1.0


def test_with_all_its_gusts_it_is_the_same_sound():
    sound = gusty(6.0)
    np.testing.assert_allclose(calmed(sound, RATE, 1.0), sound, atol=1e-4)


def test_a_steady_noise_stays_what_it_is():
    noise = 0.1 * np.random.default_rng(2).standard_normal(SAMPLES)
    error = calmed(noise, RATE, 0.25) - noise
    assert np.sqrt(np.mean(error**2) / np.mean(noise**2)) < 0.2


def test_clicks_stay_clicks():
    clicks = np.zeros(SAMPLES)
    clicks[np.random.default_rng(3).integers(0, SAMPLES, 40)] = 0.8
    after = calmed(clicks, RATE, 0.25)
    change_db = 20 * np.log10(after[clicks > 0] / 0.8)
    assert np.abs(change_db).max() < 4  # where they are rare or dense, that is a gust, too
    assert np.abs(after[clicks == 0]).max() < 0.05


def test_silence_is_silent():
    assert not calmed(np.zeros(SAMPLES), RATE, 0.25).any()
