"""Pitch as numbers: MIDI notes, hertz, cents. Equal temperament, A4 = 440 Hz = MIDI 69."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def midi_to_hz(pitch: ArrayLike) -> NDArray[np.float64]:
    """Frequency (Hz) of MIDI notes; fractions are welcome."""
    return np.asarray(440.0 * 2.0 ** ((np.asarray(pitch, dtype=np.float64) - 69.0) / 12.0))


def hz_to_midi(hz: ArrayLike) -> NDArray[np.float64]:
    """MIDI note of a frequency (Hz), the inverse of `midi_to_hz`."""
    return np.asarray(69.0 + 12.0 * np.log2(np.asarray(hz, dtype=np.float64) / 440.0))


def cents(hz: ArrayLike, wanted_hz: ArrayLike) -> NDArray[np.float64]:
    """How far `hz` lies above `wanted_hz`, in cents (1/100 semitone)."""
    return 100.0 * (hz_to_midi(hz) - hz_to_midi(wanted_hz))
