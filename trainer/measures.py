"""What is heard, as numbers: pitch error, share of frames in tune, level."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.tuning import cents, midi_to_hz
from trainer.yin import YinConfig, yin

STEADY = YinConfig()
IN_TUNE_CENTS = 50.0  # nearer to the asked semitone than to any other


@dataclass(frozen=True)
class PitchError:
    """One steady note's tuning."""

    median_cents: float  # signed
    in_tune: float  # share of frames within IN_TUNE_CENTS


def pitch_errors(
    samples: NDArray[np.floating],
    pitches: NDArray[np.floating],
    samplerate: float,
    config: YinConfig = STEADY,
) -> list[PitchError]:
    """Tuning of V steady notes. samples: (V, T); pitches: (V,) MIDI notes."""
    found = yin(samples, samplerate, config)
    off = cents(found, midi_to_hz(pitches)[:, None])
    return [
        PitchError(float(np.median(row)), float(np.mean(np.abs(row) <= IN_TUNE_CENTS)))
        for row in off
    ]


def rms_db(samples: NDArray[np.floating]) -> NDArray[np.float64]:
    """RMS level of (..., T) in dB below full scale; silence is -200."""
    power = np.mean(np.square(samples, dtype=np.float64), axis=-1)
    return np.asarray(10 * np.log10(np.maximum(power, 1e-20)))


def response_frames(
    samples: NDArray[np.floating],
    step: int,
    wanted_hz: float,
    samplerate: float,
    longest_s: float = 0.2,
) -> int | None:
    """PRT: frames from a pitch step to the first of 3 consecutive periods in tune, or None.

    samples: (T,); step: the frame from which `wanted_hz` was asked. The period that begins at a
    frame is judged by YIN over one wanted period against the next, so that nothing from before it
    counts. Each of the three must lie within IN_TUNE_CENTS.
    """
    period_s = 1 / wanted_hz
    one_period = YinConfig(
        minimum_hz=0.6 * wanted_hz,
        maximum_hz=2.5 * wanted_hz,  # the octave above repeats at this period too
        window_s=period_s,
        hop_s=1 / samplerate,
        threshold=0.1,
    )
    segment = samples[step : step + round((longest_s + 6 * period_s) * samplerate)]
    good = np.abs(cents(yin(segment, samplerate, one_period), wanted_hz)) <= IN_TUNE_CENTS
    period = round(period_s * samplerate)
    three = good[: -2 * period] & good[period:-period] & good[2 * period :]
    return int(np.argmax(three)) if three.any() else None
