"""Notes with their volume: what the track says, how it is stored, learnt, and measured."""

import csv
import importlib.util
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
import soundfile
import tiny
from instruments import RATE, held, model
from parts import require_or_skip

from smfosc.model_file import Parameter
from trainer import rnn
from trainer.audition import Audition, AuditionConfig, pitched_points
from trainer.clips import load, read_metadata, write_parameters
from trainer.errors import TrainerError
from trainer.evaluation import attack, levels, morph
from trainer.evaluation.config import RunEvaluationConfig
from trainer.evaluation.material import Absent, Material, Studio
from trainer.loudness import lufs
from trainer.partials import harmonic_spectrum
from trainer.soundfont import SOUNDFONT
from trainer.sources.attacks import SLUR_S, Attacks, AttacksConfig, _full
from trainer.sources.build import BuildConfig, build
from trainer.sources.takes import ClipFormat
from trainer.tuning import midi_to_hz
from trainer.volume import ATTACK_S, WINDOW_S, audible, envelope_db, track
from trainer.volume import parameter as volume_parameter
from trainer.windows import WindowConfig, draw

ONSET, RELEASE, RMS = 1600, 9600, 0.15
RANGES = (Parameter("pitch", "MIDI note", 64.0, 76.0, 70.0, ""), volume_parameter())


def note(rise_s=0.05, level=RMS, frames=14_400):
    """A sine that takes rise_s to its level and 30 ms to die away."""
    time = np.arange(frames)
    up = np.clip((time - ONSET) / (rise_s * RATE), 0, 1)
    down = np.exp(-np.maximum(0, time - RELEASE) / (0.03 * RATE))
    return level * np.sqrt(2) * up * down * np.sin(2 * np.pi * 440 * time / RATE)


# --- the track ------------------------------------------------------------------------------


@pytest.mark.parametrize("rise_s", [0.005, 0.1])
def test_the_volume_jumps_at_the_onset_however_slow_the_attack_is(rise_s):
    volume = track(note(rise_s), ONSET, RELEASE, RMS, RATE)
    assert volume[ONSET - 1] == volume[RELEASE] == 0
    np.testing.assert_allclose(volume[ONSET:RELEASE], 1.0, atol=0.01)


def test_ten_db_less_is_a_quarter_less_volume():
    volume = track(note(level=RMS / np.sqrt(10)), ONSET, RELEASE, RMS, RATE)
    np.testing.assert_allclose(volume[ONSET:RELEASE], 0.75, atol=0.01)


def test_the_volume_follows_a_swell_behind_the_attack():
    sound = note() * np.geomspace(0.1, 1, 14_400)
    volume = track(sound, ONSET, RELEASE, RMS, RATE)
    behind = ONSET + round(ATTACK_S * RATE)
    assert np.ptp(volume[ONSET:behind]) == 0
    assert np.all(np.diff(volume[behind + 600 : RELEASE - 600 : 200]) > 0)


def test_an_envelope_is_the_level_around_each_sample():
    sound = note(0.001)
    wide = envelope_db(sound, RATE)
    slow = [10 * np.log10(np.mean(sound[k - 512 : k + 513] ** 2)) for k in (4000, 5000)]
    np.testing.assert_allclose(wide[[4000, 5000]], slow, atol=1e-6)
    assert envelope_db(np.zeros(3000), RATE).max() == -120


def test_measures_of_tones_are_taken_where_there_is_a_tone():
    shares = audible(np.zeros((3, 2)), RANGES)
    np.testing.assert_array_equal(shares, [[0, 1.0]] * 3)
    np.testing.assert_array_equal(audible(np.zeros((3, 1)), RANGES[:1]), np.zeros((3, 1)))
    assert np.all(pitched_points(RANGES, AuditionConfig())[:, 1] == 1.0)


# --- on disk, and in a batch ----------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    """Three clips: one with both tracks, one with the volume's, one with none."""
    sound, volume = note(), track(note(), ONSET, RELEASE, RMS, RATE)
    pitch = np.linspace(0, 1, len(sound))
    write_parameters(tmp_path, RANGES)
    for k, tracks in enumerate([[volume, pitch], [volume], []]):
        soundfile.write(tmp_path / f"{k}.wav", sound, RATE)
        if tracks:
            soundfile.write(tmp_path / f"t{k}.wav", np.stack(tracks, 1), RATE)
    rows = [
        {"tracks": "volume pitch", "tracks_file": "t0.wav"},
        {"tracks": "volume", "tracks_file": "t1.wav"},
        {},
    ]
    told = {"split": "train", "pitch": 67.0, "volume": 0.5, "kind": "steady"}
    told |= {"onset": ONSET, "release": RELEASE}
    rows = [{"file_name": f"{k}.wav", **told, **row} for k, row in enumerate(rows)]
    with (tmp_path / "metadata.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return tmp_path


def test_tracks_are_read_sample_by_sample_and_what_has_none_stands_still(folder):
    clips = load(folder, "train")
    found = clips.moving(np.arange(3), np.tile(np.arange(14_400), (3, 1)))
    volume = track(note(), ONSET, RELEASE, RMS, RATE)
    np.testing.assert_allclose(found[0, :, 0], np.linspace(0, 1, 14_400), atol=1e-4)
    np.testing.assert_allclose(found[:2, :, 1], [volume] * 2, atol=1e-4)
    np.testing.assert_allclose(found[1:, :, 0], 0.25, atol=1e-4)
    np.testing.assert_allclose(found[2, :, 1], 0.5, atol=1e-4)


def test_a_batch_tells_the_network_the_volume_of_the_sample_that_it_is_to_foretell(folder):
    clips = load(folder, "train")
    config = WindowConfig(batch=3, frames=200, hold=10, noise=0.0, dither=False)
    batch = draw(replace(clips, rests=None), config, 1, 0, levels=256)
    for stream in range(3):
        codes = batch.targets[:, stream].numpy()
        codes = codes[codes >= 0]
        told = batch.inputs[-len(codes) :, stream, 1:].numpy()
        places = [
            (clip, at)
            for clip in range(3)
            for at in range(14_200)
            if np.array_equal(clips.codes[clip, at : at + len(codes)], codes)
        ]
        heard = [
            clips.moving(np.array([c]), at + np.arange(len(codes))[None])[0] for c, at in places
        ]
        assert any(np.array_equal(told, each) for each in heard)


def test_soft_windows_get_less_noise(folder):
    clips = load(folder, "train")
    told = WindowConfig(batch=32, frames=100, hold=1, noise=0.02, dither=False)
    off = {}
    for rms in (0.0, RMS):
        noisy = draw(clips, replace(told, noise_rms=rms), 1, 0, levels=256).inputs[:, :, 0]
        clean = draw(clips, replace(told, noise=0.0), 1, 0, levels=256).inputs[:, :, 0]
        off[rms] = (noisy - clean).std(dim=0).numpy()
        level = clean.square().mean(dim=0).sqrt().numpy()
    assert np.all(off[0.0] > 0.014)
    assert off[RMS][level < 0.001].max() < 0.001
    assert off[RMS][level > 0.14].min() > 0.014


def test_a_network_learns_with_tracks(folder, tmp_path, monkeypatch):
    silent = np.zeros((1, 800), np.float32)
    heard = Audition(np.array([[64.0, 0.8]]), np.array([3.0]), ("heard",), silent)
    monkeypatch.setattr(rnn, "audition", lambda *_: heard)
    clips = load(folder, "train")
    windows = WindowConfig(batch=16, frames=40, noise_rms=RMS)
    config = tiny.config(steps=60, learning_rate=2e-2, windows=windows, bfloat16=False)
    seen = list(rnn.train(tmp_path / "rnn", clips, clips, config))
    assert seen[-1].validation < np.log(256) - 0.5


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("volume pitch", "volume loud", "track 'loud', wanted one of the parameters pitch volume"),
        ("t0.wav", "none.wav", r"none\.wav: tracks cannot be read"),
        ("t0.wav", "t1.wav", r"1 tracks of 14400 samples, wanted 2"),
    ],
)
def test_tracks_that_are_not_there_are_one_line(folder, old, new, problem):
    table = folder / "metadata.csv"
    table.write_text(table.read_text().replace(old, new))
    with pytest.raises(TrainerError, match=problem):
        load(folder, "train")


# --- the source -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def attacks():
    require_or_skip(SOUNDFONT.is_file(), "apt-get install fluid-soundfont-gm")
    require_or_skip(importlib.util.find_spec("fluidsynth"), "pip install pyfluidsynth")
    config = AttacksConfig(
        lowest=70, highest=71, timbres=(0.0, 0.5, 1.0), steady=2, swells=1, slurs=1
    )
    return Attacks(config)


def test_notes_begin_and_end_where_their_volume_does(attacks, tmp_path):
    some = Attacks(replace(attacks.config, pitch_step=1.0))
    write_parameters(tmp_path, some.parameters)
    list(build(some, tmp_path, BuildConfig(processes=1, held_out=0.0)))
    clips = load(tmp_path, "train")
    assert len(clips) == 2 * 3 * 4
    assert [p.name for p in clips.ranges] == ["pitch", "timbre", "volume"]
    assert set(clips.tracks) == {0, 1, 2}
    levels_found = []
    for row in read_metadata(tmp_path):
        sound = soundfile.read(tmp_path / row["file_name"])[0]
        level = envelope_db(sound, RATE, 0.016)
        on, off = int(row["onset"]), int(row["release"])
        assert level[: on - 200].max() < -100, row["file_name"]
        assert level[on + 1000] > -60, row["file_name"]
        assert level[-1] < level[off - 1000] - 25, row["file_name"]
        if row["kind"] == "steady":
            assert row["take"] != "1" or row["velocity"] == "127"
            full_db = 20 * np.log10(_full(some, float(row["pitch"]), float(row["timbre"])))
            below_db = np.median(level[on + 3200 : off]) - full_db
            levels_found.append((float(row["volume"]), below_db))
    volume, below_db = np.array(levels_found).T
    np.testing.assert_allclose(below_db, -40 * (1 - volume), atol=1.5)


def test_the_loudest_notes_are_equally_loud_whatever_their_pitch_and_timbre(attacks):
    wide = Attacks(AttacksConfig(pitch_step=4.5, timbres=(0.0, 0.5, 1.0)))
    loudness = []
    for take in wide.listing().takes:
        if (take.values["kind"], take.values["take"]) == ("steady", wide.config.steady - 1):
            clip = wide.render(take)[0]
            on, off = int(clip.values["onset"]), int(clip.values["release"])
            sustain = clip.samples[on + 2400 : off]
            loudness += [lufs(sustain, RATE)] if len(sustain) > 0.45 * RATE else []
    assert len(loudness) > 6
    np.testing.assert_allclose(loudness, wide.config.loudness_lufs, atol=0.4)


def test_a_note_between_two_timbres_is_as_steady_as_either():
    source, held = Attacks(), RATE
    for pitch in (64.0, 65.5, 70.0):
        sways = [
            _harmonic_sway_db(source._note(pitch, timbre, 127, held)[held // 4 : held], pitch)
            for timbre in (0.0, 0.5, 1.0)
        ]
        assert sways[1] < max(sways[0], sways[2]) + 0.1, (pitch, sways)


def _harmonic_sway_db(samples, pitch):
    """Standard deviation of the first ten harmonics' levels over frames of 64 ms, the most."""
    spectrum = np.abs(harmonic_spectrum(samples, float(midi_to_hz(pitch)), RATE))[:10]
    return float(np.max(np.std(20 * np.log10(spectrum + 1e-6), axis=1)))


def test_a_slur_has_the_volume_of_its_velocity_on_either_side(attacks):
    wide = Attacks(AttacksConfig(pitch_step=4.5, timbres=(0.0,), steady=0, swells=0, slurs=6))
    crossing, around = round(SLUR_S * RATE), round(WINDOW_S * RATE)
    compared = 0
    for take in wide.listing().takes:
        clip = wide.render(take)[0]
        on, off = int(clip.values["onset"]), int(clip.values["release"])
        volume, pitch = (clip.tracks[name][on:off] for name in ("volume", "pitch"))
        turns = np.flatnonzero(np.diff(pitch)) + 1
        for begin, end in pairwise([round(ATTACK_S * RATE), *(turns + crossing), off - on]):
            at = (begin + end) // 2
            if end - begin < around + 2 * crossing:
                continue
            note = float(64 + 12 * pitch[at])
            alone = wide._note(note, 0.0, int(clip.values["velocity"]), off - on)
            asked = track(alone, 0, off - on, _full(wide, note, 0.0), RATE)
            assert abs(volume[at] - asked[at]) < 0.01, (take.name, at)
            compared += 1
        assert abs(volume[3000] - volume[-1]) < 0.02, take.name
    assert compared > 100


def test_a_slur_ends_as_the_note_of_its_tracks(attacks):
    seen = set()
    for take in attacks.listing().takes:
        if take.values["kind"] != "slur":
            continue
        clip = attacks.render(take)[0]
        on, off = int(clip.values["onset"]), int(clip.values["release"])
        pitch, timbre = 70 + clip.tracks["pitch"][off - 1], clip.tracks["timbre"][off - 1]
        note = attacks._note(pitch, timbre, int(clip.values["velocity"]), off - on)
        last = slice(off - on - 400, off - on)  # shorter than from one jump to the next
        np.testing.assert_allclose(clip.samples[on:off][last], note[last], atol=1e-9)
        seen.add((pitch, timbre))
    assert len(seen) > 3


def test_every_kind_is_in_tune_with_its_track(attacks):
    from trainer.tuning import cents, midi_to_hz
    from trainer.yin import YinConfig, yin

    for take in attacks.listing().takes:
        if take.values["pitch"] != 70.5 or take.values["kind"] == "swell":
            continue
        clip = attacks.render(take)[0]
        on, off = int(clip.values["onset"]), int(clip.values["release"])
        pitch = clip.tracks.get("pitch", np.full(len(clip.samples), 0.5)) + 70
        look = YinConfig(minimum_hz=300, window_s=0.04, hop_s=0.02)
        found = yin(clip.samples[on:off], RATE, look)
        asked = pitch[on + np.arange(len(found)) * 320 + 320]
        off_cents = np.abs(cents(found, midi_to_hz(asked)))
        assert np.median(off_cents) < 12, take.name
        assert np.mean(off_cents < 30) > 0.8, take.name


def test_a_take_is_the_same_whatever_was_rendered_before(attacks):
    takes = attacks.listing().takes
    alone = attacks.render(takes[0])[0]
    attacks.render(takes[-1])
    from trainer.sources import attacks as module

    module._tuned.cache_clear()
    np.testing.assert_array_equal(attacks.render(takes[0])[0].samples, alone.samples)


def test_clips_are_as_long_as_asked(attacks):
    short = replace(attacks, clip=ClipFormat(frames=20_000))
    assert len(short.render(short.listing().takes[0])[0].samples) == 20_000


# --- the measure ----------------------------------------------------------------------------


@dataclass
class Struck:
    """A sine that rises over rise_s wherever the volume jumps."""

    rise_s: float
    samplerate: int = RATE

    def play(self, performances):
        return [self._one(held(each, "volume")) for each in performances]

    def _one(self, volume):
        sound, level = np.zeros(len(volume)), 0.0
        wanted = np.where(volume > 0, RMS * 10 ** (2 * (volume - 1)), 0.0)
        for k, goal in enumerate(wanted):
            level += np.clip(goal - level, -RMS / 400, RMS / (self.rise_s * RATE))
            sound[k] = level * np.sin(0.2 * k)
        return (np.sqrt(2) * sound).astype(np.float32)


@pytest.fixture(scope="module")
def expressive(tmp_path_factory):
    return model(tmp_path_factory.mktemp("expressive"), RANGES)


def measured(expressive, folder, player):
    return attack.measure(Studio(Material(expressive, folder), RunEvaluationConfig(), player))


def test_a_slower_attack_is_told_beside_the_recorded_one(expressive, folder):
    # the recorded rise is linear over 50 ms: 10 % to 71 % of it
    same, slow = (measured(expressive, folder, Struck(rise)) for rise in (0.05, 0.1))
    assert same["median"]["recorded"]["rise_ms"] == pytest.approx(30, abs=5)
    assert slow["median"]["played"]["rise_ms"] > 1.4 * same["median"]["played"]["rise_ms"]
    assert same["median"]["played"]["missed"] == 0


def test_a_model_that_never_sounds_has_missed_its_attacks(expressive, folder):
    class Silent:
        samplerate = RATE

        def play(self, performances):
            rng = np.random.default_rng(0)
            return [
                np.concatenate(
                    [1e-3 * rng.standard_normal(8000), np.zeros(round(p.seconds * RATE) - 8000)]
                )
                for p in performances
            ]

    assert measured(expressive, folder, Silent())["median"]["played"]["level_db"] < -50


def test_what_sounds_before_it_is_struck_has_no_attack(expressive, folder):
    class Drone:
        samplerate = RATE

        def play(self, performances):
            return [0.1 * np.sin(0.2 * np.arange(round(p.seconds * RATE))) for p in performances]

    found = measured(expressive, folder, Drone())
    assert found["median"]["played"]["rise_ms"] is None
    assert found["median"]["played"]["missed"] == found["notes"]


def test_models_without_volume_have_no_attacks(tmp_path):
    studio = Studio(Material(model(tmp_path)), RunEvaluationConfig(), Struck(0.01))
    with pytest.raises(Absent, match="no parameter 'volume'"):
        attack.measure(studio)


def test_the_volume_is_no_morph(expressive):
    class Tone:
        samplerate = RATE

        def play(self, performances):
            return [0.1 * np.sin(np.arange(round(p.seconds * RATE))) for p in performances]

    studio = Studio(Material(expressive), RunEvaluationConfig(), Tone())
    assert set(morph.measure(studio)["along"]) == {"pitch"}
    loud = levels.measure(studio)
    assert loud["spread_lu"] < 0.1
    assert loud["within_1_lu"] == 1.0
