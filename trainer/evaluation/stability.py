"""Long free runs: does a held sound stay what it is, and does it repeat itself?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from trainer.audition import in_units
from trainer.bands import band_distance_db, band_levels
from trainer.evaluation.material import Absent, Points, Studio, held_at
from trainer.evaluation.pitch import listening
from trainer.measures import rms_db
from trainer.tuning import cents
from trainer.volume import audible
from trainer.yin import YinConfig, yin

NAME = "stability"
PART_S = 10.0  # at the beginning and at the end, compared
REPEATS_S = (0.5, 5.0)  # a loop shorter is a tone's or a texture's grain, longer not noticed
ENVELOPE_S = 0.01
BURST_DB = 3.0  # of a whole second: heard as an event, in noise and in tones

Sound = NDArray[np.floating]


def measure(studio: Studio) -> dict[str, Any]:
    """Places from the corners inwards, each held from a reset, one seed each."""
    config = studio.config
    if config.free_run_s < 2:
        raise Absent(f"free runs of {config.free_run_s:g} s, wanted 2 s or more")
    seconds = config.settle_s + config.free_run_s
    points = places(studio)
    held = [held_at(p, studio.names, seconds, config.seed + k) for k, p in enumerate(points)]
    found, curves = [], []
    for point, sound in zip(points, studio.player.play(held), strict=True):
        settled = studio.settled(sound)
        values = {n: round(float(v), 3) for n, v in zip(studio.names, point, strict=True)}
        found.append({**values, **judged(settled, studio.samplerate, _look(studio))})
        curves.append(by_second(settled, studio.samplerate))
    return {
        "seconds": config.free_run_s,
        "worst": {
            name: max((abs(each[name]) for each in found), default=None)
            for name in found[0]
            if name not in studio.names and found[0][name] is not None
        },
        "places": found,
        "level_db": curves,
    }


def _look(studio: Studio) -> YinConfig | None:
    return listening(studio, studio.names.index("pitch")) if "pitch" in studio.names else None


def places(studio: Studio) -> Points:
    """Where the free runs are, (free_runs, P)."""
    return halton(studio, studio.config.free_runs)


def halton(studio: Studio, count: int) -> Points:
    """The middle, then points evenly over the range (a Halton sequence), (count, P), in units."""
    from scipy.stats.qmc import Halton

    size = len(studio.ranges)
    drawn = Halton(size, scramble=False).random(count + 1)[1:]
    shares = np.concatenate([np.full((1, size), 0.5), drawn])[:count]
    return in_units(audible(shares, studio.ranges), studio.ranges)


def judged(sound: Sound, samplerate: int, look: YinConfig | None) -> dict[str, Any]:
    """One run's figures. sound: (T,), two seconds or more; look: None for the unpitched."""
    part = min(round(PART_S * samplerate), len(sound) // 3)
    first, last = sound[:part], sound[-part:]
    levels = by_second(sound, samplerate)
    drift = None
    if look is not None:
        heard = [np.median(yin(each, samplerate, look)) for each in (first, last)]
        drift = round(float(cents(heard[1], heard[0])), 2)
    return {
        "drift_db": round(float(rms_db(last) - rms_db(first)), 2),
        "range_db": round(max(levels) - min(levels), 2),
        "drift_cents": drift,
        **bursts(sound, samplerate),
        "drift_log_mel_db": _mel_drift(first, last, samplerate),
        "repetition": round(repetition(sound, samplerate), 4),
        "envelope_repetition": round(repetition(*envelope(sound, samplerate)), 4),
    }


def bursts(sound: Sound, samplerate: int) -> dict[str, float]:
    """What swells up by itself: seconds BURST_DB louder than the median one, and the loudest
    20 ms beside the median ones.
    """
    seconds = np.array(by_second(sound, samplerate))
    frame = samplerate // 50
    short = rms_db(sound[: len(sound) // frame * frame].reshape(-1, frame))
    return {
        "burst_seconds": int(np.sum(seconds > np.median(seconds) + BURST_DB)),
        "loudest_20_ms_db": round(float(short.max() - np.median(short)), 2),
    }


def by_second(sound: Sound, samplerate: int) -> list[float]:
    """Level of every whole second, dB."""
    seconds = len(sound) // samplerate
    return [round(float(v), 2) for v in rms_db(sound[: seconds * samplerate].reshape(seconds, -1))]


def _mel_drift(first: Sound, last: Sound, samplerate: int) -> float:
    before, after = (band_levels(each, samplerate) for each in (first, last))
    return round(float(band_distance_db(before, after)), 2)


def repetition(signal: Sound, rate: float) -> float:
    """Greatest normalised autocorrelation at lags of REPEATS_S, -1 ... 1; 0 for silence.

    A loop gives 1, noise next to 0. So does a steady tone give 1: there its envelope tells more.
    """
    centred = np.asarray(signal, dtype=np.float64) - np.mean(signal)
    low = round(REPEATS_S[0] * rate)
    high = min(round(REPEATS_S[1] * rate), len(centred) // 2)
    if high <= low or not np.any(centred):
        return 0.0
    products = fftconvolve(centred, centred[::-1])[len(centred) - 1 :][low : high + 1]
    energy = np.concatenate([[0.0], np.cumsum(centred**2)])
    lags = np.arange(low, high + 1)
    norm = np.sqrt(energy[len(centred) - lags] * (energy[-1] - energy[lags]))
    return float(np.max(products / np.maximum(norm, 1e-12)))


def envelope(sound: Sound, samplerate: int) -> tuple[NDArray[np.float64], float]:
    """Level (dB) every 10 ms, and how many a second."""
    hop = round(ENVELOPE_S * samplerate)
    count = len(sound) // hop
    return rms_db(sound[: count * hop].reshape(count, hop)), samplerate / hop
