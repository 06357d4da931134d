"""What a daemon opens as it starts: sockets, models, the other hosts, OSCQuery, signals.

Control thread. What cannot be opened is told in one line.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from smfosc.config import Config, QueryConfig
from smfosc.guard import Guard
from smfosc.hosts.membership import Membership
from smfosc.server import Server

if TYPE_CHECKING:
    from smfosc.commands import Commands
    from smfosc.ensemble import Ensemble
    from smfosc.health import Health
    from smfosc.models import Models
    from smfosc.query.service import QueryService
    from smfosc.serve_settings import ServeSettings


class DaemonError(Exception):
    """A daemon that cannot start; the text says why."""


def guard_of(config: Config) -> Guard:
    """Who is heard, and how much."""
    limits = config.limits
    return Guard(config.osc.allow, limits.message_bytes, limits.messages_per_s)


def open_server(config: Config) -> Server:
    """UDP and TCP. Raises DaemonError where the port is taken."""
    host, port = config.osc.host, config.osc.port
    try:
        return Server(host, port, guard=guard_of(config))
    except OSError as error:
        raise DaemonError(
            f"{host}:{port}: {error.strerror or error};"
            " is another smfosc running? --port changes it"
        ) from None


def prepare(models: Models, config: Config) -> None:
    """What [models] says; they are loaded before anything plays. Raises ModelFileError."""
    models.engines |= {model.name: model.engine for model in config.models}
    models.precisions |= {m.name: m.precision for m in config.models if m.precision}
    for model in config.models:
        if model.file:
            models.give(Path(model.file), model.name)
        models.load(model.name)


class NoQuery:
    """The place of a QueryService that is switched off or has no port. reason: which."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def describe(self) -> str:
        """A line for the terminal."""
        return self._reason

    def start(self, commands: Commands, read_health: Callable[[], Health]) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""


def open_membership(settings: ServeSettings, server: Server) -> Membership:
    """What being one of several hosts takes. Raises DaemonError."""
    try:
        return Membership(settings.config, settings.host_name, server)
    except OSError as error:
        name, osc = settings.host_name or "alone", settings.config.osc
        reason = f"{error.strerror or error}; is {osc.host} an address of this machine?"
        raise DaemonError(f"host {name}, multicast {osc.multicast or 'none'}: {reason}") from None


def open_query(
    config: Config, server: Server, models: Models, membership: Membership
) -> QueryService | NoQuery:
    """OSCQuery. A second daemon's default port is taken: that one plays without it."""
    query, host = config.query, config.osc.host
    if not query.enabled:
        return NoQuery("off (--http switches it on)")
    from smfosc.query.service import QueryService, QuerySettings  # its libraries take 0.3 s

    settings = QuerySettings(host, query.port, query.announce, query.names.split())
    try:
        return QueryService(settings, server, models, membership.peers.voices)
    except OSError as error:
        reason = f"{host}:{query.port}: {error.strerror or error}; --http-port changes it"
        if query.port == QueryConfig().port:
            return NoQuery(f"off: {reason}")
        raise DaemonError(reason) from None


@contextlib.contextmanager
def minding_signals(server: Server, ensemble: Ensemble) -> Iterator[None]:
    """SIGINT and SIGTERM end the loop, SIGHUP reloads; what was there before is put back."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: server.stop()) for number in numbers}
    if hasattr(signal, "SIGHUP"):
        reload = signal.signal(signal.SIGHUP, lambda *_: server.post(ensemble.reload))
        before[signal.SIGHUP] = reload
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
