"""A small OSC client for the command line: sends to a daemon, listens for its answers.

One UDP socket, from which everything goes out and to which replies come back.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from smfosc import osc
from smfosc.schedule import timetag_of
from smfosc.score import Event, Score
from smfosc.score_check import faults, first_of
from smfosc.score_course import WHOLE, Passage, missing, preparations
from smfosc.score_standing import standing_there

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 7770
ANSWER_S = 2.0  # a daemon that is there answers within this
PREPARE_S = 60.0  # making a voice may load a model
START_S = 0.3  # from now to a live score's time 0
LOOKAHEAD_S = 0.2  # events are sent so long before they are due
BUNDLE_BYTES = 1_200  # of one datagram, below any network's limit
MAX_OBJECTIONS = 1_000  # that are kept: a day of a score with a mistake in each line
SYNC_ID = 0x5F0C  # any number: our /sync, told apart by address and id


class ClientError(Exception):
    """A daemon that cannot be reached, or does not answer."""


Packable = tuple[str, tuple[osc.Value, ...]]


def encode(address: str, args: Sequence[osc.Value]) -> bytes:
    """A message as it goes over the wire. Raises OscError for what OSC cannot carry here."""
    return osc.encode_message(address, *args)  # type: ignore[arg-type]


def shown(message: osc.Message) -> str:
    """One line of text: the address and its arguments, words with spaces in quotes."""
    words = [f"{a:g}" if isinstance(a, float) else str(a) for a in message.arguments]
    return " ".join([message.address, *(f'"{w}"' if " " in w or not w else w for w in words)])


class OscClient:
    """Talks to one daemon over UDP."""

    def __init__(self, host: str = DEFAULT_HOST, port: int = DEFAULT_PORT) -> None:
        self.where = f"{host}:{port}"
        try:
            family, kind, proto, _, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_DGRAM
            )[0]
            self._socket = socket.socket(family, kind, proto)
            self._socket.connect(address)
        except OSError as error:
            raise ClientError(f"{self.where}: {error.strerror or error}") from None

    def __enter__(self) -> OscClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, address: str, *args: osc.Value) -> None:
        """Send one message, to be performed at once."""
        self.send_packet(encode(address, args))

    def send_packet(self, packet: bytes) -> None:
        """Send one datagram. Raises ClientError when nobody listens there."""
        try:
            self._socket.send(packet)
        except ConnectionRefusedError:
            self._socket.send(packet)  # the refusal belonged to an earlier datagram
        except OSError as error:
            raise ClientError(f"{self.where}: {error.strerror or error}") from None

    def replies(self, timeout_s: float) -> Iterator[osc.Message]:
        """What comes back, until nothing has come for timeout_s."""
        while select.select([self._socket], [], [], timeout_s)[0]:
            try:
                packet = self._socket.recv(65_536)
            except ConnectionRefusedError:
                raise ClientError(no_answer(self.where)) from None
            yield from (m for m in osc.decode(packet) if isinstance(m, osc.Message))

    def until_synced(self, timeout_s: float = ANSWER_S) -> Iterator[osc.Message]:
        """Ask for /synced and give what comes before it. Raises ClientError without answer."""
        self.send("/sync", SYNC_ID)
        for message in self.replies(timeout_s):
            if message.address == "/synced" and message.arguments == (SYNC_ID,):
                return
            yield message
        raise ClientError(no_answer(self.where))


def no_answer(where: str) -> str:
    """What to tell when nobody answers."""
    return f"no answer from {where}; is `smfosc serve` running there?"


@dataclass
class Performance:
    """A score played live: what was sent, and what the daemon objected to."""

    sent: int = 0
    foreseen: list[osc.Message] = field(default_factory=list)  # /fail, told before it began
    objections: list[osc.Message] = field(default_factory=list)  # /fail, /late, /clipped

    @property
    def failed(self) -> bool:
        """Whether the daemon refused something."""
        return any(m.address == "/fail" for m in (*self.foreseen, *self.objections))


def bundles(events: Iterable[Event]) -> Iterator[tuple[int, list[bytes]]]:
    """Events grouped by time, in datagrams of a bounded size: (ticks, messages)."""
    group: list[bytes] = []
    ticks = 0
    for event in events:
        packet = encode(event.address, event.args)
        full = sum(map(len, group)) + len(packet) > BUNDLE_BYTES
        if group and (event.ticks != ticks or full):
            yield ticks, group
            group = []
        ticks = event.ticks
        group.append(packet)
    if group:
        yield ticks, group


def prepare(client: OscClient, score: Score) -> list[osc.Message]:
    """Make the score's voices that are not there; what the daemon objected to.

    Raises ClientError.
    """
    objections = list(client.until_synced())
    if preparations(score):
        client.send("/voice/list")
        told = [m.arguments for m in client.until_synced() if m.address == "/voice/list.reply"]
        for event in missing(score, {(str(n), str(m), int(c)) for n, m, c in told}):  # type: ignore[arg-type]
            client.send(event.address, *event.args)
    objections += client.until_synced(PREPARE_S)
    return [message for message in objections if message.address == "/fail"]


def play(
    client: OscClient,
    score: Score,
    passage: Passage = WHOLE,
    *,
    progress: Callable[[float], None] = lambda seconds: None,
    warn: Callable[[osc.Message], None] = lambda message: None,
) -> Performance:
    """Play a score live with time tags; returns at its end. Raises ClientError.

    progress: called with the seconds since the start whenever something was sent. warn: gets
    what the daemon will not understand, before anything is played; it is not told again.
    """
    performance = Performance(foreseen=list(foresee(client, score)))
    for message in performance.foreseen:
        warn(message)
    performance.objections += prepare(client, score)
    start_ns = time.time_ns() + int(START_S * 1e9)
    start_tag = timetag_of(start_ns)
    for ticks, packets in bundles(passage.events(score)):
        seconds = ticks / (1 << 32)
        _listen_until(client, performance, start_ns * 1e-9 + seconds - LOOKAHEAD_S)
        client.send_packet(osc.encode_bundle(start_tag + ticks, packets))
        performance.sent += len(packets)
        progress(seconds)
    seconds = passage.length(score) / (1 << 32)
    _listen_until(client, performance, start_ns * 1e-9 + seconds)
    performance.objections += client.until_synced()
    told = [str(message.arguments[0]) for message in performance.foreseen]
    told += [_reset_of(address) for address in told]
    performance.objections = [
        m for m in performance.objections if m.address != "/fail" or m.arguments[0] not in told
    ]
    return performance


def _reset_of(address: str) -> str:
    """What is sent at time 0 to the voice of an address."""
    return "/".join([*address.split("/")[:3], "reset"])


def foresee(client: OscClient, score: Score) -> Iterator[osc.Message]:
    """What a daemon as it is now would refuse of a score: /fail, with file and line.

    Raises ClientError.
    """

    def ask(address: str, *arguments: osc.Value) -> Iterator[osc.Message]:
        client.send(address, *arguments)
        return client.until_synced()

    found = list(faults(score, standing_there(ask)))
    return (osc.Message("/fail", told) for told in first_of(found, score.path))


def _listen_until(client: OscClient, performance: Performance, unix_s: float) -> None:
    while (left_s := unix_s - time.time()) > 0:
        performance.objections += client.replies(min(left_s, 0.05))
        del performance.objections[MAX_OBJECTIONS:]
