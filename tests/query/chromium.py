"""Debian's Chromium, headless, and a daemon whose page it shows."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from parts import require_or_skip
from playing import Served, free_port

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]


@contextlib.contextmanager
def chromium() -> Iterator:
    require_or_skip(os.path.exists(CHROMIUM), "chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Played(Served):
    """A daemon with its page."""

    def __init__(self, *args: object, **more) -> None:
        self.http_port = free_port()
        super().__init__("--http-port", self.http_port, "--no-announce", *args, **more)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}/"
