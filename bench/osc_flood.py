"""Floods a daemon of its own with OSC and counts what arrives.

    python bench/osc_flood.py                       20,000 messages/s for 60 s
    python bench/osc_flood.py --default-buffer      with the system's receive buffer as it is

The daemon is another process that plays a voice (--voices) in step with the clock. Passed when no
message is lost, every parameter ends at the value sent last, and the engine had no underrun.
"""

from __future__ import annotations

import argparse
import itertools
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from smfosc.osc import Message, Value, decode, encode_message

CHUNK_S = 0.001  # messages are sent in chunks of so long
MOST_BEHIND_S = 0.005  # a sender that is behind by more starts anew from there
LEAVES = {"pitch": (64.0, 76.0), "timbre": (0.0, 1.0), "gain": (-24.0, 0.0), "pan": (-1.0, 1.0)}


@dataclass(frozen=True)
class Flood:
    """What to send. rate: messages per second."""

    rate: int = 20_000
    seconds: float = 60.0
    voices: int = 1
    model: str = "clarinet-trumpet"
    default_buffer: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    sent: int
    received: int
    lost: int
    wrong_values: tuple[str, ...]
    underruns: int
    late_events: int
    dropped_events: int
    rate: float  # messages per second that were really sent
    cpu: float  # cores that the daemon used, voices included
    buffer: str  # what the daemon said of its receive buffer

    @property
    def arrived(self) -> bool:
        """None lost, none wrong."""
        lost = self.sent - self.received + self.lost + self.dropped_events
        return lost == 0 and not self.wrong_values

    @property
    def passed(self) -> bool:
        """None lost, none wrong, no underrun."""
        return self.arrived and self.underruns == 0

    def __str__(self) -> str:
        return (
            f"{self.sent} messages at {self.rate:,.0f}/s ({self.buffer}): {self.received} received,"
            f" {self.lost} lost, {self.dropped_events} events dropped, {self.late_events} late,"
            f" {self.underruns} underruns, wrong last values: {list(self.wrong_values) or 'none'};"
            f" the daemon used {self.cpu:.2f} cores"
        )


def run(flood: Flood) -> Outcome:
    """Start a daemon, flood it, ask it, end it."""
    with daemon(flood) as (process, port, buffer), socket.socket(type=socket.SOCK_DGRAM) as peer:
        peer.connect(("127.0.0.1", port))
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        ask(peer, "/sync")  # the voices are there
        before = status(peer)
        cpu_s = cpu_seconds(process.pid)
        began = time.monotonic()
        with preferred():
            sent, last = send(peer, flood)
        took_s = time.monotonic() - began
        settle(peer, before, sent)
        cpu_s = cpu_seconds(process.pid) - cpu_s
        after = status(peer)
        wrong = tuple(wrong_values(peer, last))
    return Outcome(
        sent=sent,
        received=int(after["packets"] - before["packets"]) - after["asked"] + before["asked"],
        lost=int(after["lost"] - before["lost"]),
        wrong_values=wrong,
        underruns=int(after["underruns"] - before["underruns"]),
        late_events=int(after["late"] - before["late"]),
        dropped_events=int(after["dropped"] - before["dropped"]),
        rate=sent / took_s,
        cpu=cpu_s / took_s,
        buffer=buffer,
    )


def send(peer: socket.socket, flood: Flood) -> tuple[int, dict[str, float]]:
    """Send at a steady rate; how many, and the last value of each address.

    A chunk that comes late shifts those after it: catching up would be a burst, another rate.
    """
    stream = messages(flood)
    last: dict[str, float] = {}
    per_chunk = max(1, round(flood.rate * CHUNK_S))
    total = round(flood.rate * flood.seconds)
    due = time.monotonic()
    for _ in range(0, total, per_chunk):
        ahead_s = due - time.monotonic()
        if ahead_s > 0:
            time.sleep(ahead_s)
        due += CHUNK_S - min(ahead_s + MOST_BEHIND_S, 0.0)
        for address, value, packet in itertools.islice(stream, per_chunk):
            peer.send(packet)
            last[address] = value
    return total, last


@contextmanager
def preferred() -> Iterator[None]:
    """Go before others where we may: the rate is to be the one asked for."""
    try:
        before = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    except (OSError, AttributeError):
        yield
        return
    yield
    os.setpriority(os.PRIO_PROCESS, 0, before)


def messages(flood: Flood) -> Iterator[tuple[str, float, bytes]]:
    """Addresses in turn, each moving through its range: (address, value, packet)."""
    made = []
    for step in range(100):
        for number in range(1, flood.voices + 1):
            for leaf, (low, high) in LEAVES.items():
                address, value = f"/voice/v{number}/{leaf}", low + (high - low) * step / 100
                made.append((address, value, encode_message(address, value)))
    return itertools.cycle(made)


def ask(peer: socket.socket, address: str) -> tuple[Value, ...]:
    """Ask until the answer comes: ADDRESS.reply, the own address of a get, or /synced."""
    wanted = (address + ".reply", address.removesuffix("/get"), "/synced")
    peer.send(encode_message(address))
    while select.select([peer], [], [], 10.0)[0]:
        for element in decode(peer.recv(65_536)):
            if isinstance(element, Message) and element.address in wanted:
                return element.arguments
    raise TimeoutError(f"no answer to {address}")


ASKED = itertools.count(1)


def status(peer: socket.socket) -> dict[str, float]:
    """What /status tells; `asked`: questions of ours among the packets."""
    asked = next(ASKED)
    names = "voices models load peak rate block frames late resets underruns wall missed dropped"
    values = ask(peer, "/status")
    told = dict(zip([*names.split(), "packets", "lost"], values, strict=False))
    return {name: float(value) for name, value in told.items()} | {"asked": asked}  # type: ignore[arg-type]


def settle(peer: socket.socket, before: dict[str, float], sent: int) -> None:
    """Wait until all that was sent has been received, or nothing comes any more."""
    previous = -1.0
    while True:
        now = status(peer)
        own = now["asked"] - before["asked"]
        arrived = now["packets"] - before["packets"] - own
        if arrived >= sent or arrived == previous:
            return
        previous = arrived
        time.sleep(0.2)


def wrong_values(peer: socket.socket, last: dict[str, float]) -> Iterator[str]:
    """Addresses whose present value is not the one that was sent last."""
    for address, wanted in last.items():
        (found,) = ask(peer, f"{address}/get")
        if abs(float(found) - wanted) > 1e-4:  # type: ignore[arg-type]
            yield f"{address}: {found}, sent {wanted}"


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used; nan where /proc is not."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / 100.0  # utime, stime; USER_HZ is 100 on Linux


@contextmanager
def daemon(flood: Flood) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """A daemon of our own: its process, its port, its receive buffer in words."""
    words = [sys.executable, __file__, "--daemon", "--voices", str(flood.voices)]
    words += ["--model", flood.model, *(["--default-buffer"] if flood.default_buffer else [])]
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}  # what we import, it can
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=found) as process:
        assert process.stdout is not None
        try:
            buffer = process.stdout.readline().strip()
            port = int(process.stdout.readline())
            yield process, port, buffer
        finally:
            process.terminate()


def serve(flood: Flood) -> None:
    """Be the daemon."""
    from smfosc.audio import AudioSettings
    from smfosc.audio.file import NullBackend
    from smfosc.commands import Commands
    from smfosc.engine import Engine
    from smfosc.models import Models
    from smfosc.schedule import Timeline
    from smfosc.server import Server
    from smfosc.udp import RECEIVE_BUFFER

    buffer = None if flood.default_buffer else RECEIVE_BUFFER
    engine, server = Engine(48_000), Server("127.0.0.1", 0, receive_buffer=buffer)
    commands = Commands(engine, Models(), surroundings=server, run=server.loader.run)
    for number in range(1, flood.voices + 1):
        commands.add_voice(f"v{number}", flood.model, gate=True)
    backend = NullBackend(AudioSettings(samplerate=48_000, blocksize=256))
    backend.start(engine)
    server.watch(engine.collect)
    server.watch(engine.notices)
    print(server.describe()[1], server.port, sep="\n", flush=True)
    try:
        server.serve(commands, engine, Timeline(engine.clock, 48_000))
    finally:
        backend.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=Flood.rate)
    parser.add_argument("--seconds", type=float, default=Flood.seconds)
    parser.add_argument("--voices", type=int, default=Flood.voices)
    parser.add_argument("--model", default=Flood.model)
    parser.add_argument("--default-buffer", action="store_true")
    parser.add_argument("--daemon", action="store_true", help=argparse.SUPPRESS)
    given = vars(parser.parse_args())
    being_daemon = given.pop("daemon")
    flood = Flood(**given)
    if being_daemon:
        serve(flood)
        return
    outcome = run(flood)
    print(outcome)
    sys.exit(0 if outcome.passed else 1)


if __name__ == "__main__":
    main()
