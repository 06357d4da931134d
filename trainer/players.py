"""Two ways to turn performances into sound: the daemon's renderer, and the torch oracle."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from trainer.clips import PARAMETERS, normalise
from trainer.errors import TrainerError
from trainer.evaluate import Performance, Sound
from trainer.freerun import play
from trainer.network import SampleRnn


@dataclass(frozen=True)
class DaemonPlayer:
    """Plays a model file through `smfosc render`, one process per performance."""

    model: Path
    samplerate: int = 16_000

    def play(self, performances: Sequence[Performance]) -> list[Sound]:
        """One (T,) per performance, as it lies in the WAV, at the model's rate."""
        return [self._render(performance) for performance in performances]

    def _render(self, performance: Performance) -> Sound:
        with tempfile.TemporaryDirectory() as folder:
            score, out = Path(folder, "score.txt"), Path(folder, "out.wav")
            score.write_text(score_text(performance))
            render = ["--model", self.model, "--rate", self.samplerate, "--out", out]
            self._run([score, *render, "--duration", performance.seconds])
            sound, rate = soundfile.read(out, dtype="float32", always_2d=True)
        if rate != self.samplerate:
            raise TrainerError(f"evaluate: smfosc render wrote {rate} Hz, asked {self.samplerate}")
        return np.asarray(sound[:, 0])

    def _run(self, arguments: list[object]) -> None:
        beside = Path(sys.executable).with_name("smfosc")
        command = str(beside) if beside.exists() else shutil.which("smfosc")
        if command is None:
            raise TrainerError("evaluate: no `smfosc` command; install the project (pip install .)")
        words = [command, "render", *map(str, arguments)]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode != 0:
            last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
            raise TrainerError(f"evaluate: {' '.join(words)}: {last}")


def score_text(performance: Performance) -> str:
    """The performance as a score: `seconds address args...` per line. Voice v1, hard left."""
    lines = ["0 /voice/v1/pan -1.0", f"0 /voice/v1/seed {performance.seed}"]
    for turn in performance.turns:
        lines.append(f"{turn.seconds:.6f} /voice/v1/pitch {turn.pitch:.6f}")
        lines.append(f"{turn.seconds:.6f} /voice/v1/timbre {turn.timbre:.6f}")
    return "\n".join([*lines, "0 /voice/v1/reset"]) + "\n"


@dataclass(frozen=True)
class NetworkPlayer:
    """Plays a network in torch, all performances as one batch; for checkpoints."""

    network: SampleRnn
    samplerate: int = 16_000

    def play(self, performances: Sequence[Performance]) -> list[Sound]:
        """One (T,) per performance."""
        parameters = np.stack([self._parameters(p) for p in performances], axis=1)
        sounds = play(self.network, parameters, seed=performances[0].seed)
        return list(sounds.T)

    def _parameters(self, performance: Performance) -> Sound:
        """(T, P) in the network's 0..1; steps fall on the nearest sample."""
        starts = np.array([turn.seconds for turn in performance.turns])
        points = np.array([(turn.pitch, turn.timbre) for turn in performance.turns])
        time = np.arange(round(performance.seconds * self.samplerate)) / self.samplerate
        held = np.searchsorted(starts, time + 0.5 / self.samplerate, side="right") - 1
        return np.asarray(normalise(points, PARAMETERS)[held])
