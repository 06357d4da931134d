"""Debian's Chromium, headless, for tests of pages."""

from contextlib import contextmanager
from pathlib import Path

from parts import require_or_skip

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]


@contextmanager
def browser():
    """A running browser; the caller opens pages."""
    require_or_skip(CHROMIUM.is_file(), "chromium (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield running
        running.close()


@contextmanager
def opened_page(running, path):
    """The page of a file; what it complains of, and every request it makes, fails the test."""
    page = running.new_page(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda text: complaints.append(text.text) if text.type == "error" else None)
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(("file:", "data:", "blob:"))
            else complaints.append(request.url)
        ),
    )
    page.goto(path.as_uri())
    yield page
    page.close()
    assert complaints == []
