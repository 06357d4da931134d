"""OSC over TCP: each packet after its length (OSC 1.0), or in SLIP frames (OSC 1.1).

A connection's first byte tells which: SLIP frames begin with 0xC0, and a length that
began so would be beyond any packet. Answers go back in the same framing. Control thread.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Protocol

MAX_PACKET = 65_536  # bytes; a longer one ends the connection
MAX_UNSENT = 1 << 20  # bytes of answers that wait for a slow reader before we hang up
MAX_CONNECTIONS = 64

END, ESC, ESC_END, ESC_ESC = b"\xc0", b"\xdb", b"\xdc", b"\xdd"  # RFC 1055


class FramingError(Exception):
    """A stream whose packets cannot be told apart; the text says why."""


class Framing(Protocol):
    """How packets lie in a stream."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Packets that are complete with `data`. Raises FramingError."""

    def frame(self, packet: bytes) -> bytes:
        """A packet as it goes out."""


class LengthPrefix:
    """OSC 1.0: an int32 (big-endian) with the packet's size, then the packet."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Packets that are complete with `data`. Raises FramingError."""
        self._data += data
        while len(self._data) >= 4:
            size = int.from_bytes(self._data[:4], "big", signed=True)
            if not 0 <= size <= MAX_PACKET:
                raise FramingError(f"a packet of {size} bytes; wanted 0-{MAX_PACKET}")
            if len(self._data) < 4 + size:
                return
            packet = bytes(self._data[4 : 4 + size])
            del self._data[: 4 + size]
            yield packet

    def frame(self, packet: bytes) -> bytes:
        """A packet as it goes out."""
        return len(packet).to_bytes(4, "big") + packet


class Slip:
    """OSC 1.1: SLIP with END on both sides (RFC 1055); empty frames mean nothing."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Packets that are complete with `data`. Raises FramingError."""
        *ended, rest = data.split(END)
        for part in ended:
            self._data += part
            self._check()
            frame = bytes(self._data)
            self._data.clear()
            if frame:
                yield _unescaped(frame)
        self._data += rest
        self._check()

    def frame(self, packet: bytes) -> bytes:
        """A packet as it goes out."""
        return END + packet.replace(ESC, ESC + ESC_ESC).replace(END, ESC + ESC_END) + END

    def _check(self) -> None:
        if len(self._data) > 2 * MAX_PACKET:
            raise FramingError(f"a SLIP frame of more than {2 * MAX_PACKET} bytes")


def _unescaped(frame: bytes) -> bytes:
    pieces = frame.split(ESC)
    bytes_of = {ESC_END: END, ESC_ESC: ESC}
    try:
        return pieces[0] + b"".join(bytes_of[piece[:1]] + piece[1:] for piece in pieces[1:])
    except KeyError:
        raise FramingError("a SLIP escape that is followed by neither 0xDC nor 0xDD") from None


class TcpSource:
    """One connection; as a sender it lives until it is closed."""

    def __init__(self, connection: socket.socket, address: tuple[str, int], local: bool) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = connection
        self.address = address
        self.is_local = local
        self.closed = False
        self._framing: Framing | None = None
        self._unsent = bytearray()

    def __str__(self) -> str:
        return f"tcp {self.address[0]}:{self.address[1]}"

    def fileno(self) -> int:
        """What a selector waits for."""
        return self.socket.fileno()

    @property
    def wants_to_write(self) -> bool:
        """Whether answers wait for the reader."""
        return bool(self._unsent)

    def receive(self) -> Iterator[tuple[int, bytes]]:
        """Complete packets with their arrival (monotonic ns). Raises FramingError."""
        try:
            data = self.socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.closed = True
            return
        arrival_ns = time.monotonic_ns()
        if self._framing is None:
            self._framing = Slip() if data[:1] == END else LengthPrefix()
        for packet in self._framing.feed(data):
            yield arrival_ns, packet

    def send(self, packet: bytes) -> None:
        """Send now what the connection takes; the rest when it takes more."""
        if self.closed:
            return
        if self._framing is None:
            self._framing = LengthPrefix()
        self._unsent += self._framing.frame(packet)
        self.flush()
        if len(self._unsent) > MAX_UNSENT:
            self.closed = True

    def flush(self) -> None:
        """Send what waits."""
        try:
            while self._unsent:
                del self._unsent[: self.socket.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self.closed = True

    def close(self) -> None:
        """Hang up."""
        self.closed = True
        self.socket.close()
