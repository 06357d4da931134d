"""Between the query thread and the control thread: what each asks of the other.

Nothing here waits for the other side, and nothing piles up: a look at the values is shared
by all who ask within a turn, and packets on their way are counted (IN_FLIGHT).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from smfosc.feedback import RATE_HZ
from smfosc.model_file import ModelInfo
from smfosc.observation import Values, meters, other_forms
from smfosc.replies import Source
from smfosc.voices import Route

if TYPE_CHECKING:
    from smfosc.commands import Commands
    from smfosc.server import Server

T = TypeVar("T")

IN_FLIGHT = 64  # packets of all browsers: some 2 ms of the control thread's time
ANSWER_S = 2.0  # the control thread answers within milliseconds, or something is wrong


@dataclass(frozen=True)
class Standing:
    """How everything stands. routes, voices, groups: of that version of the address space."""

    version: tuple[int, int]  # of the address space and of the groups
    routes: Mapping[str, Route]
    voices: Mapping[str, ModelInfo]
    values: Values
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Link:
    """Asks the control thread. Methods are called on the query thread's loop."""

    def __init__(self, server: Server, commands: Commands) -> None:
        self._server = server
        self._commands = commands
        self._standing = Standing((-1, -1), {}, {}, {})
        self._read_s = 0.0
        self._looking: asyncio.Future[Standing] | None = None
        self._room = asyncio.Semaphore(IN_FLIGHT)

    async def standing(self) -> Standing:
        """How everything stands, not older than a turn. Raises TimeoutError."""
        if time.monotonic() - self._read_s < 1.0 / RATE_HZ:
            return self._standing
        if self._looking is None or self._looking.done():
            self._looking = self._ask(self._look)
        looking = self._looking
        try:
            async with asyncio.timeout(ANSWER_S):
                standing = await asyncio.shield(looking)
        except TimeoutError:
            self._looking = None  # ask anew; this answer may never come
            raise
        if looking is self._looking:
            self._standing, self._read_s = standing, time.monotonic()
        return standing

    def outdate(self) -> None:
        """Voices have come or gone: what was read before is not how things stand."""
        self._looking, self._read_s = None, -1.0

    async def perform(self, source: Source, packet: bytes) -> None:
        """Have a packet performed; returns when it has been. Raises TimeoutError."""
        await self._have(lambda: self._server.receive(source, packet))

    async def listen(self, source: Source, address: str) -> None:
        """Have a source told an address's values. Raises TimeoutError."""
        await self._have(lambda: self._server.feedback.listen(source, address))

    async def ignore(self, source: Source, address: str) -> None:
        """Have it told no more. Raises TimeoutError."""
        await self._have(lambda: self._server.feedback.ignore(source, address))

    def forget(self, source: Source) -> None:
        """It is gone."""
        self._server.post(lambda: self._server.forget(source))

    async def _have(self, call: Callable[[], None]) -> None:
        """Have something done when there is room for it."""
        async with self._room, asyncio.timeout(ANSWER_S):
            await self._ask(call)

    async def read(self, call: Callable[[], T]) -> T:
        """What a call on the control thread gives. Raises TimeoutError."""
        async with asyncio.timeout(ANSWER_S):
            return await self._ask(call)

    def _ask(self, call: Callable[[], T]) -> asyncio.Future[T]:
        """Call on the control thread."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def answer() -> None:
            try:
                result = call()
            except Exception as error:  # the control thread goes on; the request fails
                loop.call_soon_threadsafe(_settle, future.set_exception, future.done, error)
            else:
                loop.call_soon_threadsafe(_settle, future.set_result, future.done, result)

        self._server.post(answer)
        return future

    def _look(self) -> Standing:
        """Control thread."""
        commands, space, known = self._commands, self._commands.space, self._standing
        values = commands.observe()
        values.update(other_forms(commands.voices.values(), values))
        values.update(meters(commands.voices.values(), self._server.engine))
        version = space.version, commands.groups.version
        if version == known.version:
            return replace(known, values=values)
        voices = {voice.name: voice.model.info for voice in commands.voices.values()}
        groups = dict(commands.groups.members)
        return Standing(version, dict(space.routes), voices, values, groups)


def _settle(settle: Callable[[Any], None], is_done: Callable[[], bool], outcome: Any) -> None:
    if not is_done():
        settle(outcome)
