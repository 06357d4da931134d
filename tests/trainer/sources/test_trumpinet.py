"""Reed and brass of FluidR3: in tune, steady, each take another one."""

import importlib.util

import numpy as np
import pytest
from parts import require_or_skip

from trainer.errors import TrainerError
from trainer.soundfont import SOUNDFONT
from trainer.sources.takes import SkipError
from trainer.sources.trumpinet import Trumpinet, TrumpinetConfig
from trainer.sources.tuned import tuning

FEW = TrumpinetConfig(lowest=60, highest=60, reed_takes=2, brass_takes=2)


@pytest.fixture(scope="module")
def clips():
    """Two takes of every instrument at middle C, by the take's name."""
    require_or_skip(SOUNDFONT.is_file(), "apt-get install fluid-soundfont-gm")
    require_or_skip(importlib.util.find_spec("fluidsynth"), "pip install pyfluidsynth")
    source, found = Trumpinet(FEW), {}
    for take in source.listing().takes:
        try:
            found[take.name] = source.render(take)[0]
        except SkipError:
            continue
    return found


def test_nearly_all_takes_are_good(clips):
    assert len(clips) >= 24  # of 26; the French horn's players beat


def test_every_clip_is_its_note_and_steady(clips):
    for name, clip in clips.items():
        assert clip.samples.shape == (16_384,), name
        assert abs(tuning(clip.samples, 16_000, 60).cents) <= 15, name
        assert clip.values["level_deviation_db"] <= 2.5, name


def test_takes_of_one_note_differ(clips):
    assert not np.allclose(
        clips["reed_tenor-sax_60_00"].samples, clips["reed_tenor-sax_60_01"].samples
    )


def test_loops_and_recordings_are_told_apart(clips):
    repeats = {name: clip.values["repetition"] for name, clip in clips.items()}
    assert repeats["brass_trombone_60_00"] > 0.99
    assert repeats["reed_tenor-sax_60_00"] < 0.97


def test_a_take_is_the_same_whenever_it_is_rendered(clips):
    source = Trumpinet(FEW)
    take = source.listing().takes[-1]
    np.testing.assert_array_equal(source.render(take)[0].samples, clips[take.name].samples)


def test_every_instrument_key_and_take_is_listed_once(clips):
    takes = Trumpinet().listing().takes
    assert len({take.name for take in takes}) == len(takes) == 21 * (8 * 10 + 5 * 16)


def test_what_is_out_of_tune_or_swells_is_given_up(clips):
    for strict in ({"out_of_tune_cents": 0.0}, {"deviation_db": 0.0}):
        source = Trumpinet(TrumpinetConfig(lowest=60, highest=60, draws=2, **strict))
        with pytest.raises(SkipError, match=r"out of tune|not steady"):
            source.render(source.listing().takes[0])


def test_a_missing_soundfont_is_told_before_anything_is_rendered(tmp_path):
    with pytest.raises(TrainerError, match=r"none\.sf2: no such SoundFont"):
        Trumpinet(TrumpinetConfig(soundfont=tmp_path / "none.sf2")).listing()
