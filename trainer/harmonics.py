"""The harmonics of a tone whose pitch is known, locked to it: one period, not a bundle of partials.

A magnitude spectrogram does not tell how the phases of two harmonics run against each other. PGHI
(trainer.spectral.pghi) integrates each along its own ridge, so that they drift apart within some
tens of milliseconds. The ear hardly minds, but such a tone has no period, and a network that
predicts the next sample has another waveform to learn for every clip and every moment. A cosine
series is what trainer.partials makes of recordings, too, so that one network can begin with what
another has learnt: its weights foretold a series of other phases worse than chance does.
"""

import numpy as np
from numpy.typing import NDArray

from trainer.partials import harmonics_below_nyquist

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]

TINY = 1e-30  # silence has no share of anything
FOLLOWS_HZ = 15.0  # std of the band that is a harmonic: its drift is followed within 11 ms
PGHI_SHARE = 0.016  # of the power: noise that a tone gets from PGHI, 18 dB below its harmonics
SWAYS_HZ = 5.0  # std of what its level may do, 32 ms: faster is a picture's grain, heard as noise


def locked(
    samples: Floats,
    f0_hz: float,
    samplerate: int,
    wanted_hz: float,
    between: float = 1.0,
    sway: float = 1.0,
) -> Floats:
    """The tone (T,) with harmonic k at k times `wanted_hz`, as a cosine series.

    Harmonics keep their levels, as far as these sway slowly (SWAYS_HZ), by `sway` of what they
    sway around their mean. What lies between them, half-way to either neighbour, turns with them
    and goes down by as much as `between` where it may be of PGHI's making; where it is too loud for
    that, it is the sound's own, breath or rain, and stays. f0_hz: the pitch, within some 10 Hz.
    wanted_hz: within a semitone of it, as bands move whole. samples are taken as one turn of a
    circle (as a picture's are).
    """
    hz: Floats = np.fft.fftfreq(len(samples), 1 / samplerate).astype(np.float64)
    analytic: Complex = np.where(hz > 0, 2 * np.fft.fft(samples), 0)
    phase = 2 * np.pi * wanted_hz * np.arange(len(samples)) / samplerate
    count = harmonics_below_nyquist(f0_hz, samplerate)
    nearest = np.minimum(np.round(hz / f0_hz), count)
    noise = noise_share(samples, f0_hz, samplerate)
    between = max(between, noise / (noise + PGHI_SHARE))
    sound = between * np.fft.ifft(np.where(nearest == 0, analytic, 0))
    for number in range(1, count + 1):
        harmonic: Complex = np.fft.ifft(analytic * bell(hz, number * f0_hz, FOLLOWS_HZ))
        band: Complex = np.fft.ifft(np.where(nearest == number, analytic, 0))
        rest = between * (band - harmonic) * np.exp(-1j * np.angle(harmonic))
        sound += (_swaying(np.abs(harmonic), hz, sway) + rest) * np.exp(1j * number * phase)
    return np.asarray(sound.real)


def bell(hz: Floats, centre_hz: float | Floats, std_hz: float) -> Floats:
    """A Gaussian band's gain (0 ... 1) at `hz`; many bands where centres are a column (K, 1)."""
    return np.asarray(np.exp(-0.5 * ((hz - centre_hz) / std_hz) ** 2))


def noise_share(samples: Floats, f0_hz: float, samplerate: int) -> float:
    """Of the power above half of f0_hz: 0 of a tone of that pitch, 1 of white noise.

    Twice what lies in the middle halves between harmonics, where there is nothing of a tone.
    """
    hz = np.fft.rfftfreq(len(samples), 1 / samplerate)
    power = np.where(hz > f0_hz / 2, np.abs(np.fft.rfft(samples)) ** 2, 0.0)
    middle = np.abs(hz / f0_hz % 1 - 0.5) < 0.25
    return float(2 * power[middle].sum() / max(power.sum(), TINY))


def _swaying(level: Floats, hz: Floats, sway: float) -> Floats:
    """A level (T,) without what is faster than SWAYS_HZ, and with so much of what is slower."""
    kept = np.where(hz == 0, 1.0, sway * np.exp(-0.5 * (hz / SWAYS_HZ) ** 2))
    return np.asarray(np.fft.ifft(np.fft.fft(level) * kept).real)
