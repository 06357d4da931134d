"""Ten seconds of each shipped model, to hear and to see: docs/sounds/NAME.ogg and NAME.png.

    python docs/write_renders.py [MODEL.onnx ...]

One second at the defaults; the first parameter from end to end in three, a second of rest; the
second likewise; then, for a third (the volume), four strikes, else the corners of the space by
jumps. As `smfosc render` plays it, at the model's own rate.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import soundfile

sys.path[:0] = [str(Path(__file__).parents[1])]

from smfosc.model_file import ModelInfo, Parameter, read_info  # noqa: E402
from smfosc.models import Models  # noqa: E402
from smfosc.offline import RenderJob, render  # noqa: E402
from smfosc.score import read_score  # noqa: E402

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs" / "sounds"
SECONDS = 10.0
SWEEP_MS = 3_000
SWEEPS_S = (1.0, 5.0)  # when the first and the second parameter set out
JUMPS_S = (8.5, 8.875, 9.25, 9.625)
RELEASE_S = 9.9
RATE = 16_000  # Hz, the models' own: nothing is resampled
COLOURS = ("#0b6e99", "#d9480f", "#5f3dc4")

Move = tuple[float, str, float, int]  # seconds, parameter, value, ramp in ms


def gesture(parameters: Sequence[Parameter]) -> Iterator[Move]:
    """What is asked of a model with these parameters, in the order of time."""
    for parameter, start_s in zip(parameters, SWEEPS_S, strict=False):
        yield start_s, parameter.name, parameter.minimum, 0
        yield start_s, parameter.name, parameter.maximum, SWEEP_MS
        yield start_s + SWEEP_MS / 1000, parameter.name, parameter.default, 0
    if len(parameters) > 2:
        yield from strikes(parameters[2])
    else:
        yield from corners(parameters)


def strikes(volume: Parameter) -> Iterator[Move]:
    """From its least to ever more of it, and back."""
    for number, start_s in enumerate(JUMPS_S, 1):
        share = number / len(JUMPS_S)
        yield start_s - 0.1, volume.name, volume.minimum, 0
        yield start_s, volume.name, volume.minimum + share * (volume.maximum - volume.minimum), 0


def corners(parameters: Sequence[Parameter]) -> Iterator[Move]:
    """Least and most of each, in a Gray code: one parameter jumps at a time."""
    for number, start_s in enumerate(JUMPS_S):
        for bit, parameter in enumerate(parameters):
            high = (number ^ number >> 1) >> bit & 1
            yield start_s, parameter.name, (parameter.minimum, parameter.maximum)[high], 0


def score_of(name: str, moves: Sequence[Move]) -> str:
    """The gesture as a score's text."""
    lines = [f"0 /voice/new v1 {name}", "0 /voice/v1/gate 1"]
    lines += [f"{at:g} /voice/v1/{leaf} {value:g} {ramp}" for at, leaf, value, ramp in moves]
    lines += [f"{RELEASE_S} /voice/v1/gate 0", f"{SECONDS:g} end"]
    return "\n".join(lines) + "\n"


def rendered(path: Path, moves: Sequence[Move]) -> np.ndarray:
    """The gesture's sound (T,). Raises AssertionError where the daemon would object."""
    models, blocks = Models(), []
    name = models.give(path)
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "gesture.score"
        text.write_text(score_of(name, moves))
        job = RenderJob(read_score(text), [], rate=RATE, channels=1)
        objections = render(job, models, blocks.append)
    assert not objections.failed + objections.remarks, objections
    return np.concatenate(blocks)[:, 0]


def course(parameter: Parameter, moves: Sequence[Move], seconds: np.ndarray) -> np.ndarray:
    """The parameter (T,) as it is asked for, 0..1 of its range."""
    values = np.full(len(seconds), parameter.default)
    for at, leaf, value, ramp_ms in moves:
        if leaf != parameter.name:
            continue
        after = seconds >= at
        if not after.any():
            continue
        begun = values[after][0]
        share = np.minimum((seconds[after] - at) * 1000 / ramp_ms, 1.0) if ramp_ms else 1.0
        values[after] = begun + (value - begun) * share
    return (values - parameter.minimum) / (parameter.maximum - parameter.minimum)


def draw(info: ModelInfo, sound: np.ndarray, moves: Sequence[Move], path: Path) -> None:
    """The spectrogram, and under it what was asked."""
    figure, axes = plt.subplots(
        2, 1, figsize=(9, 4.5), sharex=True, layout="constrained", height_ratios=[3, 1]
    )
    noise = 1e-7 * np.random.default_rng(0).standard_normal(len(sound))  # no log of 0
    axes[0].specgram(
        sound + noise, NFFT=512, Fs=RATE, noverlap=384, vmin=-130, vmax=-40, cmap="magma"
    )
    axes[0].set(ylabel="Hz", title=info.name)
    seconds = np.arange(0, SECONDS, 0.01)
    for parameter, colour in zip(info.parameters, COLOURS, strict=False):
        label = f"{parameter.name} {parameter.minimum:g} to {parameter.maximum:g}"
        axes[1].plot(seconds, course(parameter, moves, seconds), color=colour, label=label)
    axes[1].set(xlabel="s", ylim=(-0.1, 1.1), xlim=(0, SECONDS), yticks=[])
    axes[1].legend(loc="upper left", fontsize="small", ncols=3)
    figure.savefig(path, dpi=80)
    plt.close(figure)


def write(path: Path, out: Path) -> None:
    """One model's sound and picture."""
    info = read_info(path)
    moves = list(gesture(info.parameters))
    sound = rendered(path, moves)
    out.mkdir(parents=True, exist_ok=True)
    soundfile.write(out / f"{path.stem}.ogg", sound, RATE, format="OGG", subtype="VORBIS")
    draw(info, sound, moves, out / f"{path.stem}.png")
    print(f"{out / path.stem}.ogg, .png: peak {20 * np.log10(np.abs(sound).max()):.1f} dBFS")


def main() -> None:
    """Write what is asked for, or all of models/."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, nargs="*")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    for path in options.model or sorted((ROOT / "models").glob("*.onnx")):
        write(path, options.out)


if __name__ == "__main__":
    main()
