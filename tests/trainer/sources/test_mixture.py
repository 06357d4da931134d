"""Notes and noises in one dataset: each exactly what its own source makes."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
from made import SHORT
from parts import require_or_skip

from trainer.errors import TrainerError
from trainer.soundfont import SOUNDFONT
from trainer.sources.build import BuildConfig, build
from trainer.sources.mixture import Mixture, MixtureConfig
from trainer.sources.takes import ClipFormat
from trainer.sources.textures import Textures, TexturesConfig
from trainer.sources.trumpinet import Trumpinet, TrumpinetConfig

NOTES = TrumpinetConfig(lowest=60, highest=60, reed_takes=1, brass_takes=1)
NOISES = TexturesConfig(clips=2, synths=("hiss", "wind-up"))
CONFIG = MixtureConfig(NOTES, replace(NOISES, synths=("hiss", "wind")))


@pytest.fixture(scope="module")
def mixture():
    require_or_skip(SOUNDFONT.is_file(), "apt-get install fluid-soundfont-gm")
    require_or_skip(importlib.util.find_spec("fluidsynth"), "pip install pyfluidsynth")
    return Mixture(CONFIG)


def test_all_of_both_is_listed_once_and_told_apart_by_name(mixture):
    takes = mixture.listing().takes
    assert len({take.name for take in takes}) == len(takes) == (8 + 5) + 2 * 2
    assert [take.name.split("-", 1)[0] for take in takes] == ["note"] * 13 + ["noise"] * 4
    assert {take.values["class"] for take in takes} == {"reed", "brass", "hiss", "wind"}


def test_a_name_with_a_hyphen_finds_its_way_back(mixture):
    own = {take.name: take for take in Trumpinet(NOTES).listing().takes}
    sax = next(t for t in mixture.listing().takes if t.name == "note-reed_tenor-sax_60_00")
    (clip,) = mixture.render(sax)
    (alone,) = Trumpinet(NOTES).render(own["reed_tenor-sax_60_00"])
    np.testing.assert_array_equal(clip.samples, alone.samples)
    assert clip.values == alone.values


def test_a_noise_is_the_one_that_textures_make(mixture):
    take = mixture.listing().takes[-1]
    alone = Textures(CONFIG.noises)
    (clip,), (other,) = mixture.render(take), alone.render(alone.listing().takes[-1])
    np.testing.assert_array_equal(clip.samples, other.samples)


def test_both_are_of_the_format_asked_for():
    noises = [t for t in Mixture(CONFIG, SHORT).listing().takes if t.name.startswith("noise-")]
    (clip,) = Mixture(CONFIG, replace(SHORT, frames=4000)).render(noises[0])
    assert len(clip.samples) == 4000


def test_another_seed_of_either_part_is_other_clips(tmp_path, mixture):
    def sounds(config):
        takes = Mixture(config).listing().takes
        return [Mixture(config).render(takes[k])[0].samples for k in (0, -1)]

    first = sounds(CONFIG)
    other = sounds(replace(CONFIG, noises=replace(CONFIG.noises, seed=2)))
    assert np.array_equal(first[0], other[0])
    assert not np.array_equal(first[1], other[1])


def test_it_builds_into_one_dataset_whose_notes_alone_have_a_pitch(tmp_path, mixture):
    config = MixtureConfig(replace(NOTES, brass_takes=0), replace(CONFIG.noises, clips=1))
    list(build(Mixture(config, ClipFormat()), tmp_path, BuildConfig(processes=1)))
    lines = (tmp_path / "metadata.csv").read_text().splitlines()
    head = lines[0].split(",")
    pitch = {line.split(",")[0]: line.split(",")[head.index("pitch")] for line in lines[1:]}
    assert len(pitch) == 8 + 2
    assert all((value == "60") == ("note-" in name) for name, value in pitch.items())
    assert all((value == "") == ("noise-" in name) for name, value in pitch.items())


def test_a_mistake_in_either_part_is_one_line(tmp_path):
    with pytest.raises(TrainerError, match=r"none\.sf2: no such SoundFont"):
        Mixture(replace(CONFIG, notes=replace(NOTES, soundfont=tmp_path / "none.sf2"))).listing()
    with pytest.raises(TrainerError, match="textures: 'wind-up': no such synthesizer"):
        Mixture(replace(CONFIG, noises=NOISES)).listing()
