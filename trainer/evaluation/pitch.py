"""Pitch: is the note that was asked for heard, at the grid's points, between them, on glides?"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.audition import in_units
from trainer.clips import read_metadata
from trainer.evaluation.material import Absent, Points, Studio, held_at, moved_along
from trainer.measures import IN_TUNE_CENTS
from trainer.tuning import cents, hz_to_midi, midi_to_hz
from trainer.volume import audible
from trainer.yin import YinConfig, yin

NAME = "pitch"
SHARES = (0.0, 0.5, 1.0)  # of the other parameters
GLIDE_HOP_S = 0.01  # between new values, as a controller sends them
MOST_NOTES = 25

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PitchFigures:
    """Over all frames of all notes."""

    frames: int
    in_tune: float  # share within 50 cents
    median_cents: float  # signed
    mean_abs_cents: float
    median_abs_cents: float
    p95_abs_cents: float  # 95th percentile
    octave_errors: float  # share within 50 cents of another octave of the note


def figures(off_cents: Floats) -> PitchFigures:
    """Frames' deviations, any shape, to figures. Raises ValueError for none."""
    off = np.ravel(off_cents)
    if not len(off):
        raise ValueError("no frames")
    octaves = np.round(off / 1200)
    astray = (octaves != 0) & (np.abs(off - 1200 * octaves) <= IN_TUNE_CENTS)
    return PitchFigures(
        frames=len(off),
        in_tune=round(float(np.mean(np.abs(off) <= IN_TUNE_CENTS)), 4),
        median_cents=round(float(np.median(off)), 2),
        mean_abs_cents=round(float(np.mean(np.abs(off))), 2),
        median_abs_cents=round(float(np.median(np.abs(off))), 2),
        p95_abs_cents=round(float(np.percentile(np.abs(off), 95)), 2),
        octave_errors=round(float(np.mean(astray)), 4),
    )


def of_notes(off_cents: Floats) -> dict[str, float]:
    """Notes' deviations (notes, frames) to figures of |median|: a vibrato is no mistuning."""
    medians = np.abs(np.median(off_cents, axis=1))
    return {
        "notes": len(medians),
        "median_abs_cents": round(float(np.median(medians)), 2),
        "p95_abs_cents": round(float(np.percentile(medians, 95)), 2),
        "worst_abs_cents": round(float(medians.max()), 2),
    }


def measure(studio: Studio) -> dict[str, Any]:
    """Steady notes at the grid's pitches and half-way between them; glides over the range."""
    column = pitch_column(studio)
    notes = grid_notes(studio, column)
    halves = (notes[1:] + notes[:-1]) / 2
    asked, heard = _glides(studio, column)
    found = {
        "grid": _steady(studio, column, notes),
        "half_way": _steady(studio, column, halves),
        "glides": cents(heard, midi_to_hz(asked)),
    }
    return {
        "where": {name: asdict(figures(off)) for name, off in found.items()},
        "notes": {name: of_notes(found[name]) for name in ("grid", "half_way")},
        "glide": {"asked": _rounded(asked[0]), "heard": _rounded(hz_to_midi(heard[0]))},
    }


def _rounded(values: Floats) -> list[float]:
    return [round(float(v), 3) for v in values]


def pitch_column(studio: Studio) -> int:
    """Which parameter is the pitch. Raises Absent."""
    if "pitch" not in studio.names:
        raise Absent(f"unpitched: no parameter 'pitch' among {', '.join(studio.names)}")
    return studio.names.index("pitch")


def grid_notes(studio: Studio, column: int) -> Floats:
    """Pitches that the model was trained at, (K,), evenly thinned; whole semitones if unknown."""
    span = studio.ranges[column]
    known = np.arange(np.ceil(span.minimum), span.maximum + 1e-9)
    if studio.material.learned is not None:
        rows = read_metadata(studio.material.learned)
        told = [float(row["pitch"]) for row in rows if row.get("pitch")]
        inside = [p for p in told if span.minimum <= p <= span.maximum]
        known = np.unique(inside) if len(set(inside)) > 1 else known
    thinned = np.linspace(0, len(known) - 1, min(MOST_NOTES, len(known))).round().astype(int)
    return np.asarray(known[thinned])


def listening(studio: Studio, column: int) -> YinConfig:
    """YIN over the range and an octave error either way; frames of 25 ms, or 5 periods."""
    span = studio.ranges[column]
    low, high = float(midi_to_hz(span.minimum)), float(midi_to_hz(span.maximum))
    window_s = max(YinConfig.window_s, 5 / low)
    highest = min(2.3 * high, studio.samplerate / 3)
    return YinConfig(minimum_hz=0.45 * low, maximum_hz=highest, window_s=window_s)


def _others(studio: Studio, column: int) -> Points:
    """Places (K, P) of the other parameters, pitch half-way."""
    count = len(studio.ranges)
    shares = np.array(SHARES if count > 1 else (0.5,))
    places = np.repeat(shares[:, None], count, axis=1)
    places[:, column] = 0.5
    return in_units(audible(places, studio.ranges), studio.ranges)


def _steady(studio: Studio, column: int, notes: Floats) -> Floats:
    """Deviations (notes x places, frames) of steady notes, cents."""
    points = np.repeat(_others(studio, column), len(notes), axis=0)
    points[:, column] = np.tile(notes, len(points) // len(notes))
    seconds = studio.config.settle_s + studio.config.note_s
    held = [held_at(p, studio.names, seconds, studio.config.seed) for p in points]
    sounds = np.stack([studio.settled(sound) for sound in studio.player.play(held)])
    found = yin(sounds, studio.samplerate, listening(studio, column))
    return cents(found, midi_to_hz(points[:, column])[:, None])


def _glides(studio: Studio, column: int) -> tuple[Floats, Floats]:
    """Asked (MIDI) and heard (Hz) pitch along glides up and down, (glides, frames) each.

    A frame is compared with what was asked at its middle, the first `settle_s` left out.
    """
    config, span = studio.config, studio.ranges[column]
    steps = round(config.glide_s / GLIDE_HOP_S)
    up = np.linspace(span.minimum, span.maximum, steps)
    performances, asked = [], []
    for place in _others(studio, column):
        for k in range(config.glides):
            path = np.repeat(place[None], steps, axis=0)
            path[:, column] = up if k % 2 == 0 else up[::-1]
            performances.append(moved_along(path, studio.names, config.glide_s, config.seed + k))
            asked.append(path[:, column])
    sounds = np.stack(studio.player.play(performances))
    look = listening(studio, column)
    heard = yin(sounds, studio.samplerate, look)
    middle_s = np.arange(heard.shape[1]) * look.hop_s + look.window_s / 2
    kept = middle_s >= config.settle_s
    place_of = np.minimum((middle_s[kept] / GLIDE_HOP_S).astype(int), steps - 1)
    return np.stack(asked)[:, place_of], heard[:, kept]
