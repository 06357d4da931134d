"""docs/rhapsody.wav and docs/rhapsody.png: the shipped score, as it was asked and as it is heard.

python bench/rhapsody.py

The WAV has the model's own rate, 16 kHz, at which nothing is resampled: all that the model says
is in it. One channel of 16 bits.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import librosa
import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import soundfile

from smfosc.models import Models
from smfosc.offline import RenderJob, render_to_file
from smfosc.score import Score, read_score

ROOT = Path(__file__).parents[1]
SCORE = ROOT / "patches" / "scores" / "rhapsody.score"
RATE = 16_000  # Hz, the model's
HOP = 256  # samples at 16 kHz: 16 ms
HEARD_DB = -45.0  # below the loudest frame; what is softer has no pitch to speak of
SOUND, ASKED = "#d9480f", "#0b6e99"


def rendered(score: Score) -> np.ndarray:
    """The score's sound (T,) at RATE. Raises AssertionError when the daemon would object."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "rhapsody.wav"
        objections = render_to_file(RenderJob(score, [], rate=RATE, channels=1), Models(), wav)
        assert not objections.failed + objections.remarks, objections
        return soundfile.read(wav, dtype="float32")[0]


def asked(score: Score, leaf: str, seconds: np.ndarray) -> np.ndarray:
    """The values (T,) that the score asks of a parameter of v1 at these times."""
    values = np.full(len(seconds), np.nan)
    for event in score.events:
        if not event.address.endswith((f"/{leaf}", "/note" if leaf == "pitch" else f"/{leaf}")):
            continue
        after = seconds >= event.seconds
        now = values[after][0] if after.any() else np.nan
        ramp_ms = 0.0 if event.address.endswith("/note") else (*event.args, 0.0, 0.0)[1]
        share = (seconds - event.seconds) * 1000 / ramp_ms if ramp_ms else np.inf
        begun = now if np.isfinite(now) else event.args[0]
        moved = begun + (event.args[0] - begun) * np.minimum(share, 1.0)
        values = np.where(after, moved, values)
    return values


def heard(sound: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Times and MIDI note numbers, NaN where there is no tone: pYIN (Mauch and Dixon, 2014)."""
    f0, _, _ = librosa.pyin(sound, fmin=250, fmax=800, sr=rate, hop_length=HOP, frame_length=1024)
    loud = librosa.feature.rms(y=sound, frame_length=1024, hop_length=HOP)[0]
    f0[20 * np.log10(loud / loud.max() + 1e-9) < HEARD_DB] = np.nan
    return librosa.times_like(f0, sr=rate, hop_length=HOP), librosa.hz_to_midi(f0)


def draw(score: Score, sound: np.ndarray, rate: int, path: Path) -> float:
    """Draw; returns the median distance in cents of the heard pitch from the asked one."""
    figure, axes = plt.subplots(
        3, 1, figsize=(10, 7), sharex=True, layout="constrained", height_ratios=[2.2, 2, 0.6]
    )
    sound = sound + 1e-7 * np.random.default_rng(0).standard_normal(len(sound))  # no log of 0
    axes[0].specgram(sound, NFFT=1024, Fs=rate, noverlap=896, vmin=-130, vmax=-40, cmap="magma")
    axes[0].set(ylim=(0, 6_000), ylabel="Hz")
    axes[0].set_title("The opening gesture, played by models/clarinet-trumpet.onnx")
    seconds, notes = heard(sound, rate)
    wanted = asked(score, "pitch", seconds)
    axes[1].plot(seconds, wanted, color=ASKED, lw=3, alpha=0.35, label="asked")
    axes[1].plot(seconds, notes, color=SOUND, lw=1.2, label="heard")
    axes[1].set(ylabel="MIDI note", ylim=(63, 77), yticks=range(64, 77, 2))
    axes[1].grid(alpha=0.25)
    axes[1].legend(loc="lower right", frameon=False)
    axes[2].fill_between(seconds, asked(score, "timbre", seconds), color=ASKED, alpha=0.4)
    axes[2].set(ylabel="timbre", ylim=(0, 1), yticks=[0, 1], xlabel="s")
    axes[2].set_yticklabels(["clarinet", "trumpet"])
    figure.savefig(path, dpi=110)
    return float(100 * np.nanmedian(np.abs(notes - wanted)))


def main() -> None:
    """Render, draw, measure."""
    score = read_score(SCORE)
    sound = rendered(score)
    wav = ROOT / "docs" / "rhapsody.wav"
    soundfile.write(wav, sound, RATE, subtype="PCM_16")
    cents = draw(score, sound, RATE, ROOT / "docs" / "rhapsody.png")
    print(f"{len(sound) / RATE:.2f} s, {wav.stat().st_size} bytes, peak {np.abs(sound).max():.2f};")
    print(f"heard {cents:.1f} cents from what was asked (median)")


if __name__ == "__main__":
    main()
