"""A GAN small enough for tests: three stages, (5, 2) to (17, 8)."""

from pathlib import Path

import numpy as np
import soundfile

from trainer.gan.config import GanConfig, NetworkConfig, ScheduleConfig

CHANNELS = (6, 5, 4)
NETWORK = NetworkConfig(channels=CHANNELS, latent=4, bins=17, frames=8)
SCHEDULE = ScheduleConfig(clips=96, shares=(1, 1, 1), batch=8)
CONFIG = GanConfig(
    network=NETWORK,
    schedule=SCHEDULE,
    bfloat16=False,
    checkpoint_every_s=0,
    report_every=1,
    health_every=4,
)
SAMPLES = 1_024


class SmallPictures:
    """17 x 8 log magnitudes of 1,024 samples: an FFT of 32, averaged over 4 frames."""

    channels, bins, frames, samples = 1, 17, 8, SAMPLES

    def encode(self, sounds: np.ndarray) -> np.ndarray:
        parts = sounds.reshape(len(sounds), 8, 4, 32) * np.hanning(32)
        level = np.log10(np.abs(np.fft.rfft(parts)).mean(2) + 1e-3) / 3
        return level.transpose(0, 2, 1)[:, None].astype(np.float32).clip(-1, 1)


def write_sounds(
    folder: Path, count: int = 20, *, pitches: bool = True, seconds: float = 0.064
) -> Path:
    """A dataset of tones in noise, two pitches, in the audiofolder convention."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(3)
    lines = ["file_name,pitch" if pitches else "file_name"]
    for index in range(count):
        pitch = 60 + index % 2
        time_s = np.arange(round(seconds * 16_000)) / 16_000
        tone = 0.3 * np.sin(2 * np.pi * (1_000 + 2_000 * (index % 2)) * time_s)
        sound = tone + random.uniform(0.01, 0.05) * random.standard_normal(len(time_s))
        soundfile.write(folder / f"{index}.wav", sound, 16_000)
        lines.append(f"{index}.wav,{pitch}" if pitches else f"{index}.wav")
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n")
    return folder
