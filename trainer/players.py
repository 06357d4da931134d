"""Two ways to turn performances into sound: the daemon's renderer, and the torch oracle."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from smfosc.model_file import Parameter
from trainer.clips import normalise
from trainer.dataset import PARAMETERS
from trainer.errors import TrainerError
from trainer.evaluate import Performance, Sound
from trainer.freerun import play
from trainer.network import SampleRnn

SMFOSC = (sys.executable, "-c", "from smfosc.cli import main; main()")  # installed or not
GROUP = 4  # voices per process: the kernel's widest batch


@dataclass(frozen=True)
class DaemonPlayer:
    """Plays a model file through `smfosc render` as its own process, into a WAV."""

    model: Path
    samplerate: int = 16_000
    precision: str = ""  # of the weights; empty: the daemon's own

    def play(self, performances: Sequence[Performance]) -> list[Sound]:
        """One (T,) per performance, as it lies in the WAV, at the model's rate.

        Performances of one length, GROUP at a time, each on a voice and a channel of its own.
        """
        groups = [performances[k : k + GROUP] for k in range(0, len(performances), GROUP)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # each waits for its process
            return [sound for sounds in pool.map(self._render, groups) for sound in sounds]

    def _render(self, group: Sequence[Performance]) -> list[Sound]:
        with tempfile.TemporaryDirectory() as folder:
            score, out = Path(folder, "score.txt"), Path(folder, "out.wav")
            score.write_text(score_text(group, self.model.stem))
            size = ["--duration", group[0].seconds, "--channels", max(2, len(group))]
            model = ["--model", self.model, "--rate", self.samplerate]
            model += ["--precision", self.precision] if self.precision else []
            run_smfosc("render", score, *model, "--out", out, *size)
            sound, rate = soundfile.read(out, dtype="float32", always_2d=True)
        if rate != self.samplerate:
            raise TrainerError(f"evaluate: smfosc render wrote {rate} Hz, asked {self.samplerate}")
        return list(sound.T[: len(group)])


def run_smfosc(*arguments: object) -> str:
    """Run `smfosc` to its end; what it printed. Its last line becomes the error: TrainerError."""
    words = [str(word) for word in arguments]
    done = subprocess.run([*SMFOSC, *words], capture_output=True, text=True)
    if done.returncode != 0:
        last = (
            done.stderr.strip() or done.stdout.strip() or f"status {done.returncode}"
        ).splitlines()[-1]
        raise TrainerError(f"evaluate: smfosc {' '.join(words)}: {last}")
    return done.stdout


def score_text(group: Sequence[Performance], model: str) -> str:
    """Performances as a score: `seconds address args...` per line, voice k on channel k alone.

    v1 is there from the start, panned to the first of two channels; the others are made.
    """
    lines = ["0 /voice/v1/pan -1.0"]
    for k, performance in enumerate(group, start=1):
        voice = f"/voice/v{k}"
        if k > 1:
            lines += [f"0 /voice/new v{k} {model} {k}", f"0 {voice}/gate 1"]
        lines.append(f"0 {voice}/seed {performance.seed}")
        for turn in performance.turns:
            for name, value in turn.parameters():
                lines.append(f"{turn.seconds:.6f} {voice}/{name} {value:.6f}")
        lines.append(f"0 {voice}/reset")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class NetworkPlayer:
    """Plays a network in torch, all performances as one batch; for checkpoints."""

    network: SampleRnn
    ranges: tuple[Parameter, ...] = PARAMETERS
    samplerate: int = 16_000

    def play(self, performances: Sequence[Performance]) -> list[Sound]:
        """One (T,) per performance."""
        parameters = np.stack([self._parameters(p) for p in performances], axis=1)
        sounds = play(self.network, parameters, seed=performances[0].seed)
        return list(sounds.T)

    def _parameters(self, performance: Performance) -> Sound:
        """(T, P) in the network's 0..1; steps fall on the nearest sample."""
        starts = np.array([turn.seconds for turn in performance.turns])
        names = [parameter.name for parameter in self.ranges]
        turns = [dict(turn.parameters()) for turn in performance.turns]
        points = np.array([[turn[name] for name in names] for turn in turns])
        time = np.arange(round(performance.seconds * self.samplerate)) / self.samplerate
        held = np.searchsorted(starts, time + 0.5 / self.samplerate, side="right") - 1
        return np.asarray(normalise(points, self.ranges)[held])
