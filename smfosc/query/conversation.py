"""One WebSocket: commands in as text, OSC in both directions as binary frames.

The query thread, but for `SocketSource.send`, which the control thread calls.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from smfosc.names import shorten
from smfosc.osc import encode_reply
from smfosc.query.link import Link

MAX_FRAME = 65_536  # bytes of one message in, as of an OSC packet over UDP or TCP
MAX_LISTENS = 4_096  # addresses of one client
READY = 64  # messages that wait; with more, values wait until the newest can be told
MAX_UNSENT = 2_048  # messages that wait for a slow reader before we hang up
HEARTBEAT_S = 20.0  # a client that does not answer a ping in half of this is gone


class SocketSource:
    """A sender behind a WebSocket. address: the browser's host and port."""

    def __init__(self, loop: asyncio.AbstractEventLoop, address: Any, is_local: bool) -> None:
        self.address = address
        self.is_local = is_local
        self.overrun = False
        self.waiting: deque[bytes | str] = deque()
        self.woken = asyncio.Event()
        self._loop = loop

    def __str__(self) -> str:
        return f"ws {self.address[0]}:{self.address[1]}"

    @property
    def ready(self) -> bool:
        """Whether the client keeps up. Any thread."""
        return len(self.waiting) < READY

    def send(self, packet: bytes | str) -> None:
        """Send when the connection takes it. Any thread; never waits."""
        if len(self.waiting) >= MAX_UNSENT:
            self.overrun = True
        if self.overrun:
            return
        self.waiting.append(packet)
        if len(self.waiting) == 1:
            self._wake()

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self.woken.set)
        except RuntimeError:  # the loop has ended
            self.overrun = True


class Conversation:
    """A client's listening and speaking until it hangs up.

    knows: whether an address can be listened to.
    """

    def __init__(self, link: Link, knows: Callable[[str], bool], source: SocketSource) -> None:
        self._link = link
        self._knows = knows
        self._source = source
        self._listens: set[str] = set()

    async def run(self, socket: web.WebSocketResponse) -> None:
        """Until the socket is closed."""
        writer = asyncio.create_task(self._write(socket))
        try:
            async for message in socket:
                if message.type is WSMsgType.BINARY:
                    await self._link.perform(self._source, message.data)
                elif message.type is WSMsgType.TEXT:
                    await self._command(message.data)
        except TimeoutError:  # the control thread is busy or gone
            await socket.close(code=1013, message=b"the daemon does not answer")
        finally:
            writer.cancel()
            self._link.forget(self._source)

    async def _write(self, socket: web.WebSocketResponse) -> None:
        waiting = self._source.waiting
        try:
            while not self._source.overrun:
                await self._source.woken.wait()
                self._source.woken.clear()
                while waiting:
                    await _send(socket, waiting[0])
                    waiting.popleft()  # only now: who appends to an empty deque wakes us
        except (ConnectionError, RuntimeError):  # it has closed; the reader sees that too
            return
        await socket.close(code=1013, message=b"too slow")

    async def _command(self, text: str) -> None:
        """LISTEN and IGNORE; what is wrong is told as /fail."""
        try:
            given = json.loads(text)
            command, address = given["COMMAND"], given["DATA"]
        except (ValueError, TypeError, KeyError, RecursionError):
            self._fail(text, 'not a command; wanted {"COMMAND": "LISTEN", "DATA": "/address"}')
            return
        if command == "LISTEN" and isinstance(address, str):
            await self._listen(address)
        elif command == "IGNORE" and isinstance(address, str):
            self._listens.discard(address)
            await self._link.ignore(self._source, address)
        else:
            self._fail(text, "no such command; there are LISTEN and IGNORE, with an address")

    async def _listen(self, address: str) -> None:
        if len(self._listens) >= MAX_LISTENS:
            self._fail(address, f"{MAX_LISTENS} addresses are listened to already")
        elif not self._knows(address):
            self._fail(address, "no address with a value; VALUE tells which have one")
        else:
            self._listens.add(address)
            await self._link.listen(self._source, address)

    def _fail(self, what: str, reason: str) -> None:
        self._source.send(encode_reply("/fail", shorten(what, 80), reason))


async def _send(socket: web.WebSocketResponse, item: bytes | str) -> None:
    if isinstance(item, bytes):
        await socket.send_bytes(item)
    else:
        await socket.send_str(item)
