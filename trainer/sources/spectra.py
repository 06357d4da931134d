"""Unpitched sounds as numbers: band spectra and their distance, periodicity, crest, centroid."""

from dataclasses import dataclass

import numpy as np

from trainer.sources.steady import level_deviation_db
from trainer.sources.takes import Floats

BANDS = 15  # half an octave each
LOWEST_HZ, HIGHEST_HZ = 50.0, 8000.0
FLOOR_DB = -60.0  # below the loudest band: what lies deeper is not heard beside it
LAGS_S = (0.0005, 0.05)  # pitches of 20 to 2,000 Hz


@dataclass(frozen=True)
class Texture:
    """What was measured of a clip. periodicity: 0 noise ... 1 a steady tone."""

    periodicity: float
    level_deviation_db: float
    centroid_hz: float
    crest_db: float


def measure(samples: Floats, samplerate: int) -> Texture:
    """All figures of (T,)."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / samplerate)
    rms = float(np.sqrt(np.mean(samples**2)))
    return Texture(
        periodicity=periodicity(samples, samplerate),
        level_deviation_db=level_deviation_db(samples, samplerate),
        centroid_hz=float((hz * power).sum() / power.sum()),
        crest_db=20 * float(np.log10(np.abs(samples).max() / rms)),
    )


def periodicity(samples: Floats, samplerate: int) -> float:
    """The highest peak of the normalised autocorrelation of (T,) behind its first zero.

    r means a harmonics-to-noise ratio of 10 log10(r / (1 - r)) dB (Boersma, IFA Proceedings 17,
    1993): 0.5 is as much noise as tone.
    """
    count = len(samples)
    spectrum = np.fft.rfft(samples - samples.mean(), 2 * count)
    products = np.fft.irfft(np.abs(spectrum) ** 2)[: round(LAGS_S[1] * samplerate)]
    curve = products / products[0] * (count / (count - np.arange(len(products))))
    below = np.flatnonzero(curve < 0)
    begin = max(int(below[0]) if len(below) else len(curve), round(LAGS_S[0] * samplerate))
    return float(max(curve[begin:].max(), 0.0)) if begin < len(curve) else 0.0


def band_spectrum(samples: Floats, samplerate: int) -> Floats:
    """(BANDS,) dB of mean power per band, its mean over bands 0, floored below its loudest."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / samplerate)
    edges = np.geomspace(LOWEST_HZ, min(HIGHEST_HZ, samplerate / 2), BANDS + 1)
    sums = np.add.reduceat(power, np.searchsorted(hz, edges[:-1]))
    sums[-1] = power[hz >= edges[-2]].sum()
    level = 10 * np.log10(np.maximum(sums / max(sums.max(), 1e-20), 10 ** (FLOOR_DB / 10)))
    return np.asarray(level - level.mean())


def distances(spectra: Floats, others: Floats) -> Floats:
    """Between (A, BANDS) and (B, BANDS): (A, B), root mean square over bands, dB."""
    difference = spectra[:, None, :] - others[None, :, :]
    return np.asarray(np.sqrt((difference**2).mean(axis=2)))
