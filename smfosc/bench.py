"""What a voice costs on this machine: the whole engine, as it plays, without a sound system."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from smfosc.engine import Engine
from smfosc.models import Models
from smfosc.voices import LoadedModel, seed_of

PRECISIONS = ("int8", "bfloat16", "float32")
VOICES = (1, 2, 4, 8)
SAMPLERATE = 48_000  # Hz of the output
BLOCK = 256  # frames, as a backend asks for them
CHUNK_S = 0.1  # sound per timing; the median of CHUNKS is told, for machines are noisy
CHUNKS = 12
WARM_UP = 2  # chunks before


@dataclass(frozen=True)
class Cost:
    """One row: V voices of one model on one core."""

    model: str
    isa: str
    precision: str
    voices: int
    us_per_sample: float  # CPU time per voice and model sample, in us
    realtime: float  # seconds of sound, summed over voices, per second of one core
    load: float  # of one core, with so many voices
    weight_bytes: int  # shared by all voices of the model
    load_s: float  # to read the file and pack the weights


def measure(name: str, precision: str) -> Iterator[Cost]:
    """Costs of a model for 1 to 8 voices. Raises LibraryError, ModelFileError."""
    models = Models(precision)
    if name.endswith(".onnx") or os.sep in name:
        from smfosc.library import resolve_cli

        name = models.give(resolve_cli(name))
    start = time.perf_counter()
    loaded = models.load(name)
    load_s = time.perf_counter() - start
    for voices in VOICES:
        yield cost_of(loaded, voices, load_s)


def cost_of(loaded: LoadedModel, voices: int, load_s: float) -> Cost:
    """One row: so many voices of a model, whose loading took load_s."""
    load = cpu_load(engine_with([loaded], voices))
    info, kernel = loaded.info, loaded.kernel
    return Cost(
        model=info.name,
        isa=kernel.isa,
        precision=kernel.precision,
        voices=voices,
        us_per_sample=round(load * 1e6 / (voices * info.samplerate), 2),
        realtime=round(voices / load, 2),
        load=round(load, 4),
        weight_bytes=kernel.weight_bytes,
        load_s=round(load_s, 3),
    )


def engine_with(
    models: Sequence[LoadedModel], voices: int, *, workers: int = 0, realtime: bool = False
) -> Engine:
    """An engine that plays so many voices, dealt to the models in turn."""
    engine = Engine(SAMPLERATE, workers=workers, realtime=realtime)
    for number in range(voices):
        loaded = models[number % len(models)]
        engine.add_voice(
            loaded.kernel,
            parameters=loaded.info.parameters,
            values=[p.default for p in loaded.info.parameters],
            samplerate=loaded.info.samplerate,
            seed=seed_of(0, f"v{number + 1}"),
            gate=True,
        )
    return engine


def cpu_load(engine: Engine) -> float:
    """CPU time of this thread per second of sound, the median of some chunks."""
    blocks = round(CHUNK_S * SAMPLERATE / BLOCK)
    loads = []
    for _ in range(WARM_UP + CHUNKS):
        start = time.thread_time()
        for _ in range(blocks):
            engine.render(BLOCK)
        loads.append((time.thread_time() - start) / (blocks * BLOCK / SAMPLERATE))
    return statistics.median(loads[WARM_UP:])


def as_dict(cost: Cost) -> dict[str, object]:
    """A row for JSON."""
    return asdict(cost)


def header() -> str:
    """The table's first line."""
    return "weights   voices  us/voice/sample  x real time  one core  weights   load"


def row(cost: Cost) -> str:
    """One line of the table."""
    return (
        f"{cost.precision:<9} {cost.voices:>6}  {cost.us_per_sample:>15.2f}"
        f"  {cost.realtime:>11.2f}  {cost.load:>8.1%}  {cost.weight_bytes / 1e6:>4.1f} MB"
        f"  {cost.load_s:>4.2f} s"
    )
