"""Our synthesizers: unpitched, steady, seamless, seeded, and each like no other."""

import numpy as np
import pytest

from trainer.errors import TrainerError
from trainer.sources.spectra import Texture, band_spectrum, distances, measure
from trainer.sources.synths import SYNTHS
from trainer.sources.synths.blocks import Canvas, high_pass, hump, low_pass
from trainer.sources.takes import SkipError
from trainer.sources.textures import Textures, TexturesConfig

SOURCE = Textures(TexturesConfig(clips=4))
GOOD = Texture(periodicity=0.1, level_deviation_db=1.0, centroid_hz=1000.0, crest_db=12.0)


@pytest.fixture(scope="module")
def clips():
    """Four clips of each synthesizer."""
    found = {}
    for take in SOURCE.listing().takes:
        found.setdefault(take.values["class"], []).append(SOURCE.render(take)[0])
    return found


def test_there_are_thirteen():
    assert len(SYNTHS) == 13
    assert all(len(synth.controls) >= 2 for synth in SYNTHS.values())


@pytest.mark.parametrize("name", SYNTHS)
def test_clips_are_unpitched_and_steady(clips, name):
    for clip in clips[name]:
        assert clip.samples.shape == (16_384,)
        assert SOURCE.fault(measure(clip.samples, 16_000)) == ""


@pytest.mark.parametrize("name", SYNTHS)
def test_a_clip_goes_on_at_its_start_as_it_ends(clips, name):
    """The step over the seam is no greater than steps within."""
    for clip in clips[name]:
        steps = np.abs(np.diff(clip.samples))
        assert abs(clip.samples[0] - clip.samples[-1]) <= steps.max()


@pytest.mark.parametrize("name", SYNTHS)
def test_each_control_stays_in_its_range_and_is_heard(name):
    synth = SYNTHS[name]
    values = synth.draw(np.random.default_rng(0))
    for control in synth.controls:
        assert control.minimum * 0.999 <= values[control.name] <= control.maximum * 1.001
        ends = [values | {control.name: end} for end in (control.minimum, control.maximum)]
        low, high = (synth.play(v, Canvas(4096, 16_000, np.random.default_rng(1))) for v in ends)
        assert low.shape == high.shape == (4096,)
        assert not np.allclose(low, high)


def test_the_same_seed_gives_the_same_clip_and_another_another(clips):
    take = SOURCE.listing().takes[0]
    again = SOURCE.render(take)[0]
    np.testing.assert_array_equal(again.samples, clips["wind"][0].samples)
    other = Textures(TexturesConfig(seed=2)).render(take)[0]
    assert other.values != again.values


def test_synthesizers_differ_more_from_one_another_than_from_themselves(clips):
    spectra = {
        name: np.stack([band_spectrum(clip.samples, 16_000) for clip in some])
        for name, some in clips.items()
    }
    names = list(spectra)
    among = [distances(spectra[a], spectra[b]) for i, a in enumerate(names) for b in names[:i]]
    within = [distances(some, some)[np.triu_indices(len(some), 1)] for some in spectra.values()]
    assert np.median(among) > 12  # dB; some 16 over the whole set
    assert np.median(among) > 2 * np.median(np.concatenate(within))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, ""),
        ({"periodicity": 0.6}, "pitched"),
        ({"level_deviation_db": 3.0}, "not steady"),
        ({"crest_db": 30.0}, "too peaky"),
    ],
)
def test_faults_are_told(change, reason):
    fault = SOURCE.fault(Texture(**(vars(GOOD) | change)))
    assert fault.startswith(reason)
    assert bool(fault) == bool(reason)


def test_a_clip_is_drawn_again_until_it_is_good_and_given_up_in_the_end():
    takes = Textures(TexturesConfig(synths=("rattle",), clips=30)).listing().takes
    strict = Textures(TexturesConfig(deviation_db=1.2))
    assert any(strict.render(take)[0].values["draw"] > 0 for take in takes[:8])
    with pytest.raises(SkipError, match="not steady"):
        Textures(TexturesConfig(deviation_db=0.0, draws=3)).render(takes[0])


def test_an_unknown_synthesizer_is_told():
    with pytest.raises(TrainerError, match="'thunder': no such synthesizer; wanted wind, hiss"):
        Textures(TexturesConfig(synths=("thunder",))).listing()


# --- blocks ------------------------------------------------------------------------------------


def test_filters_are_3_db_down_at_their_corner_and_fall_as_told():
    hz = np.array([1000.0, 8000.0, 16_000.0])
    low = 20 * np.log10(low_pass(hz, 1000.0, 12.0))
    assert low[0] == pytest.approx(-3.01, abs=0.01)
    assert low[1] - low[2] == pytest.approx(12, abs=0.3)
    np.testing.assert_allclose(high_pass(1e6 / hz, 1000.0, 12.0), low_pass(hz, 1000.0, 12.0))
    octave = 20 * np.log10(hump(np.array([500 * 2**0.5, 500.0]), 500.0, 1.0))
    np.testing.assert_allclose(octave, [-3.01, 0], atol=0.01)


def test_events_wrap_around_the_end():
    canvas = Canvas(10, 16_000, np.random.default_rng(0))
    placed = canvas.place(np.array([8]), np.array([[1.0, 2.0, 3.0, 4.0]]))
    np.testing.assert_array_equal(placed, [3, 4, 0, 0, 0, 0, 0, 0, 1, 2])


@pytest.mark.parametrize("regularity", [1.0, 30.0])
def test_onsets_come_at_their_rate_and_as_regularly_as_asked(regularity):
    canvas = Canvas(160_000, 16_000, np.random.default_rng(0))
    onsets = np.sort(canvas.onsets(100.0, regularity))
    assert len(onsets) == 1000
    spread = np.std(np.diff(onsets)) / np.mean(np.diff(onsets))
    assert spread == pytest.approx(regularity**-0.5, rel=0.15)


def test_a_filter_that_does_not_move_leaves_an_even_level():
    canvas = Canvas(16_384, 16_000, np.random.default_rng(0))
    sound = canvas.through_moving_filter(np.ones((128, 257)))
    assert np.std(sound) == pytest.approx(1.5, rel=0.03)
    halves = np.std(sound.reshape(2, -1), axis=1)
    assert halves[0] == pytest.approx(halves[1], rel=0.05)
