"""Plays an ensemble under random OSC for a long time, and tells what wore out.

    python bench/soak.py                              4 voices, an hour, without a sound system
    python bench/soak.py ensemble.toml --minutes 600 --audio jack --json soak.json

The daemon is a process of its own; with --audio jack a jackd with the dummy driver is started
for it, unless JACK_DEFAULT_SERVER names one. Between random messages (moves, ramps, notes, gates,
resets, voices that come and go, time-tagged bundles, broken packets) every voice is heard alone at
its model's defaults again and again: pitch by YIN, level as RMS, through OSCQuery's /scope.

Passed: no underrun of ours, no voice restarted, memory grows by less than --most-growth-mb after
the warm-up, as many files open as then, and no voice drifts by 5 cents or 0.5 dB.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import aiohttp
import click
import numpy as np
from soak_messages import Tormentor, VoiceInfo

from smfosc import osc
from smfosc.client import OscClient
from trainer.yin import yin

ROOT = Path(__file__).parents[1]
MOST_CENTS, MOST_DB = 5.0, 0.5
WARM_UP = 0.1  # of the time, at most two minutes: caches fill, voices are made
SETTLE_S = 0.4  # from a probe's values to its sound: ramps, attack, a model made ahead
SCOPE_SAMPLES = 1024
STATUS = (
    *("voices", "models", "load", "peak_load", "samplerate", "blocksize", "frames"),
    *("late_events", "resets", "underruns", "wall_misses", "missed_passes", "dropped_events"),
    *("messages", "lost_packets"),
)


@dataclass(frozen=True)
class Hearing:
    """One voice heard alone. pitch_hz: None where there is no pitch to be found."""

    at_s: float
    voice: str
    pitch_hz: float | None
    level_db: float


@dataclass(frozen=True)
class Sample:
    """The daemon's process at one moment."""

    at_s: float
    rss_mb: float
    files: int
    threads: int


@dataclass
class Soak:
    """What was seen."""

    seconds: float = 0.0
    sent: int = 0
    failed_requests: int = 0
    status: dict[str, float] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    hearings: list[Hearing] = field(default_factory=list)

    def growth_mb(self) -> float:
        """Median memory of the last quarter less that of the first after the warm-up."""
        later = [s.rss_mb for s in self.samples if s.at_s >= self.warm_s()]
        quarter = max(1, len(later) // 4)
        return statistics.median(later[-quarter:]) - statistics.median(later[:quarter])

    def more_files(self) -> int:
        """Files open at the end, less those after the warm-up."""
        later = [s.files for s in self.samples if s.at_s >= self.warm_s()]
        return later[-1] - later[0]

    def warm_s(self) -> float:
        """When the warm-up was over."""
        return min(120.0, WARM_UP * self.seconds)

    def drift(self, voice: str) -> tuple[float | None, float]:
        """Furthest from a voice's first hearing: cents (None: no pitch), dB."""
        own = [h for h in self.hearings if h.voice == voice]
        level = max(abs(h.level_db - own[0].level_db) for h in own)
        pitches = [h.pitch_hz for h in own if h.pitch_hz]
        if len(pitches) < len(own):
            return None, level
        return max(abs(1200 * np.log2(hz / pitches[0])) for hz in pitches), level

    def voices(self) -> list[str]:
        """That were heard."""
        return sorted({h.voice for h in self.hearings})

    def faults(self, most_growth_mb: float) -> list[str]:
        """What did not pass."""
        found = [
            f"{name}: {self.status[name]:g}"
            for name in ("underruns", "resets", "dropped_events")
            if self.status[name]
        ]
        if self.growth_mb() > most_growth_mb:
            found.append(f"memory grew by {self.growth_mb():.1f} MB")
        if self.more_files() > 0:
            found.append(f"{self.more_files()} more files are open")
        for voice in self.voices():
            cents, level_db = self.drift(voice)
            if level_db > MOST_DB or (cents is not None and cents > MOST_CENTS):
                found.append(f"voice {voice} drifted: {_cents(cents)}, {level_db:.2f} dB")
        return found


def _cents(cents: float | None) -> str:
    return "no pitch" if cents is None else f"{cents:.1f} cents"


# --- the daemon -------------------------------------------------------------------------------


class Daemon:
    """`smfosc serve` as a process of its own, and its counters."""

    def __init__(self, arguments: Sequence[str], environment: dict[str, str]) -> None:
        self.port, self.http_port = _free_port(), _free_port()
        ports = ["--port", str(self.port), "--http-port", str(self.http_port), "--no-announce"]
        code = "from smfosc.cli import main; main()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "serve", *arguments, *ports],
            env={**environment, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        if not any(line.startswith("delay") for line in self.process.stdout):
            raise click.ClickException("the daemon did not start")
        self.client = OscClient("127.0.0.1", self.port)

    def ask(self, address: str, *arguments: osc.Value) -> list[tuple[osc.Value, ...]]:
        """What is told of an address before /synced."""
        self.client.send(address, *arguments)
        told = list(self.client.until_synced(20.0))
        return [m.arguments for m in told if m.address == address + ".reply"]

    def status(self) -> dict[str, float]:
        """/status by name."""
        (values,) = self.ask("/status")
        return {name: float(value) for name, value in zip(STATUS, values, strict=False)}  # type: ignore[arg-type]

    def sample(self, at_s: float) -> Sample:
        """Memory, files and threads of its process."""
        proc = Path(f"/proc/{self.process.pid}")
        lines = (proc / "status").read_text().splitlines()
        told = dict(line.split(":", 1) for line in lines)
        files = len(os.listdir(proc / "fd"))
        rss_mb = int(told["VmRSS"].split()[0]) / 1024
        return Sample(at_s, rss_mb, files, int(told["Threads"]))

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def voices_of(daemon: Daemon) -> list[VoiceInfo]:
    """The voices that there are, with their parameters."""
    found = []
    for name, *_ in daemon.ask("/voice/list"):
        rows = daemon.ask(f"/voice/{name}/params")
        parameters = {str(r[0]): (float(r[2]), float(r[3]), float(r[4])) for r in rows}  # type: ignore[arg-type]
        found.append(VoiceInfo(str(name), parameters))
    return found


# --- hearing ----------------------------------------------------------------------------------


def alone(voices: Sequence[VoiceInfo], heard: VoiceInfo) -> list[tuple[str, tuple[osc.Value, ...]]]:
    """Messages that leave one voice, at its model's defaults and in the middle."""
    messages: list[tuple[str, tuple[osc.Value, ...]]] = [("/clearSched", ())]
    messages += [(f"/voice/{voice.name}/gate", (int(voice is heard),)) for voice in voices]
    base = f"/voice/{heard.name}"
    messages += [(f"{base}/{name}", (float(p[2]), 0.0)) for name, p in heard.parameters.items()]
    messages += [(f"{base}/gain", (0.0, 0.0)), (f"{base}/pan", (0.0, 0.0))]
    return [*messages, (f"{base}/temperature", (1.0, 0.0))]


async def scope(port: int, seconds: float) -> tuple[float, np.ndarray]:
    """What /scope gives meanwhile: Hz, and pieces (N, SCOPE_SAMPLES) of sound."""
    pieces, rate = [], 16_000.0
    end = time.monotonic() + seconds
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/", max_msg_size=0) as socket,
    ):
        await socket.send_json({"COMMAND": "LISTEN", "DATA": "/scope"})
        while time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                message = await socket.receive(timeout=1.0)
                if message.type == aiohttp.WSMsgType.BINARY:
                    rate, piece = _piece(message.data, rate)
                    pieces += [piece] if piece is not None else []
    return rate, np.array(pieces)


def _piece(packet: bytes, rate: float) -> tuple[float, np.ndarray | None]:
    for message in osc.decode(packet):
        if isinstance(message, osc.Message) and message.address == "/scope":
            rate, blob = float(message.arguments[0]), message.arguments[1]  # type: ignore[arg-type]
            count = len(blob) // 2  # type: ignore[arg-type]
            values = struct.unpack(f">{count}h", blob)  # type: ignore[arg-type]
            return rate, np.array(values) / 32_767
    return rate, None


def hear(daemon: Daemon, voices: Sequence[VoiceInfo], seconds: float, at_s: float) -> list[Hearing]:
    """Every voice alone, one after another."""
    heard = []
    for voice in voices:
        for address, arguments in alone(voices, voice):
            daemon.client.send(address, *arguments)
        list(daemon.client.until_synced(20.0))
        time.sleep(SETTLE_S)
        rate, pieces = asyncio.run(scope(daemon.http_port, seconds))
        if not len(pieces):
            raise click.ClickException("nothing came of /scope")
        level_db = 10 * np.log10(max(float(np.mean(pieces**2)), 1e-12))
        pitch = yin(pieces, rate) if "pitch" in voice.parameters else np.array([])
        hz = float(np.nanmedian(pitch)) if np.isfinite(pitch).any() else None
        heard.append(Hearing(round(at_s, 1), voice.name, hz, round(level_db, 3)))
    for voice in voices:
        daemon.client.send(f"/voice/{voice.name}/gate", 1)
    return heard


# --- the soak ---------------------------------------------------------------------------------


def run(daemon: Daemon, minutes: float, rate: float, probe_s: float, seed: int) -> Soak:
    """Torment and listen in turn."""
    soak, began = Soak(), time.monotonic()
    voices = voices_of(daemon)
    tormentor = Tormentor(voices, random.Random(seed))
    listen_s = min(2.0, probe_s / 4)
    end = began + 60 * minutes

    def now_s() -> float:
        return time.monotonic() - began

    before = daemon.status()
    soak.hearings += hear(daemon, voices, listen_s, now_s())
    while time.monotonic() < end:
        until = min(end, time.monotonic() + probe_s)
        while time.monotonic() < until:
            soak.sent += torment(daemon, tormentor, rate, min(1.0, until - time.monotonic()))
            soak.samples.append(daemon.sample(now_s()))
        for name in tormentor.passing:
            daemon.client.send("/voice/free", name)
        tormentor.passing.clear()
        soak.hearings += hear(daemon, voices, listen_s, now_s())
        soak.samples.append(daemon.sample(now_s()))
    soak.seconds = now_s()
    after = daemon.status()
    counted = ("late_events", "resets", "underruns", "wall_misses", "missed_passes")
    counted = (*counted, "dropped_events", "lost_packets", "messages", "frames")
    soak.status = {name: after[name] - before[name] for name in counted}
    soak.status |= {name: after[name] for name in ("load", "peak_load", "voices")}
    return soak


def torment(daemon: Daemon, tormentor: Tormentor, rate: float, seconds: float) -> int:
    """Send packets at about `rate` for a while; how many. Answers are read and dropped."""
    sent, began = 0, time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        while sent < rate * passed:
            daemon.client.send_packet(tormentor.packet())
            sent += 1
        for _ in daemon.client.replies(0.005):
            pass
    return sent


@contextlib.contextmanager
def jack_server() -> Iterator[dict[str, str]]:
    """An environment with a jackd: one of our own, or the one that is named already."""
    if os.environ.get("JACK_DEFAULT_SERVER"):
        yield dict(os.environ)
        return
    if not shutil.which("jackd"):
        raise click.ClickException("--audio jack needs jackd (Debian: jackd2)")
    name = f"soak{uuid.uuid4().hex[:8]}"
    found = {**os.environ, "JACK_DEFAULT_SERVER": name, "JACK_NO_AUDIO_RESERVATION": "1"}
    command = ["jackd", "-n", name, "-r", "-d", "dummy", "-r", "48000", "-p", "256"]
    jackd = subprocess.Popen(
        command, env=found, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        subprocess.run(["jack_wait", "-w", "-t", "20"], env=found, capture_output=True, check=False)
        yield found
    finally:
        jackd.terminate()
        jackd.wait(20)


def report(soak: Soak, faults: Sequence[str]) -> Iterator[str]:
    """The lines for people."""
    status = soak.status
    yield f"{soak.seconds / 60:.1f} minutes, {soak.sent} packets, {status['voices']:g} voices"
    yield f"load {status['load']:.2f}, peak {status['peak_load']:.2f}"
    names = ("underruns", "wall_misses", "missed_passes", "resets", "late_events")
    names = (*names, "dropped_events", "lost_packets")
    yield ", ".join(f"{name} {status[name]:g}" for name in names)
    last = soak.samples[-1]
    yield (
        f"memory {last.rss_mb:.1f} MB, {soak.growth_mb():+.1f} MB after the warm-up;"
        f" {last.files} files ({soak.more_files():+d}), {last.threads} threads"
    )
    for voice in soak.voices():
        cents, level_db = soak.drift(voice)
        yield f"voice {voice}: drift {_cents(cents)}, {level_db:.2f} dB"
    yield "passed" if not faults else "FAILED: " + "; ".join(faults)


@click.command(help=__doc__)
@click.argument("ensemble", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--minutes", default=60.0, show_default=True)
@click.option(
    "--audio", default="null", show_default=True, type=click.Choice(["null", "file", "jack"])
)
@click.option("--model", "models", multiple=True, help="Instead of an ensemble; one voice each.")
@click.option("--rate", default=100.0, show_default=True, help="Packets per second.")
@click.option("--probe-s", default=60.0, show_default=True, help="Seconds between hearings.")
@click.option("--workers", default=1, show_default=True, help="Of the engine, without an ensemble.")
@click.option("--seed", default=0, show_default=True, help="Of the messages.")
@click.option("--most-growth-mb", default=4.0, show_default=True)
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write all there is.")
def main(
    ensemble: Path | None,
    minutes: float,
    audio: str,
    models: tuple[str, ...],
    rate: float,
    probe_s: float,
    workers: int,
    seed: int,
    most_growth_mb: float,
    json_path: Path | None,
) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        environment = stack.enter_context(jack_server()) if audio == "jack" else dict(os.environ)
        voices = [f"--model={model}" for model in models or ("clarinet-trumpet",) * 4]
        played = [str(ensemble)] if ensemble else [*voices, f"--workers={workers}"]
        sink = [f"--out={folder}/soak.w64"] if audio == "file" else []
        arguments = [*played, f"--audio={audio}", *sink, f"--state={folder}/state", "--fresh"]
        daemon = Daemon(arguments, environment)
        stack.callback(daemon.stop)
        soak = run(daemon, minutes, rate, probe_s, seed)
    faults = soak.faults(most_growth_mb)
    click.echo("\n".join(report(soak, faults)))
    if json_path:
        told = {**asdict(soak), "growth_mb": soak.growth_mb(), "faults": faults}
        json_path.write_text(json.dumps(told, indent=1) + "\n")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
