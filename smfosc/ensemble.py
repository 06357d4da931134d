"""The ensemble file of a running daemon: read again, it changes only what differs.

Control thread; the file is read and checked on the loader thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from smfosc.arguments import Refused
from smfosc.config_file import ConfigError
from smfosc.ensemble_changes import Changes, changes, kept
from smfosc.names import shorten
from smfosc.osc import Message
from smfosc.roster import one_line

if TYPE_CHECKING:
    from smfosc.commands import Commands
    from smfosc.config import Config, VoiceConfig
    from smfosc.models import Models
    from smfosc.surroundings import Run, Surroundings
    from smfosc.voices import Call, Voice

logger = logging.getLogger(__name__)

ADDRESS = "/config/reload"


class Ensemble:
    """Reloads. read: reads the file as the daemon was told to; None: there is no file.

    apply: gets what the daemon plays by from then on.
    """

    def __init__(
        self,
        config: Config,
        read: Callable[[], Config] | None,
        commands: Commands,
        models: Models,
        *,
        surroundings: Surroundings,
        run: Run,
        apply: Callable[[Config], None] = lambda config: None,
    ) -> None:
        self.config = config
        self._read = read
        self._commands = commands
        self._models = models
        self._surroundings = surroundings
        self._run = run
        self._apply = apply
        for group in config.groups:
            commands.groups.replace(group.name, group.voices)
        if read is not None:
            commands.reload_by(self.reload)

    def reload(self, call: Call | None = None) -> None:
        """Read the file again; without a call (SIGHUP) all who listen are told of failures."""
        if self._read is None:
            return
        read = self._read

        def job() -> tuple[Config, Changes]:
            new = read()
            there = {v.name: (v.output, v.channel) for v in list(self._commands.voices.values())}
            return new, changes(self.config, new, there, self._models.info)

        def ready(result: tuple[Config, Changes] | Exception) -> None:
            if isinstance(result, Exception):
                self._fail(call, result)
            else:
                self._perform(call, *result)

        self._run(job, ready)

    def _fail(self, call: Call | None, error: Exception) -> None:
        """Nothing has changed: one line says why."""
        problems = error.problems if isinstance(error, ConfigError) else [one_line(error)]
        more = f" (and {len(problems) - 1} more; smfosc check)" if len(problems) > 1 else ""
        reason = shorten(" ".join(problems[0].split()), 400) + more
        logger.error("the ensemble stays as it is: %s", reason)
        if call is None:
            self._surroundings.news("/fail", ADDRESS, reason)
        else:
            self._commands.replies.fail(call.source, call.address, reason)

    def _perform(self, call: Call | None, new: Config, found: Changes) -> None:
        now = self._commands.now
        frame = max(now.earliest, now.present)
        self.config = kept(self.config, new)
        self._apply(self.config)
        for name in found.freed:
            self._commands.handle(Message("/voice/free", (name,)), None, now.present)
        for voice in found.made:
            self._make(voice)
        for name, voices in found.groups.items():
            self._commands.groups.replace(name, voices)
        for message in found.messages:
            self._commands.handle(message, None, frame)
        self._tell(call, found)

    def _make(self, wanted: VoiceConfig) -> None:
        def made(result: Voice | Exception) -> None:
            if isinstance(result, Exception):
                logger.error("voice %s: %s", wanted.name, one_line(result))

        try:
            self._commands.make_voice(wanted, done=made)
        except Refused as refused:
            logger.error("voice %s: %s", wanted.name, refused)
            self._surroundings.news("/voice.failed", wanted.name, wanted.model, str(refused))

    def _tell(self, call: Call | None, found: Changes) -> None:
        logger.info("the ensemble file is read again: %d changes", found.count)
        for what in found.told:
            logger.warning("%s", what)
        self._surroundings.news("/config.reloaded", found.count)
        if call is not None:
            for what in found.told:
                self._commands.replies.reply(call.source, call.address, what)
            self._commands.replies.done(call.source, call.address, found.count)
