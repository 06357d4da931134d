"""Answers to what clients ask of the daemon itself: lists, models, status, version.

Control thread; what reads files runs on the loader thread through `run`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from typing import TYPE_CHECKING

from smfosc.addresses import VERSION
from smfosc.model_file import ModelInfo
from smfosc.replies import Replies, Sendable
from smfosc.roster import one_line
from smfosc.surroundings import Run, Surroundings
from smfosc.voices import Call, Voice

if TYPE_CHECKING:
    from smfosc.engine import Engine
    from smfosc.models import Models


class Questions:
    """Handlers of the daemon's addresses that only tell, or that the surroundings perform."""

    def __init__(
        self,
        engine: Engine,
        models: Models,
        voices: Mapping[str, Voice],
        *,
        replies: Replies,
        surroundings: Surroundings,
        run: Run,
    ) -> None:
        self.engine = engine
        self._models = models
        self._voices = voices
        self._replies = replies
        self._surroundings = surroundings
        self._run = run

    def handlers(self) -> dict[str, Callable[..., None]]:
        """By the path of the table."""
        return {
            "/voice/list": self._list_voices,
            "/model/list": self._list_models,
            "/model/info": self._tell_model,
            "/status": self._status,
            "/version": self._version,
            "/notify": self._notify,
            "/notify/meters": self._notify_meters,
            "/dumpOSC": self._dump,
            "/quit": self._quit,
        }

    def _list_voices(self, call: Call) -> None:
        for voice in self._voices.values():
            told = (voice.name, voice.model.info.name, voice.channel)
            output = (voice.output,) if voice.output else ()
            self._replies.reply(call.source, call.address, *told, *output)
        self._replies.done(call.source, call.address, len(self._voices))

    def _list_models(self, call: Call) -> None:
        names = self._models.names()
        for name in names:
            self._replies.reply(call.source, call.address, name)
        self._replies.done(call.source, call.address, len(names))

    def _tell_model(self, call: Call, name: str) -> None:
        def tell(result: ModelInfo | Exception) -> None:
            if isinstance(result, Exception):
                self._replies.fail(call.source, call.address, one_line(result))
                return
            lines = list(_model_lines(result))
            for line in lines:
                self._replies.reply(call.source, call.address, name, *line)
            self._replies.done(call.source, call.address, len(lines))

        self._run(lambda: self._models.info(name), tell)

    def _status(self, call: Call) -> None:
        counters, around = self.engine.counters(), self._surroundings
        self._replies.reply(
            call.source,
            call.address,
            len(self._voices),
            len({voice.model.info.name for voice in self._voices.values()}),
            counters.load,
            counters.peak_load,
            float(self.engine.samplerate),
            self.engine.clock().blocksize,
            float(counters.frames),
            counters.late_events,
            counters.resets,
            counters.underruns,
            counters.wall_misses,
            counters.missed_passes,
            counters.dropped_events,
            around.messages,
            around.lost_packets,
            around.backend,
            around.limited_messages,
            around.unheard_packets,
            around.uptime_s,
            counters.stolen_passes,
            counters.slow_blocks,
            counters.slow_passes,
        )

    def _version(self, call: Call) -> None:
        self._replies.reply(call.source, call.address, "smfosc", own_version(), VERSION)

    def _notify(self, call: Call, on: bool, port: int | None) -> None:
        clients = self._surroundings.notify(call.source, on, port)
        self._replies.done(call.source, call.address, clients)

    def _notify_meters(self, call: Call, on: bool) -> None:
        clients = self._surroundings.notify_meters(call.source, on)
        self._replies.done(call.source, call.address, clients)

    def _dump(self, call: Call, level: int) -> None:
        self._surroundings.dump(level)
        self._replies.done(call.source, call.address, level)

    def _quit(self, call: Call) -> None:
        self._replies.done(call.source, call.address)
        self._surroundings.news("/server.quit")
        self._surroundings.quit()


def own_version() -> str:
    """The version that is installed."""
    try:
        return metadata.version("smfosc")
    except metadata.PackageNotFoundError:  # run from the sources without installing them
        return "unknown"


def _model_lines(info: ModelInfo) -> Iterator[tuple[Sendable, ...]]:
    """What /model/info tells, an entry per line."""
    yield "description", info.description
    yield "samplerate", float(info.samplerate)
    yield "levels", info.levels
    yield "loudness_lufs", float(info.loudness_lufs)
    yield "licence", info.licence
    yield "authors", ", ".join(info.authors)
    for parameter in info.parameters:
        limits = float(parameter.minimum), float(parameter.maximum), float(parameter.default)
        yield "parameter", parameter.name, parameter.unit, *limits, parameter.description
