"""The resampler's law: delay, pass band, images; the equation and soxr as oracles."""

import math

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from smfosc import _core, taps

MODEL_HZ = 16_000
RATES = [48_000, 44_100, 96_000, 88_200, 32_000, 22_050, 192_000, 24_000]
Floats = NDArray[np.float32]


def native(samplerate: int, model_samplerate: int = MODEL_HZ) -> _core.Resampler:
    made = taps.design(model_samplerate, samplerate)
    return _core.Resampler(_core.Taps(made.up, made.down, made.rows))


def resampled(x: Floats, samplerate: int, model_samplerate: int = MODEL_HZ) -> Floats:
    nframes = len(x) * samplerate // model_samplerate
    sound, used = native(samplerate, model_samplerate).run(x, nframes)
    assert used <= len(x)
    return np.asarray(sound)


def by_the_equation(x: Floats, samplerate: int, model_samplerate: int) -> NDArray[np.float64]:
    """y[n] = sum_j rows[p, j] · x[k − j], in float64, one frame at a time."""
    made = taps.design(model_samplerate, samplerate)
    past = np.concatenate([np.zeros(made.rows.shape[1]), x])
    rows = made.rows.astype(np.float64)
    sound = []
    for n in range(len(x) * made.up // made.down):
        k, p = divmod(n * made.down, made.up)
        newest_first = past[: k + 1 + made.rows.shape[1]][::-1][: made.rows.shape[1]]
        sound.append(rows[p] @ newest_first)
    return np.array(sound)


def response_db(samplerate: int, low_hz: float, high_hz: float) -> NDArray[np.float64]:
    """What the taps do to a tone, images included: the prototype's response, each 20 Hz or less."""
    made = taps.design(MODEL_HZ, samplerate)
    prototype = made.rows.T.ravel().astype(np.float64) / made.up
    rate = MODEL_HZ * made.up
    points = 1 << math.ceil(math.log2(rate / 20))
    at = np.fft.rfftfreq(points, 1 / rate)
    level = 20 * np.log10(np.abs(np.fft.rfft(prototype, points)) + 1e-12)
    return np.asarray(level[(at >= low_hz) & (at <= high_hz)])


@pytest.mark.parametrize("samplerate", [*RATES, 16_000, 11_025, 8_000, 47_952])
def test_the_delay_is_constant_and_no_longer_than_2_ms(samplerate: int) -> None:
    delay = taps.delay_frames(samplerate)
    assert 0 < delay / samplerate <= 0.002
    x = np.sin(2 * np.pi * np.array([[220.0], [1000.0], [2500.0]]) / MODEL_HZ * np.arange(4000))
    for hz, tone in zip((220.0, 1000.0, 2500.0), x.astype(np.float32), strict=True):
        sound = resampled(tone, samplerate)
        frames = np.arange(len(sound))
        wanted = np.sin(2 * np.pi * hz / samplerate * (frames - delay))
        settled = slice(2 * delay, None)
        assert np.abs(sound - wanted)[settled].max() < 2e-4  # also a slip of 0.001 frame


@pytest.mark.parametrize("samplerate", [*RATES, 47_952])
def test_the_pass_band_is_flat_to_6500_hz(samplerate: int) -> None:
    assert np.abs(response_db(samplerate, 0, 6500)).max() < 0.1


@pytest.mark.parametrize("samplerate", [*RATES, 47_952])
def test_images_of_everything_up_to_8_khz_are_below_80_db(samplerate: int) -> None:
    assert response_db(samplerate, 8000, math.inf).max() < -80


@pytest.mark.parametrize("samplerate", [48_000, 44_100, 96_000])
def test_a_full_scale_tone_leaves_no_image_in_the_sound(samplerate: int) -> None:
    hz = 6_300.0
    x = np.sin(2 * np.pi * hz / MODEL_HZ * np.arange(16_000)).astype(np.float32)
    sound = resampled(x, samplerate)[samplerate // 10 :]
    window = np.blackman(len(sound))
    level = 20 * np.log10(np.abs(np.fft.rfft(sound * window)) / (window.sum() / 2) + 1e-12)
    at = np.fft.rfftfreq(len(sound), 1 / samplerate)
    assert abs(level.max()) < 0.1
    assert level[np.abs(at - hz) > 100].max() < -80


@pytest.mark.parametrize("samplerate", RATES)
def test_it_agrees_with_soxr_at_its_best_on_sound_below_6500_hz(samplerate: int) -> None:
    draw = np.random.default_rng(1)
    spectrum = np.zeros(16_001, complex)
    inside = np.arange(16_001) / 2 < 6_400  # 2 s of noise, some of it everywhere
    spectrum[inside] = draw.normal(size=inside.sum()) + 1j * draw.normal(size=inside.sum())
    x = np.fft.irfft(spectrum)
    x = (0.5 * x / np.abs(x).max()).astype(np.float32)
    delay = taps.delay_frames(samplerate)
    ours = resampled(x, samplerate).astype(np.float64)[delay:]
    theirs = soxr.resample(x.astype(np.float64), MODEL_HZ, samplerate, quality="VHQ")
    inner = slice(samplerate // 10, min(len(ours), len(theirs)) - samplerate // 10)
    error = np.sqrt(np.mean((ours[inner] - theirs[inner]) ** 2))
    assert 20 * np.log10(error / np.sqrt(np.mean(theirs[inner] ** 2))) < -70


@pytest.mark.parametrize("samplerate", [48_000, 44_100, 22_050, 11_025, 16_000])
def test_the_native_loop_is_the_equation(samplerate: int) -> None:
    x = np.random.default_rng(2).uniform(-1, 1, 1500).astype(np.float32)
    wanted = by_the_equation(x, samplerate, MODEL_HZ)
    assert np.abs(resampled(x, samplerate) - wanted).max() < 1e-6


@settings(max_examples=40, deadline=None)
@given(
    samplerate=st.sampled_from([*RATES, 16_000, 11_025, 8_000]),
    blocks=st.lists(st.integers(1, 4096), min_size=1, max_size=12),
)
def test_streaming_equals_one_shot_bit_for_bit(samplerate: int, blocks: list[int]) -> None:
    nframes = sum(blocks)
    needed = math.ceil(nframes * MODEL_HZ / samplerate) + 1
    x = np.random.default_rng(3).uniform(-1, 1, needed).astype(np.float32)
    whole, _ = native(samplerate).run(x, nframes)
    stream, parts = native(samplerate), []
    for block in blocks:
        part, used = stream.run(x, block)
        x = x[used:]
        parts.append(part)
    assert np.array_equal(np.concatenate(parts), whole)


def test_equal_rates_are_a_plain_delay() -> None:
    x = np.random.default_rng(4).uniform(-1, 1, 500).astype(np.float32)
    sound = resampled(x, MODEL_HZ)
    delay = taps.delay_frames(MODEL_HZ)
    assert np.array_equal(sound[delay:], x[:-delay])
    assert not sound[:delay].any()


def test_silence_before_and_nothing_left_after_a_reset() -> None:
    stream = native(48_000)
    loud = np.ones(500, np.float32)
    before, _ = stream.run(loud, 1000)
    stream.reset()
    after, _ = stream.run(loud, 1000)
    assert np.array_equal(before, after)


def test_rates_without_a_common_divisor_work_and_absurd_ones_are_refused() -> None:
    x = np.sin(2 * np.pi * 1000 / MODEL_HZ * np.arange(800)).astype(np.float32)
    assert np.abs(resampled(x, 44_101)[200:]).max() == pytest.approx(1.0, abs=1e-2)
    with pytest.raises(ValueError, match="more in common"):
        taps.design(44_101, 767_999)
