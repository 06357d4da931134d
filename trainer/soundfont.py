"""Notes of a SoundFont through fluidsynth, dry, mono, at the model's rate.

What is in FluidR3, keys 63-77, measured: the clarinet is a static wavetable with a slow pitch LFO
(0.7 Hz) whose onset depends on velocity, so that 0.4-1.4 s at velocity >= 100 is steady; there
velocity moves the level only. Reverb and chorus are off: a sample RNN would learn the room.
"""

from ctypes import c_void_p
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.errors import TrainerError

SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")  # Debian's fluid-soundfont-gm, MIT
BLOCK = 64  # frames that fluidsynth renders at a time
FLUSH_S = 0.1  # after which nothing rings on behind `all_sounds_off`
BEND_RANGE = 2.0  # semitones up or down; General MIDI's default, which FluidR3 keeps


@dataclass(frozen=True)
class Note:
    """One steady note: which key of which General MIDI program (from 0), bent by how much."""

    program: int
    key: int
    bend: float  # semitones, -2 ... 2
    velocity: int
    skip_s: float  # attack left out
    duration_s: float
    vibrato: int = 0  # controller 1, 0 ... 127; 127 is some 50 cents


def _fluidsynth() -> Any:
    try:
        import fluidsynth
    except (ImportError, OSError) as error:  # OSError: there, but no library
        raise TrainerError(
            f"rendering: fluidsynth cannot be loaded ({error}); "
            "apt-get install libfluidsynth3 and pip install pyfluidsynth"
        ) from error
    return fluidsynth


def require_soundfont(path: Path) -> None:
    """Raise TrainerError unless there is a file."""
    if not path.is_file():
        raise TrainerError(
            f"rendering: {path}: no such SoundFont; "
            "apt-get install fluid-soundfont-gm, or name one with --soundfont"
        )


class SoundFont:
    """A SoundFont opened for offline rendering. Use as a context; `render` one note at a time.

    exact: samples as fluidsynth computes them, the same whatever was rendered before; else of 16
    bits with its dither, which goes on from note to note.
    """

    def __init__(
        self, path: Path = SOUNDFONT, *, samplerate: int = 16_000, exact: bool = False
    ) -> None:
        require_soundfont(path)
        self._rate, self._exact = samplerate, exact
        settings = {"synth.reverb.active": 0, "synth.chorus.active": 0}
        self._synth: Any = _fluidsynth().Synth(gain=0.5, samplerate=samplerate, **settings)
        self._font = self._synth.sfload(str(path))
        if self._font < 0:
            raise TrainerError(f"rendering: {path}: fluidsynth cannot read it as a SoundFont")

    def __enter__(self) -> "SoundFont":
        return self

    def __exit__(self, *_: object) -> None:
        self._synth.delete()

    def render(self, note: Note) -> NDArray[np.float64]:
        """The note's steady part, (T,) float64, full scale 1; left channel (the takes are mono)."""
        self._begin(note)
        self._synth.noteon(0, note.key, note.velocity)
        skip, frames = (round(s * self._rate) for s in (note.skip_s, note.duration_s))
        left = self._whole_blocks(skip + frames)
        self._synth.all_sounds_off(0)
        return left[skip : skip + frames]

    def play(self, note: Note, hold_s: float) -> NDArray[np.float64]:
        """The note from its very onset, its key released after `hold_s`: (T,), as `render`.

        What rang before is let die away first: an attack would stand on its tail.
        """
        self._begin(note)
        for _ in range(2):  # a voice's first block keeps a trace of what it played before
            self._synth.noteon(0, note.key, note.velocity)
            self._whole_blocks(BLOCK)
            self._synth.all_sounds_off(0)
            self._whole_blocks(round(FLUSH_S * self._rate))
        self._synth.noteon(0, note.key, note.velocity)
        held, frames = (round(s * self._rate) for s in (hold_s, note.duration_s))
        before = self._whole_blocks(held)
        self._synth.noteoff(0, note.key)
        after = self._whole_blocks(max(0, frames - len(before)))
        self._synth.all_sounds_off(0)
        return np.concatenate([before, after])[:frames]

    def _whole_blocks(self, frames: int) -> NDArray[np.float64]:
        """`frames` or a few more: a rest of a block would begin the next."""
        whole = -(-frames // BLOCK) * BLOCK
        return self._left_exact(whole) if self._exact else self._left(whole)

    def _begin(self, note: Note) -> None:
        """A synth at rest that the note's key may be struck on. Raises TrainerError."""
        self._synth.system_reset()
        if self._synth.program_select(0, self._font, 0, note.program) != 0:
            raise TrainerError(f"rendering: the SoundFont has no program {note.program} in bank 0")
        self._synth.cc(0, 1, note.vibrato)
        self._synth.pitch_bend(0, round(note.bend / BEND_RANGE * 8192))

    def _left(self, frames: int) -> NDArray[np.float64]:
        stereo = np.asarray(self._synth.get_samples(frames)).reshape(-1, 2)
        return stereo[:, 0] / 32768.0

    def _left_exact(self, frames: int) -> NDArray[np.float64]:
        """As `_left`, by a function of libfluidsynth that pyfluidsynth does not wrap."""
        write = _fluidsynth()._fl.fluid_synth_write_float
        left, right = np.empty(frames, np.float32), np.empty(frames, np.float32)
        out, rest = c_void_p(left.ctypes.data), c_void_p(right.ctypes.data)
        if write(c_void_p(self._synth.synth), frames, out, 0, 1, rest, 0, 1) != 0:
            raise TrainerError("rendering: fluidsynth failed to write samples")
        return left.astype(np.float64)
