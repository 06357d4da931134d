"""What meters and scope tell of the sound, held against the sound."""

import threading

import numpy as np
import pytest
from playing import example_engine

RATE = 48_000


def slow_levels(sound: np.ndarray, blocks: list[int]) -> tuple[float, float]:
    """Peak and rms of (T,) as IEC 60268-10 (20 dB in 1.7 s) and -17 (0.3 s) have them."""
    peak = mean = 0.0
    for block in np.split(sound.astype(float), np.cumsum(blocks)[:-1]):
        peak = max(np.abs(block).max(), peak * 10 ** (-len(block) / RATE / 1.7))
        left = np.exp(-len(block) / RATE / 0.3)
        mean = mean * left + (1 - left) * np.mean(block**2)
    return peak, np.sqrt(mean)


def test_levels_are_those_of_the_sound_in_blocks_of_any_size(tmp_path):
    engine = example_engine(tmp_path, voices=2)
    blocks = [256, 1, 37, 64, 1000, 8, 256, 4096, 7, 3000]
    sound = np.concatenate([engine.render(n) for n in blocks], axis=1)
    for channel, level in enumerate(engine.levels()):
        assert level == pytest.approx(slow_levels(sound[channel], blocks), rel=1e-4)


def test_a_voice_s_level_is_its_sound_before_pan(tmp_path):
    engine = example_engine(tmp_path)
    blocks = [256] * 40
    sound = np.concatenate([engine.render(n) for n in blocks], axis=1)
    (slot,) = engine._seeds
    assert engine.level(slot) == pytest.approx(slow_levels(sound[0] * 2**0.5, blocks), rel=1e-4)
    with pytest.raises(KeyError):
        engine.level(slot + 1)


def test_the_scope_shows_the_newest_frames_of_the_mix(tmp_path):
    engine = example_engine(tmp_path)
    assert not engine.scope(100).any()
    sound = np.concatenate([engine.render(n) for n in (300, 777, 16_000, 8_192, 5)], axis=1)
    np.testing.assert_allclose(engine.scope(8_000), sound.sum(0)[-8_000:] * 2**-0.5, atol=1e-6)
    with pytest.raises(ValueError, match="16384"):
        engine.scope(16_385)


def test_a_scope_that_is_read_while_it_is_written_shows_frames_in_their_order(tmp_path):
    engine = example_engine(tmp_path)
    sound = [engine.render(64).sum(0) * np.float32(2**-0.5) for _ in range(20)]
    seen: list[np.ndarray] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(engine.scope(500))

    reader = threading.Thread(target=read)
    reader.start()
    sound += [engine.render(64).sum(0) * np.float32(2**-0.5) for _ in range(300)]
    done.set()
    reader.join()
    whole = np.concatenate(sound).round(5)
    for view in seen[:: max(1, len(seen) // 100)]:
        starts = np.flatnonzero(whole == view[0].round(5))
        fits = (np.allclose(whole[at : at + 500], view, atol=2e-5) for at in starts)
        assert not view.any() or any(fits)
