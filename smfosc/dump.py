"""/dumpOSC: incoming messages on the terminal, so many per tick. Control thread."""

from __future__ import annotations

from smfosc.osc import IMMEDIATELY, Element, Malformed
from smfosc.replies import Source

MAX_LINES = 200  # per tick; of more only the number is told


class Dump:
    """Prints messages while its level is not 0."""

    def __init__(self) -> None:
        self.level = 0
        self._printed = 0

    def tick(self) -> None:
        """Another quarter of a second begins."""
        if self._printed > MAX_LINES:
            print(f"and {self._printed - MAX_LINES} more messages", flush=True)
        self._printed = 0

    def show(self, source: Source, element: Element) -> None:
        """Print a message, if that is wanted."""
        if not self.level:
            return
        self._printed += 1
        if self._printed <= MAX_LINES:
            print(f"{source}: {_words(element)}", flush=True)


def _words(element: Element) -> str:
    if isinstance(element, Malformed):
        return f"{element.address}: {element.reason}"
    words = " ".join([element.address, *map(repr, element.arguments)])
    return words + ("" if element.timetag <= IMMEDIATELY else f" @{element.timetag:#x}")
