"""Who is heard, and how much of him: what protects a daemon from its network.

A sender that is not on the list is not answered. One that floods has its own messages
dropped beyond its rate; and while more packets wait than one look takes, senders come in
turn, so that nobody waits behind another one's flood. Single packets beyond the rate are
dropped on the receive thread already (native/sender_limits.h); here bundles are counted message
by message when they come, and connections. Control thread, but for `hears`.
"""

from __future__ import annotations

import ipaddress
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from smfosc.osc import message_count
from smfosc.replies import Source

MOST_SENDERS = 8_192  # whose rate is remembered; the oldest goes first
INTAKE = 2_048  # packets looked at per turn while there is a flood: some 2 ms
QUEUED_S = 0.5  # of a sender's rate that may wait for its turns

Packet = tuple[int, Any, bytes]  # arrival (monotonic ns), sender, packet


class Budget:
    """One sender: messages per second that it may still send, and how many were dropped."""

    __slots__ = ("_filled_s", "_left", "_rate", "dropped", "heard")

    def __init__(self, rate: float, heard: bool, now_s: float) -> None:
        self.heard = heard  # it is on the list
        self.dropped = 0  # messages, since they were last told
        self._rate = rate
        self._left = rate  # one second's worth at once
        self._filled_s = now_s

    def spend(self, count: int, now_s: float) -> bool:
        """Take `count` messages from what has come together; False: there is nothing left."""
        if self._left < 1.0:
            self._left = min(self._rate, self._left + (now_s - self._filled_s) * self._rate)
            self._filled_s = now_s
            if self._left < 1.0:
                return False
        self._left -= count
        return True


class Guard:
    """Decides about senders.

    allow: hosts and networks that are heard, beside this machine itself; none: all.
    """

    def __init__(
        self,
        allow: Iterable[str] = (),
        message_bytes: int = 65_536,
        messages_per_s: int = 50_000,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.message_bytes = message_bytes
        self.messages_per_s = messages_per_s
        self.limited = 0  # messages dropped because their sender sent too many
        self.unheard = 0  # packets of senders that are not on the list
        self._networks = [ipaddress.ip_network(host) for host in allow]
        self._now_s = now_s
        self._budgets: dict[Source, Budget] = {}

    def hears(self, host: str, is_local: bool) -> bool:
        """Whether a host's words count. Any thread."""
        if is_local or not self._networks:
            return True
        try:
            address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)  # how an IPv6 socket shows IPv4
        return any((mapped or address) in network for network in self._networks)

    def admits(self, source: Source, packet: bytes) -> bool:
        """Whether a sender's next packet is performed; its messages are counted if not.

        A bundle goes whole, on credit: its messages count against what follows.
        """
        budget = self._budgets.get(source) or self._new(source)
        if not budget.heard:
            self.unheard += 1
            return False
        count = message_count(packet)
        if budget.spend(count, self._now_s()):
            return True
        self.drop(source, count)
        return False

    def drop(self, source: Source, count: int = 1) -> None:
        """Count messages that are not performed because their sender sends too many."""
        self.limited += count
        self._budgets[source].dropped += count

    def limit(self, source: Source, count: int) -> None:
        """Count packets that the receive thread has dropped because their sender sends too many."""
        budget = self._budgets.get(source) or self._new(source)
        if budget.heard:
            self.drop(source, count)
        else:
            self.unheard += count

    def forget(self, source: Source) -> None:
        """It is gone."""
        self._budgets.pop(source, None)

    def dropped(self) -> list[tuple[Source, int]]:
        """Senders that had messages dropped since the last call, and how many."""
        found = [(source, b.dropped) for source, b in self._budgets.items() if b.dropped]
        for source, _ in found:
            self._budgets[source].dropped = 0
        return found

    def _new(self, source: Source) -> Budget:
        host = str(getattr(source, "address", ("",))[0])
        heard = self.hears(host, source.is_local)
        budget = self._budgets[source] = Budget(self.messages_per_s, heard, self._now_s())
        if len(self._budgets) > MOST_SENDERS:
            del self._budgets[next(iter(self._budgets))]
        return budget


class Turns:
    """Packets in the order in which they came; under a flood, senders in turn.

    drain: gives up to so many packets that have come.
    """

    def __init__(self, drain: Callable[[int], list[Packet]], guard: Guard) -> None:
        self._drain = drain
        self._guard = guard
        self._most_queued = max(64, round(guard.messages_per_s * QUEUED_S))
        self._queues: dict[Source, deque[Packet]] = {}

    def __bool__(self) -> bool:
        """Whether packets wait here."""
        return bool(self._queues)

    def take(self, count: int) -> list[Packet]:
        """The next packets that are to be performed, `count` at most."""
        admits = self._guard.admits
        if not self._queues:
            packets = self._drain(count)
            if len(packets) < count:
                return [packet for packet in packets if admits(packet[1], packet[2])]
            self._queue(packets)
        self._queue(self._drain(INTAKE))
        return self._in_turn(count)

    def _queue(self, packets: list[Packet]) -> None:
        for packet in packets:
            source = packet[1]
            if not self._guard.admits(source, packet[2]):
                continue
            queue = self._queues.setdefault(source, deque())
            if len(queue) < self._most_queued:
                queue.append(packet)
            else:
                self._guard.drop(source, message_count(packet[2]))

    def _in_turn(self, count: int) -> list[Packet]:
        """One of each sender, again and again. Each one's stay in order."""
        taken: list[Packet] = []
        while self._queues and len(taken) < count:
            source = next(iter(self._queues))
            queue = self._queues.pop(source)
            taken.append(queue.popleft())
            if queue:
                self._queues[source] = queue  # behind the others
        return taken
