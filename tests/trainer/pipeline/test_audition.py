"""Auditions: where there is a pitch it is judged, where there is none the bands are."""

from dataclasses import replace

import numpy as np
import pytest
import tiny

from smfosc.model_file import Parameter, mulaw_encode
from trainer import audition
from trainer.audition import AuditionConfig, in_units, pitched_points
from trainer.bands import RANGE_DB, band_distance_db, band_levels
from trainer.clips import Clips, normalise
from trainer.dataset import PARAMETERS
from trainer.network import SampleRnn

SHORT = AuditionConfig(seconds=0.3, settle_s=0.05, pitches=2, clips=3)
ROUGHNESS = (Parameter("roughness", "", 0.0, 1.0, 0.5), Parameter("rate", "Hz", 2.0, 10.0, 4.0))


def noise(gains, frames=4800):
    rng = np.random.default_rng(0)
    return np.array(gains)[:, None] * rng.standard_normal((len(gains), frames))


def unpitched(gains, frames=4800):
    shares = np.stack([np.linspace(0, 1, len(gains))] * 2, axis=1).astype(np.float32)
    codes = mulaw_encode(noise(gains, frames)).astype(np.uint16)
    return Clips(codes, shares, ROUGHNESS)


@pytest.fixture
def played(monkeypatch):
    """Let the network play what a test wants it to."""

    def install(sound_of):
        def play(network, parameters, **_):
            return np.stack([sound_of(p) for p in parameters[-1]], axis=1).astype(np.float32)

        monkeypatch.setattr(audition, "play", play)

    return install


def heard(clips):
    return audition.audition(SampleRnn(tiny.NETWORK), clips, SHORT)


def test_an_unpitched_model_that_plays_its_clips_is_perfect(played):
    clips = unpitched([0.1, 0.2, 0.05])
    by_value = dict(zip([0.0, 0.5, 1.0], noise([0.1, 0.2, 0.05]), strict=True))
    played(lambda values: by_value[float(values[0])])
    found = heard(clips)
    assert found.penalty < 1.0
    np.testing.assert_allclose(found.points[:, 1], [2, 6, 10])


def test_the_penalty_of_an_unpitched_model_is_its_distance_in_db(played):
    played(lambda values: noise([0.2])[0])
    found = heard(unpitched([0.1, 0.1, 0.1]))
    assert found.penalty == pytest.approx(6.0, abs=1.0)
    assert "dB off" in found.worst(1)


def test_a_silent_model_is_far_off(played):
    played(lambda values: np.zeros(4800))
    assert heard(unpitched([0.1, 0.1, 0.1])).penalty > 40


def test_a_pitched_model_is_judged_by_its_pitch(played):
    def tone(values):
        pitch = 64 + 12 * values[0]
        time = np.arange(4800) / 16_000
        return 0.3 * np.sin(2 * np.pi * 440 * 2 ** ((pitch + 0.1 - 69) / 12) * time)

    played(tone)
    found = heard(tiny.clips())
    np.testing.assert_allclose(found.penalties, 10, atol=1.5)  # a tenth of a semitone sharp
    assert found.sounds.shape == (8, 4000)


def test_a_pitched_model_that_is_silent_is_the_worst(played):
    played(lambda values: np.zeros(4800))
    assert heard(tiny.clips()).penalty == pytest.approx(200.0)


def test_the_clarinet_trumpets_points_are_all_semitones():
    points = pitched_points(PARAMETERS, AuditionConfig())
    assert len(points) == 63
    assert set(points[points[:, 1] == 0.5, 0]) == set(range(64, 77))
    assert set(points[points[:, 1] == 0.25, 0]) == {p + 0.5 for p in range(64, 76)}


def test_points_lie_within_any_range():
    ranges = (
        Parameter("brightness", "", -1, 3, 0),
        Parameter("pitch", "MIDI note", 40.5, 90.5, 60),
        Parameter("breath", "", 0, 1, 0),
    )
    shares = normalise(pitched_points(ranges, AuditionConfig()), ranges)
    assert shares.min() >= 0
    assert shares.max() <= 1
    assert len(np.unique(shares[:, 1])) == 25
    lone = pitched_points(ranges[1:2], AuditionConfig())
    assert lone.shape == (25, 1)


def test_units_and_shares_are_each_others_inverse():
    values = np.array([[64.0, 0.3], [71.5, 1.0]])
    np.testing.assert_allclose(in_units(normalise(values, PARAMETERS), PARAMETERS), values)


def test_a_louder_noise_is_as_much_louder_in_every_band():
    sound = noise([0.1])[0]
    quiet, loud = band_levels(sound, 16_000), band_levels(2 * sound, 16_000)
    np.testing.assert_allclose(loud - quiet, 20 * np.log10(2), atol=1e-6)
    assert band_distance_db(quiet, loud) == pytest.approx(6.02, abs=0.01)


def test_the_bands_powers_add_up_to_the_sounds():
    sound = noise([0.1], frames=64_000)[0]
    total = 10 * np.log10(np.sum(10 ** (band_levels(sound, 16_000) / 10)))
    assert total == pytest.approx(10 * np.log10(np.mean(sound**2)), abs=0.2)


def test_a_tone_is_loud_in_its_band_alone():
    time = np.arange(16_000) / 16_000
    levels = band_levels(0.5 * np.sin(2 * np.pi * 1000 * time), 16_000)
    assert np.sum(levels > levels.max() - 10) <= 2
    assert levels.min() == pytest.approx(levels.max() - RANGE_DB)


def test_an_audition_hears_a_real_network():
    clips = replace(unpitched([0.1, 0.2]), parameters=np.zeros((2, 2), np.float32))
    found = audition.audition(SampleRnn(tiny.NETWORK), clips, SHORT)
    assert np.isfinite(found.penalties).all()
    assert found.sounds.shape == (2, 4000)
