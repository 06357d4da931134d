"""Feedback: whoever said `/notify 1` hears every value that moves, at the address that moves it.

The values are read from the engine, so whatever moved them is heard: messages of others,
ramps, notes, snapshots, scores. Latest wins: a value that moved twice between two turns is
told once, and no address is told more than 30 times per second to one client.

What a client itself says is not echoed: it is taken to know that value. While it keeps
moving an address it hears nothing of it, so that no fader is pulled from under a finger;
0.25 s after its last word it is told if the value is another one (clipped, moved by
others, or still on a ramp). A word on a parameter's other form (normalized, Hz) holds the
plain address too, whose value the client may not know: that is told then.

Other forms, meters and the scope are told to those alone who ask for them.

Control thread.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from smfosc.osc import encode_message
from smfosc.replies import Sendable, Source

logger = logging.getLogger(__name__)

RATE_HZ = 30.0  # turns per second: Pd's and Max's screens draw no faster
HOLD_S = 0.25  # after a client's own word on an address
MAX_PER_TURN = 64  # messages to one client, so that a patch of many voices is not flooded
METER_TURNS = 2  # meters every other turn: 15 per second

Values = Mapping[str, tuple[Sendable, ...]]

SCOPE = "/scope"  # sound


class Looks(NamedTuple):
    """What is looked at beside the plain addresses."""

    meters: bool
    scope: bool
    forms: bool  # of parameters: normalized, Hz


Observe = Callable[[Looks], Values]  # all values by address


class Ear:
    """One client: what it knows, and what it is still to be told.

    everything: all plain addresses; `meters` adds those. wanted: addresses beside those.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.everything = False
        self.meters = False
        self.wanted: set[str] = set()
        self._knows: dict[str, tuple[Sendable, ...]] = {}
        self._said_s: dict[str, float] = {}
        self._pending: dict[str, None] = {}  # in the order in which they changed

    def wants(self, address: str) -> bool:
        """Whether it is to hear of that address."""
        if address in self.wanted:
            return True
        if not self.everything or address == SCOPE or plain_of(address) is not None:
            return False
        return self.meters or not is_meter(address)

    @property
    def looks(self) -> Looks:
        """What must be read for it."""
        return Looks(
            self.meters or any(map(is_meter, self.wanted)),
            SCOPE in self.wanted,
            any(plain_of(address) is not None for address in self.wanted),
        )

    def heed(self, addresses: Iterable[str]) -> None:
        """Tell these at the next turn, as far as they are wanted and not known."""
        self._pending.update((address, None) for address in addresses if self.wants(address))

    def said(self, address: str, values: tuple[Sendable, ...], now_s: float) -> None:
        """Its own word: known, and held for a while."""
        self._knows[address] = values
        self._hold(address, now_s)

    def moved(self, address: str, now_s: float) -> None:
        """Its own word moved this to what it does not know: held for a while, then told."""
        self._knows.pop(address, None)
        self._hold(address, now_s)

    def _hold(self, address: str, now_s: float) -> None:
        self._said_s[address] = now_s
        self._pending[address] = None

    def start_anew(self) -> None:
        """Know nothing."""
        self._knows.clear()
        self._said_s.clear()

    def forget_below(self, start: str) -> None:
        """Addresses that are gone."""
        for known in (self._knows, self._said_s, self._pending):
            for address in [address for address in known if address.startswith(start)]:
                del known[address]

    def tell(self, values: Values, now_s: float) -> None:
        """Send what has changed, as it is now; what there is no room for waits."""
        room = MAX_PER_TURN if getattr(self.source, "ready", True) else 0
        held: dict[str, None] = {}
        for address in list(self._pending):
            if room == 0:
                break
            del self._pending[address]
            if now_s - self._said_s.get(address, -HOLD_S) < HOLD_S:
                held[address] = None
            elif address in values and not same(values[address], self._knows.get(address)):
                self._send(address, values[address])
                room -= 1
        self._pending.update(held)

    def _send(self, address: str, values: tuple[Sendable, ...]) -> None:
        self._knows[address] = values
        self._said_s.pop(address, None)
        self.source.send(encode_message(address, *values))


class Feedback:
    """All ears, and the turns at which they are told.

    observe: reads all values. ears_of: the registered clients that a sender's words come
    from, itself or the ports named from its host.
    """

    def __init__(
        self,
        observe: Observe,
        ears_of: Callable[[Source], Iterable[Source]],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.ears: dict[Source, Ear] = {}
        self._observe = observe
        self._ears_of = ears_of
        self._now_s = now_s
        self._told: dict[str, tuple[Sendable, ...]] = {}  # all values at the last turn
        self._due_s = 0.0
        self._turns = 0

    def __bool__(self) -> bool:
        return bool(self.ears)

    def add(self, source: Source) -> None:
        """Begin to tell; everything there is comes first. A second call begins anew."""
        ear = self._ear(source)
        ear.everything = True
        ear.start_anew()
        ear.heed(self._told)

    def listen(self, source: Source, address: str) -> None:
        """Begin to tell of one address."""
        ear = self._ear(source)
        ear.wanted.add(address)
        ear.heed([address])

    def ignore(self, source: Source, address: str) -> None:
        """Tell no more of one address."""
        ear = self._ear(source)
        ear.wanted.discard(address)
        if not ear.wanted and not ear.everything:
            self.remove(source)

    def remove(self, source: Source) -> None:
        """Stop telling."""
        self.ears.pop(source, None)
        if not self.ears:
            self._told.clear()

    def keep_only(self, clients: Collection[Source]) -> None:
        """Tell no more to those that were told everything and are no clients any more."""
        for source, ear in list(self.ears.items()):
            if ear.everything and source not in clients:
                self.remove(source)

    def meter(self, source: Source, on: bool) -> int:
        """Send meters to the clients that a sender speaks for; how many there are."""
        ears = [self.ears[one] for one in self._ears_of(source) if one in self.ears]
        for ear in ears:
            ear.meters = on
        return len(ears)

    def said(self, source: Source, address: str, value: Sendable) -> None:
        """A message was performed: whoever sent it knows the value."""
        now_s = self._now_s()
        for one in self._ears_of(source):
            ear = self.ears.get(one)
            if ear is None:
                continue
            if ear.wants(address):
                ear.said(address, (value,), now_s)
            if (plain := plain_of(address)) is not None and ear.wants(plain):
                ear.moved(plain, now_s)

    def _ear(self, source: Source) -> Ear:
        return self.ears.setdefault(source, Ear(source))

    def news(self, address: str, *arguments: Sendable) -> None:
        """A voice has gone or has another model: what was known of it no longer holds."""
        if address in ("/voice.freed", "/voice.model"):
            self._forget_below(f"/voice/{arguments[0]!s}/")

    def _forget_below(self, start: str) -> None:
        for ear in self.ears.values():
            ear.forget_below(start)
        for address in [address for address in self._told if address.startswith(start)]:
            del self._told[address]

    def turn(self) -> float | None:
        """Tell what has changed, when that is due; seconds until then, None without clients."""
        if not self.ears:
            return None
        now_s = self._now_s()
        if now_s < self._due_s:
            return self._due_s - now_s
        self._due_s = max(self._due_s + 1.0 / RATE_HZ, now_s + 0.5 / RATE_HZ)
        self._turns += 1
        try:
            self._look(now_s)
        except Exception:  # a defect of ours must not silence the daemon
            logger.exception("feedback has stopped; clients may say /notify 1 again")
            self.ears.clear()
            self._told.clear()
        return self._due_s - now_s

    def _look(self, now_s: float) -> None:
        looks = Looks(*map(any, zip(*(ear.looks for ear in self.ears.values()), strict=True)))
        metered = looks.meters and self._turns % METER_TURNS == 0
        values = self._observe(looks._replace(meters=metered))
        changed = [a for a, value in values.items() if self._told.get(a) != value]
        self._told.update(values)
        for ear in self.ears.values():
            ear.heed(changed)
            ear.tell(self._told, now_s)


def same(left: tuple[Sendable, ...], right: tuple[Sendable, ...] | None) -> bool:
    """Whether two values are one, as far as a float32 tells."""
    if right is None or len(left) != len(right):
        return False
    return all(map(_equal, left, right))


def is_meter(address: str) -> bool:
    """Whether an address tells what is heard rather than what is set."""
    return address in ("/meter", "/load") or address.endswith("/meter")


def plain_of(address: str) -> str | None:
    """The plain address of a parameter's other form; None where it is none.

    >>> plain_of("/voice/v1/pitch/hz"), plain_of("/voice/v1/pitch")
    ('/voice/v1/pitch', None)
    """
    plain, _, form = address.rpartition("/")
    is_form = form in ("normalized", "hz") and plain.startswith("/voice/") and plain.count("/") == 3
    return plain if is_form else None


def _equal(left: Sendable, right: Sendable) -> bool:
    if isinstance(left, (str, bytes)) or isinstance(right, (str, bytes)):
        return left == right
    return math.isclose(left, right, rel_tol=1e-6, abs_tol=1e-6)
