"""OSCQuery as a part of the daemon: a socket, a thread with its loop, and announcements.

The control thread makes, starts and stops it. What happens here holds up neither the
control thread nor the audio: requests are answered from copies (see link.py), connections,
headers and messages are bounded, and slow clients are left behind.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakSet

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from smfosc.query.announcement import Announcement
from smfosc.query.http import Answers, Place, refusal
from smfosc.query.link import Link
from smfosc.query.monitoring import Monitoring
from smfosc.query.path_news import path_news
from smfosc.query.tree import Node
from smfosc.query.visitors import own_names
from smfosc.replies import Sendable
from smfosc.udp import is_own_address

if TYPE_CHECKING:
    from smfosc.commands import Commands
    from smfosc.health import Health
    from smfosc.models import Models
    from smfosc.server import Server

logger = logging.getLogger(__name__)
http_logger = logging.getLogger(f"{__name__}.http")

MAX_CONNECTIONS = 128
MAX_HEADER = 4_096  # bytes of one header, and of the request line
FIRST_REQUEST_S = 10.0  # a connection that has not asked anything by then is closed
KEEPALIVE_S = 15.0
MODELS_S = 2.0  # how often the model folders are looked at
STOP_S = 5.0


@dataclass(frozen=True)
class QuerySettings:
    """host, port: where HTTP listens. names: host names for browsers, beside our own."""

    host: str
    port: int
    announce: bool = True
    names: Sequence[str] = ()


class QueryService:
    """HTTP and WebSocket on their own thread. Raises OSError when the port is taken."""

    def __init__(
        self,
        settings: QuerySettings,
        server: Server,
        models: Models,
        elsewhere: Callable[[], Mapping[str, Node]] = dict,
    ) -> None:
        self._elsewhere = elsewhere
        self._settings = settings
        self._server = server
        self._models = models
        self._listed: tuple[float, list[str]] = (-MODELS_S, [])
        self._socket = _listen(settings.host, settings.port)
        self._loop = asyncio.new_event_loop()
        self._asked: WeakSet[asyncio.BaseTransport] = WeakSet()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="smfosc-query", daemon=True)

    @property
    def port(self) -> int:
        """The port in use."""
        return int(self._socket.getsockname()[1])

    def describe(self) -> str:
        """A line for the terminal."""
        host = self._settings.host
        shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host
        shown = f"[{shown}]" if ":" in shown else shown
        return f"OSCQuery and a page to play at http://{shown}:{self.port}/"

    def start(self, commands: Commands, read_health: Callable[[], Health] | None = None) -> None:
        """Begin to answer. read_health: what /health and /metrics tell; None: there are none."""
        self._commands = commands
        link = Link(self._server, commands)
        monitoring = Monitoring(link, read_health) if read_health is not None else None
        self._answers = Answers(link, self._place(), monitoring)
        self._thread.start()
        self._server.hear_news(self._pass_on)

    def stop(self) -> None:
        """Close all connections. Safe to call twice, and before start."""
        if self._thread.is_alive():
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join(STOP_S)
        self._socket.close()
        if not self._loop.is_running():
            self._loop.close()

    def _place(self) -> Place:
        host = self._server.udp.socket.getsockname()[0]
        family = self._socket.family
        return Place(
            name="smfosc",
            osc_host=None if host in ("0.0.0.0", "::") else host,
            osc_port=self._server.port,
            names=own_names(self._settings.names),
            is_local=lambda address: is_own_address(family, address),
            models=self._model_names,
            elsewhere=self._elsewhere,
        )

    def _model_names(self) -> list[str]:
        read_s, names = self._listed
        if time.monotonic() - read_s >= MODELS_S:
            names = self._models.names()
            self._listed = time.monotonic(), names
        return names

    def _pass_on(self, address: str, *arguments: Sendable) -> None:
        """Control thread."""
        name = arguments[0] if arguments else None
        paths = list(path_news(address, name, self._commands.groups.members))
        if paths:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._answers.news, paths)

    # --- the query thread -----------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except Exception:  # the instrument plays on without it
            logger.exception("OSCQuery has ended")

    async def _serve(self) -> None:
        app = web.Application(middlewares=[self._note], client_max_size=0)
        app.router.add_route("*", "/{path:.*}", self._answers.handle)
        runner = web.AppRunner(
            app,
            access_log=None,
            logger=http_logger,
            handle_signals=False,
            keepalive_timeout=KEEPALIVE_S,
            lingering_time=1.0,
            max_line_size=MAX_HEADER,
            max_field_size=MAX_HEADER,
            shutdown_timeout=0.5,
        )
        await runner.setup()
        listening = await self._loop.create_server(self._protocol(runner), sock=self._socket)
        announcement = Announcement(self._settings.host, self.port, self._server.port)
        announcing = asyncio.create_task(announcement.run()) if self._settings.announce else None
        try:
            await self._ended.wait()
        finally:
            listening.close()
            for source in self._answers.sources:
                source.overrun = True
                source.woken.set()
            await runner.cleanup()
            if announcing is not None:
                announcing.cancel()
                await asyncio.wait([announcing], timeout=STOP_S / 2)

    def _protocol(self, runner: web.AppRunner):  # type: ignore[no-untyped-def]
        """Makes the protocol of each connection; one too many is hung up on."""

        def make() -> asyncio.BaseProtocol:
            server = runner.server
            assert server is not None
            if len(server.connections) >= MAX_CONNECTIONS:
                return _HangUp()
            handler = server()
            self._loop.call_later(FIRST_REQUEST_S, self._hang_up_on_silence, handler)
            return handler

        return make

    def _hang_up_on_silence(self, handler: web.RequestHandler) -> None:
        transport = handler.transport
        if transport is not None and transport not in self._asked:
            transport.abort()

    @web.middleware
    async def _note(self, request, handler):  # type: ignore[no-untyped-def]
        """Remember who has asked something."""
        if request.transport is not None:
            self._asked.add(request.transport)
        if not self._hears(request):
            return refusal(403, "this host is not on the daemon's list")
        return await handler(request)

    def _hears(self, request: web.Request) -> bool:
        peer = request.transport.get_extra_info("peername") if request.transport else None
        if peer is None:  # it has gone
            return False
        return self._server.guard.hears(peer[0], is_own_address(self._socket.family, peer))


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a record tells of a defect; a request that is no HTTP is its sender's mistake."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)


http_logger.addFilter(_is_ours)


class _HangUp(asyncio.Protocol):
    """A connection beyond MAX_CONNECTIONS."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


def _listen(host: str, port: int) -> socket.socket:
    """A bound TCP socket of the host's first address, IPv4 before IPv6. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = min(found, key=lambda item: item[0] != socket.AF_INET)
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(64)
        bound.setblocking(False)
    except BaseException:
        bound.close()
        raise
    return bound
