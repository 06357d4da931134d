"""The way of a message: now or when its frame is due, to one route, to several, or to none.

Control thread. When things happen:

- A message is performed when its frame is at most HORIZON_S ahead; before that it waits.
- What sounds goes to the engine at once with its frame. Control actions, and what is for a
  voice after its `/voice/free`, wait until an immediate message would have that frame. `get`
  waits until that frame has sounded, so a value that was set before is the value told.
- A voice that is being made, or is getting a new model, takes a while. Messages to it, by
  whomever, that have no meaning yet wait in order (roster.py) and are performed when it is there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from smfosc.arguments import Refused
from smfosc.groups import START as GROUP
from smfosc.groups import Groups
from smfosc.names import shorten
from smfosc.osc import Element, Malformed, Message
from smfosc.pattern import PatternError, is_pattern
from smfosc.replies import Replies, Source
from smfosc.roster import Held, Roster, listed
from smfosc.schedule import Agenda
from smfosc.surroundings import Now
from smfosc.voices import Call, Route

if TYPE_CHECKING:
    from smfosc.address_space import AddressSpace
    from smfosc.engine import Engine
    from smfosc.hosts.peers import Peers

logger = logging.getLogger(__name__)

# How far ahead of their frame messages are performed. When audio begins to run freely, some
# 100 times as fast as time, the loop has this / 100 to notice it and hand over everything.
HORIZON_S = 4.0

LATEST = 1 << 64  # a frame beyond all frames


class _Waiting(NamedTuple):
    """A message that waits for its frame."""

    message: Message
    source: Source | None


class Dispatch:
    """Where time stands, what waits for it, and whom a message means.

    performed: called after every message that was. peers: the other hosts, if there are any.
    """

    def __init__(
        self,
        engine: Engine,
        space: AddressSpace,
        roster: Roster,
        groups: Groups,
        *,
        replies: Replies,
        allows_remote: bool,
        performed: Callable[[Route, Call], None],
    ) -> None:
        self.now = Now(0, 0, 0)
        self.peers: Peers | None = None
        self._reach = round(HORIZON_S * engine.samplerate)  # frames to the horizon
        self._engine = engine
        self._space = space
        self._roster = roster
        self._groups = groups
        self._replies = replies
        self._allows_remote = allows_remote
        self._performed = performed
        self._sounding: Agenda[_Waiting] = Agenda()
        self._controlling: Agenda[_Waiting] = Agenda()
        self._reading: Agenda[Call] = Agenda()
        self._leaving: dict[str, int] = {}  # voices that wait to be freed, and at which frame

    # --- time -----------------------------------------------------------------------------

    @property
    def horizon(self) -> int:
        """The last frame whose messages are performed now."""
        return self.now.present + self._reach

    def advance(self, now: Now) -> None:
        """Move time on and perform what has become due."""
        self.now = now
        self._reach = LATEST if now.free else round(HORIZON_S * self._engine.samplerate)
        for frame, waiting in self._sounding.due(self.horizon):
            self._perform(waiting.message, waiting.source, frame)
        for frame, waiting in self._controlling.due(now.present):
            self._perform(waiting.message, waiting.source, frame)

    def answer(self) -> None:
        """Answer what was asked of frames that have sounded."""
        rendered = self.now.rendered
        for _, call in self._reading.due(LATEST if rendered is None else rendered - 1):
            self._answer(call)

    def next_due(self) -> int | None:
        """The frame of the next control action that waits; None when none does."""
        return self._controlling.next_frame()

    @property
    def answers_wait(self) -> bool:
        """Whether anything waits for its frame to have sounded."""
        return len(self._reading) > 0

    @property
    def sounds_wait(self) -> bool:
        """Whether anything waits beyond the horizon."""
        return len(self._sounding) > 0

    def ahead(self, frame: int) -> int | None:
        """A frame that is still to come; None, as soon as can be, for what is immediate."""
        return frame if frame > self.now.present else None

    def clear(self) -> int:
        """Forget what waits for its time; how many messages."""
        self._leaving.clear()
        return self._sounding.clear() + self._controlling.clear()

    def move_to(self, engine: Engine) -> None:
        """Go on with another engine, whose frames are others."""
        self.clear()
        self._reading.clear()
        self._engine = engine
        self._reach = round(HORIZON_S * engine.samplerate)

    # --- messages -------------------------------------------------------------------------

    def handle(self, element: Element, source: Source | None, frame: int) -> None:
        """Perform a message at `frame`, or keep it until then. Never raises."""
        if isinstance(element, Malformed):
            self._replies.fail(source, element.address, element.reason)
        elif self._goes_elsewhere(element, source):
            pass
        elif frame > self.horizon:
            self._keep(self._sounding, element, source, frame)
        else:
            self._perform(element, source, frame)

    def wait(self, message: Message, source: Source | None, frame: int) -> None:
        """Keep a control action until its frame."""
        self._keep(self._controlling, message, source, frame)

    def stays(self, name: str) -> None:
        """A voice that was to leave has left, or never came."""
        self._leaving.pop(name, None)

    def _goes_elsewhere(self, message: Message, source: Source | None) -> bool:
        """Pass on what other hosts' voices shall hear; True when it means none of ours."""
        if self.peers is None or not self.peers.take(message, source):
            return False
        try:
            if message.address == "/voice/free":
                return True
            if message.address.startswith(GROUP):
                return not self._groups.addresses(message.address)
            return not any(True for _ in self._meant_here(message.address))
        except (Refused, PatternError):
            return True

    def _meant_here(self, address: str) -> Iterable[str]:
        if is_pattern(address):
            return self._space.matching(address)
        return [address] if self._space.get(address) is not None else []

    def _keep(
        self, agenda: Agenda[_Waiting], message: Message, source: Source | None, frame: int
    ) -> None:
        if not agenda.add(frame, _Waiting(message, source)):
            self._replies.fail(source, message.address, f"{len(agenda)} messages wait already")
        elif message.address == "/voice/free" and agenda is self._controlling:
            name = "".join(map(str, message.arguments[:1]))
            self._leaving[name] = min(frame, self._leaving.get(name, LATEST))

    def _perform(self, message: Message, source: Source | None, frame: int) -> None:
        """Find what the address leads to: one route, several by a pattern, or none."""
        route = self._space.get(message.address)
        if route is not None:
            self._dispatch(route, message, source, frame)
            return
        if message.address.startswith(GROUP):
            self._say_to_group(message, source, frame)
            return
        held = self._roster.hold(Held(message, source, frame))
        if not self._expand(message, source, frame) and not held:
            self._replies.fail(source, message.address, self._why_unknown(message.address))

    def _say_to_group(self, message: Message, source: Source | None, frame: int) -> None:
        try:
            addresses = self._groups.addresses(message.address)
        except Refused as refused:
            self._replies.fail(source, message.address, str(refused))
            return
        for address in addresses:
            self._perform(message._replace(address=address), source, frame)

    def perform_held(self, held: Held) -> None:
        """Perform what waited for a voice; what is past acts now."""
        self._perform(held.message, held.source, max(held.frame, self.now.earliest))

    def _expand(self, message: Message, source: Source | None, frame: int) -> bool:
        """Perform the message at every address that its pattern matches; False if at none."""
        if not is_pattern(message.address):
            return False
        try:
            addresses = self._space.matching(message.address)
        except PatternError as error:
            self._replies.fail(source, message.address, str(error))
            return True
        for address in addresses:
            route = self._space.get(address)
            if route is not None:  # one before it may have freed its voice
                self._dispatch(route, message._replace(address=address), source, frame)
        return bool(addresses)

    def _dispatch(self, route: Route, message: Message, source: Source | None, frame: int) -> None:
        """Call the route now, or when its kind of action is due."""
        timing = route.row.timing
        if frame > self.now.present and (timing == "control" or self._leaves(message, frame)):
            self._keep(self._controlling, message, source, frame)
            return
        call = Call(message.address, message.arguments, source, max(frame, 0))
        if timing == "read":
            # What was sent before acts in the next block at the latest, late as it may be.
            clock = self._engine.clock()
            heard = max(frame, clock.frame + clock.blocksize) + self._engine.delay_frames
            if not self._reading.add(heard, call):
                self._replies.fail(source, message.address, "too many questions wait already")
            return
        if timing == "sound" and frame < self.now.earliest:
            late_ms = (self.now.earliest - frame) * 1000.0 / self._engine.samplerate
            self._replies.late(source, message.address, late_ms)
        self._call(route, call)

    def _leaves(self, message: Message, frame: int) -> bool:
        """Whether the voice that a message means is to be freed before: it means the next one."""
        if not self._leaving:
            return False
        _, _, name, *leaf = [*message.address.split("/", 3), ""]
        return bool(leaf) and frame >= self._leaving.get(name, LATEST)

    def _answer(self, call: Call) -> None:
        route = self._space.get(call.address)
        if route is None:  # its voice has gone since
            self._replies.fail(call.source, call.address, self._why_unknown(call.address))
        else:
            self._call(route, call)

    def _call(self, route: Route, call: Call) -> None:
        try:
            self._check_host(route, call.source)
            route(call, self._replies)
            self._performed(route, call)
        except Refused as refused:
            self._replies.fail(call.source, call.address, str(refused))
        except Exception as error:  # a defect of ours must not silence the daemon
            logger.exception("%s %s", call.address, call.arguments)
            self._replies.fail(call.source, call.address, f"internal error: {error!r}")

    def _check_host(self, route: Route, source: Source | None) -> None:
        if source is None or source.is_local or not route.row.local:
            return
        if not self._allows_remote:
            raise Refused("not from another host; start the daemon with --allow-remote-control")

    def _why_unknown(self, address: str) -> str:
        if is_pattern(address):
            return "the pattern matches no address"
        parts = address.split("/")
        if len(parts) <= 3 or parts[1] != "voice":
            return "no such address; /voice/list and `smfosc addresses` tell what there is"
        voice = self._roster.voices.get(parts[2])
        if voice is None:
            return self._roster.why_not_there(parts[2])
        names = listed(parameter.name for parameter in voice.parameters)
        what = shorten("/".join(parts[3:]))
        return f"voice {voice.name} ({voice.model.info.name}) has no {what!r}; parameters: {names}"
