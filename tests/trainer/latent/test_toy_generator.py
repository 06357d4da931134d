"""The double itself."""

import numpy as np
import pytest
from toy_generator import opened

from trainer.explore.vectors import hear


def test_its_condition_is_its_pitch():
    toy = opened(pitches=(64, 70)).generator
    latents = np.random.default_rng(0).standard_normal((12, 16)).astype(np.float32)
    heard = [hear(sound) for sound in toy.sounds(latents, np.full(12, 70), seed=1)]
    pitches = [each.pitch for each in heard if each.noisiness < 0.2]
    assert len(pitches) >= 3
    assert np.median([pitch for pitch in pitches if pitch]) == pytest.approx(70, abs=0.1)
