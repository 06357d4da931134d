"""Which paths of the tree a piece of the daemon's news means, for PATH_ADDED and the like.

Any thread. A voice that comes, goes or gets another model changes its groups too: they
understand what it understands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

COMMANDS = {
    "/voice.added": "PATH_ADDED",
    "/voice.freed": "PATH_REMOVED",
    "/voice.model": "PATH_CHANGED",
    "/group.added": "PATH_ADDED",
    "/group.freed": "PATH_REMOVED",
    "/group.changed": "PATH_CHANGED",
}


def path_news(
    address: str, name: object, groups: Mapping[str, Collection[str]]
) -> Iterator[tuple[str, str]]:
    """The commands, each with its path. name: what the news are of; groups: their voices.

    >>> list(path_news("/voice.freed", "v1", {"low": ["v1"], "high": ["v2"]}))
    [('PATH_REMOVED', '/voice/v1'), ('PATH_CHANGED', '/group/low')]
    """
    if (command := COMMANDS.get(address)) is None:
        return
    kind = address[1:].partition(".")[0]
    yield command, f"/{kind}/{name}"
    if kind == "voice":
        yield from (
            ("PATH_CHANGED", f"/group/{g}") for g, voices in groups.items() if name in voices
        )
