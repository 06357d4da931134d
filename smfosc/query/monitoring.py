"""/health and /metrics beside OSCQuery, for whoever watches over installations. Query thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from smfosc.health import Health
from smfosc.metrics import exposition
from smfosc.query.link import Link
from smfosc.query.visitors import SECURITY_HEADERS

PATHS = ("/health", "/metrics")


class Monitoring:
    """Answers with a reading taken now. read: takes it, on the control thread."""

    def __init__(self, link: Link, read: Callable[[], Health]) -> None:
        self._link = link
        self._read = read

    async def answer(self, request: web.Request) -> web.Response:
        """200; for /health 503 when the daemon is not heard, or does not answer in time."""
        try:
            health = await self._link.read(self._read)
        except TimeoutError:
            silent = {"status": "failing", "failures": ["the control thread does not answer"]}
            return as_health(silent, 503)
        if request.path == "/metrics":
            body, content_type = exposition(health, request.headers.get("Accept", ""))
            headers = SECURITY_HEADERS | {"Content-Type": content_type}
            return web.Response(body=body, headers=headers)
        return as_health(health.as_dict(), 503 if health.failures else 200)


def as_health(told: Mapping[str, object], status: int) -> web.Response:
    """A JSON answer that no cache keeps."""
    return web.json_response(told, status=status, headers=SECURITY_HEADERS)
