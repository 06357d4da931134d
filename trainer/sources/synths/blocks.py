"""What noises are built of: coloured noise, slow random curves, and showers of short events.

All is circular over the clip: time T is time 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.sources.takes import Floats

STFT_FRAME, STFT_HOP = 512, 128  # Hann, 75 %: squared windows add up to 1.5


@dataclass(frozen=True)
class Canvas:
    """What a synthesizer plays on."""

    frames: int
    samplerate: int
    rng: np.random.Generator

    @property
    def hz(self) -> Floats:
        """Frequencies of the clip's spectrum, (T // 2 + 1,)."""
        return np.asarray(np.fft.rfftfreq(self.frames, 1 / self.samplerate))

    @property
    def duration_s(self) -> float:
        """The clip's length."""
        return self.frames / self.samplerate

    def coloured(self, gain: Floats) -> Floats:
        """Gaussian noise (T,) whose spectrum is `gain` at `self.hz`, RMS 1."""
        spectrum = np.fft.rfft(self.rng.standard_normal(self.frames)) * gain
        spectrum[0] = 0.0
        return to_rms(np.fft.irfft(spectrum, self.frames), 1.0)

    def slow(self, cutoff_hz: float) -> Floats:
        """A random curve (T,) of RMS 1 that moves no faster than `cutoff_hz`, or once."""
        return self.coloured((self.hz <= max(cutoff_hz, self.hz[1])).astype(np.float64))

    def onsets(self, rate_hz: float, regularity: float = 1.0) -> NDArray[np.int64]:
        """Frames of events (E,) at a mean rate. regularity: 1 a Poisson process, more is evener.

        Intervals are drawn from a gamma distribution of that shape, scaled to close the circle.
        """
        count = max(1, round(rate_hz * self.duration_s))
        intervals = self.rng.gamma(regularity, size=count)
        times = np.cumsum(intervals) / intervals.sum() + self.rng.random()
        return np.asarray((times * self.frames).astype(np.int64) % self.frames)

    def place(self, onsets: NDArray[np.int64], events: Floats) -> Floats:
        """The sum (T,) of `events` (E, L), each begun at its onset, wrapped around the end."""
        frames = (onsets[:, None] + np.arange(events.shape[1])) % self.frames
        summed = np.bincount(frames.ravel(), weights=events.ravel(), minlength=self.frames)
        return np.asarray(summed, dtype=np.float64)

    def through_moving_filter(self, gain: Floats) -> Floats:
        """White noise (T,) through `gain` (T // STFT_HOP, STFT_FRAME // 2 + 1), a row per hop."""
        window = np.hanning(STFT_FRAME + 1)[:-1]
        starts = np.arange(len(gain)) * STFT_HOP
        white = self.rng.standard_normal(self.frames)
        frames = white[(starts[:, None] + np.arange(STFT_FRAME)) % self.frames] * window
        filtered = np.fft.irfft(np.fft.rfft(frames, axis=1) * gain, axis=1) * window
        return self.place(starts, filtered)


def to_rms(samples: Floats, rms: float) -> Floats:
    """(T,) scaled to an RMS."""
    return samples * (rms / max(float(np.sqrt(np.mean(samples**2))), 1e-12))


def hump(hz: NDArray[np.floating], centre_hz: float | Floats, octaves: float) -> Floats:
    """A gain of 1 at the centre and -3 dB half the width (in octaves) beside it, Gaussian."""
    distance = np.log2(np.maximum(hz, 1.0) / centre_hz) / (octaves / 2)
    return np.asarray(2.0 ** (-0.5 * distance**2))


def low_pass(hz: Floats, cutoff_hz: float, db_per_octave: float) -> Floats:
    """Butterworth's gain of any slope: -3 dB at the cutoff."""
    return np.asarray((1.0 + (hz / cutoff_hz) ** (db_per_octave / 3.01)) ** -0.5)


def high_pass(hz: Floats, cutoff_hz: float, db_per_octave: float) -> Floats:
    """The mirror of `low_pass`."""
    return np.asarray(low_pass(cutoff_hz**2 / np.maximum(hz, 1.0), cutoff_hz, db_per_octave))


def decibels(db: float) -> float:
    """An amplitude."""
    return float(10.0 ** (db / 20))


def damped_sines(
    hz: Floats, decay_s: Floats, phase: Floats, samplerate: int, chirp: float = 0.0
) -> Floats:
    """(E, L) sines that die away by 1/e in `decay_s` (E,); L reaches 6 of the longest.

    chirp: by what share the frequency has risen after one decay.
    """
    time = np.arange(int(6 * decay_s.max() * samplerate) + 2) / samplerate
    envelope = np.exp(-time / decay_s[:, None])
    turns = hz[:, None] * time * (1.0 + 0.5 * chirp * time / decay_s[:, None])
    return np.asarray(envelope * np.sin(2 * np.pi * turns + phase[:, None]))
