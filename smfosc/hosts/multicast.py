"""OSC that all hosts hear at once: a UDP socket in a multicast group. Control thread.

A message says to every host what it says to one. A host that has none of the voices that are
meant keeps silent: its objections would be as many as there are hosts.
"""

from __future__ import annotations

import socket
from functools import partial

from smfosc.clients import UdpAddress
from smfosc.udp import UdpTransport

TTL = 1  # a hop: answers do not leave the local network


class MulticastTransport(UdpTransport):
    """Hears a group at a port. interface: the own address at which it is joined.

    Raises OSError when there is no such interface.
    """

    def __init__(self, group: str, port: int, interface: str) -> None:
        self._joined = (socket.inet_aton(group), socket.inet_aton(interface))
        super().__init__(group, port)
        try:
            self._join()
        except OSError:
            self.close()
            raise

    def _join(self) -> None:
        set_option = partial(self.socket.setsockopt, socket.IPPROTO_IP)
        set_option(socket.IP_MULTICAST_IF, self._joined[1])
        set_option(socket.IP_MULTICAST_TTL, TTL)
        set_option(socket.IP_ADD_MEMBERSHIP, b"".join(self._joined))

    def rejoin(self) -> bool:
        """Be in the group again where the interface was taken out; whether that was so."""
        try:
            self._join()
        except OSError:  # it is in it still (EADDRINUSE), or the interface is gone (ENODEV)
            return False
        return True

    def send_to(self, address: UdpAddress, packet: bytes) -> None:
        """Answer what was asked; objections stay here."""
        if not packet.startswith(b"/fail\0"):
            super().send_to(address, packet)
