"""Keeps the engine playing when its sound system goes away and comes back.

While the server or device is gone, a clock renders into nothing in its place, so
that events still happen in time and counters still count. A file that takes no more
sound does not come back: what it holds is closed whole.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from smfosc.audio.backend import AudioError, Backend, OnLoss, PlayableEngine
from smfosc.audio.file import NullBackend

REOPEN_S = 0.25  # how often a lost server is looked for

log = logging.getLogger(__name__)

# Given another sample rate, builds an engine with the same voices and returns it.
EngineAt = Callable[[int], PlayableEngine]
News = Callable[[str, str], None]


class AudioKeeper:
    """Owns the backend while the daemon runs. Control thread.

    news: tells all who listen that it was lost (and why) or is back (what plays).
    """

    def __init__(
        self, backend: Backend, engine_at: EngineAt, news: News = lambda address, text: None
    ) -> None:
        self.backend = backend
        self.losses = 0
        self._news = news
        self._engine_at = engine_at
        self._stand_in: NullBackend | None = None
        self._next_try = 0.0

    @property
    def playing(self) -> bool:
        """Whether the sound system itself asks for sound."""
        return self._stand_in is None

    def start(self) -> None:
        """Build the engine for the backend's rate and start both. Raises AudioError."""
        self.backend.start(self._engine_at(self.backend.samplerate))

    def poll(self) -> None:
        """Notice a loss, or try to come back. Raises AudioError when that cannot be."""
        if self._stand_in is not None:
            if self.backend.on_loss is OnLoss.REOPEN:
                self._try_again()
            return
        self.backend.poll()
        if self.backend.lost is not None:
            self._replace(self.backend.lost)

    def stop(self) -> None:
        """Return when nothing calls the engine any more."""
        if self._stand_in is not None:
            self._stand_in.stop()
        self.backend.stop()

    def _replace(self, reason: str) -> None:
        if self.backend.on_loss is OnLoss.END:
            raise AudioError(reason)
        comes_back = self.backend.on_loss is OnLoss.REOPEN
        log.warning("%s; playing on in silence%s", reason, " until it is back" * comes_back)
        self.losses += 1
        self._news("/audio.lost", reason)
        self.backend.stop()
        settings = replace(
            self.backend.settings,
            samplerate=self.backend.samplerate,
            blocksize=self.backend.count().blocksize,
        )
        self._stand_in = NullBackend(settings)
        self._stand_in.start(self._engine_at(self.backend.samplerate))

    def _try_again(self) -> None:
        now = time.monotonic()
        if now < self._next_try:
            return
        self._next_try = now + REOPEN_S
        try:
            again = self.backend.reopen()
        except AudioError as error:
            log.debug("not yet: %s", error)
            return
        self._come_back(again)

    def _come_back(self, again: Backend) -> None:
        assert self._stand_in is not None
        self._stand_in.stop()
        try:
            again.start(self._engine_at(again.samplerate))
        except AudioError as error:
            log.debug("not yet: %s", error)
            again.stop()
            self._stand_in = self._stand_in.reopen()
            self._stand_in.start(self._engine_at(self._stand_in.samplerate))
            return
        self._stand_in, self.backend = None, again
        log.warning("back: %s", again.description)
        self._news("/audio.back", again.description)
