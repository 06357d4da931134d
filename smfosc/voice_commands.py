"""/voice/new, /voice/free and /voice/NAME/model: voices come, go and get other models.

Control thread; what takes time the roster has done on the loader thread.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from smfosc.addresses import row
from smfosc.arguments import Refused
from smfosc.config import VoiceConfig
from smfosc.osc import Message
from smfosc.replies import Replies, Sendable
from smfosc.roster import Held, Roster, one_line
from smfosc.voices import Call, Route, Voice

if TYPE_CHECKING:
    from smfosc.dispatch import Dispatch


class VoiceCommands:
    """The handlers, before the roster that does it."""

    def __init__(self, roster: Roster, dispatch: Dispatch, replies: Replies) -> None:
        self._roster = roster
        self._dispatch = dispatch
        self._replies = replies

    def handlers(self) -> dict[str, Callable[..., None]]:
        """By the path of the table."""
        return {"/voice/new": self._new_voice, "/voice/free": self._free_voice}

    def model_route(self, voice: Voice) -> Route:
        """What `/voice/NAME/model` leads to."""
        return Route(row("/voice/NAME/model"), partial(self._change_model, voice))

    def _new_voice(
        self, call: Call, name: str, model: str, channel: int | None, output: str
    ) -> None:
        host = self._dispatch.peers.host_of(name) if self._dispatch.peers else None
        if host is not None:
            raise Refused(f"voice {name} exists already, on host {host}; take another name")
        frame = self._dispatch.ahead(call.frame)
        if name in self._roster.voices and frame is not None:
            # It may be freed before this comes true; look again then.
            message = Message(call.address, call.arguments)
            self._dispatch.wait(message, call.source, frame)
            return
        told = self._teller(call, name)
        wanted = VoiceConfig(name, model, output=output, channel=channel or None, gate=False)
        self._roster.add(wanted, frame=frame, done=told)

    def _free_voice(self, call: Call, name: str) -> None:
        self._dispatch.stays(name)
        if self._roster.is_making(name):
            message = Message(call.address, call.arguments)
            self._roster.keep(name, Held(message, call.source, call.frame))
            return
        self._roster.free(name, call.frame)
        self._replies.done(call.source, call.address, name)

    def _change_model(self, voice: Voice, call: Call, model_name: str, fade_ms: float) -> None:
        tell = self._teller(call, model_name)
        self._roster.change_model(
            voice, model_name, fade_ms, self._dispatch.ahead(call.frame), tell
        )

    def _teller(self, call: Call, *told: Sendable) -> Callable[[object], None]:
        """Answers a command that took time: /done, or /fail with the error's text."""

        def tell(result: object) -> None:
            if isinstance(result, Exception):
                self._replies.fail(call.source, call.address, one_line(result))
            else:
                self._replies.done(call.source, call.address, *told)

        return tell
