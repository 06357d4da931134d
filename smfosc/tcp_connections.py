"""The TCP connections of a server: who may come, when one is written to, when it is over.

Control thread.
"""

from __future__ import annotations

import logging
import selectors
import socket
import sys
from collections.abc import Callable, Iterator

from smfosc.guard import Guard
from smfosc.tcp import MAX_CONNECTIONS, TcpSource
from smfosc.udp import is_own_address

logger = logging.getLogger(__name__)


class Connections:
    """All that are open. listener: where they come; gone: called with one that is over."""

    def __init__(
        self,
        listener: socket.socket,
        selector: selectors.BaseSelector,
        guard: Guard,
        gone: Callable[[TcpSource], None],
    ) -> None:
        self._open: set[TcpSource] = set()
        self._listener = listener
        self._selector = selector
        self._guard = guard
        self._gone = gone
        selector.register(listener, selectors.EVENT_READ, self._accept)

    def _accept(self) -> None:
        try:
            accepted, address = self._listener.accept()
        except OSError:  # gone again before we looked
            return
        if len(self._open) >= MAX_CONNECTIONS:
            logger.warning("tcp %s: more than %d connections", address[0], MAX_CONNECTIONS)
            accepted.close()
            return
        local = is_own_address(self._listener.family, address)
        if not self._guard.hears(address[0], local):
            self._guard.unheard += 1
            accepted.close()
            return
        connection = TcpSource(accepted, address, local)
        self._open.add(connection)
        self._selector.register(connection, selectors.EVENT_READ)

    def __iter__(self) -> Iterator[TcpSource]:
        """Those that are open."""
        return iter(list(self._open))

    def __len__(self) -> int:
        """How many are."""
        return len(self._open)

    def look_after(self, connection: TcpSource) -> None:
        """Wait for what it has to read or write; hang up when it is closed."""
        if connection.closed:
            self._hang_up(connection)
            return
        writing = selectors.EVENT_WRITE if connection.wants_to_write else 0
        self._selector.modify(connection, selectors.EVENT_READ | writing)

    def look_after_all(self) -> None:
        """Those that have been answered, or closed, without having sent anything."""
        for connection in self:
            if connection.closed or connection.wants_to_write:
                self.look_after(connection)

    def hang_up_all(self) -> None:
        """The server ends."""
        for connection in self:
            self._hang_up(connection)

    def _hang_up(self, connection: TcpSource) -> None:
        if connection in self._open:
            self._open.discard(connection)
            self._selector.unregister(connection)
            self._gone(connection)
            connection.close()


def listen_beside(udp: socket.socket) -> socket.socket:
    """A TCP socket on the UDP socket's host and port. Raises OSError."""
    listener = socket.socket(udp.family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # where it would let two daemons share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(udp.getsockname())
        listener.listen()
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener
