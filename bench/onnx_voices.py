"""How many voices onnxruntime plays: per core and, where CUDA is there, per GPU.

    python bench/onnx_voices.py [MODEL.onnx ...] [--seconds 2] [--json FILE]

Each model's unrolled graph (smfosc/onnx_engine) runs in chunks as it does live, for 1 to WIDEST
voices; a figure is seconds of sound per second of one core's time, and the voices that this
makes: voices x that. The native kernel's figure stands beside it where it can play the graph.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import click
import numpy as np
import onnxruntime

from smfosc.model_file import NotCanonical, read_graph, read_model
from smfosc.models import kernel_of
from smfosc.onnx_engine.loading import CHUNK_S
from smfosc.onnx_engine.session import PROVIDERS, WIDEST, Batch, Session

SHIPPED = Path(__file__).parents[1] / "models" / "clarinet-trumpet.onnx"


def realtime_factor(path: Path, device: str, voices: int, seconds: float) -> float:
    """Seconds of sound, all voices together, per second of wall time (cuda) or CPU (cpu)."""
    sound = read_graph(path)
    session = Session(sound, device)
    rate = sound.info.samplerate
    count = round(CHUNK_S * rate)
    first, states = session.silence(voices)
    params = np.full((count, voices, session.parameters), 0.5, np.float32)
    ones = np.ones((count, voices), np.float32)
    batch = Batch(first, states, params, ones, np.full((count, voices), 0.5))
    session.run(batch)  # memory is taken in the first
    clock = time.perf_counter if device == "cuda" else time.process_time
    runs, begin = 0, clock()
    while clock() < begin + seconds:
        session.run(batch)
        runs += 1
    return runs * count * voices / rate / (clock() - begin)


def native_factor(path: Path, voices: int, seconds: float) -> float | None:
    """The same of the native kernel in float32; None where it cannot play the graph."""
    try:
        model = read_model(path)
    except NotCanonical:
        return None
    kernel = kernel_of(model.weights, precision="float32")
    params = np.full(len(model.info.parameters), 0.5, np.float32)
    steps, made, begin = 400, 0, time.process_time()
    while time.process_time() < begin + seconds:
        kernel.generate(list(range(voices)), params, steps)
        made += steps * voices
    return made / model.info.samplerate / (time.process_time() - begin)


def measure(path: Path, device: str, seconds: float) -> list[dict[str, object]]:
    """A row for every width."""
    rows: list[dict[str, object]] = []
    width = 1
    while width <= WIDEST[device]:
        factor = realtime_factor(path, device, width, seconds)
        native = native_factor(path, width, seconds) if device == "cpu" and width <= 8 else None
        rows.append(
            {
                "model": path.stem,
                "device": device,
                "voices_per_run": width,
                "realtime_voices": round(factor, 2),
                "native_float32_voices": native and round(native, 2),
            }
        )
        width *= 2
    return rows


def shown(row: dict[str, object]) -> str:
    native = row["native_float32_voices"]
    beside = "" if native is None else f"   native float32: {native}"
    return (
        f"{row['model']:24} {row['device']:4} {row['voices_per_run']:3} at once:"
        f" {row['realtime_voices']:7} voices in real time{beside}"
    )


@click.command(help=__doc__)
@click.argument("models", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--seconds", default=2.0, show_default=True, help="Of measuring, per figure.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write figures there.")
def main(models: tuple[Path, ...], seconds: float, json_path: Path | None) -> None:
    there = onnxruntime.get_available_providers()
    rows = []
    for device, provider in PROVIDERS.items():
        if provider not in there:
            click.echo(f"{device}: not measured, onnxruntime has no {provider} here")
            continue
        for path in models or (SHIPPED,):
            for row in measure(path, device, seconds):
                click.echo(shown(row))
                rows.append(row)
    if json_path:
        json_path.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
