"""Telling the network where we are: `_oscjson._tcp` and `_osc._udp`, by zeroconf.

Without a network there is nobody to tell; it is tried again until there is. The query thread.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Iterator

import ifaddr
from zeroconf import Error, InterfaceChoice
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

logger = logging.getLogger(__name__)

# It writes a traceback for each interface that does not take its packets.
logging.getLogger("zeroconf").setLevel(logging.CRITICAL)

RETRY_S = 30.0
FAREWELL_S = 1.0
ANY = ("0.0.0.0", "::", "")


class Announcement:
    """host, port: where HTTP listens; osc_port: UDP on the same host."""

    def __init__(self, host: str, port: int, osc_port: int) -> None:
        self._host = host
        self.ports = {"_oscjson._tcp.local.": port, "_osc._udp.local.": osc_port}

    async def run(self) -> None:
        """Announce until cancelled; then take leave."""
        while True:
            try:
                await self._announce()
            except (OSError, Error) as error:
                logger.info("not announced: %s; trying again in %g s", error, RETRY_S)
            await asyncio.sleep(RETRY_S)

    async def _announce(self) -> None:
        addresses = list(self.addresses())
        if not addresses:
            raise OSError("no network address")
        interfaces = InterfaceChoice.All if self._host in ANY else [addresses[0]]
        zeroconf = AsyncZeroconf(interfaces=interfaces)
        try:
            for kind in self.ports:
                info = self._info(kind, addresses)
                await (await zeroconf.async_register_service(info, allow_name_change=True))
            await asyncio.Event().wait()
        finally:
            await asyncio.wait_for(zeroconf.async_close(), FAREWELL_S)

    def _info(self, kind: str, addresses: list[str]) -> AsyncServiceInfo:
        return AsyncServiceInfo(
            kind,
            self.name(kind),
            port=self.ports[kind],
            properties={"txtvers": "1"},
            server=f"{_host()}.local.",
            parsed_addresses=addresses,
        )

    def name(self, kind: str) -> str:
        """What we are called, unless another one is called so already."""
        return f"smfosc {_host()}.{kind}"

    def addresses(self) -> Iterator[str]:
        """Where we can be reached: the address we listen at, or all of the machine's."""
        if self._host not in ANY:
            yield socket.getaddrinfo(self._host, None)[0][4][0]  # type: ignore[misc]
            return
        for adapter in ifaddr.get_adapters():
            for found in adapter.ips:
                text = found.ip if isinstance(found.ip, str) else found.ip[0]
                address = ipaddress.ip_address(text)
                if not (address.is_loopback or address.is_link_local):
                    yield str(address)


def _host() -> str:
    return socket.gethostname().partition(".")[0] or "smfosc"
