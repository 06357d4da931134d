"""Every address there is at the moment, and what it leads to; patterns are expanded here.

Control thread.
"""

from __future__ import annotations

from collections.abc import Iterable

from smfosc.pattern import Part, is_pattern, part_matches, split
from smfosc.voices import Route

MAX_EXPANSIONS = 256  # patterns whose addresses are remembered


class AddressSpace:
    """Routes by address. A look-up costs the same however many voices there are."""

    def __init__(self, routes: Iterable[tuple[str, Route]]) -> None:
        self.routes = dict(routes)
        self.get = self.routes.get
        self.version = 0  # rises with every change
        self._expansions: dict[str, list[str]] = {}

    def understands(self, address: str) -> bool:
        """Whether an address, or a pattern, leads anywhere. Raises PatternError."""
        return address in self.routes or (is_pattern(address) and bool(self.matching(address)))

    def matching(self, pattern: str) -> list[str]:
        """Addresses that a pattern matches, remembered until routes change. Raises PatternError."""
        found = self._expansions.get(pattern)
        if found is None:
            parts = split(pattern)
            routes = self.routes.items()
            found = [address for address, r in routes if r.row.patterns and fits(parts, address)]
            if len(self._expansions) >= MAX_EXPANSIONS:
                self._expansions.clear()
            self._expansions[pattern] = found
        return found

    def add(self, routes: Iterable[tuple[str, Route]]) -> None:
        """Let addresses lead somewhere."""
        self.routes.update(routes)
        self._changed()

    def remove(self, addresses: Iterable[str]) -> None:
        """Forget addresses."""
        for address in addresses:
            self.routes.pop(address, None)
        self._changed()

    def _changed(self) -> None:
        self.version += 1
        self._expansions.clear()

    def remove_below(self, start: str) -> None:
        """Forget all addresses that begin with `start`."""
        self.remove([address for address in self.routes if address.startswith(start)])


def fits(parts: tuple[Part, ...], address: str) -> bool:
    """Whether a split pattern matches an address."""
    given = address.split("/")
    return len(parts) == len(given) and all(map(part_matches, parts, given))
