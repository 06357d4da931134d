"""Level matching: every clip to one RMS, or one loudness; what it had is told."""

import numpy as np

from trainer.loudness import lufs
from trainer.measures import rms_db
from trainer.sources.takes import Clip, ClipFormat, Floats, SkipError

SILENCE_DB = -70.0  # RMS below full scale; less is a room, not a sound


def levelled(clip: Clip, wanted: ClipFormat) -> tuple[Floats, float, float]:
    """As `match_level`, unless the source has set the level: then samples as they are, 0 dB."""
    if not clip.levelled:
        return match_level(clip.samples, wanted)
    peak = float(np.abs(clip.samples).max())
    if not np.isfinite(peak) or peak > 1:
        raise SkipError("beyond full scale")
    return clip.samples, float(rms_db(clip.samples)), 0.0


def match_level(samples: Floats, clip: ClipFormat) -> tuple[Floats, float, float]:
    """Samples as loud as wanted, or as their peak allows; level (RMS) before and gain, in dB.

    Raises SkipError for what is silent or not finite.
    """
    if not np.all(np.isfinite(samples)):
        raise SkipError("holds NaN or infinity")
    loudness_db = float(rms_db(samples))
    if loudness_db < SILENCE_DB:
        raise SkipError(f"silent (below {SILENCE_DB:.0f} dB RMS)")
    wanted_db = _gain_db(samples, loudness_db, clip)
    gain = min(10 ** (wanted_db / 20), clip.peak / float(np.abs(samples).max()))
    return samples * gain, loudness_db, 20 * float(np.log10(gain))


def _gain_db(samples: Floats, loudness_db: float, clip: ClipFormat) -> float:
    """To the wanted RMS or loudness."""
    if clip.lufs is None:
        return 20 * float(np.log10(clip.rms)) - loudness_db
    return clip.lufs - lufs(samples, clip.samplerate)
