"""Attacks: a jump of the volume beside the recorded note that has the same jump in its track.

Both are measured alike: from the jump to 20 dB below the note's own level (delay), from there to
3 dB below it (rise), from the volume's return to 0 to 20 dB below (release), and how the spectral
centroid stands in the first 25 ms, and behind the attack.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from trainer.clips import read_metadata
from trainer.evaluate import Performance
from trainer.evaluation.material import Absent, Studio, spread
from trainer.hearing import Setting
from trainer.volume import ATTACK_S, envelope_db
from trainer.volume import NAME as VOLUME

NAME = "attack"
LEAD_S = 0.25  # silence before the jump, so that the network has settled in it
ENVELOPE_S = 0.008  # two or three periods of MIDI 64
BELOW_DB, NEAR_DB = 20.0, 3.0
QUIET_S = 0.03  # before the jump, where nothing may sound
EARLY_S = 0.025  # the centroid's first look
MOST = 24  # notes

Sound = NDArray[np.floating]
Row = dict[str, str]


@dataclass(frozen=True)
class Shape:
    """One note. None: it never got there, or was there before it was struck."""

    delay_ms: float | None
    rise_ms: float | None
    release_ms: float | None
    level_db: float  # behind the attack
    early_centroid_hz: float
    centroid_hz: float  # behind the attack

    @property
    def centroid_rise(self) -> float:
        """How many times higher the centroid is behind the attack than at its beginning."""
        return self.centroid_hz / max(self.early_centroid_hz, 1e-9)


def measure(studio: Studio) -> dict[str, Any]:
    """Recorded notes of steady volume, and the model asked for the same. Raises Absent."""
    if VOLUME not in studio.names:
        raise Absent(f"no parameter 'volume' among {', '.join(studio.names)}")
    folder = studio.require("learned", "recorded attacks")
    rows = [row for row in read_metadata(folder) if row.get("kind") == "steady"]
    rows = [rows[k] for k in spread(len(rows), min(MOST, len(rows)))]
    if not rows or any(not row.get("onset") or not row.get("release") for row in rows):
        raise Absent("its clips do not tell their onset and release")
    rate = studio.samplerate
    recorded = [
        shape(soundfile.read(folder / row["file_name"])[0], *_span(row), rate) for row in rows
    ]
    played = [
        shape(sound, onset, onset + held, rate) for sound, onset, held in _played(studio, rows)
    ]
    return {
        "notes": len(rows),
        "median": {"recorded": medians(recorded), "played": medians(played)},
        "apart": apart(played, recorded),
    }


def _span(row: Row) -> tuple[int, int]:
    return round(float(row["onset"])), round(float(row["release"]))


def _played(studio: Studio, rows: list[Row]) -> list[tuple[Sound, int, int]]:
    """The model's sound, where the volume jumps in it, and for how many samples it is up."""
    onset = round(LEAD_S * studio.samplerate)
    spans = [end - begin for begin, end in map(_span, rows)]
    seconds = LEAD_S + max(spans) / studio.samplerate + LEAD_S
    asked = [
        _struck(studio, row, held / studio.samplerate, seconds, seed)
        for seed, (row, held) in enumerate(zip(rows, spans, strict=True), start=1)
    ]
    sounds = studio.player.play(asked)
    return [(sound, onset, held) for sound, held in zip(sounds, spans, strict=True)]


def _struck(studio: Studio, row: Row, held_s: float, seconds: float, seed: int) -> Performance:
    """A note: everything but the volume is set from the start."""
    values = tuple((name, float(row[name])) for name in studio.names)
    silent = tuple((name, 0.0 if name == VOLUME else value) for name, value in values)
    turns = (Setting(0.0, silent), Setting(LEAD_S, values), Setting(LEAD_S + held_s, silent))
    return Performance(turns, seconds, seed)


def shape(sound: Sound, onset: int, release: int, samplerate: int) -> Shape:
    """A note in `sound` (T,), its volume up from onset to release (samples)."""
    level_db = envelope_db(np.asarray(sound, dtype=np.float64), samplerate, ENVELOPE_S)
    settled = slice(min(onset + round(ATTACK_S * samplerate), release - 1), release)
    own = float(np.median(level_db[settled]))
    rising = level_db[onset:release]
    before = level_db[max(0, onset - round(QUIET_S * samplerate)) : onset]
    struck = float(np.median(before)) < own - BELOW_DB  # else it sounded already
    delay = _first(rising > own - BELOW_DB) if struck else None
    near = _first(rising > own - NEAR_DB)
    gone = _first(level_db[release:] < own - BELOW_DB)
    ms = 1e3 / samplerate
    begun = onset + (delay or 0)
    return Shape(
        delay_ms=None if delay is None else round(delay * ms, 2),
        rise_ms=None if delay is None or near is None else round((near - delay) * ms, 2),
        release_ms=None if gone is None else round(gone * ms, 2),
        level_db=round(own, 2),
        early_centroid_hz=centroid_hz(
            sound[begun : begun + round(EARLY_S * samplerate)], samplerate
        ),
        centroid_hz=centroid_hz(sound[settled], samplerate),
    )


def _first(there: NDArray[np.bool_]) -> int | None:
    return int(np.argmax(there)) if there.any() else None


def centroid_hz(sound: Sound, samplerate: int) -> float:
    """Amplitude-weighted mean frequency; 0 for silence."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    hertz = np.fft.rfftfreq(len(sound), 1 / samplerate)
    return round(float(spectrum @ hertz / max(spectrum.sum(), 1e-12)), 1)


def medians(shapes: list[Shape]) -> dict[str, float | None]:
    """Of every figure, over the notes that have it; and how many never got to their level."""
    rows = [asdict(each) | {"centroid_rise": each.centroid_rise} for each in shapes]
    found: dict[str, float | None] = {}
    for name in rows[0]:
        there = [row[name] for row in rows if row[name] is not None]
        found[name] = round(float(np.median(there)), 3) if there else None
    return found | {"missed": sum(each.rise_ms is None for each in shapes)}


def apart(played: list[Shape], recorded: list[Shape]) -> dict[str, float | None]:
    """Median over notes of |played - recorded|: times in ms, level in dB, centroids as a ratio."""
    found: dict[str, float | None] = {}
    for name in ("delay_ms", "rise_ms", "release_ms", "level_db"):
        both = [(getattr(p, name), getattr(r, name)) for p, r in zip(played, recorded, strict=True)]
        off = [abs(p - r) for p, r in both if p is not None and r is not None]
        found[name] = round(float(np.median(off)), 2) if off else None
    ratios = [
        abs(np.log2(p.centroid_rise / r.centroid_rise))
        for p, r in zip(played, recorded, strict=True)
        if min(p.centroid_rise, r.centroid_rise) > 0
    ]
    found["centroid_rise_octaves"] = round(float(np.median(ratios)), 3) if ratios else None
    return found
