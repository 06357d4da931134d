"""YIN, cents and the figures of playing, on sounds whose pitch is known."""

import librosa
import numpy as np
import pytest

from trainer.loudness import lufs
from trainer.measures import pitch_errors, response_frames, rms_db
from trainer.tuning import cents, hz_to_midi, midi_to_hz
from trainer.yin import yin

RATE = 16_000


def tone(pitch, seconds, *, harmonics=8, noise=0.0, seed=0):
    """A sawtooth-like tone, band-limited. pitch: MIDI note or (T,) notes per sample."""
    frames = round(seconds * RATE)
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(midi_to_hz(pitch), frames)) / RATE
    sound = sum(np.sin(k * phase + k * k) / k for k in range(1, harmonics + 1))
    return 0.2 * sound + noise * np.random.default_rng(seed).standard_normal(frames)


def test_notes_and_hertz_are_inverse():
    notes = np.linspace(20, 120, 37)
    np.testing.assert_allclose(hz_to_midi(midi_to_hz(notes)), notes, atol=1e-9)
    assert midi_to_hz(69) == pytest.approx(440)
    assert cents(midi_to_hz(70.25), midi_to_hz(70)) == pytest.approx(25)


@pytest.mark.parametrize("pitch", [64, 66.3, 70, 73.5, 76])
def test_yin_is_within_half_a_cent_on_a_steady_tone(pitch):
    assert np.abs(cents(yin(tone(pitch, 1.0), RATE), midi_to_hz(pitch))).max() < 0.5


def test_yin_is_within_three_cents_under_noise():
    found = yin(tone(70, 1.0, noise=0.02), RATE)
    assert np.abs(cents(found, midi_to_hz(70))).max() < 3


@pytest.mark.parametrize("pitch", [64, 70.5, 76])
def test_yin_agrees_with_librosa(pitch):
    sound = tone(pitch, 1.0)
    theirs = librosa.yin(sound, fmin=200, fmax=1500, sr=RATE)[5:-5]
    assert abs(cents(np.median(yin(sound, RATE)), np.median(theirs))) < 8  # no oversampling there


def test_a_batch_gives_what_each_row_gives():
    rows = np.stack([tone(64, 0.5), tone(76, 0.5)])
    np.testing.assert_array_equal(yin(rows, RATE), np.stack([yin(row, RATE) for row in rows]))


@pytest.mark.parametrize("sound", [np.zeros(8000), np.ones(8000), np.zeros(10)])
def test_yin_has_a_finite_answer_for_silence_and_scraps(sound):
    assert np.isfinite(yin(sound, RATE)).all()


def test_pitch_errors_are_signed_and_count_the_frames_off():
    pitch = np.full(32_000, 70.1)
    pitch[:8000] = 72.0  # a quarter of the time a tone too high
    found = pitch_errors(tone(pitch, 2.0)[None], np.array([70.0]), RATE)[0]
    assert found.median_cents == pytest.approx(10, abs=1)
    assert found.in_tune == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize("delay", [0, 40, 300])
@pytest.mark.parametrize(("before", "after"), [(64, 76), (76, 64), (70, 71)])
def test_the_response_is_the_delay_of_the_step(before, after, delay):
    pitch = np.full(16_000, float(before))
    pitch[8000 + delay :] = after
    found = response_frames(tone(pitch, 1.0), 8000, float(midi_to_hz(after)), RATE)
    period = RATE / float(midi_to_hz(after))
    assert found == pytest.approx(delay, abs=1.5 * period)  # YIN sees one period ahead


def test_a_note_that_never_comes_has_no_response():
    assert response_frames(tone(64, 1.0), 8000, float(midi_to_hz(70)), RATE) is None


def test_levels():
    assert rms_db(np.sin(np.arange(16_000))) == pytest.approx(-3.01, abs=0.01)
    sine = np.sin(2 * np.pi * 997 * np.arange(3 * RATE) / RATE)
    assert lufs(sine, RATE) == pytest.approx(-3.01, abs=0.05)  # BS.1770's calibration
    assert lufs(np.zeros(RATE), RATE) == -np.inf
