"""Groups of voices: /group/NAME/REST is said to each of them as /voice/VOICE/REST.

Control thread. A voice that two groups of one pattern share is spoken to once. A group may
name voices that are not there yet; they belong to it when they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from smfosc.arguments import Refused
from smfosc.names import shorten, why_not_group, why_not_voice
from smfosc.pattern import PatternError, is_pattern, part_matches, split

if TYPE_CHECKING:
    from smfosc.osc import Value
    from smfosc.replies import Replies
    from smfosc.voices import Call

MAX_GROUPS = 256
MAX_TOLD = 1_000  # bytes of voices in one piece of news
News = Callable[..., None]
START = "/group/"


class Groups:
    """All groups by name, and the handlers of /group/....

    news: tells all who listen what came, changed or went.
    """

    def __init__(self, is_voice: Callable[[str], bool], replies: Replies, news: News) -> None:
        self.members: dict[str, tuple[str, ...]] = {}
        self.version = 0  # counts changes
        self._is_voice = is_voice
        self._replies = replies
        self._news = news

    def handlers(self) -> dict[str, Callable[..., None]]:
        """By the path of the table."""
        return {"/group/set": self._set, "/group/list": self._list}

    def replace(self, name: str, voices: Iterable[str]) -> None:
        """Make a group anew; without voices it goes."""
        members, before = tuple(dict.fromkeys(voices)), self.members.get(name, ())
        if members == before:
            return
        self.version += 1
        if members:
            self.members[name] = members
            told = shorten(" ".join(members), MAX_TOLD)
            self._news("/group.changed" if before else "/group.added", name, told)
        else:
            del self.members[name]
            self._news("/group.freed", name)

    def addresses(self, address: str) -> list[str]:
        """The addresses of voices that an address of groups stands for. Raises Refused."""
        name, _, leaf = address.removeprefix(START).partition("/")
        if not leaf:
            raise Refused(f"nothing is said to group {shorten(name)!r}; wanted /group/NAME/...")
        voices = [v for group in self._meant(name) for v in self.members[group]]
        there = [voice for voice in dict.fromkeys(voices) if self._is_voice(voice)]
        if not there:
            raise Refused(f"group {shorten(name)!r} has no voice that is there")
        return [f"/voice/{voice}/{leaf}" for voice in there]

    def _meant(self, name: str) -> list[str]:
        if not is_pattern(name):
            found = [name] if name in self.members else []
        else:
            found = self._matching(name)
        if not found:
            groups = ", ".join(self.members) or "none"
            raise Refused(f"no group {shorten(name)!r}; there are: {shorten(groups, 200)}")
        return found

    def _matching(self, pattern: str) -> list[str]:
        try:
            part = split(START + pattern)[-1]
        except PatternError as error:
            raise Refused(str(error)) from None
        return [group for group in self.members if part_matches(part, group)]

    def _set(self, call: Call, name: str, *voices: Value) -> None:
        if reason := why_not_group(name):
            raise Refused(f"group {reason}")
        given = call.arguments[1:]  # without the defaults that the check filled in
        for voice in given:
            reason = why_not_voice(voice) if isinstance(voice, str) else f"{voice!r} is no name"
            if reason:
                raise Refused(f"voice {shorten(reason, 100)}")
        if name not in self.members and len(self.members) >= MAX_GROUPS:
            raise Refused(f"{MAX_GROUPS} groups are there already")
        self.replace(name, map(str, given))
        self._replies.done(call.source, call.address, name, len(self.members.get(name, ())))

    def _list(self, call: Call) -> None:
        for name, voices in self.members.items():
            self._replies.reply(call.source, call.address, name, " ".join(voices))
        self._replies.done(call.source, call.address, len(self.members))
