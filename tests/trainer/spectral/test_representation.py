"""Sounds become spectrograms and come back; what is no clip is refused in one line."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spectral_sounds import CLIP, noise, pops, sawtooth

from trainer.errors import TrainerError
from trainer.spectral import LogMagnitude, names, representation

BOTH = pytest.mark.parametrize("name", ["log-magnitude", "instantaneous-frequency"])


@BOTH
def test_shapes_and_range_are_the_networks(name):
    kind = representation(name)
    pictures = kind.encode(np.stack([sawtooth(330.0), noise(1), pops(2)]))
    assert pictures.shape == (3, kind.channels, kind.bins, kind.frames)
    assert (kind.bins, kind.frames, kind.samples) == (257, 128, 16_384)
    assert pictures.dtype == np.float32
    assert pictures[:, 0].max(axis=(1, 2)) == pytest.approx(1)
    assert pictures.min() >= -1
    assert pictures.max() <= 1
    sounds = kind.decode(pictures, seed=0)
    assert sounds.shape == (3, CLIP)
    assert sounds.dtype == np.float32
    assert np.abs(sounds).max() <= 1


def test_an_unknown_representation_is_named_with_those_there_are():
    with pytest.raises(TrainerError, match="'mel': no such one; wanted log-magnitude or inst"):
        representation("mel")
    assert names() == ("log-magnitude", "instantaneous-frequency")


@settings(max_examples=15, deadline=None)
@given(gain_db=st.floats(-60, 40), frequency=st.floats(100, 2000), seed=st.integers(0, 2**32))
def test_loudness_is_lost_and_nothing_else(gain_db, frequency, seed):
    sound = sawtooth(frequency) + np.float32(0.01) * noise(seed)
    kind = LogMagnitude()
    louder = np.float32(10 ** (gain_db / 20)) * sound
    np.testing.assert_allclose(kind.encode(louder[None]), kind.encode(sound[None]), atol=2e-3)


@BOTH
def test_a_clip_sounds_the_same_alone_and_in_a_batch(name):
    kind = representation(name)
    pictures = kind.encode(np.stack([noise(n) for n in range(19)]))
    together = kind.decode(pictures, seed=5)
    np.testing.assert_array_equal(together[13], kind.decode(pictures[13:14], seed=5)[0])


def test_the_seed_and_nothing_else_chooses_the_phases_below_the_tolerance():
    picture = LogMagnitude().encode(sawtooth(330.0)[None])
    same, again, other = (LogMagnitude().decode(picture, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(same, again)
    assert 0 < np.abs(same - other).max() < 0.01


@BOTH
def test_silence_comes_back_as_silence(name):
    kind = representation(name)
    picture = kind.encode(np.zeros((1, CLIP), np.float32))
    assert (picture[:, 0] == -1).all()
    assert (kind.decode(picture, seed=0) == 0).all()


@BOTH
def test_no_clips_make_no_clips(name):
    kind = representation(name)
    pictures = kind.encode(np.empty((0, CLIP), np.float32))
    assert pictures.shape == (0, kind.channels, 257, 128)
    assert kind.decode(pictures, seed=0).shape == (0, CLIP)


@BOTH
def test_a_short_clip_is_refused_with_the_length_that_is_wanted(name):
    with pytest.raises(TrainerError, match=r"got shape \(2, 8000\); wanted \(N, 16384\)"):
        representation(name).encode(np.zeros((2, 8000), np.float32))
    with pytest.raises(TrainerError, match=r"got shape \(16384,\); wanted \(N, 16384\)"):
        representation(name).encode(np.zeros(CLIP, np.float32))


@BOTH
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused_with_its_clip(name, value):
    kind = representation(name)
    sounds = np.stack([noise(1), noise(2)])
    pictures = kind.encode(sounds)
    sounds[1, 77] = value
    pictures[1, 0, 3, 4] = value
    with pytest.raises(TrainerError, match="encoding: sounds: number 1 of 2 holds NaN"):
        kind.encode(sounds)
    with pytest.raises(TrainerError, match="decoding: spectrograms: number 1 of 2 holds NaN"):
        kind.decode(pictures, seed=0)
