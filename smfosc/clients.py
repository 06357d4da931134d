"""Who hears what: replies to a sender, and news to those who asked for them (/notify).

Control thread. Addresses are what a UDP socket gives: (host, port) or, for IPv6,
(host, port, flow, scope).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smfosc.replies import Source

MAX_CLIENTS = 64  # the one that asked longest ago goes first

# A port that is closed is told by its host at each datagram (ICMP). A patch that is opened anew
# is back within seconds; a client that only listens says nothing for hours and stays.
PATIENCE_S = 5.0  # without any word from a client whose port is closed

UdpAddress = tuple[Any, ...]


@dataclass(frozen=True)
class Client:
    """One who asked for news. source: its sender; port: where it hears, if elsewhere."""

    source: Source
    host: UdpAddress | None  # of a UDP sender
    port: int | None

    @property
    def other_address(self) -> UdpAddress | None:
        """Where it hears when that is not where it sends from."""
        if self.host is None or self.port is None:
            return None
        return (self.host[0], self.port, *self.host[2:])


class Clients:
    """The clients of /notify."""

    def __init__(self) -> None:
        self._clients: dict[Source, Client] = {}
        self._unreached_s: dict[Source, float] = {}  # since when

    def __len__(self) -> int:
        return len(self._clients)

    def add(self, source: Source, host: UdpAddress | None, port: int | None) -> None:
        """Begin to tell a sender news; with a port, answer it there as well."""
        self.remove(source, port)
        self._clients[source] = Client(source, host, port)
        self._unreached_s.pop(source, None)
        if len(self._clients) > MAX_CLIENTS:
            del self._clients[next(iter(self._clients))]

    def remove(self, source: Source, port: int | None = None) -> None:
        """Stop; with a port, also for whoever asked from elsewhere on that host for it."""
        self._clients.pop(source, None)
        self._unreached_s.pop(source, None)
        if port is not None:
            host = getattr(source, "address", (None,))[0]
            for other in list(self._clients.values()):
                if other.port == port and other.host is not None and other.host[0] == host:
                    del self._clients[other.source]

    def unreached(self, address: UdpAddress, now_s: float) -> Client | None:
        """Its host says that nobody listens there; the client that is dropped for it, if any."""
        for client in self._clients.values():
            if (client.other_address or client.host) == address:
                since_s = self._unreached_s.setdefault(client.source, now_s)
                if now_s - since_s >= PATIENCE_S:
                    self.remove(client.source)
                    return client
                break
        return None

    def alive(self, source: Source) -> None:
        """A word of a sender: those that it speaks for are there again."""
        for one in self.spoken_for(source) if self._unreached_s else ():
            self._unreached_s.pop(one, None)

    def addresses_for(self, source: Source, own: UdpAddress) -> list[UdpAddress]:
        """Where a reply to a UDP sender goes.

        One who named a port hears there. One who has said nothing hears at its own address,
        and so do the ports that were named from its host: a program that sends every message
        from another port (Max's udpsend objects, oscsend) is heard by its one listener.
        """
        if not self._clients:
            return [own]
        client = self._clients.get(source)
        if client is not None:
            return [client.other_address or own]
        others = {c.other_address for c in self._clients.values() if c.host and c.host[0] == own[0]}
        return [own, *(address for address in others if address not in (None, own))]

    def spoken_for(self, source: Source) -> list[Source]:
        """The clients whose word a sender's is: itself, or the ports named from its host."""
        if source in self._clients:
            return [source]
        host = getattr(source, "address", (None,))[0]
        clients = self._clients.values()
        own = [c.source for c in clients if c.port is not None and c.host and c.host[0] == host]
        return own or [source]

    def everyone(self) -> list[Source]:
        """All who hear news; each one's `send` finds its address."""
        return list(self._clients)
