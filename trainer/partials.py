"""A steady tone as numbers: the levels of its harmonics and of its noise; their phases aligned.

Tones of two timbres (or two keys) are mixed number by number, linearly in dB. That is the stand-in
for the GAN's in-between sounds: a morph without beating.

All tones, recordings too, get the phases of a cosine series. The ear hardly hears it, but the
waveform then changes with pitch and timbre as smoothly as the levels do, and a network need not
learn one waveform per sample of the SoundFont: before, notes beside a change of sample went flat.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import get_window, welch

Floats = NDArray[np.float64]

NOISE_BANDS = 32  # 250 Hz each at 16 kHz: finer than the gaps between harmonics of MIDI 64
FLOOR_DB = -120.0  # what counts as nothing
FRAME_S = 0.064  # 20 periods of MIDI 64, short against a player's vibrato
HOP_S = 0.016


@dataclass(frozen=True)
class Tone:
    """One steady tone, level 0 dB = full-scale amplitude.

    harmonics_db: (K,), K = as many as fit under Nyquist. noise_db: (NOISE_BANDS,) power density
    in dB per hertz.
    """

    f0_hz: float
    samplerate: int
    harmonics_db: Floats
    noise_db: Floats


def analyse(samples: Floats, f0_hz: float, samplerate: int) -> Tone:
    """Measure a steady tone of known pitch. samples: (T,), T >= 64 ms."""
    spectrum = harmonic_spectrum(samples, f0_hz, samplerate)  # (K, frames)
    level = 10 * np.log10(np.mean(np.abs(spectrum) ** 2, axis=1) + 1e-12)
    return Tone(f0_hz, samplerate, level, _noise_db(samples, f0_hz, samplerate))


def relative_phases(samples: Floats, f0_hz: float, samplerate: int) -> Floats:
    """(K,) radians: each harmonic's phase less k times the fundamental's, mean over the tone.

    Taken frame by frame, so that a player's vibrato of a few cents does not smear it.
    """
    spectrum = harmonic_spectrum(samples, f0_hz, samplerate)
    number = np.arange(1, len(spectrum) + 1)[:, None]
    relative = spectrum * np.exp(-1j * number * np.angle(spectrum[:1]))
    return np.asarray(np.angle(relative.sum(axis=1)))


def align_phases(samples: Floats, f0_hz: float, samplerate: int) -> Floats:
    """The same tone (T,) with all relative phases at 0, by an all-pass filter.

    Each band around a harmonic is turned by a constant; bands meet where there is only noise. The
    filter rings for a few periods at both ends: cut them off.
    """
    turns = np.concatenate([[0.0], relative_phases(samples, f0_hz, samplerate)])
    hz = np.fft.rfftfreq(len(samples), 1 / samplerate)
    nearest = np.minimum(np.round(hz / f0_hz).astype(int), len(turns) - 1)
    turned = np.fft.rfft(samples) * np.exp(-1j * turns[nearest])
    return np.asarray(np.fft.irfft(turned, len(samples)))


def harmonics_below_nyquist(f0_hz: float, samplerate: int) -> int:
    """How many harmonics lie under 0.97 of Nyquist, where a resampler still passes them."""
    return int(0.97 * samplerate / 2 / f0_hz)


def harmonic_spectrum(samples: Floats, f0_hz: float, samplerate: int) -> NDArray[np.complex128]:
    """Amplitude and phase of each harmonic in each frame: (K, frames), complex."""
    window = get_window("hann", round(FRAME_S * samplerate))
    hop = round(HOP_S * samplerate)
    starts = np.arange(0, len(samples) - len(window) + 1, hop)
    frames = samples[starts[:, None] + np.arange(len(window))] * (2 * window / window.sum())
    seconds = np.arange(len(window)) / samplerate
    number = np.arange(1, harmonics_below_nyquist(f0_hz, samplerate) + 1)
    carriers = np.exp(-2j * np.pi * f0_hz * number[:, None] * seconds)
    return np.asarray(carriers @ frames.T)


def _noise_db(samples: Floats, f0_hz: float, samplerate: int) -> Floats:
    """Noise between the harmonics: median density of each band, (NOISE_BANDS,) dB per hertz."""
    hz, density = welch(samples, samplerate, "blackmanharris", nperseg=min(4096, len(samples)))
    number = np.maximum(np.round(hz / f0_hz), 1)
    away = np.abs(hz - number * f0_hz) > 20 + 0.004 * hz  # main lobe + 7 cents of vibrato
    band = np.minimum((hz / (samplerate / 2) * NOISE_BANDS).astype(int), NOISE_BANDS - 1)
    medians = [np.median(density[(band == b) & away]) for b in range(NOISE_BANDS)]
    mean_of_median = 1 / np.log(2)  # a chi-square of two degrees: mean = median / ln 2
    return np.asarray(
        np.maximum(10 * np.log10(np.array(medians) * mean_of_median + 1e-30), FLOOR_DB)
    )


def mix(tones: Sequence[Tone], weights: Sequence[float], f0_hz: float) -> Tone:
    """The weighted mean of tones at a new pitch, all levels in dB."""
    count = min(
        harmonics_below_nyquist(f0_hz, tones[0].samplerate), *(len(t.harmonics_db) for t in tones)
    )
    shares = np.asarray(weights)[:, None] / np.sum(weights)
    return Tone(
        f0_hz,
        tones[0].samplerate,
        np.sum(shares * np.array([tone.harmonics_db[:count] for tone in tones]), axis=0),
        np.sum(shares * np.array([tone.noise_db for tone in tones]), axis=0),
    )


def synthesise(tone: Tone, frames: int, rng: np.random.Generator) -> Floats:
    """Render (T = frames,) samples: a cosine series from a random phase, plus shaped noise."""
    turn = 2 * np.pi * tone.f0_hz * np.arange(frames) / tone.samplerate + rng.uniform(0, 2 * np.pi)
    number = np.arange(1, len(tone.harmonics_db) + 1)[:, None]
    amplitude = 10 ** (tone.harmonics_db[:, None] / 20)
    harmonics = np.sum(amplitude * np.cos(number * turn), axis=0)
    return np.asarray(harmonics + _noise(tone, frames, rng))


def _noise(tone: Tone, frames: int, rng: np.random.Generator) -> Floats:
    """Gaussian noise of the tone's density, interpolated in dB between band centres."""
    nyquist = tone.samplerate / 2
    centres = (np.arange(NOISE_BANDS) + 0.5) * nyquist / NOISE_BANDS
    hz = np.fft.rfftfreq(frames, 1 / tone.samplerate)
    density = 10 ** (np.interp(hz, centres, tone.noise_db) / 10)
    white = np.fft.rfft(rng.standard_normal(frames))  # density of unit noise: 1 / nyquist
    return np.fft.irfft(white * np.sqrt(density * nyquist), frames)
