"""The parameter `volume`: what a player does to begin, to swell and to end a note.

After Wyse and Huzaifah (SMC 2019), whose network is told a step of the volume where a note begins
and makes the instrument's own transient of it. So the volume is no measurement of each moment:
measured, it would rise with the attack, and a jump would be something that no note ever did. It is
the level that the note is on its way to:

    V(t) = 0                                             before the onset and from the release on
    V(t) = share(L(clip(t, onset + ATTACK_S, release - WINDOW_S / 2)))    between them

L is the RMS level over WINDOW_S around a moment, relative to the loudest note of this pitch and
timbre; share is linear in dB, RANGE_DB below the loudest at 0. So V jumps at the onset to what the
note will be behind its attack, follows it through swells, and falls to 0 as the key is released,
while the sound dies away by itself.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from smfosc.model_file import Parameter

Floats = NDArray[np.float64]

NAME = "volume"
WINDOW_S = 0.064  # 20 periods of MIDI 64: the wave itself is averaged out, a swell is not
ATTACK_S = 0.15  # attacks of reeds and brasses in FluidR3 settle within 20 ... 130 ms
RANGE_DB = 40.0  # velocity 20 is 32 dB below velocity 127: volume 0.2
DEFAULT = 1.0  # as loud as models without a volume: levels are matched at the defaults


def parameter() -> Parameter:
    """As a model file tells it."""
    about = "0 silence; a jump strikes a note, of the level it jumps to; back to 0 releases it."
    return Parameter(NAME, "", 0.0, 1.0, DEFAULT, about)


def track(
    samples: Floats, onset: int, release: int, full_rms: Floats | float, samplerate: int
) -> Floats:
    """V (T,) of one note in `samples` (T,). onset, release: samples.

    full_rms: of the loudest note; (T,) where the pitch, and it, moves.
    """
    frames = np.arange(len(samples))
    last = max(onset, release - round(WINDOW_S / 2 * samplerate))
    first = min(onset + round(ATTACK_S * samplerate), last)
    level_db = envelope_db(samples, samplerate)[np.clip(frames, first, last)]
    value = np.clip(1 + (level_db - 20 * np.log10(full_rms)) / RANGE_DB, 0.0, 1.0)
    return np.where((frames >= onset) & (frames < release), value, 0.0)


def envelope_db(samples: Floats, samplerate: int, window_s: float = WINDOW_S) -> Floats:
    """RMS level (T,) over a window around each sample, dB below full scale; silence is -120."""
    width = round(window_s * samplerate) | 1
    sums = np.cumsum(np.pad(np.square(samples, dtype=np.float64), (width // 2 + 1, width // 2)))
    power = (sums[width:] - sums[:-width]) / width
    return np.asarray(10 * np.log10(np.maximum(power, 1e-12)))


def audible(shares: Floats, parameters: Sequence[Parameter]) -> Floats:
    """Places (..., P) in 0 ... 1 with the volume, if there is one, at its default.

    Pitch, timbre and their measures are of sounds: at volume 0 there are none.
    """
    names = [each.name for each in parameters]
    if NAME not in names:
        return shares
    column = names.index(NAME)
    heard = np.array(shares, dtype=np.float64)
    low, high = parameters[column].minimum, parameters[column].maximum
    heard[..., column] = (parameters[column].default - low) / (high - low)
    return heard
