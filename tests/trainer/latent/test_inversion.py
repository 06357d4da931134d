"""Finding a sound in the latent space."""

import numpy as np
import pytest
from random_gan import write_random_gan
from toy_generator import opened

from trainer.latent.generator import magnitudes, open_generator
from trainer.latent.inversion import InversionConfig, invert

QUICK = InversionConfig(candidates=64, starts=3, steps=60)


@pytest.mark.parametrize("seed", range(3))
def test_a_sound_of_the_gan_is_found_again(seed):
    toy = opened(pitches=(64,)).generator
    hidden = np.random.default_rng([9, seed]).standard_normal((1, 16)).astype(np.float32)
    target = magnitudes(toy, hidden, np.array([64]))
    found = invert(toy, target, 64, seed=seed, config=QUICK)
    assert found.distance < 0.35 * found.searched
    again = magnitudes(toy, found.latent[None], np.array([64]))
    assert np.abs(again - target).mean() == pytest.approx(found.distance, abs=1e-3)


def test_a_sound_is_found_at_its_pitch():
    toy = opened(pitches=(60, 64, 67)).generator
    hidden = np.random.default_rng(4).standard_normal((1, 16)).astype(np.float32)
    target = magnitudes(toy, hidden, np.array([64]))
    right, wrong = (invert(toy, target, at, seed=1, config=QUICK).distance for at in (64, 60))
    assert right < 0.5 * wrong


def test_between_two_targets_both_are_near():
    toy = opened().generator
    two = np.random.default_rng(5).standard_normal((2, 16)).astype(np.float32)
    targets = magnitudes(toy, two, None)
    apart = np.abs(targets[0] - targets[1]).mean()
    found = invert(toy, targets, None, seed=1, config=QUICK)
    assert found.distance == pytest.approx(apart / 2, rel=0.25)  # the least that there can be


def test_a_real_generator_is_inverted(tmp_path):
    generator = open_generator(write_random_gan(tmp_path / "generator.pt")).generator
    hidden = np.random.default_rng(6).standard_normal((1, 12)).astype(np.float32)
    target = magnitudes(generator, hidden, None)
    config = InversionConfig(candidates=32, starts=2, steps=15)
    found = invert(generator, target, None, seed=1, config=config)
    assert found.distance < 0.95 * found.searched


def test_the_same_seed_finds_the_same():
    toy = opened().generator
    target = magnitudes(toy, np.ones((1, 16), dtype=np.float32), None)
    config = InversionConfig(candidates=16, starts=2, steps=5)
    one, two = (invert(toy, target, None, seed=3, config=config) for _ in range(2))
    np.testing.assert_array_equal(one.latent, two.latent)
