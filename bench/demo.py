"""The paper's Figure 3a, end to end: a daemon of its own, OSC over UDP, a WAV, a picture, numbers.

What is printed and drawn is measured on the WAV that the daemon wrote (and its load by asking it);
the asked pitch is read from the score that was sent. `make demo` runs this.
"""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from smfosc.client import ClientError, OscClient, play
from smfosc.score import Event, Score, read_score
from trainer.measures import IN_TUNE_CENTS, response_frames
from trainer.tuning import cents, midi_to_hz
from trainer.yin import YinConfig, yin

if TYPE_CHECKING:  # matplotlib is imported only to draw
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
SCORE, ENSEMBLE = HERE / "figure3a.score", HERE / "demo.toml"
VOICE = "v1"
START_S = 60.0  # a busy machine loads and warms up a model in a few seconds
QUIT_S = 30.0
MODEL_RATE = 16_000  # Hz; the model's sound has nothing above 8 kHz
PITCH = YinConfig(hop_s=0.01)
LOAD = 2  # its place in `/status.reply voices models load ...`

Floats = NDArray[np.float64]


# --- play -------------------------------------------------------------------------------------


@dataclass
class Loads:
    """What the daemon says of its load, asked every quarter of a second while it plays."""

    values: list[float] = field(default_factory=list)  # CPU time of a block / its period

    @property
    def mean(self) -> float:
        """1 is all of one core's time."""
        return float(np.mean(self.values)) if self.values else float("nan")

    @contextlib.contextmanager
    def watched(self, port: int) -> Iterator[None]:
        """Ask until the block ends."""
        done = threading.Event()
        asker = threading.Thread(target=self._ask, args=(port, done))
        asker.start()
        try:
            yield
        finally:
            done.set()
            asker.join()

    def _ask(self, port: int, done: threading.Event) -> None:
        with OscClient(port=port) as client:
            while not done.wait(0.25):
                client.send("/status")
                for message in client.replies(0.1):
                    if message.address == "/status.reply":
                        self.values.append(float(message.arguments[LOAD]))  # type: ignore[arg-type]


def perform(score: Score, ensemble: Path, wav: Path, *, log: Path) -> Loads:
    """Play the score into `wav` through a daemon of its own. Raises ClickException."""
    loads = Loads()
    with daemon(ensemble, wav, log=log) as port, OscClient(port=port) as client:
        with loads.watched(port):
            performance = play(client, score)
            time.sleep(0.5)  # the release
        if performance.objections:
            raise click.ClickException(f"the daemon objects: {performance.objections[0]}")
    return loads


@contextlib.contextmanager
def daemon(ensemble: Path, wav: Path, *, log: Path) -> Iterator[int]:
    """A running `smfosc serve`; gives its port. Its messages go to `log`."""
    port = _free_port()
    command = [sys.executable, "-c", "from smfosc.cli import main; main()", "serve", str(ensemble)]
    command += ["--audio", "file", "--out", str(wav), "--port", str(port)]
    with log.open("w") as messages:
        process = subprocess.Popen(command, stdout=messages, stderr=subprocess.STDOUT)
    try:
        _wait_until_it_answers(process, port, log)
        yield port
        with OscClient(port=port) as client:
            client.send("/quit")
        process.wait(QUIT_S)
    finally:
        process.kill()
        process.wait()
    if process.returncode != 0:
        raise click.ClickException(f"the daemon ended with {process.returncode}; see {log}")


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(ClientError), OscClient(port=port) as client:
            list(client.until_synced(1.0))
            return
        time.sleep(0.1)
    raise click.ClickException(f"the daemon does not answer; {log} ends:\n{log.read_text()[-600:]}")


# --- what was asked ----------------------------------------------------------------------------


def number(event: Event, index: int = 0) -> float:
    """An argument of an event of our own score."""
    value = event.args[index]
    assert isinstance(value, int | float)
    return float(value)


@dataclass(frozen=True)
class Curve:
    """A parameter's way through a score: steps, and ramps from the value then reached."""

    events: tuple[Event, ...]

    def at(self, times: Floats) -> Floats:
        """Its value at each time (s)."""
        values = np.full(len(times), number(self.events[0]))
        for event in self.events:
            start, ramp_s = event.seconds, self.ramp_s(event)
            since = np.clip((times - start) / ramp_s, 0.0, 1.0) if ramp_s else 1.0
            before = self._before(event)
            moved = before + since * (number(event) - before)
            values = np.where(times >= start, moved, values)
        return values

    def _before(self, event: Event) -> float:
        earlier = self.events[: self.events.index(event)]
        if not earlier:
            return number(event)
        return float(Curve(earlier).at(np.array([event.seconds]))[0])

    @staticmethod
    def ramp_s(event: Event) -> float:
        """How long a step takes: 0, or its ramp."""
        return number(event, 1) / 1000 if len(event.args) > 1 else 0.0

    def corners(self) -> list[float]:
        """Times at which it begins or ends to move."""
        return [t for e in self.events for t in (e.seconds, e.seconds + self.ramp_s(e))]


def curve(score: Score, parameter: str) -> Curve:
    """How the score moves a parameter of the voice."""
    address = f"/voice/{VOICE}/{parameter}"
    return Curve(tuple(event for event in score.events if event.address == address))


@dataclass(frozen=True)
class Segment:
    """A stretch of the score in which one thing happens."""

    name: str
    start_s: float
    end_s: float


def segments(score: Score) -> list[Segment]:
    """Notes, glides and morphs, between the corners of the curves."""
    pitch, timbre = curve(score, "pitch"), curve(score, "timbre")
    corners = sorted({*pitch.corners(), *timbre.corners(), score.seconds})
    return [
        Segment(_name(pitch, timbre, start, end), start, end) for start, end in pairwise(corners)
    ]


def _name(pitch: Curve, timbre: Curve, start: float, end: float) -> str:
    ends = np.array([start, end - 1e-6])
    (low, high), (dark, bright) = pitch.at(ends), timbre.at(ends)
    if abs(high - low) > 1e-3:
        return f"glide {low:.0f} to {high:.0f}"
    if abs(bright - dark) > 1e-3:
        return f"timbre {dark:.0f} to {bright:.0f}"
    return f"note {low:g}"


# --- what was heard ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Heard:
    """The WAV from the score's time 0 on, and its pitch."""

    samples: Floats  # (T,) at MODEL_RATE
    times: Floats  # (K,) s, middle of what each pitch was heard in
    hz: Floats  # (K,)


def listen(wav: Path) -> Heard:
    """The WAV at the model's rate; time 0 is its first sample that is not silence."""
    samples, samplerate = soundfile.read(wav, dtype="float64", always_2d=True)
    mono = samples.mean(axis=1)
    if not mono.any():
        raise click.ClickException(f"{wav} is silent")
    played = resample_poly(mono[int(np.argmax(mono != 0.0)) :], MODEL_RATE, samplerate)
    hz = yin(played, MODEL_RATE, PITCH)
    # YIN holds a window against the same one period later.
    middles = np.arange(len(hz)) * PITCH.hop_s + (PITCH.window_s + 1 / hz) / 2
    return Heard(played, middles, hz)


@dataclass(frozen=True)
class Tuning:
    """How a segment sounds against what was asked."""

    median_cents: float  # of |error|
    in_tune: float  # share of frames within IN_TUNE_CENTS


def tuning(heard: Heard, asked: Curve, segment: Segment) -> Tuning:
    """Pitch error over the frames that lie in the segment wholly."""
    margin = PITCH.window_s / 2 + 1 / 200
    inside = (heard.times > segment.start_s + margin) & (heard.times < segment.end_s - margin)
    off = np.abs(cents(heard.hz[inside], midi_to_hz(asked.at(heard.times[inside]))))
    return Tuning(float(np.median(off)), float(np.mean(off <= IN_TUNE_CENTS)))


def responses_ms(heard: Heard, asked: Curve) -> dict[float, float | None]:
    """PRT of every pitch step: ms until the first of 3 periods in tune; None: not in 200 ms."""
    found: dict[float, float | None] = {}
    for event in asked.events[1:]:
        if Curve.ramp_s(event) == 0.0:
            pitch = number(event)
            step = round(event.seconds * MODEL_RATE)
            wanted_hz = float(midi_to_hz(pitch))
            frames = response_frames(heard.samples, step, wanted_hz, MODEL_RATE)
            found[event.seconds] = None if frames is None else 1000 * frames / MODEL_RATE
    return found


# --- tell --------------------------------------------------------------------------------------


def report(score: Score, heard: Heard, loads: Loads) -> str:
    """The figures, a line for each segment."""
    asked = curve(score, "pitch")
    prt = responses_ms(heard, asked)
    lines = ["segment          time (s)      |error| (cents)   within 50 cents   PRT (ms)"]
    for segment in segments(score):
        told = tuning(heard, asked, segment)
        response = f"{_ms(prt[segment.start_s]):>9}" if segment.start_s in prt else ""
        lines.append(
            f"{segment.name:<16} {segment.start_s:4.1f} - {segment.end_s:4.1f} "
            f"{told.median_cents:16.1f} {told.in_tune:16.0%} {response}".rstrip()
        )
    lines.append(
        "error: median over the segment; PRT: from the asked step to the first of three periods "
        "within 50 cents,\neach judged against the next one; the resampler's delay is in it"
    )
    lines.append(
        f"CPU load {loads.mean:.0%} of one core for one voice: {1 / loads.mean:.1f} x real time"
    )
    return "\n".join(lines)


def _ms(value: float | None) -> str:
    return "over 200" if value is None else f"{value:.1f}"


def draw(score: Score, heard: Heard, out: Path) -> None:
    """Spectrogram with the asked pitch over it; below, how far the heard pitch lies off."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (top, bottom) = plt.subplots(
        2, 1, sharex=True, figsize=(11, 6.5), height_ratios=(4, 1), layout="constrained"
    )
    _draw_spectrogram(figure, top, heard)
    times = np.linspace(0, score.seconds, 4000)
    asked = curve(score, "pitch")
    top.plot(times, midi_to_hz(asked.at(times)), color="k", lw=3.0, alpha=0.6)
    top.plot(times, midi_to_hz(asked.at(times)), color="#4de1ff", lw=1.3, label="asked pitch")
    for segment in segments(score):
        middle = (segment.start_s + segment.end_s) / 2
        top.text(middle, 7_100, segment.name, color="w", ha="center", va="top", fontsize=8)
    top.legend(loc="lower right", framealpha=0.9)
    top.set_title("An arpeggio, a glide and a change of timbre, played by OSC")
    off = cents(heard.hz, midi_to_hz(asked.at(heard.times)))
    bottom.axhspan(-IN_TUNE_CENTS, IN_TUNE_CENTS, color="0.92")
    bottom.text(0.1, -92, "shaded: nearer than a quarter tone", fontsize=8, color="0.4")
    bottom.plot(heard.times, off, ".", ms=2.5, color="#0b7fa5")
    bottom.set(ylim=(-100, 100), ylabel="error (cents)", xlabel="time (s)", xlim=(0, score.seconds))
    bottom.xaxis.grid(color="0.9")
    figure.savefig(out, dpi=120)
    plt.close(figure)


def _draw_spectrogram(figure: "Figure", axes: "Axes", heard: Heard) -> None:
    """Level over time and logarithmic frequency, 64 ms at a time."""
    length, hop, padded = 1_024, 160, 4_096  # padding only draws the same spectrum more smoothly
    windows = np.lib.stride_tricks.sliding_window_view(heard.samples, length)[::hop]
    spectrum = np.abs(np.fft.rfft(windows * np.hanning(length), padded, axis=1)).T
    level_db = 20 * np.log10(np.maximum(spectrum / spectrum.max(), 1e-6))
    times = (np.arange(len(windows)) * hop + length / 2) / MODEL_RATE
    frequencies = np.fft.rfftfreq(padded, 1 / MODEL_RATE)
    mesh = axes.pcolormesh(
        times, frequencies[1:], level_db[1:], vmin=-75, vmax=0, cmap="magma", rasterized=True
    )
    axes.set_yscale("log")
    axes.set(ylim=(200, 8_000), ylabel="frequency (Hz)")
    ticks = [250, 500, 1_000, 2_000, 4_000, 8_000]
    axes.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.minorticks_off()
    figure.colorbar(mesh, ax=axes, label="level (dB)", pad=0.01)


@click.command()
@click.option(
    "--out",
    default=Path(),
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder for demo.wav, demo.png and demo.log.",
)
def main(out: Path) -> None:
    """Play the paper's Figure 3a over OSC into demo.wav; draw demo.png; print what is measured."""
    score, wav, picture = read_score(SCORE), out / "demo.wav", out / "demo.png"
    click.echo(f"playing {SCORE.name} through a daemon of its own, {score.seconds:.0f} s ...")
    loads = perform(score, ENSEMBLE, wav, log=out / "demo.log")
    click.echo(f"measuring {wav} ...")
    heard = listen(wav)
    click.echo(report(score, heard, loads))
    draw(score, heard, picture)
    click.echo(f"listen to {wav}, look at {picture}")


if __name__ == "__main__":
    main()
