"""The generator's copy that hears a mesh on another device."""

import numpy as np
import pytest
from random_gan import write_random_gan

from trainer.latent.generator import magnitudes, open_generator
from trainer.latent.hearing import hearing, hearing_on


@pytest.fixture(scope="module", params=[(), (60, 62, 64)])
def case(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("gan") / "generator.pt"
    generator = open_generator(write_random_gan(path, pitches=request.param)).generator
    latents = np.random.default_rng(0).standard_normal((5, 12))
    pitches = np.array([60, 64, 62, 60, 64]) if request.param else None
    return generator, latents, pitches


def test_a_copy_hears_what_the_generator_draws(case):
    generator, latents, pitches = case
    wanted = magnitudes(generator, latents.astype(np.float32), pitches)
    np.testing.assert_allclose(hearing_on("cpu", generator, pitches)(latents), wanted, atol=1e-5)
    np.testing.assert_allclose(hearing(generator, pitches)(latents), wanted, atol=1e-5)


def test_half_precision_is_near(case):
    generator, latents, pitches = case
    exact = hearing(generator, pitches)(latents)
    for half in (
        hearing(generator, pitches, bfloat16=True)(latents),
        hearing_on("cpu", generator, pitches, bfloat16=True)(latents),
    ):
        assert half.dtype == np.float32
        assert 0 < np.abs(half - exact).mean() < 0.03  # 8 bits, five blocks of chance deep
