"""PRT, parameter response time: how long after a step the sound is what was asked for.

Pitched: samples from the step to the first of three consecutive periods within 50 cents. Unpitched:
to the first frame whose log-mel spectrum, averaged over takes, is within 10 % of the step's size of
the new steady one. A frame that begins at the step holds nothing from before it: 0 is at once.

A moment of sparse grains is like its mean by chance only, so even a sound that has been there for
long is not always found there. How often it is, with as many takes, is told beside (`settled`).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.audition import in_units
from trainer.bands import FFT, band_levels
from trainer.evaluate import Performance
from trainer.evaluation.material import Absent, Points, Studio, moved_along
from trainer.measures import response_frames
from trainer.tuning import midi_to_hz
from trainer.volume import audible

NAME = "response"
HOP = 32  # samples between looks: 2 ms at 16 kHz
BANDS = 24
ARRIVED = 0.1  # of the step
AUDIBLE = 3.0  # times its own unrest a step must be, to be timed
OCTAVE = 12  # semitones: the largest step of the pitch
PERIODS, SAMPLES = 2, 100  # a pitch is at once what was asked for within either, the longer one
SOON_S = 0.02  # and a texture
SHOWN = 800  # samples of the picture, half before the step

Levels = NDArray[np.float64]


def measure(studio: Studio) -> dict[str, Any]:
    """By pitch where there is one, else by spectra."""
    return _pitched(studio) if "pitch" in studio.names else _unpitched(studio)


def _steps(studio: Studio) -> Points:
    """Places (steps, 2, P): from, to. Far apart: at least a third of the range in some way."""
    draw = np.random.default_rng(studio.config.seed)
    shares = draw.random((studio.config.steps, 2, len(studio.ranges)))
    near = np.abs(shares[:, 0] - shares[:, 1]).max(axis=1) < 1 / 3
    shares[near, 1] = (shares[near, 0] + 0.5) % 1.0
    return in_units(audible(shares, studio.ranges), studio.ranges)


def _play(studio: Studio, step: Points, seed: int) -> Performance:
    return moved_along(step, studio.names, 2 * studio.config.step_s, seed)


def _pitched(studio: Studio) -> dict[str, Any]:
    """Steps of the pitch alone, the other parameters wherever they fall."""
    column = studio.names.index("pitch")
    steps = _steps(studio)
    steps[:, 1, np.arange(steps.shape[2]) != column] = steps[
        :, 0, np.arange(steps.shape[2]) != column
    ]
    span = studio.ranges[column]
    steps[..., column] = np.clip(np.round(steps[..., column]), span.minimum, span.maximum)
    far = np.abs(steps[:, 1, column] - steps[:, 0, column]) > OCTAVE
    steps[far, 1, column] = steps[far, 0, column] + OCTAVE * np.sign(
        steps[far, 1, column] - steps[far, 0, column]
    )
    same = steps[:, 0, column] == steps[:, 1, column]
    low, high = np.ceil(span.minimum), np.floor(span.maximum)
    steps[same, 1, column] = np.where(steps[same, 0, column] == low, high, low)
    sounds = studio.player.play(
        [_play(studio, step, studio.config.seed + k) for k, step in enumerate(steps)]
    )
    at = round(studio.config.step_s * studio.samplerate)
    found = [
        response_frames(sound, at, float(midi_to_hz(step[1, column])), studio.samplerate)
        for sound, step in zip(sounds, steps, strict=True)
    ]
    half = min(SHOWN // 2, at)
    periods = studio.samplerate / midi_to_hz(steps[:, 1, column])
    soon = np.maximum(PERIODS * periods, SAMPLES)
    return {
        "by": "pitch: 3 periods within 50 cents",
        **summary(found),
        "within_2_periods_or_100_samples": within(found, soon),
        "picture": {
            "from": round(float(steps[0, 0, column]), 2),
            "to": round(float(steps[0, 1, column]), 2),
            "samples": [round(float(v), 4) for v in sounds[0][at - half : at + half]],
        },
    }


def summary(found: list[int | None], *, too_small: int = 0) -> dict[str, Any]:
    """Samples per step, None where it never arrived, to figures."""
    heard = [frames for frames in found if frames is not None]
    return {
        "steps": len(found),
        "median_samples": float(np.median(heard)) if heard else None,
        "worst_samples": float(max(heard)) if heard else None,
        "missed": len(found) - len(heard),
        "too_small_to_time": too_small,
    }


def within(found: list[int | None], limits: NDArray[np.floating]) -> float | None:
    """Share of the steps that arrived in so many samples (K,)."""
    if not found:
        return None
    pairs = zip(found, limits, strict=True)
    soon = [frames is not None and frames <= limit for frames, limit in pairs]
    return round(float(np.mean(soon)), 4)


def _unpitched(studio: Studio) -> dict[str, Any]:
    found: list[int | None] = []
    settled: list[int | None] = []
    small = 0
    at = round(studio.config.step_s * studio.samplerate)
    if at < 4 * FFT:
        raise Absent(f"steps of {studio.config.step_s:g} s are too short to time, wanted 0.13 s")
    for step in _steps(studio):
        takes = studio.player.play(
            [_play(studio, step, studio.config.seed + k) for k in range(studio.config.takes)]
        )
        distances = approach(np.stack(takes), at, studio.samplerate)
        if distances is None:
            small += 1
        else:
            found.append(arrival(*distances))
            settled.append(settled_arrival(*distances))
    limits = np.full(len(found), SOON_S * studio.samplerate)
    return {
        "by": "log-mel: 90 % of the way",
        **summary(found, too_small=small),
        "within_20_ms": within(found, limits),
        "settled_within_20_ms": within(settled, limits),
    }


def approach(
    takes: NDArray[np.floating], at: int, samplerate: int
) -> tuple[Levels, float, float] | None:
    """Distance (K,) to the new steady spectrum of frames from the step on, every HOP samples.

    takes: (N, T) of one step at `at`. Also its unrest once there, and the step's size, dB. None
    where the step is not AUDIBLE times the unrest.
    """
    windows = np.lib.stride_tricks.sliding_window_view(takes, FFT, axis=1)
    half = at // 2
    old = _level(windows[:, at - half : at - FFT : FFT // 2], samplerate)
    frames = windows[:, at::HOP]
    new = _level(windows[:, at + half :: FFT // 2], samplerate)
    power = np.stack([_level(frames[:, k : k + 1], samplerate) for k in range(frames.shape[1])])
    distances = np.mean(np.abs(power - new), axis=1)
    unrest = float(distances[half // HOP :].mean())
    size = float(np.mean(np.abs(old - new)))
    return (distances, unrest, size) if size > AUDIBLE * unrest else None


def _level(windows: NDArray[np.floating], samplerate: int) -> Levels:
    """Band levels (BANDS,) of frames (N, K, FFT), power averaged over takes and frames."""
    levels = band_levels(windows.reshape(-1, FFT), samplerate, bands=BANDS)
    return np.asarray(10 * np.log10(np.mean(10 ** (levels / 10), axis=0)))


def arrival(distances: Levels, unrest: float, size: float) -> int | None:
    """Samples until the distance, less the unrest, is below ARRIVED of the step, less the same."""
    near = distances - unrest < ARRIVED * (size - unrest)
    return int(np.argmax(near)) * HOP if near.any() else None


def settled_arrival(distances: Levels, unrest: float, size: float) -> int | None:
    """The same, looked for from half-way on, where everything has arrived long ago."""
    return arrival(distances[len(distances) // 2 :], unrest, size)
