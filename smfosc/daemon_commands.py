"""The daemon's own addresses that need the rest of it: /after, /sync, /clearSched, /clock,
/host/list, /config/reload. Control thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from smfosc.arguments import Refused
from smfosc.names import shorten
from smfosc.osc import Message, Value
from smfosc.replies import Replies, Sendable
from smfosc.schedule import read_clocks
from smfosc.surroundings import Run
from smfosc.voices import Call

if TYPE_CHECKING:
    from smfosc.dispatch import Dispatch
    from smfosc.engine import Engine


class DaemonCommands:
    """The handlers. clear: forgets what waits for its time; how many messages."""

    def __init__(
        self,
        engine: Engine,
        dispatch: Dispatch,
        *,
        replies: Replies,
        run: Run,
        clear: Callable[[], int],
    ) -> None:
        self.engine = engine
        self.reload: Callable[[Call], None] | None = None  # what /config/reload does
        self._dispatch = dispatch
        self._replies = replies
        self._run = run
        self._clear = clear

    def handlers(self) -> dict[str, Callable[..., None]]:
        """By the path of the table."""
        return {
            "/config/reload": self._reload_config,
            "/host/list": self._list_hosts,
            "/clock": self._tell_clock,
            "/after": self._after,
            "/sync": self._sync,
            "/clearSched": self._clear_schedule,
        }

    def _tell_clock(self, call: Call) -> None:
        now = read_clocks()
        frame = self.engine.clock().frame_of(now.monotonic_ns)
        told = (f"{now.unix_ns / 1e9:.9f}", f"{frame:.2f}")
        self._replies.reply(call.source, call.address, *told)

    def _list_hosts(self, call: Call) -> None:
        lines = list(self._dispatch.peers.lines()) if self._dispatch.peers else []
        for line in lines:
            self._replies.reply(call.source, call.address, *line)
        self._replies.done(call.source, call.address, len(lines))

    def _after(self, call: Call, delay_ms: float, address: str, *_: Value) -> None:
        if not address.startswith("/"):
            raise Refused(f"ADDRESS {shorten(address)!r} does not start with '/'")
        if address == call.address:
            raise Refused("/after inside /after; add the delays up")
        delay = round(delay_ms * self.engine.samplerate / 1000.0)
        given = call.arguments[2:]  # without the defaults that the check filled in
        self._dispatch.handle(Message(address, given), call.source, call.frame + delay)

    def _reload_config(self, call: Call) -> None:
        if self.reload is None:
            raise Refused("there is no ensemble file; start with `smfosc serve FILE`")
        self.reload(call)

    def _sync(self, call: Call, sync_id: Value) -> None:
        told = () if sync_id is None else (_sendable(sync_id),)
        # The loader works in order, so this job ends when all before it have ended.
        self._run(lambda: None, lambda _: self._replies.send(call.source, "/synced", *told))

    def _clear_schedule(self, call: Call) -> None:
        self._replies.done(call.source, call.address, self._clear())


def _sendable(value: Value) -> Sendable:
    return value if isinstance(value, (int, float, str)) else repr(value)
