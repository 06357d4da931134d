"""HTTP: nodes and attributes as JSON, the page to play and its files. The query thread."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from smfosc.query.conversation import HEARTBEAT_S, MAX_FRAME, Conversation, SocketSource
from smfosc.query.group_nodes import place_groups
from smfosc.query.link import Link, Standing
from smfosc.query.monitoring import PATHS as MONITORED
from smfosc.query.monitoring import Monitoring
from smfosc.query.tree import ATTRIBUTES, Node, adopt, attribute, build, write
from smfosc.query.visitors import SECURITY_HEADERS, content_policy, why_not

EXTENSIONS = {name: True for name in ATTRIBUTES if name not in ("FULL_PATH", "CONTENTS")} | {
    "EXTENDED_TYPE": False,
    "HTML": True,
    "LISTEN": True,
    "IGNORE": True,
    "PATH_ADDED": True,
    "PATH_REMOVED": True,
    "PATH_CHANGED": True,
    "PATH_RENAMED": False,  # nothing here changes its name
}
PAGE_TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
MAX_SOCKETS = 32  # WebSockets at once


@dataclass(frozen=True)
class Place:
    """Where OSC is heard, and who may ask. osc_host: None when it is all of the machine's."""

    name: str
    osc_host: str | None
    osc_port: int
    names: frozenset[str]
    is_local: Callable[[Any], bool]
    models: Callable[[], Sequence[str]]
    elsewhere: Callable[[], Mapping[str, Node]] = dict  # voices of other hosts


class Answers:
    """Answers requests. One object for the life of the daemon."""

    def __init__(self, link: Link, place: Place, monitoring: Monitoring | None = None) -> None:
        self._monitoring = monitoring
        self.sources: set[SocketSource] = set()
        self._link = link
        self._place = place
        self._tree = Node("/")
        self._made_of: tuple[object, ...] = ()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Any request to any path."""
        refused = why_not(request.headers, self._place.names)
        if refused is not None:
            return refusal(403, refused)
        if request.method not in ("GET", "HEAD"):
            return refusal(405, f"{request.method}: there is only GET; OSC sets values")
        if self._monitoring is not None and request.path in MONITORED:
            return await self._monitoring.answer(request)
        try:
            if request.headers.get("Upgrade", "").lower() == "websocket":
                return await self._converse(request)
            return await self._answer(request)
        except TimeoutError:
            return refusal(408, "the daemon does not answer in time")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        asked = [unquote(part).partition("=")[0] for part in request.query_string.split("&")]
        asked = [name for name in asked if name]
        if "HOST_INFO" in asked:
            return as_json(json.dumps(self._host_info(request)))
        if request.path.startswith("/page/"):
            return page_file(request, request.path.removeprefix("/page/"))
        if "HTML" in asked or (request.path == "/" and not asked and _wants_page(request)):
            return page_file(request, "index.html")
        standing = await self._link.standing()
        node = self.tree(standing).find(request.path)
        if node is None:
            return refusal(404, f"{request.path[:200]}: no such container or method")
        if not asked:
            return as_json("".join(write(node, standing.values)))
        return attributes(node, asked, standing)

    def tree(self, standing: Standing) -> Node:
        """The tree of that standing; built anew when voices or models have changed."""
        elsewhere = self._place.elsewhere()
        models = list(self._place.models())
        made_of = standing.version, models, [(name, id(node)) for name, node in elsewhere.items()]
        if made_of != self._made_of:
            self._tree = build(standing.routes, standing.voices, models)
            adopt(self._tree, elsewhere)
            place_groups(self._tree, standing.groups)
            self._made_of = made_of
        return self._tree

    def _host_info(self, request: web.Request) -> dict[str, Any]:
        own = request.transport.get_extra_info("sockname") if request.transport else None
        host, port = (own or ("127.0.0.1", 0))[:2]
        return {
            "NAME": self._place.name,
            "EXTENSIONS": EXTENSIONS,
            "OSC_IP": self._place.osc_host or host,
            "OSC_PORT": self._place.osc_port,
            "OSC_TRANSPORT": "UDP",
            "WS_IP": host,
            "WS_PORT": port,
        }

    async def _converse(self, request: web.Request) -> web.StreamResponse:
        if len(self.sources) >= MAX_SOCKETS:
            return refusal(503, f"{MAX_SOCKETS} WebSockets are open already")
        socket = web.WebSocketResponse(
            max_msg_size=MAX_FRAME, heartbeat=HEARTBEAT_S, compress=False, timeout=1.0
        )
        if not _shakes_hands(socket, request):
            return refusal(400, "no WebSocket handshake")
        peer = request.transport.get_extra_info("peername") if request.transport else None
        address = peer or ("127.0.0.1", 0)
        source = SocketSource(asyncio.get_running_loop(), address, self._place.is_local(address))
        self.sources.add(source)  # first: who has shaken hands misses no news
        try:
            await socket.prepare(request)
            self.tree(await self._link.standing())
            await Conversation(self._link, self._can_be_heard, source).run(socket)
        finally:
            self.sources.discard(source)
        return socket

    def _can_be_heard(self, address: str) -> bool:
        node = self._tree.find(address)
        return node is not None and node.path == address and node.readable

    def news(self, paths: Sequence[tuple[str, str]]) -> None:
        """Tell all who are connected of paths that came, went or changed: (command, path)."""
        self._link.outdate()
        for command, path in paths:
            told = json.dumps({"COMMAND": command, "DATA": path})
            for source in self.sources:
                source.send(told)


def _shakes_hands(socket: web.WebSocketResponse, request: web.Request) -> bool:
    """Whether a request begins a WebSocket; its key may hold anything (aiohttp trusts it)."""
    try:
        return bool(socket.can_prepare(request))
    except ValueError:
        return False


def attributes(node: Node, asked: Sequence[str], standing: Standing) -> web.Response:
    """Some attributes of one node: 400 for one that we do not know, 204 if it has none."""
    unknown = [name for name in asked if name not in ATTRIBUTES]
    if unknown:
        return refusal(
            400, f"{unknown[0][:80]!r} is no attribute; there are {' '.join(ATTRIBUTES)}"
        )
    found = {name: attribute(node, name, standing.values) for name in asked}
    told = [f'"{name}":{text}' for name, text in found.items() if text is not None]
    if not told:
        return web.Response(status=204, headers=SECURITY_HEADERS)
    return as_json("{" + ",".join(told) + "}")


def page_file(request: web.Request, name: str) -> web.Response:
    """A file of the page; nothing else on the disk can be asked for."""
    kind = "text/html" if name == "index.html" else PAGE_TYPES.get(name.rpartition(".")[2])
    file = resources.files("smfosc") / "page" / name
    if kind is None or "/" in name or "\\" in name or not file.is_file():
        return refusal(404, f"/page/{name[:80]}: no such file of the page")
    policy = {"Content-Security-Policy": content_policy(request.host)}
    return web.Response(
        body=file.read_bytes(),
        content_type=kind,
        charset="utf-8",
        headers=SECURITY_HEADERS | policy,
    )


def as_json(text: str) -> web.Response:
    """An answer of OSCQuery."""
    return web.Response(text=text, content_type="application/json", headers=SECURITY_HEADERS)


def refusal(status: int, reason: str) -> web.Response:
    """What is wrong, for people and programs."""
    headers = SECURITY_HEADERS | ({"Allow": "GET, HEAD"} if status == 405 else {})
    text = json.dumps({"ERROR": reason}, ensure_ascii=False)
    return web.Response(text=text, status=status, content_type="application/json", headers=headers)


def _wants_page(request: web.Request) -> bool:
    return "text/html" in request.headers.get("Accept", "")
