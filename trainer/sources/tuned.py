"""Whether a clip is the note it is said to be: YIN over the whole clip."""

from dataclasses import dataclass

import numpy as np

from trainer.sources.takes import Floats
from trainer.tuning import cents, hz_to_midi, midi_to_hz
from trainer.yin import YinConfig, yin

NEAR_CENTS = 25.0  # a frame counts as in tune: half of what parts two semitones' middles
RANGE_HZ = (60.0, 2000.0)  # MIDI 36 to 95, where no pitch is given


@dataclass(frozen=True)
class Tuning:
    """A clip's pitch. cents: median, from the label. in_tune: share of frames near the label."""

    cents: float
    in_tune: float


def tuning(samples: Floats, samplerate: int, pitch: float) -> Tuning:
    """How far (T,) is off MIDI note `pitch`; octave errors show, from 0.45 to 2.5 times it."""
    hz = float(midi_to_hz(pitch))
    looked = YinConfig(
        minimum_hz=0.45 * hz, maximum_hz=min(2.5 * hz, samplerate / 4), window_s=0.05, hop_s=0.03
    )
    off = cents(yin(samples, samplerate, looked), hz)
    return Tuning(float(np.median(off)), float(np.mean(np.abs(off) <= NEAR_CENTS)))


def pitch_of(samples: Floats, samplerate: int) -> tuple[float, float]:
    """The clip's MIDI note, whatever it is, and the share of frames within 50 cents of it."""
    looked = YinConfig(minimum_hz=RANGE_HZ[0], maximum_hz=RANGE_HZ[1], window_s=0.05, hop_s=0.03)
    notes = hz_to_midi(yin(samples, samplerate, looked))
    pitch = float(np.median(notes))
    return pitch, float(np.mean(np.abs(notes - pitch) <= 0.5))


def repetition(samples: Floats, samplerate: int, shortest_s: float = 0.05) -> float:
    """The greatest normalised autocorrelation from `shortest_s` to 0.6 of (T,).

    1 is a looped wavetable, which repeats itself sample by sample; a player never does.
    """
    count = len(samples)
    spectrum = np.fft.rfft(samples, 2 * count)
    products = np.fft.irfft(spectrum * np.conj(spectrum))[:count]
    power = np.concatenate([[0.0], np.cumsum(samples**2)])
    lags = np.arange(round(shortest_s * samplerate), round(0.6 * count))
    energy = np.sqrt(power[count - lags] * (power[count] - power[lags]))
    return float(np.max(products[lags] / np.maximum(energy, 1e-20)))
