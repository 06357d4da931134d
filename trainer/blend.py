"""Two struck notes of one pitch, their partials' levels mixed, not their waves.

Waves of two players never keep step: a cent between them turns the tenth harmonics against one
another within seconds, and partials that cancel at one moment add at the next. Half-way between a
clarinet and a trumpet the fifth to tenth swayed by 1 to 8 dB (of either alone: mostly under 1), so
that one pitch, timbre and volume had many sounds, and a network that was told no more played some
of them 2 dB too loud or too soft for good.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft, fftfreq, ifft, next_fast_len

from trainer.harmonics import bell
from trainer.partials import harmonics_below_nyquist

Floats = NDArray[np.float64]

FOLLOWS = 0.2  # std of the band that is a harmonic, in f0: attacks are followed within 2 ms


def blended(first: Floats, second: Floats, share: float, f0_hz: float, samplerate: int) -> Floats:
    """A note (T,), as long as the shorter one, `share` (0 ... 1) of the way to the second.

    Both begin with their attack and are in tune with f0_hz. Each moment's amplitudes of a harmonic
    are mixed linearly; the sum is a cosine series, as of tones of aligned phases. What is no
    harmonic (the attack's noise, breath) is mixed as it is.
    """
    length = min(len(first), len(second))
    (levels, rest), (others, other) = (
        split(each[:length], f0_hz, samplerate) for each in (first, second)
    )
    turn = 2 * np.pi * f0_hz * np.arange(length) / samplerate
    series = np.cos(turn * np.arange(1, len(levels) + 1)[:, None])
    harmonics = np.sum(((1 - share) * levels + share * others) * series, axis=0)
    return np.asarray(harmonics + (1 - share) * rest + share * other)


def split(samples: Floats, f0_hz: float, samplerate: int) -> tuple[Floats, Floats]:
    """The amplitude of each harmonic at each sample, (K, T), and what they leave, (T,)."""
    ringing = round(4 * samplerate / (2 * np.pi * FOLLOWS * f0_hz))  # 4 std of a band's response
    count = next_fast_len(len(samples) + ringing)
    hz = fftfreq(count, 1 / samplerate)
    centres_hz = f0_hz * np.arange(1.0, harmonics_below_nyquist(f0_hz, samplerate) + 1)[:, None]
    bands = 2 * bell(hz, centres_hz, FOLLOWS * f0_hz)
    harmonics = ifft(bands * fft(samples, count), axis=1)[:, : len(samples)]
    return np.abs(harmonics), samples - harmonics.real.sum(axis=0)
