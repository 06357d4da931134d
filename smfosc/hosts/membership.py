"""A daemon as one of several hosts: what it opens for that, starts and stops. Control thread."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from smfosc.hosts.clocks import ClockServer
from smfosc.hosts.multicast import MulticastTransport
from smfosc.hosts.part import host_of, others
from smfosc.hosts.peers import Changes, Peers

if TYPE_CHECKING:
    from smfosc.commands import Commands
    from smfosc.config import Config
    from smfosc.server import Server


logger = logging.getLogger(__name__)

REJOIN_S = 1.0  # between two looks whether the multicast group is still joined


class Membership:
    """host_name: "" for a daemon that plays alone; it may be in a multicast group all the same.

    Raises OSError for an address or a port that cannot be had, HostError.
    """

    def __init__(self, config: Config, host_name: str, server: Server) -> None:
        self._server = server
        self._rejoined_s = time.monotonic()
        self._stack = ExitStack()
        self.peers = Peers(others(config, host_name) if host_name else (), self._tell)
        self._stack.callback(self.peers.stop)
        if host_name:
            host = host_of(config, host_name)
            clock = ClockServer(host.address, host.clock_port)
            self._stack.callback(clock.stop)
        if config.osc.multicast:
            port, interface = config.osc.port, config.osc.host
            self._group = MulticastTransport(config.osc.multicast, port, interface)
            server.hear_also(self._group)
            server.watch(self._rejoin)

    def start(self, commands: Commands) -> None:
        """Begin to look at the other hosts, if there are any to look at."""
        if self.peers.peers:
            self.peers.own = commands.voices
            commands.play_with(self.peers)
            self.peers.start()

    def stop(self) -> None:
        """Close what was opened; the server closes its sockets."""
        self._stack.close()

    def _rejoin(self) -> None:
        """An interface that is taken out and put in again has forgotten its groups."""
        if time.monotonic() - self._rejoined_s >= REJOIN_S:
            self._rejoined_s = time.monotonic()
            if self._group.rejoin():
                logger.warning("multicast: the interface was gone; joined again")

    def _tell(self, changes: Changes) -> None:
        """The peers' thread: news of voices, as of our own."""

        def news() -> None:
            for name, model in changes.came.items():
                self._server.news("/voice.added", name, model, 0)
            for name, model in changes.other_model.items():
                self._server.news("/voice.model", name, model)
            for name in changes.gone:
                self._server.news("/voice.freed", name)

        self._server.post(news)
