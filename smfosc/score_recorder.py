"""The recording of a performance: its beginning and end, what is heard in between.

Control thread; it is written on the loader thread (score_recording.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from smfosc.arguments import Refused
from smfosc.replies import Replies
from smfosc.roster import one_line
from smfosc.score_recording import Recording, is_kept
from smfosc.state_folder import Shelf, StateError
from smfosc.surroundings import Now, Run, Surroundings
from smfosc.voices import Call, Route

if TYPE_CHECKING:
    from smfosc.config import VoiceConfig


class Recorder:
    """One recording at a time. present: all voices as they are now."""

    def __init__(
        self,
        *,
        replies: Replies,
        surroundings: Surroundings,
        run: Run,
        present: Callable[[], Iterable[VoiceConfig]],
    ) -> None:
        self.name: str | None = None  # of what is being recorded
        self._replies = replies
        self._surroundings = surroundings
        self._run = run
        self._present = present
        self._now = Now(0, 0, 0)
        self._recording: Recording | None = None

    def advance(self, now: Now) -> None:
        """Move time on; write down what was."""
        self._now = now
        if self._recording is not None:
            if self._recording.waits_for(now.rendered):
                self._recording.begin(self._present())
            self._recording.advance(now.earliest)

    def begin(self, call: Call, name: str, shelf: Shelf, samplerate: int) -> None:
        """Write down all that is performed from the call's frame on. Raises Refused."""
        if self.name is not None:
            raise Refused(f"score {self.name} is being recorded already; /score/stop ends it")
        try:
            path = shelf.room_for(name)
        except StateError as error:
            raise Refused(str(error)) from None

        def failed(reason: str) -> None:
            self.name = self._recording = None
            self._replies.fail(call.source, call.address, reason)

        frame = max(call.frame, self._now.earliest)
        self._recording = Recording(path, frame, samplerate, lambda *a: self._run(*a), failed)
        self.name = name
        self._surroundings.news("/score.recording", name)
        self._replies.done(call.source, call.address, name)

    def end(self, frame: int, call: Call | None) -> None:
        """Keep it; `call` is told when it is on the disk."""
        recording, name = self._recording, self.name
        if recording is None or name is None:
            return
        self.name = self._recording = None
        if recording.waits_for(None):
            recording.begin(self._present())

        def ended(result: Exception | None) -> None:
            if result is not None:
                self._replies.fail(call.source if call else None, "/score/stop", one_line(result))
                self._run(recording.drop, lambda _: None)
            elif call is not None:
                self._replies.done(call.source, call.address, name, recording.count)
            self._surroundings.news("/score.recorded", name)

        recording.end(frame, ended)

    def heard(self, route: Route, call: Call) -> None:
        """A message was performed. Called for every one: it must be quick."""
        if self._recording is not None and is_kept(route.row):
            frame = max(call.frame, self._now.earliest)
            self._recording.keep(call.address, call.arguments, frame)

    def forget_ahead(self) -> None:
        """What was to come after the present was taken back."""
        if self._recording is not None:
            self._recording.forget_after(self._now.present)

    def cut(self) -> None:
        """Keep it up to now: its frames end, or the daemon does."""
        self.end(self._now.earliest, None)

    def close(self) -> None:
        """The same, here and now: the loader has ended."""
        self._run = _run_here
        self.cut()


def _run_here(job: Callable[[], object], done: Callable[[object], None]) -> None:
    try:
        result = job()
    except Exception as error:
        result = error
    done(result)
