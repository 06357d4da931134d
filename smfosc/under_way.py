"""What is under way beside the values of voices, as plain values. Any thread.

`toml_checks` reads these from a file by their fields' types, so annotations are not texts here.
"""

from dataclasses import dataclass

from smfosc.toml_checks import setting


@dataclass(frozen=True)
class OutputGain:
    """[outputs.NAME]: an output as it was set."""

    name: str
    gain: float = setting(0.0, -1000.0, 24.0)  # dB


@dataclass(frozen=True)
class SoundingNote:
    """[notes.VOICE]: a note that sounds."""

    name: str  # of its voice
    pitch: float = 0.0  # by which it is ended; the voice may have glided away from it
    velocity: float = setting(127.0, 0.0, 127.0)
    left_ms: float = setting(0.0, 0.0, 1e10)  # of its duration; 0: until somebody ends it


@dataclass(frozen=True)
class ScorePlace:
    """[scores.NAME]: a score that is played, and where it is."""

    name: str
    seconds: float = setting(0.0, 0.0, 1e9)
    tempo: float = setting(1.0, 0.01, 100.0)
    loop: bool = False
    paused: bool = False
