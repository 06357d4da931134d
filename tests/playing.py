"""Small engines that sound, and how to find their sound again in a recording."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import soundfile
from ports import free_port
from small_models import write_example

from smfosc.engine import Engine
from smfosc.models import Models
from smfosc.voices import seed_of


def example_engine(folder: Path, samplerate: int = 48_000, voices: int = 1, **options) -> Engine:
    """An engine whose voices v1, ... of a small random model sound from frame 0 on."""
    path = folder / "example.onnx"
    if not path.exists():
        write_example(path)
    models = Models("float32")
    loaded = models.load(models.give(path))
    engine = Engine(samplerate, **options)
    for n in range(voices):
        engine.add_voice(
            loaded.kernel,
            parameters=loaded.info.parameters,
            values=[p.default for p in loaded.info.parameters],
            samplerate=loaded.info.samplerate,
            seed=seed_of(0, f"v{n + 1}"),
            gate=True,
            frame=0,
        )
    return engine


def offline(folder: Path, frames: int, samplerate: int = 48_000, **options) -> np.ndarray:
    """What example_engine plays, (T, channels) float32, rendered offline."""
    engine = example_engine(folder, samplerate, realtime=False, **options)
    return engine.render(frames).T.copy()


def where(part: np.ndarray, whole: np.ndarray) -> int:
    """The frame of `whole` (T, channels) at which `part` begins; -1 when it is not there."""
    sounds = int(np.argmax(part.any(axis=1)))  # silence is found anywhere
    key = part[sounds : sounds + 64]
    starts = np.flatnonzero((whole[: len(whole) - len(part) + 1 + sounds] == key[0]).all(axis=1))
    hits = [at - sounds for at in starts if np.array_equal(whole[at : at + len(key)], key)]
    equal = hits and hits[0] >= 0 and np.array_equal(whole[hits[0] :][: len(part)], part)
    return int(hits[0]) if equal else -1


def pieces(recorded: np.ndarray, whole: np.ndarray) -> list[tuple[int, int]]:
    """Runs of a one-channel recording that are in `whole`, bit for bit: (frame there, length).

    A recorder on a loaded machine misses blocks; what it has must still be what was played.
    """
    key, found, at = 32, [], 0
    starts: dict[bytes, int] = {}
    for frame in range(len(whole) - key, -1, -1):
        starts[whole[frame : frame + 2].tobytes()] = frame
    while at < len(recorded) - key:
        frame = starts.get(recorded[at : at + 2].tobytes(), -1)
        length = _equal_run(recorded[at:], whole[frame:]) if frame >= 0 else 0
        if length >= key:
            found.append((frame, length))
        at += max(length, 1)
    return found


def _equal_run(left: np.ndarray, right: np.ndarray) -> int:
    length = min(len(left), len(right))
    differs = np.flatnonzero(left[:length] != right[:length])
    return int(differs[0]) if len(differs) else length


def sounding(sound: np.ndarray) -> np.ndarray:
    """A recording without the silence before and after it."""
    loud = np.flatnonzero(np.abs(sound).max(axis=1))
    return sound[loud[0] : loud[-1] + 1] if len(loud) else sound[:0]


def read_wav(path: Path) -> tuple[np.ndarray, int]:
    """(T, channels) float32, and Hz."""
    sound, samplerate = soundfile.read(path, dtype="float32", always_2d=True)
    return sound, samplerate


def model_folder(folder: Path) -> Path:
    """A model folder with the model `example`."""
    folder.mkdir(exist_ok=True)
    write_example(folder / "example.onnx")
    return folder


def smfosc(*args: object, models: Path | None = None, timeout_s: float = 60.0, **more: str):
    """Run the command line as a process of its own; returns it completed."""
    return subprocess.run(
        command(*args),
        env=environment(models, more),
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )


def command(*args: object) -> list[str]:
    """The command line `smfosc ARGS`, whether or not it is installed."""
    return [sys.executable, "-c", "from smfosc.cli import main; main()", *map(str, args)]


def environment(models: Path | None, more: dict[str, str]) -> dict[str, str]:
    """Of a process that shall import what tests do, and find models in that folder."""
    tests = Path(__file__).parent
    found = {**os.environ, **more}
    paths = [str(tests), str(tests.parent), found.get("PYTHONPATH", "")]
    found["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    if models is not None:
        found["SMFOSC_MODELS"] = str(models)
    return found


class Served:
    """A daemon as a process of its own, on a port of its own; always ended."""

    def __init__(self, *args: object, models: Path, ready: str = "delay", **more: str):
        self.port = free_port()
        http = () if "--http-port" in args else ("--no-http",)
        self.process = subprocess.Popen(
            command("serve", "--port", self.port, *http, *args),
            env=environment(models, more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._read_until(ready)

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.communicate()

    def end(self, how: signal.Signals = signal.SIGTERM, timeout_s: float = 15.0) -> int:
        """Send a signal; returns the exit code."""
        self.process.send_signal(how)
        return self.process.wait(timeout_s)

    def _read_until(self, word: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if line.startswith(word):
                return
        raise AssertionError(f"the daemon ended: {self.lines}")


def wait_until(condition, timeout_s: float = 10.0, every_s: float = 0.02) -> bool:
    """Poll a condition; whether it became true in time."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(every_s)
    return bool(condition())
