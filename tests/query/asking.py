"""A server with OSCQuery in this process, and clients that ask it."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from live_server import LiveServer, live_server

from smfosc.models import Models
from smfosc.osc import Message, decode, encode_message
from smfosc.query.service import QueryService, QuerySettings


class Asked:
    """One running daemon: `live` plays, `query` answers."""

    def __init__(self, live: LiveServer, query: QueryService) -> None:
        self.live = live
        self.query = query
        self.port = query.port

    def get(self, target: str, *, method: str = "GET", **headers: str) -> tuple[int, Any, dict]:
        """(status, JSON or bytes, headers) of one request; `_` in a header's name stands for -."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, target, headers=sent)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        told = dict(answer.headers)
        is_json = told.get("Content-Type", "").startswith("application/json")
        return answer.status, json.loads(body) if is_json and body else body, told

    def node(self, target: str) -> Any:
        """The JSON of a request that succeeds."""
        status, answer, _ = self.get(target)
        assert status == 200, answer
        return answer

    def talk(self, scenario: Callable[[Talker], Awaitable[None]], **headers: str) -> None:
        """Run a scenario with a WebSocket."""

        async def run() -> None:
            async with aiohttp.ClientSession(headers=headers) as session:
                url = f"http://127.0.0.1:{self.port}/"
                async with session.ws_connect(url, max_msg_size=0) as socket:
                    await scenario(Talker(socket))

        asyncio.run(run())


class Talker:
    """A client at its end of a WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def command(self, command: str, data: Any) -> None:
        await self.socket.send_str(json.dumps({"COMMAND": command, "DATA": data}))

    async def send(self, address: str, *arguments: Any) -> None:
        await self.socket.send_bytes(encode_message(address, *arguments))

    async def next(self, timeout_s: float = 5.0) -> Message | dict | None:
        """A message, a command, or None when the socket has closed."""
        heard = await self.socket.receive(timeout=timeout_s)
        if heard.type is aiohttp.WSMsgType.BINARY:
            (message,) = decode(heard.data)
            return message
        return json.loads(heard.data) if heard.type is aiohttp.WSMsgType.TEXT else None

    async def until(self, wanted: Callable[[Any], bool], timeout_s: float = 5.0) -> Any:
        """The first thing heard that is wanted."""
        async with asyncio.timeout(timeout_s):
            while not wanted(heard := await self.next()):
                assert heard is not None, "the socket has closed"
        return heard

    async def hears_nothing(self, seconds: float = 0.3) -> bool:
        try:
            await self.next(seconds)
        except TimeoutError:
            return True
        return False


@contextlib.contextmanager
def asked_server(folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> Iterator[Asked]:
    """A running server whose OSCQuery listens on a port of its own."""
    with live_server(folder, monkeypatch) as live:
        given = {"announce": False, **settings}
        query = QueryService(QuerySettings("127.0.0.1", 0, **given), live.server, Models())
        query.start(live.commands)
        try:
            yield Asked(live, query)
        finally:
            query.stop()
