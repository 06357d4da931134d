"""A daemon whose page a browser shows."""

from __future__ import annotations

from playing import Served, free_port


class Played(Served):
    """A daemon with its page."""

    def __init__(self, *args: object, **more) -> None:
        self.http_port = free_port()
        super().__init__("--http-port", self.http_port, "--no-announce", *args, **more)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}/"
