"""Any model beside the clips it was to learn, as `smfosc render` plays it: level, bands, pitch.

What every run ends with, whatever its parameters are.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from smfosc.model_file import Parameter, mulaw_decode
from trainer.audition import in_units
from trainer.bands import band_distance_db, band_levels
from trainer.clips import Clips
from trainer.evaluate import Performance
from trainer.measures import pitch_errors, rms_db
from trainer.players import DaemonPlayer
from trainer.volume import NAME as VOLUME


@dataclass(frozen=True)
class HearingConfig:
    """What is played."""

    places: int = 16  # held-out clips, spread over the split
    seconds: float = 3.0  # per place
    settle_s: float = 0.25  # start from silence, not judged
    seed: int = 1  # of the voices that are played


@dataclass(frozen=True)
class Setting:
    """From `seconds` on, the voice plays these values, in units."""

    seconds: float
    values: tuple[tuple[str, float], ...]

    def parameters(self) -> tuple[tuple[str, float], ...]:
        """Names and values, as a score writes them."""
        return self.values


@dataclass(frozen=True)
class Heard:
    """One place: the model's sound against the clip's. cents, in_tune: with a pitch only."""

    values: dict[str, float]
    level_db: float  # louder than the clip
    bands_db: float  # mean difference of 24 bands' levels
    drift_db: float  # the last third against the first
    cents: float | None = None  # median
    in_tune: float | None = None  # share of frames within 50 cents


def listen(model: Path, clips: Clips, config: HearingConfig, levels: int = 256) -> Iterator[Heard]:
    """Play the model where held-out clips are, four at a time, and judge each."""
    chosen = np.unique(np.linspace(0, len(clips) - 1, config.places).round().astype(int))
    player = DaemonPlayer(model.absolute())
    for k in range(0, len(chosen), 4):
        four = chosen[k : k + 4]
        points = in_units(np.clip(clips.parameters[four], 0, 1), clips.ranges)
        sounds = player.play([_held(point, clips.ranges, config) for point in points])
        for number, point, sound in zip(four, points, sounds, strict=True):
            wanted = mulaw_decode(clips.codes[number][sounding(clips, number)], levels)
            settled = sound[round(config.settle_s * player.samplerate) :]
            yield _heard(point, clips.ranges, settled, wanted, player.samplerate)


def sounding(clips: Clips, number: int) -> NDArray[np.bool_]:
    """(T,) where a clip's volume is up, if it has a course of it; else everywhere."""
    names = [parameter.name for parameter in clips.ranges]
    track = clips.tracks.get(names.index(VOLUME)) if VOLUME in names else None
    return np.ones(clips.codes.shape[1], bool) if track is None else track[number] > 0


def _held(
    point: NDArray[np.float64], ranges: tuple[Parameter, ...], config: HearingConfig
) -> Performance:
    values = tuple((p.name, float(v)) for p, v in zip(ranges, point, strict=True))
    return Performance((Setting(0.0, values),), config.seconds, config.seed)


def _heard(
    point: NDArray[np.float64],
    ranges: tuple[Parameter, ...],
    sound: NDArray[np.float32],
    wanted: NDArray[np.float32],
    samplerate: int,
) -> Heard:
    values = {p.name: round(float(v), 4) for p, v in zip(ranges, point, strict=True)}
    third = len(sound) // 3
    levels, aim = band_levels(sound, samplerate), band_levels(wanted, samplerate)
    heard = Heard(
        values,
        level_db=round(float(rms_db(sound) - rms_db(wanted)), 2),
        bands_db=round(float(band_distance_db(levels, aim)), 2),
        drift_db=round(float(rms_db(sound[-third:]) - rms_db(sound[:third])), 2),
    )
    if "pitch" not in values:
        return heard
    tuning = pitch_errors(sound[None], np.array([values["pitch"]]), samplerate)[0]
    cents, in_tune = round(tuning.median_cents, 1), round(tuning.in_tune, 4)
    return Heard(heard.values, heard.level_db, heard.bands_db, heard.drift_db, cents, in_tune)


def as_json(found: list[Heard]) -> dict[str, object]:
    """The means over all places, then each."""
    return {
        "level_db": round(float(np.mean([abs(h.level_db) for h in found])), 2),
        "bands_db": round(float(np.mean([h.bands_db for h in found])), 2),
        "drift_db": round(float(np.max([abs(h.drift_db) for h in found])), 2),
        "places": [asdict(each) for each in found],
    }
