"""Model files that change on disk while they are played: heard as soon as they are whole.

A training run writes its model again and again; each time the voices that play it crossfade
to the new one. A file that is still being written is left alone until it rests; one that is
broken is refused, told once, and the old model plays on.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from smfosc.arguments import Refused
from smfosc.replies import Sendable
from smfosc.roster import one_line
from smfosc.surroundings import Run
from smfosc.voices import LoadedModel, Voice

if TYPE_CHECKING:
    from smfosc.models import Models, Stamp

LOOK_S = 0.5  # between two looks at the files; a file must be the same at two of them
JOIN_S = 1.0  # for a look that waits for the disk

log = logging.getLogger(__name__)

Change = Callable[[Voice, str], None]


class ModelWatch:
    """Looks at the files on its own thread (a disk may hang); all else on the control thread.

    post: calls on the control thread. run: on the loader thread. voices: all there are.
    change: crossfades a voice to a model by name; raises Refused while it cannot. news: tells
    clients.
    """

    def __init__(
        self,
        models: Models,
        voices: Mapping[str, Voice],
        change: Change,
        *,
        post: Callable[[Callable[[], None]], None],
        run: Run,
        news: Callable[..., None],
        look_s: float = LOOK_S,
    ) -> None:
        self._models = models
        self._voices = voices
        self._change = change
        self._post = post
        self._run = run
        self._news = news
        self._look_s = look_s
        self._seen: dict[str, Stamp] = {}  # at the last look
        self._known: dict[str, Stamp] = {}  # what the voices play, or what was refused
        self._busy: list[tuple[Voice, str]] = []  # voices that were getting another model then
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="smfosc-watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more. Safe to call twice, and before start; does not wait long for the disk."""
        self._ended.set()
        if self._thread.is_alive():  # else it may hold what is being taken down
            self._thread.join(JOIN_S)

    # --- the watching thread ------------------------------------------------------------------

    def _work(self) -> None:
        while not self._ended.wait(self._look_s):
            for name, (loaded, now) in self._models.files().items():
                # What it was at first: a new voice may load the new file before we see it rest.
                known = self._known.setdefault(name, loaded)
                if now not in (known, self._seen.get(name)):
                    self._seen[name] = now
                elif now != known:
                    self._known[name] = now
                    self._post(partial(self._reload, name))
            if self._busy:
                self._post(self._try_again)

    # --- the control thread -------------------------------------------------------------------

    def _reload(self, name: str) -> None:
        def loaded(result: LoadedModel | Exception) -> None:
            voices = [v for v in self._voices.values() if v.model.info.name == name]
            if isinstance(result, Exception):
                self._refuse(name, voices, one_line(result))
                return
            old = [voice for voice in voices if voice.model is not result]
            log.info("model %s has changed on disk; %d voices crossfade to it", name, len(old))
            for voice in old:
                self._change_soon(voice, name)

        self._run(lambda: self._models.load(name), loaded)

    def _refuse(self, name: str, voices: list[Voice], reason: Sendable) -> None:
        log.warning("model %s has changed on disk but is refused; the old one plays on: %s",
                    name, reason)  # fmt: skip
        for voice in voices:
            self._news("/voice.failed", voice.name, name, reason)

    def _change_soon(self, voice: Voice, name: str) -> None:
        try:
            self._change(voice, name)
        except Refused:
            self._busy.append((voice, name))

    def _try_again(self) -> None:
        busy, self._busy = self._busy, []
        for voice, name in busy:
            if self._voices.get(voice.name) is voice and voice.model.info.name == name:
                self._change_soon(voice, name)
