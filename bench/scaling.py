"""How many voices: by models, voices and threads, offline and into jackd's dummy driver.

    PYTHONPATH=. python bench/scaling.py                         a table: speed, threads
    PYTHONPATH=. python bench/scaling.py --jack --seconds 600    into JACK, block by block

With --jack 12 voices over 4 models play at 48 kHz in blocks of 256 frames.
Models have the paper's size (3 layers of 256) and random weights, unless --model names one.
Offline figures are wall time of this process: on a busy machine they tell of the machine.
With --jack it is passed when the engine had no underrun and no voice missed a pass. Told apart:
blocks and passes in which the machine kept a thread from running for a while (wall misses, stolen
passes) or ran the very same work at 1.2 times its usual CPU time or more (slow blocks, slow passes:
two of a virtual machine's cores that are one core's two threads), and the server's xruns.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smfosc.audio import AudioSettings
from smfosc.awake import AwakeCores
from smfosc.bench import BLOCK, SAMPLERATE, engine_with
from smfosc.engine import Counters, Engine
from smfosc.model_file import write_model
from smfosc.models import Models
from smfosc.voices import LoadedModel

OURS, MACHINES = ("underruns", "missed_passes"), ("wall_misses", "stolen_passes")
SLOWER = ("slow_blocks", "slow_passes")
COUNTED = ("frames", "blocks", *OURS, *MACHINES, *SLOWER, "resets")
MODEL_RATE = 16_000
LAYERS, HIDDEN = 3, 256  # the paper's


def of_tests(name: str) -> Any:
    """A module that the tests share: small models, a jackd of one's own."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.pop(0)


@dataclass(frozen=True)
class Scene:
    """How many of what. threads: the rendering one and its workers."""

    models: int
    voices: int
    threads: int


@dataclass(frozen=True)
class Speed:
    """What was measured of a scene."""

    scene: Scene
    realtime: float  # seconds of sound of all voices together, per second
    gain: float  # over one thread, in the same run

    @property
    def per_voice_us(self) -> float:
        """Wall time per voice and model sample."""
        return 1e6 / (self.realtime * self.scene.voices * MODEL_RATE)


@dataclass(frozen=True)
class Played:
    """A scene that was played for a while into a sound system. counters: of that while."""

    scene: Scene
    seconds: float
    counters: Counters
    xruns: int  # that the server reported
    stolen_s: float  # of all cores, that the host gave to others

    @property
    def passed(self) -> bool:
        """No underrun of ours."""
        return self.counters.underruns == 0 and self.counters.missed_passes == 0


def paper_models(folder: Path, count: int, precision: str = "int8") -> list[LoadedModel]:
    """Models of the paper's size with random weights."""
    models, small = Models(precision), of_tests("small_models")
    for number in range(count):
        path = folder / f"paper{number}.onnx"
        weights = small.random_weights(layers=LAYERS, hidden=HIDDEN, seed=number)
        write_model(path, replace(small.INFO, name=path.stem), weights)
        models.give(path)
    return [models.load(f"paper{number}") for number in range(count)]


def engine_of(loaded: Sequence[LoadedModel], scene: Scene, *, realtime: bool) -> Engine:
    """An engine that plays the scene's voices, dealt to the models in turn."""
    models = loaded[: scene.models]
    return engine_with(models, scene.voices, workers=scene.threads - 1, realtime=realtime)


def speed(engine: Engine, seconds: float) -> float:
    """Seconds of sound per second, offline; the best of three parts, after a warm-up."""
    blocks = max(1, round(seconds / 3 * SAMPLERATE / BLOCK))
    best = 0.0
    for part in range(4):
        start = time.perf_counter()
        for _ in range(blocks if part else blocks // 4 + 1):
            engine.render(BLOCK)
        if part:
            best = max(best, blocks * BLOCK / SAMPLERATE / (time.perf_counter() - start))
    return best


def scaling(
    loaded: Sequence[LoadedModel], scenes: Sequence[tuple[int, int]], threads: int, seconds: float
) -> Iterator[Speed]:
    """For each (models, voices): on one thread, then on more, up to `threads`."""
    for models, voices in scenes:
        alone = 0.0
        for count in range(1, threads + 1):
            scene = Scene(models, voices, count)
            measured = speed(engine_of(loaded, scene, realtime=False), seconds)
            alone = alone or measured
            yield Speed(scene, measured, measured / alone)


def play_into_jack(loaded: Sequence[LoadedModel], scene: Scene, seconds: float) -> Played:
    """Play the scene into the JACK server of the environment. Raises AudioError."""
    from smfosc.audio.jack import JackBackend

    engine = engine_of(loaded, scene, realtime=True)
    backend = JackBackend(AudioSettings(client_name="scaling", connect="none"))
    cores = AwakeCores()
    with ExitStack() as stack:
        stack.callback(cores.release)
        cores.hold()  # as the daemon does
        stack.callback(backend.stop)
        backend.start(engine)
        time.sleep(1.0)
        if scene.threads > 1:
            engine.adopt_priority()
        time.sleep(1.0)
        before, xruns, stolen = engine.counters(), backend.count().xruns, stolen_s()
        time.sleep(seconds)
        after = engine.counters()
        counted = {key: getattr(after, key) - getattr(before, key) for key in COUNTED}
        more = backend.count().xruns - xruns
        return Played(scene, seconds, replace(after, **counted), more, stolen_s() - stolen)


def stolen_s() -> float:
    """Seconds since the start that the host took from this machine's cores; proc(5)."""
    try:
        ticks = int(Path("/proc/stat").read_text().split("\n")[0].split()[8])
    except (OSError, IndexError):
        return 0.0
    return ticks / os.sysconf("SC_CLK_TCK")


def in_words(played: Played) -> str:
    """Lines for the terminal."""
    c, scene = played.counters, played.scene
    return (
        f"{scene.voices} voices, {scene.models} models, {scene.threads} threads:"
        f" {played.seconds:g} s, {c.blocks} blocks, load {c.load:.2f} (peak {c.peak_load:.2f})\n"
        f"  ours:         {c.underruns} underruns, {c.missed_passes} missed passes\n"
        f"  the machine's: {c.wall_misses} wall misses, {c.stolen_passes} stolen passes,"
        f" {c.slow_blocks} slow blocks, {c.slow_passes} slow passes,"
        f" {played.xruns} xruns of the server, {played.stolen_s:.1f} s stolen\n"
        f"  {'passed' if played.passed else 'NOT passed'}"
    )


def jack_run(loaded: Sequence[LoadedModel], scene: Scene, seconds: float) -> Played:
    """The same before a jackd of its own, with the dummy driver."""
    with of_tests("jackd").jackd(SAMPLERATE, BLOCK):
        return play_into_jack(loaded, scene, seconds)


HEADER = "models  voices  threads  x real time  us/voice/sample  x one thread"
SCENES = ((1, 1), (1, 2), (1, 4), (1, 8), (1, 12), (1, 18), (2, 4), (2, 12), (4, 4), (4, 12))


def main() -> int:
    """Run what the command line asks for; 1 when it is not passed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--jack", action="store_true", help="play into jackd's dummy driver")
    parser.add_argument("--models", type=int, default=4, help="with --jack")
    parser.add_argument("--voices", type=int, default=12, help="with --jack")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seconds", type=float, default=3.0, help="of sound per figure")
    parser.add_argument("--precision", default="int8", choices=["int8", "bfloat16", "float32"])
    parser.add_argument("--model", help="a model file in place of random weights")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.model:
            models = Models(given.precision)
            loaded = [models.load(models.give(Path(given.model)))] * 4
        else:
            loaded = paper_models(Path(folder), max(4, given.models), given.precision)
        if given.jack:
            scene = Scene(given.models, given.voices, given.threads)
            played = jack_run(loaded, scene, given.seconds)
            print(in_words(played))
            return 0 if played.passed else 1
        print(HEADER, flush=True)
        for row in scaling(loaded, SCENES, given.threads, given.seconds):
            s = row.scene
            print(
                f"{s.models:>6}  {s.voices:>6}  {s.threads:>7}  {row.realtime:>11.2f}"
                f"  {row.per_voice_us:>15.2f}  {row.gain:>12.2f}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
