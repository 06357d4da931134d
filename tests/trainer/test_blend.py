"""Two notes blended by their partials' levels: steady where they drift, as quick as they are."""

import numpy as np
import pytest

from trainer.blend import blended, split
from trainer.partials import align_phases, harmonic_spectrum

RATE = 16_000
F0_HZ = 330.0
ODD = 10 ** (-np.array([0, 40, 3, 40, 6, 40, 9, 40]) / 20)
ALL = 10 ** (-np.array([3, 0, 3, 5, 7, 9, 11, 13]) / 20)


def tone(levels, seconds=1.5, cents=0.0, attack_s=0.0, began=0.0):
    """A cosine series that rises to its level by 1 - exp(-t / attack_s)."""
    seconds = np.arange(round(seconds * RATE)) / RATE
    turn = 2 * np.pi * F0_HZ * 2 ** (cents / 1200) * seconds + began
    number = np.arange(1, len(levels) + 1)[:, None]
    rise = 1 - np.exp(-seconds / attack_s) if attack_s else 1.0
    return rise * np.sum(levels[:, None] * np.cos(number * turn), axis=0)


def levels_db(samples):
    """Of the first eight harmonics, (8, frames), 64 ms each, away from both ends."""
    return 20 * np.log10(np.abs(harmonic_spectrum(samples[1600:-1600], F0_HZ, RATE)[:8]))


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_amplitudes_lie_between(share):
    found = levels_db(blended(tone(ODD), tone(ALL), share, F0_HZ, RATE)).mean(axis=1)
    wanted = 20 * np.log10((1 - share) * ODD + share * ALL)
    np.testing.assert_allclose(found, wanted, atol=0.05)


def test_a_cent_between_the_players_does_not_sway_the_partials():
    first, second = tone(ALL), tone(ALL, cents=1.5, began=1.0)
    assert levels_db((first + second) / 2).std(axis=1).max() > 3  # what waves do
    assert levels_db(blended(first, second, 0.5, F0_HZ, RATE)).std(axis=1).max() < 0.05


def test_a_blend_of_one_note_with_itself_is_that_note():
    note = tone(ALL, attack_s=0.02)
    found = blended(note, note, 0.3, F0_HZ, RATE)
    inner = slice(200, -200)  # the bands ring at the ends
    assert np.abs(found - note)[inner].max() < 0.01 * np.abs(note).max()


def test_attacks_are_followed_within_two_milliseconds():
    quick, slow = tone(ALL, attack_s=0.008), tone(ALL, attack_s=0.04)
    found, _ = split(blended(quick, slow, 0.5, F0_HZ, RATE), F0_HZ, RATE)
    seconds = np.arange(found.shape[1]) / RATE
    wanted = 1 - 0.5 * np.exp(-seconds / 0.008) - 0.5 * np.exp(-seconds / 0.04)
    for level in (0.5, 0.9):
        heard, asked = (np.argmax(x >= level) / RATE for x in (found[0] / ALL[0], wanted))
        assert heard == pytest.approx(asked, abs=0.002)


def test_what_is_no_harmonic_stays_and_nothing_is_lost():
    noise = 0.1 * np.random.default_rng(1).standard_normal(round(1.5 * RATE))
    note = tone(ODD) + noise
    levels, rest = split(note, F0_HZ, RATE)
    between = np.abs(np.fft.rfft(rest * np.hanning(len(rest))))
    hz = np.fft.rfftfreq(len(rest), 1 / RATE)
    middle = np.abs(hz / F0_HZ % 1 - 0.5) < 0.05
    expected = np.abs(np.fft.rfft(noise * np.hanning(len(rest))))
    assert between[middle].mean() == pytest.approx(expected[middle].mean(), rel=0.2)
    assert levels.shape == (23, len(note))


def test_it_is_as_long_as_the_shorter_note():
    assert len(blended(tone(ODD), tone(ALL)[:-100], 0.5, F0_HZ, RATE)) == round(1.5 * RATE) - 100


def test_it_plays_as_a_note_of_aligned_phases():
    number = np.arange(1, len(ALL) + 1)[:, None]
    turn = 2 * np.pi * F0_HZ * np.arange(RATE) / RATE
    anyhow = np.sum(ALL[:, None] * np.cos(number * turn + number**2), axis=0)
    note = align_phases(anyhow, F0_HZ, RATE)
    blend, inner = blended(note, note, 0.5, F0_HZ, RATE), slice(4000, 12000)
    period = range(round(RATE / F0_HZ))
    best = max(np.corrcoef(np.roll(blend, k)[inner], note[inner])[0, 1] for k in period)
    assert best > 0.97
    assert np.std(blend[inner]) == pytest.approx(np.std(note[inner]), rel=0.02)
