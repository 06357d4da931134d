"""Recordings and sources small enough for a test."""

import json
import os
from dataclasses import dataclass

import numpy as np
import soundfile

from trainer.errors import TrainerError
from trainer.sources.takes import Clip, ClipFormat, Listing, SkipError, Take

SHORT = ClipFormat(frames=1600)  # 0.1 s


def tone(hz=440.0, seconds=1.5, rate=16_000, level=0.3):
    """A steady sine."""
    return level * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)


def write(folder, name, samples, rate=16_000):
    """A sound file, with its folders."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate)
    return path


def nsynth(folder, *notes):
    """NSynth's layout: notes are (family, source, number, pitch, velocity)."""
    examples = {}
    for family, source, number, pitch, velocity in notes:
        instrument = f"{family}_{source}_{number:03d}"
        name = f"{instrument}-{pitch:03d}-{velocity:03d}"
        examples[name] = {
            "instrument_str": instrument,
            "instrument_family_str": family,
            "instrument_source_str": source,
            "pitch": pitch,
            "velocity": velocity,
            "qualities_str": ["bright"],
        }
        write(folder, f"audio/{name}.wav", tone(440 * 2 ** ((pitch - 69) / 12)))
    folder.mkdir(exist_ok=True)
    (folder / "examples.json").write_text(json.dumps(examples))
    return folder


@dataclass(frozen=True)
class Beeps:
    """A source of its own: some takes beep, some cannot."""

    count: int = 4
    broken: tuple[int, ...] = ()
    clip: ClipFormat = SHORT
    hz: float = 400.0
    reads = None

    def __post_init__(self):
        object.__setattr__(self, "rendered", [])  # no field: not part of the fingerprint

    def listing(self):
        return Listing(
            [Take(f"beep{k}", f"beep{k}", {"class": "beep", "pitch": k}) for k in range(self.count)]
        )

    def render(self, take):
        self.rendered.append(take.name)
        if take.values["pitch"] in self.broken:
            raise SkipError("broken")
        return [Clip(tone(self.hz, 0.1), {"hz": self.hz})]


def end(number):
    """What a process does that the system kills."""
    os.kill(os.getpid(), number)


def threads(size):
    """How many threads this process has once it has multiplied matrices."""
    square = np.ones((size, size))
    assert (square @ square)[0, 0] == size
    return len(os.listdir("/proc/self/task"))


def fail(text):
    """What a process does that meets an error."""
    raise TrainerError(text)
