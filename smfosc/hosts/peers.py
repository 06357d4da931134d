"""The other hosts as the first one knows them: their voices, their values, their clocks.

A thread looks at each a few times per second through its OSCQuery; what it finds is shown in the
first host's own tree, and what the first host is told of their voices it passes on, time tag and
all. A voice that was made there later belongs to it as one of the file does. A host that does not
answer is away: its voices leave the tree until it is back.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
import urllib.request
from collections.abc import Callable, Container, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from smfosc.config import HostConfig
from smfosc.hosts.clocks import ClockQuestions
from smfosc.hosts.multicast import MulticastTransport
from smfosc.osc import IMMEDIATELY, Message, encode_bundle, encode_message
from smfosc.pattern import is_pattern
from smfosc.query.tree import Node
from smfosc.replies import Sendable, Source

logger = logging.getLogger(__name__)

LOOK_S = 0.25  # between two looks at a host
ANSWER_S = 1.0  # a host that takes longer is away
MOST_BYTES = 4 << 20  # of its answer
APART_S = 0.0005  # clocks further apart are worth a warning: half of what may be between notes
Values = dict[str, tuple[Sendable, ...]]


class Changes(NamedTuple):
    """What has changed on other hosts since the last look."""

    came: dict[str, str]  # voices, with their models
    other_model: dict[str, str]
    gone: list[str]


class Peer:
    """One other host, as of the last look."""

    def __init__(self, host: HostConfig) -> None:
        self.host = host
        self.clock = ClockQuestions(host.address, host.clock_port)
        self.nodes: dict[str, Node] = {}  # of /voice, by the voice's name
        self.values: Values = {}
        self.here = False
        self._warned = False

    @property
    def url(self) -> str:
        """Its voices in its own tree."""
        return f"http://{self.host.address}:{self.host.http_port}/voice"

    def look(self) -> None:
        """See what it has now; blocking."""
        try:
            with urllib.request.urlopen(self.url, timeout=ANSWER_S) as answer:
                found = json.loads(answer.read(MOST_BYTES))
            nodes, values = _voices(found)
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            self._away(error)
            return
        self.clock.ask()
        self.values = values
        if nodes != self.nodes:  # the same ones stay, so that the tree is not made anew
            self.nodes = nodes
        if not self.here:
            logger.warning("host %s: here, with %d voices", self.host.name, len(nodes))
        self.here = True
        self._compare_clocks()

    def _away(self, error: Exception) -> None:
        if self.here:
            logger.warning("host %s: away: %s", self.host.name, error)
        self.here, self.nodes, self.values = False, {}, {}
        self.clock.forget()

    def _compare_clocks(self) -> None:
        best = self.clock.best
        apart = best is not None and abs(best.offset_s) - best.round_trip_s / 2 > APART_S
        if apart and not self._warned and best is not None:
            logger.warning(
                "host %s: its clock is %+.2f ms off; time tags sound as far apart (chrony, PTP)",
                self.host.name,
                1000 * best.offset_s,
            )
        self._warned = apart


class Peers:
    """All other hosts; `start` begins to look. changed: called on their thread with what did."""

    def __init__(
        self,
        hosts: tuple[HostConfig, ...],
        changed: Callable[[Changes], None] = lambda changes: None,
    ) -> None:
        self.peers = [Peer(host) for host in hosts]
        self.own: Container[str] = ()  # names of voices here: they go before others of that name
        self._changed = changed
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="smfosc-hosts", daemon=True)

    def start(self) -> None:
        """Begin."""
        if self.peers:
            self._thread.start()

    def stop(self) -> None:
        """End."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(2 * ANSWER_S)
        self._socket.close()

    def _run(self) -> None:
        while not self._ended.is_set():
            before = self._models()
            for peer in self.peers:
                peer.look()
            changes = _changes(before, self._models())
            if any(changes):
                self._changed(changes)
            self._ended.wait(LOOK_S)

    def _models(self) -> dict[str, str]:
        """Of the voices that are shown, by name."""
        values, names = self.values(), [name for name in self.voices() if name not in self.own]
        return {name: str(*values.get(f"/voice/{name}/model", ("",))) for name in names}

    # --- what is shown ----------------------------------------------------------------------

    def voices(self) -> dict[str, Node]:
        """Nodes of the others' voices, by name."""
        return {name: node for peer in self.peers for name, node in peer.nodes.items()}

    def names(self) -> list[str]:
        """Voices that other hosts have, or will when they are here."""
        return [name for peer in self.peers for name in (*peer.host.voices, *peer.nodes)]

    def values(self) -> Values:
        """Their plain addresses' values."""
        return {path: value for peer in self.peers for path, value in peer.values.items()}

    def lines(self) -> Iterator[tuple[Sendable, ...]]:
        """Name, address, here or away, clock offset and its error in ms, voices."""
        for peer in self.peers:
            best = peer.clock.best
            offset_ms = 1000 * best.offset_s if best else 0.0
            error_ms = 500 * best.round_trip_s if best else -1.0
            state = "here" if peer.here else "away"
            names = " ".join(peer.host.voices)
            yield peer.host.name, peer.host.address, state, offset_ms, error_ms, names

    # --- what is passed on ------------------------------------------------------------------

    def take(self, message: Message, source: Source | None) -> bool:
        """Pass a message on to whom it means; whether there is anybody. Control thread."""
        if not self.peers or _came_by_multicast(source):
            return False
        meant = [peer for peer in self.peers if self._means(message, peer)]
        for peer in meant:
            self._send(peer.host, message)
        return bool(meant)

    def _means(self, message: Message, peer: Peer) -> bool:
        _, kind, name, *_ = [*message.address.split("/", 3), "", ""]
        if kind == "group":
            return name not in ("", "set", "list")
        if message.address == "/voice/free":
            name = "".join(map(str, message.arguments[:1]))
        return kind == "voice" and (is_pattern(name) or self._has(peer, name))

    def _has(self, peer: Peer, name: str) -> bool:
        return name in peer.host.voices or (name in peer.nodes and name not in self.own)

    def host_of(self, name: str) -> str | None:
        """The other host that has a voice of that name; None: none has."""
        return next((p.host.name for p in self.peers if self._has(p, name)), None)

    def _send(self, host: HostConfig, message: Message) -> None:
        packet = encode_message(message.address, *message.arguments)  # type: ignore[arg-type]
        if message.timetag > IMMEDIATELY:
            packet = encode_bundle(message.timetag, [packet])
        with suppress(OSError):  # it is away
            self._socket.sendto(packet, (host.address, host.port))


def _came_by_multicast(source: Source | None) -> bool:
    """Then the others have heard it too."""
    return isinstance(getattr(source, "_transport", None), MulticastTransport)


def _changes(before: dict[str, str], after: dict[str, str]) -> Changes:
    """Voices that came and that have another model, each with its model, and that went."""
    came = {name: model for name, model in after.items() if name not in before}
    new = {name: model for name, model in after.items() if before.get(name, model) != model}
    return Changes(came, new, sorted(before.keys() - after.keys()))


def _voices(found: dict[str, Any]) -> tuple[dict[str, Node], Values]:
    """The nodes of voices in what a host answers for /voice, and their values.

    What it can be told of all voices lies there too (/voice/new, /voice/list).
    """
    values: Values = {}
    contents = found.get("CONTENTS", {})
    voices = [name for name, told in contents.items() if "model" in told.get("CONTENTS", {})]
    return {name: _node(contents[name], values) for name in voices}, values


def _node(told: dict[str, Any], values: Values) -> Node:
    path = str(told["FULL_PATH"])
    rest = {k: v for k, v in told.items() if k not in ("FULL_PATH", "CONTENTS", "VALUE")}
    value = told.get("VALUE")
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        values[path] = tuple(value)
    children = told.get("CONTENTS", {})
    return Node(path, rest, {name: _node(child, values) for name, child in children.items()})
