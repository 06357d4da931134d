"""OSC over UDP: a socket that a native thread empties, and the senders behind it.

Control thread, but for the receive thread, which only drains: the native one on Linux,
a Python one elsewhere.
"""

from __future__ import annotations

import logging
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from smfosc import _core
from smfosc.clients import UdpAddress
from smfosc.hosts.groups import is_group

logger = logging.getLogger(__name__)

RECEIVE_BUFFER = 4 << 20  # bytes asked of the system; its default holds 256 small datagrams
RING_BYTES = 16 << 20  # between receive and control thread: some 200,000 small datagrams
TYPICAL_DATAGRAM = 80  # bytes in the ring of one OSC message with a float
MAX_SOURCES = 4096  # senders remembered

Datagram = tuple[int, bytes, bytes]  # arrival (monotonic ns), sender as packed, packet


class _Drain(Protocol):
    """What empties the socket: _core.UdpDrain, or its slow twin here."""

    @property
    def received(self) -> int: ...
    @property
    def system_drops(self) -> int: ...
    @property
    def ring_drops(self) -> int: ...
    def fileno(self) -> int: ...
    def drain(self, limit: int) -> list[Datagram]: ...
    def unreached(self) -> list[bytes]: ...
    def limited(self) -> list[tuple[bytes, int]]: ...
    def stop(self) -> None: ...


class UdpSource:
    """One sender. address: as the socket gives it."""

    __slots__ = ("_transport", "address", "is_local")

    def __init__(self, transport: UdpTransport, address: UdpAddress) -> None:
        self._transport = transport
        self.address = address
        self.is_local = is_own_address(transport.family, address)

    def __str__(self) -> str:
        return f"{self.address[0]}:{self.address[1]}"

    def send(self, packet: bytes) -> None:
        """Answer from the daemon's own port, wherever /notify says."""
        for address in self._transport.route(self, self.address):
            self._transport.send_to(address, packet)


class UdpTransport:
    """A bound UDP socket. Raises OSError when the address is taken or not ours.

    receive_buffer: bytes to ask for, None leaves the system's default. most_per_s: datagrams
    of one sender; what is beyond is dropped on the receive thread where that is native, before
    it costs Python anything. route: where replies to a sender go.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        receive_buffer: int | None = RECEIVE_BUFFER,
        native: bool = True,
        most_per_s: float = 0.0,
        route: Callable[[UdpSource, UdpAddress], list[UdpAddress]] = lambda source, own: [own],
    ) -> None:
        self.route = route
        self._sources: dict[bytes, UdpSource] = {}
        self.socket, self.family = _bind(host, port)
        try:
            self.granted = _ask_for_buffer(self.socket, receive_buffer)
            make = _core.UdpDrain if native and hasattr(_core, "UdpDrain") else PythonDrain
            self._drain: _Drain = make(self.socket.fileno(), RING_BYTES, most_per_s)
        except BaseException:
            self.socket.close()
            raise

    @property
    def port(self) -> int:
        """The port in use (asked for 0, the system chose one)."""
        return int(self.socket.getsockname()[1])

    @property
    def received(self) -> int:
        """Datagrams so far."""
        return self._drain.received

    @property
    def lost(self) -> int:
        """Datagrams that reached this host but not the control thread."""
        return self._drain.system_drops + self._drain.ring_drops

    def fileno(self) -> int:
        """Readable while datagrams wait."""
        return self._drain.fileno()

    def drain(self, limit: int) -> list[tuple[int, UdpSource, bytes]]:
        """Up to `limit` datagrams: arrival (monotonic ns), sender, packet."""
        sources = self._sources
        return [
            (arrival_ns, sources.get(sender) or self._source(sender), packet)
            for arrival_ns, sender, packet in self._drain.drain(limit)
        ]

    def send_to(self, address: UdpAddress, packet: bytes) -> None:
        """Send one datagram; what cannot be sent is lost, as UDP has it."""
        for _ in range(2):
            try:
                self.socket.sendto(packet, address)
                return
            except ConnectionRefusedError:  # told of what was sent before, perhaps to others
                continue
            except OSError as error:
                logger.debug("no reply to %s: %s", address, error)
                return

    def unreached(self) -> list[UdpAddress]:
        """Whom something did not reach since the last call, as far as the system tells."""
        return [_unpack(receiver) for receiver in self._drain.unreached()]

    def limited(self) -> list[tuple[UdpSource, int]]:
        """Senders that had datagrams dropped since the last call, and how many."""
        return [
            (self._sources.get(sender) or self._source(sender), count)
            for sender, count in self._drain.limited()
        ]

    def close(self) -> None:
        """Stop receiving and give the port back."""
        self._drain.stop()
        self.socket.close()

    def _source(self, sender: bytes) -> UdpSource:
        if len(self._sources) >= MAX_SOURCES:
            del self._sources[next(iter(self._sources))]
        source = self._sources[sender] = UdpSource(self, _unpack(sender))
        return source


def _bind(host: str, port: int) -> tuple[socket.socket, int]:
    """A bound socket of the host's first address, IPv4 before IPv6."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = min(found, key=lambda item: item[0] != socket.AF_INET)
    bound = socket.socket(family, kind, protocol)
    try:
        if is_group(str(address[0])):
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # all of a host hear it
        bound.bind(address)
        bound.setblocking(False)
    except BaseException:
        bound.close()
        raise
    return bound, family


def _ask_for_buffer(bound: socket.socket, wanted: int | None) -> int:
    """Ask for a receive buffer; how many bytes were granted (Linux counts its own cost too)."""
    while wanted:
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, wanted)
            break
        except OSError:  # Linux grants what it may; others refuse what is too much
            wanted //= 2
    return bound.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)


def _unpack(sender: bytes) -> UdpAddress:
    port = int.from_bytes(sender[:2], "big")
    if len(sender) == 6:
        return socket.inet_ntop(socket.AF_INET, sender[2:6]), port
    (scope,) = struct.unpack("=I", sender[18:22])
    return socket.inet_ntop(socket.AF_INET6, sender[2:18]), port, 0, scope


def _pack(address: UdpAddress) -> bytes:
    port = int(address[1]).to_bytes(2, "big")
    if len(address) == 2:
        return port + socket.inet_pton(socket.AF_INET, address[0])
    host = socket.inet_pton(socket.AF_INET6, address[0].partition("%")[0])
    return port + host + struct.pack("=I", address[3])


def is_own_address(family: int, address: UdpAddress) -> bool:
    """Whether an address is one of this host's: then a socket can be bound to it."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address[0], 0, *address[2:]))
        except OSError:
            return False
    return True


class PythonDrain:
    """The slow twin of _core.UdpDrain: a Python thread, stamps at its own reading.

    It limits nobody: the guard does, with the same rate.
    """

    def __init__(self, fd: int, ring_bytes: int, most_per_s: float = 0.0) -> None:
        self.received = 0
        self.system_drops = 0
        self.ring_drops = 0
        self._socket = socket.socket(fileno=fd)
        self._most = ring_bytes // TYPICAL_DATAGRAM
        self._waiting: deque[Datagram] = deque()
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="smfosc-net", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """Readable while datagrams wait."""
        return self._reader.fileno()

    def drain(self, limit: int) -> list[Datagram]:
        """Up to `limit` datagrams."""
        with suppress(BlockingIOError):
            self._reader.recv(4096)
        count = min(limit, len(self._waiting))
        taken = [self._waiting.popleft() for _ in range(count)]
        if self._waiting:
            self._wake()
        return taken

    def unreached(self) -> list[bytes]:
        """Nobody: only Linux tells."""
        return []

    def limited(self) -> list[tuple[bytes, int]]:
        """Nobody."""
        return []

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopped = True
        self._thread.join()
        self._socket.detach()  # the transport closes it
        self._reader.close()
        self._writer.close()

    def _run(self) -> None:
        while not self._stopped:
            if select.select([self._socket], [], [], 0.1)[0]:
                self._receive()

    def _receive(self) -> None:
        try:
            while True:
                packet, address = self._socket.recvfrom(65536)
                self._keep(packet, address)
        except OSError:  # nothing left; or a port that a reply went to is closed
            self._wake()

    def _keep(self, packet: bytes, address: UdpAddress) -> None:
        self.received += 1
        if len(self._waiting) >= self._most:
            self.ring_drops += 1
            return
        self._waiting.append((time.monotonic_ns(), _pack(address), packet))

    def _wake(self) -> None:
        with suppress(OSError):  # full: it is readable already
            self._writer.send(b"\0")
