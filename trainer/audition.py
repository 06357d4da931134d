"""A short free run over the whole range, to choose checkpoints by how they play.

A lower teacher-forced loss is not a better instrument: of two trials (FACTORY) the one with the
higher loss was in tune. So every so often the network plays: where it has a pitch, YIN listens;
where it has none, its bands are compared with those of the clips that it was to learn.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from smfosc.model_file import Parameter, mulaw_decode
from trainer.bands import band_distance_db, band_levels
from trainer.clips import Clips, normalise
from trainer.freerun import play
from trainer.measures import PitchError, pitch_errors
from trainer.network import SampleRnn
from trainer.tuning import midi_to_hz
from trainer.volume import audible
from trainer.yin import YinConfig

Floats = NDArray[np.float64]
WORST = 100.0  # a penalty's share that no note can exceed, so that one does not hide the others


@dataclass(frozen=True)
class AuditionConfig:
    """What is played at each audition."""

    seconds: float = 1.5  # of each point: 25 verdicts of YIN
    settle_s: float = 0.25  # from silence and the default note; not judged
    pitches: int = 13  # whole semitones over the range; as many, less one, half-way
    clips: int = 64  # places of an unpitched range
    samplerate: int = 16_000  # the model's


@dataclass(frozen=True)
class Audition:
    """What was played and how good it was. points: (V, P) in units; sounds: (V, T), settled."""

    points: Floats
    penalties: Floats  # (V,), each 0 ... 2 WORST
    verdicts: tuple[str, ...]  # one per point
    sounds: NDArray[np.float32]

    @property
    def penalty(self) -> float:
        """Mean over the points: 0 is perfect."""
        return float(np.mean(self.penalties))

    def worst(self, count: int) -> str:
        """The points with the greatest penalties, as one line."""
        order = np.argsort(-self.penalties, kind="stable")[:count]
        places = ["/".join(f"{value:g}" for value in self.points[k]) for k in order]
        return ", ".join(f"{p}: {self.verdicts[k]}" for p, k in zip(places, order, strict=True))


def audition(
    network: SampleRnn, clips: Clips, config: AuditionConfig = AuditionConfig(), *, seed: int = 0
) -> Audition:
    """Play all points at once, in bfloat16, and judge them. clips: what unpitched ones are to be.

    Every note is reached from the default one: a network may hold another pitch than from silence.
    """
    names = [parameter.name for parameter in clips.ranges]
    if "pitch" in names:
        points = pitched_points(clips.ranges, config)
        sounds = _play(network, normalise(points, clips.ranges), clips.ranges, config, seed)
        pitches = points[:, names.index("pitch")]
        return _judged_by_pitch(points, pitches, sounds, config.samplerate)
    chosen = np.unique(np.linspace(0, len(clips) - 1, config.clips).round().astype(int))
    sounds = _play(network, clips.parameters[chosen], clips.ranges, config, seed)
    wanted = mulaw_decode(clips.codes[chosen], network.config.levels)
    points = in_units(clips.parameters[chosen], clips.ranges)
    return _judged_by_bands(points, wanted, sounds, config.samplerate)


def in_units(values: NDArray[np.floating], ranges: tuple[Parameter, ...]) -> Floats:
    """The network's 0..1 to units: (..., P) -> (..., P)."""
    low = np.array([p.minimum for p in ranges])
    high = np.array([p.maximum for p in ranges])
    return np.asarray(low + values * (high - low), dtype=np.float64)


def pitched_points(ranges: tuple[Parameter, ...], config: AuditionConfig) -> Floats:
    """Whole semitones at ends and middle of the other parameters, half ones at their quarters."""
    at = [p.name for p in ranges].index("pitch")
    whole = np.unique(
        np.linspace(np.ceil(ranges[at].minimum), ranges[at].maximum, config.pitches).round()
    )
    others = len(ranges) > 1
    places = [(p, t) for t in ((0.0, 0.5, 1.0) if others else (0.0,)) for p in whole]
    places += [(p + 0.5, t) for t in ((0.25, 0.75) if others else (0.0,)) for p in whole[:-1]]
    shares = np.repeat([[place[1]] for place in places], len(ranges), axis=1)
    points = in_units(audible(shares, ranges), ranges)
    points[:, at] = [place[0] for place in places]
    return points


def _play(
    network: SampleRnn,
    values: NDArray[np.float32],
    ranges: tuple[Parameter, ...],
    config: AuditionConfig,
    seed: int,
) -> NDArray[np.float32]:
    """Settled sounds (V, T) at `values` (V, P), 0..1, each reached from the default note."""
    frames = round(config.seconds * config.samplerate)
    parameters = np.broadcast_to(values, (frames, *values.shape)).copy()
    before = round(config.settle_s / 2 * config.samplerate)
    parameters[:before] = normalise(np.array([p.default for p in ranges]), ranges)
    samples = play(network, parameters, seed=seed, dtype=torch.bfloat16).T
    return samples[:, round(config.settle_s * config.samplerate) :]


def _judged_by_pitch(
    points: Floats, pitches: Floats, sounds: NDArray[np.float32], samplerate: int
) -> Audition:
    """min(|median cents|, 100) plus 100 x the share of frames off; silence has no cents."""
    errors = pitch_errors(sounds, pitches, samplerate, _listening(pitches))
    cents = np.nan_to_num([abs(e.median_cents) for e in errors], nan=WORST)
    off = np.minimum(cents, WORST) + WORST * (1 - np.array([e.in_tune for e in errors]))
    return Audition(points, off, tuple(_tuning(e) for e in errors), sounds)


def _tuning(error: PitchError) -> str:
    return f"{error.median_cents:+.0f}c {100 * error.in_tune:.0f}%"


def _listening(pitches: Floats) -> YinConfig:
    """YIN over these notes and an octave error either way; 5 periods, and 25 ms at least."""
    lowest, highest = float(midi_to_hz(pitches.min())), float(midi_to_hz(pitches.max()))
    window_s = max(YinConfig.window_s, 5 / lowest)
    return YinConfig(minimum_hz=0.6 * lowest, maximum_hz=2.3 * highest, window_s=window_s)


def _judged_by_bands(
    points: Floats, wanted: NDArray[np.float32], sounds: NDArray[np.float32], samplerate: int
) -> Audition:
    """Mean difference of band levels to the clip's own, dB, at most WORST."""
    levels = band_levels(sounds, samplerate)
    off = np.minimum(band_distance_db(levels, band_levels(wanted, samplerate)), WORST)
    return Audition(points, off, tuple(f"{db:.1f} dB off" for db in off), sounds)
