"""Turns OSC messages into engine events and control actions, and answers them.

Control thread; no sockets. Live, `server.py` brings the messages; offline, the renderer
does, with the same results. When things happen:

- A message is performed when its frame is at most HORIZON_S ahead; before that it waits.
- What sounds goes to the engine at once with its frame. Control actions, and what is for a
  voice after its `/voice/free`, wait until an immediate message would have that frame. `get`
  waits until that frame has sounded, so a value that was set before is the value told.
- A voice that is being made, or is getting a new model, takes a while. Messages to it, by
  whomever, that have no meaning yet wait in order and are performed when it is there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from typing import Any, NamedTuple, Protocol, TypeVar

from smfosc.addresses import DAEMON, VERSION, row
from smfosc.arguments import Refused
from smfosc.engine import Clock, Counters, Kind, ParamRange
from smfosc.model_file import ModelInfo
from smfosc.names import shorten, why_not_voice
from smfosc.osc import Element, Malformed, Message, Value
from smfosc.pattern import Part, PatternError, is_pattern, part_matches, split
from smfosc.replies import Replies, Sendable, Source
from smfosc.schedule import Agenda
from smfosc.voices import MANY, Call, LoadedModel, Route, Voice, VoiceEngine, seed_of

logger = logging.getLogger(__name__)

# How far ahead of their frame messages are performed. When audio begins to run freely, some
# 100 times as fast as time, the loop has this / 100 to notice it and hand over everything.
HORIZON_S = 4.0
MAX_HELD = 10_000  # messages that wait for one voice to be made
MAX_EXPANSIONS = 256  # patterns whose addresses are remembered
MAX_PARTS = 8  # parts of the longest address, and some

T = TypeVar("T")


class Engine(VoiceEngine, Protocol):
    """What commands need of the engine; see smfosc.engine.Engine."""

    def add_voice(
        self,
        kernel: Any,
        *,
        parameters: Any,
        values: Any,
        samplerate: int,
        seed: int,
        channel: int = 0,
        gate: bool = False,
        frame: int | None = None,
    ) -> int:
        """Build, warm up and add a voice; its slot. Any thread, takes a while."""

    def free_voice(self, slot: int, frame: int | None = None) -> bool:
        """Release and remove a voice."""

    def swap_model(
        self,
        slot: int,
        kernel: Any,
        *,
        parameters: Any,
        values: Any,
        mapping: Any,
        samplerate: int,
        fade_ms: float,
        frame: int | None = None,
    ) -> None:
        """Crossfade to another model. Any thread, takes a while."""

    def clear(self) -> None:
        """Drop the events that have not acted yet."""

    def clock(self) -> Clock:
        """Where audio time stands."""

    def counters(self) -> Counters:
        """What the audio thread counted."""


class Models(Protocol):
    """Where models come from; see smfosc.models."""

    def names(self) -> list[str]:
        """Names of all models in the model folders."""

    def info(self, name: str) -> ModelInfo:
        """What a model file says. Raises an error of one line."""

    def load(self, name: str) -> LoadedModel:
        """A model ready to play. Any thread, takes a while. Raises an error of one line."""


class Surroundings:
    """What commands need of the daemon around them; this one is for offline use."""

    backend = "offline"
    messages = 0  # received so far
    lost_packets = 0  # received by the system but dropped before they were read

    def notify(self, source: Source | None, on: bool, port: int | None) -> int:
        """Send news to the source, or no longer; how many hear them. Raises Refused."""
        return 0

    def news(self, address: str, *arguments: Sendable) -> None:
        """Tell all who asked for news."""

    def dump(self, level: int) -> None:
        """Print incoming messages (0: no longer)."""

    def quit(self) -> None:
        """End the daemon."""


Done = Callable[[Any], None]
Run = Callable[[Callable[[], Any], Done], None]


def run_now(job: Callable[[], T], done: Callable[[T | Exception], None]) -> None:
    """Run a job that takes time here and now: what offline use wants."""
    try:
        result: T | Exception = job()
    except Exception as error:
        result = error
    done(result)


@dataclass(frozen=True)
class Settings:
    """What the user decides. seed: the daemon's, from which voices get theirs."""

    seed: int = 0
    allow_remote_control: bool = False  # /quit and model loading from other hosts


class Now(NamedTuple):
    """Where time stands, in frames; see schedule.Timeline."""

    present: int  # the frame of an immediate message that arrives now
    earliest: int  # the first frame that no block holds yet
    rendered: int | None  # frames below it have sounded; None: the audio stands still
    free: bool = False  # audio runs as fast as it can: freewheel


class _Waiting(NamedTuple):
    """A message that waits for its frame, or for its voice."""

    message: Message
    source: Source | None


class Commands:
    """All addresses, the voices behind them, and what waits for its time.

    run: runs a job that takes time on the loader thread, in order, and calls back with its
    result (or its exception) on the control thread.
    """

    def __init__(
        self,
        engine: Engine,
        models: Models,
        *,
        settings: Settings | None = None,
        replies: Replies | None = None,
        surroundings: Surroundings | None = None,
        run: Run = run_now,
    ) -> None:
        self.replies = replies or Replies()
        self.voices: dict[str, Voice] = {}
        self.surroundings = surroundings or Surroundings()
        self._settings = settings or Settings()
        self._engine = engine
        self._models = models
        self._run = run
        self._now = Now(0, 0, 0)
        self._horizon = round(HORIZON_S * engine.samplerate)
        self._sounding: Agenda[_Waiting] = Agenda()
        self._controlling: Agenda[_Waiting] = Agenda()
        self._reading: Agenda[Call] = Agenda()
        self._ends: Agenda[tuple[Voice, int]] = Agenda()  # of notes; they survive /clearSched
        self._making: dict[str, list[tuple[_Waiting, int]]] = {}  # held for a voice
        self._routes = dict(self._daemon_routes())
        self._expansions: dict[str, list[str]] = {}
        self._leaving: dict[str, int] = {}  # voices that wait to be freed, and at which frame

    # --- time -----------------------------------------------------------------------------

    def advance(self, now: Now) -> None:
        """Move time on and perform what has become due. Call it once per batch or block.

        Audio that runs freely would outrun the horizon: then everything ahead is performed.
        """
        self._now = now
        self._horizon = _latest if now.free else round(HORIZON_S * self._engine.samplerate)
        for frame, waiting in self._sounding.due(now.present + self._horizon):
            self._perform(waiting.message, waiting.source, frame)
        for frame, waiting in self._controlling.due(now.present):
            self._perform(waiting.message, waiting.source, frame)
        for frame, (voice, note_id) in self._ends.due(now.present + self._horizon):
            self._hand_over_end(voice, note_id, frame)
        for _, call in self._reading.due(_latest if now.rendered is None else now.rendered - 1):
            self._route_call(call)

    @property
    def answers_wait(self) -> bool:
        """Whether anything waits for its frame to have sounded: advance soon again."""
        return len(self._reading) > 0

    @property
    def sounds_wait(self) -> bool:
        """Whether anything waits beyond the horizon: look often whether audio runs freely."""
        return len(self._sounding) + len(self._ends) > 0

    def next_due(self) -> int | None:
        """The frame of the next control action that waits; None when none does."""
        return self._controlling.next_frame()

    def _hand_over_end(self, voice: Voice, note_id: int, frame: int) -> None:
        try:
            voice.end_note(note_id, frame)
        except Refused:  # the engine's queue is full; a note must not sound for ever
            self._ends.add(max(frame, self._now.present + self._horizon + 1), (voice, note_id))

    # --- dispatch -------------------------------------------------------------------------

    def handle(self, element: Element, source: Source | None, frame: int) -> None:
        """Perform a message at `frame`, or keep it until then. Never raises."""
        if isinstance(element, Malformed):
            self.replies.fail(source, element.address, element.reason)
        elif frame > self._now.present + self._horizon:
            self._wait(self._sounding, element, source, frame)
        else:
            self._perform(element, source, frame)

    def _wait(
        self, agenda: Agenda[_Waiting], message: Message, source: Source | None, frame: int
    ) -> None:
        if not agenda.add(frame, _Waiting(message, source)):
            self.replies.fail(source, message.address, f"{len(agenda)} messages wait already")
        elif message.address == "/voice/free" and agenda is self._controlling:
            name = "".join(map(str, message.arguments[:1]))
            self._leaving[name] = min(frame, self._leaving.get(name, _latest))

    def _perform(self, message: Message, source: Source | None, frame: int) -> None:
        """Find what the address leads to: one route, several by a pattern, or none."""
        route = self._routes.get(message.address)
        if route is not None:
            self._dispatch(route, message, source, frame)
            return
        held = self._hold(message, source, frame)
        if not self._expand(message, source, frame) and not held:
            self.replies.fail(source, message.address, self._why_unknown(message.address))

    def _dispatch(self, route: Route, message: Message, source: Source | None, frame: int) -> None:
        """Call the route now, or when its kind of action is due."""
        timing = route.row.timing
        if frame > self._now.present and (timing == "control" or self._leaves(message, frame)):
            self._wait(self._controlling, message, source, frame)
            return
        call = Call(message.address, message.arguments, source, max(frame, 0))
        if timing == "read":
            # What was sent before acts in the next block at the latest, late as it may be.
            clock = self._engine.clock()
            self._reading.add(max(frame, clock.frame + clock.blocksize), call)
            return
        if timing == "sound" and frame < self._now.earliest:
            late_ms = (self._now.earliest - frame) * 1000.0 / self._engine.samplerate
            self.replies.late(source, message.address, late_ms)
        self._call(route, call)

    def _leaves(self, message: Message, frame: int) -> bool:
        """Whether the voice that a message means is to be freed before: it means the next one."""
        if not self._leaving:
            return False
        _, _, name, *leaf = [*message.address.split("/", 3), ""]
        return bool(leaf) and frame >= self._leaving.get(name, _latest)

    def _route_call(self, call: Call) -> None:
        route = self._routes.get(call.address)
        if route is None:  # its voice has gone since
            self.replies.fail(call.source, call.address, self._why_unknown(call.address))
        else:
            self._call(route, call)

    def _call(self, route: Route, call: Call) -> None:
        try:
            self._check_host(route, call.source)
            route(call, self.replies)
        except Refused as refused:
            self.replies.fail(call.source, call.address, str(refused))
        except Exception as error:  # a defect of ours must not silence the daemon
            logger.exception("%s %s", call.address, call.arguments)
            self.replies.fail(call.source, call.address, f"internal error: {error!r}")

    def _check_host(self, route: Route, source: Source | None) -> None:
        if source is None or source.is_local or not route.row.local:
            return
        if not self._settings.allow_remote_control:
            raise Refused("not from another host; start the daemon with --allow-remote-control")

    def _why_unknown(self, address: str) -> str:
        parts = address.split("/")
        if is_pattern(address):
            return "the pattern matches no address"
        if len(parts) > 3 and parts[1] == "voice":
            voice = self.voices.get(parts[2])
            if voice is None:
                return f"no voice {shorten(parts[2])!r}; there are: {_listed(self.voices)}"
            names = _listed(parameter.name for parameter in voice.parameters)
            what = shorten("/".join(parts[3:]))
            return (
                f"voice {voice.name} ({voice.model.info.name}) has no {what!r}; parameters: {names}"
            )
        return "no such address; /voice/list and `smfosc addresses` tell what there is"

    # --- patterns -------------------------------------------------------------------------

    def _expand(self, message: Message, source: Source | None, frame: int) -> bool:
        """Perform the message at every address that its pattern matches; False if at none."""
        if not is_pattern(message.address):
            return False
        try:
            addresses = self._matching(message.address)
        except PatternError as error:
            self.replies.fail(source, message.address, str(error))
            return True
        for address in addresses:
            route = self._routes.get(address)
            if route is not None:
                self._dispatch(route, message._replace(address=address), source, frame)
        return bool(addresses)

    def _matching(self, pattern: str) -> list[str]:
        """Addresses that a pattern matches, remembered until a voice comes, goes or changes."""
        found = self._expansions.get(pattern)
        if found is None:
            parts = split(pattern)
            found = [a for a, r in self._routes.items() if r.row.patterns and _fits(parts, a)]
            if len(self._expansions) >= MAX_EXPANSIONS:
                self._expansions.clear()
            self._expansions[pattern] = found
        return found

    def _reroute(self, voice: Voice, *, gone: bool = False) -> None:
        """Exchange a voice's addresses after it came, went or got another model."""
        start = f"/voice/{voice.name}/"
        for address in [address for address in self._routes if address.startswith(start)]:
            del self._routes[address]
        if not gone:
            self._routes.update(voice.routes())
            change = partial(self._change_model, voice)
            self._routes[f"{start}model"] = Route(row("/voice/NAME/model"), change)
        self._expansions.clear()

    def _drop_routes(self, addresses: Iterable[str]) -> None:
        for address in addresses:
            self._routes.pop(address, None)
        self._expansions.clear()

    # --- voices that are being made -------------------------------------------------------

    def _hold(self, message: Message, source: Source | None, frame: int) -> bool:
        """Keep a message that a voice in the making may understand; False if none may.

        A pattern is kept for each such voice that it may mean, and performed for those
        that are there already.
        """
        if not self._making:
            return False
        head, _, rest = message.address[1:].partition("/")
        name, _, leaf = rest.partition("/")
        if head != "voice" or not leaf:
            return False
        if not is_pattern(name):
            return name in self._making and self._keep(name, message, source, frame)
        try:
            meant = [making for making in self._making if _fits(split(name), making)]
        except PatternError:
            return False  # _expand says why
        kept = False
        for making in meant:
            own = message._replace(address=f"/voice/{making}/{leaf}")
            if own.address not in self._routes and not self._matching(own.address):
                kept = self._keep(making, own, source, frame)
        return kept

    def _keep(self, name: str, message: Message, source: Source | None, frame: int) -> bool:
        held = self._making[name]
        if len(held) >= MAX_HELD:
            reason = f"{MAX_HELD} messages wait for voice {name} already"
            self.replies.fail(source, message.address, reason)
        else:
            held.append((_Waiting(message, source), frame))
        return True

    def _made(self, name: str) -> None:
        """Perform what waited for the voice, in order; what is past acts now."""
        for waiting, frame in self._making.pop(name):
            self._perform(waiting.message, waiting.source, max(frame, self._now.earliest))

    def add_voice(
        self,
        name: str,
        model_name: str,
        *,
        channel: int | None = None,
        gate: bool = False,
        frame: int | None = None,
        done: Callable[[Voice | Exception], None] = lambda result: None,
    ) -> None:
        """Make a voice on the loader thread; `done` gets it, or why there is none.

        channel: from 1, None: panned in the stereo mix. frame: where it begins, None: as
        soon as it can. Raises Refused.
        """
        reason = why_not_voice(name)
        if reason is not None:
            raise Refused(reason)
        if name in self.voices or name in self._making:
            raise Refused(f"voice {name} exists already; free it first or take another name")
        self._making[name] = []
        seed = seed_of(self._settings.seed, name)

        def job() -> tuple[LoadedModel, int]:
            model = self._models.load(model_name)
            slot = self._engine.add_voice(
                model.kernel,
                parameters=_ranges(model.info),
                values=[parameter.default for parameter in model.info.parameters],
                samplerate=model.info.samplerate,
                seed=seed,
                channel=channel or 0,
                gate=gate,
                frame=frame,
            )
            return model, slot

        def added(result: tuple[LoadedModel, int] | Exception) -> None:
            if isinstance(result, Exception):
                done(result)
            else:
                done(self._enter(name, *result, channel=channel or 0, seed=seed))
            self._made(name)

        self._run(job, added)

    def _enter(self, name: str, model: LoadedModel, slot: int, *, channel: int, seed: int) -> Voice:
        voice = Voice(
            name,
            slot,
            model,
            channel=channel,
            seed=seed,
            engine=self._engine,
            replies=self.replies,
            end_note=self._end_note_later,
        )
        self.voices[name] = voice
        self._reroute(voice)
        self.surroundings.news("/voice.added", name, model.info.name, channel)
        return voice

    def _end_note_later(self, voice: Voice, note_id: int, frame: int) -> None:
        if not self._ends.add(frame, (voice, note_id)):
            raise Refused(f"{len(self._ends)} notes wait for their end already")

    # --- the daemon's own addresses -------------------------------------------------------

    def _daemon_routes(self) -> Iterator[tuple[str, Route]]:
        handlers: dict[str, Callable[..., None]] = {
            "/voice/new": self._new_voice,
            "/voice/free": self._free_voice,
            "/voice/list": self._list_voices,
            "/model/list": self._list_models,
            "/model/info": self._tell_model,
            "/after": self._after,
            "/status": self._status,
            "/version": self._version,
            "/sync": self._sync,
            "/notify": self._notify,
            "/dumpOSC": self._dump,
            "/clearSched": self._clear_schedule,
            "/quit": self._quit,
        }
        for table_row in DAEMON:
            wanted = None
            if table_row.path == "/after":  # its message's arguments are checked when it acts
                wanted = (*table_row.arguments[:2], *(MANY,) * 64)
            yield table_row.path, Route(table_row, handlers[table_row.path], wanted)

    def _new_voice(self, call: Call, name: str, model: str, channel: int | None) -> None:
        if name in self.voices and call.frame > self._now.present:
            # It may be freed before this comes true; look again then.
            message = Message(call.address, call.arguments)
            self._wait(self._controlling, message, call.source, call.frame)
            return
        frame = call.frame if call.frame > self._now.present else None
        self.add_voice(name, model, channel=channel, frame=frame, done=self._teller(call, name))

    def _teller(self, call: Call, *told: Sendable) -> Callable[[object], None]:
        """Answers a command that took time: /done, or /fail with the error's text."""

        def tell(result: object) -> None:
            if isinstance(result, Exception):
                self.replies.fail(call.source, call.address, _one_line(result))
            else:
                self.replies.done(call.source, call.address, *told)

        return tell

    def _free_voice(self, call: Call, name: str) -> None:
        self._leaving.pop(name, None)
        if name in self._making:
            self._keep(name, Message(call.address, call.arguments), call.source, call.frame)
            return
        voice = self._voice(name)
        del self.voices[name]
        self._reroute(voice, gone=True)
        self._engine.free_voice(voice.slot, call.frame)
        self.surroundings.news("/voice.freed", name)
        self.replies.done(call.source, call.address, name)

    def _voice(self, name: str) -> Voice:
        voice = self.voices.get(name)
        if voice is None:
            raise Refused(f"no voice {shorten(name)!r}; there are: {_listed(self.voices)}")
        return voice

    def _list_voices(self, call: Call) -> None:
        for voice in self.voices.values():
            told = (voice.name, voice.model.info.name, voice.channel)
            self.replies.reply(call.source, call.address, *told)
        self.replies.done(call.source, call.address, len(self.voices))

    def _list_models(self, call: Call) -> None:
        names = self._models.names()
        for name in names:
            self.replies.reply(call.source, call.address, name)
        self.replies.done(call.source, call.address, len(names))

    def _tell_model(self, call: Call, name: str) -> None:
        def tell(result: ModelInfo | Exception) -> None:
            if isinstance(result, Exception):
                self.replies.fail(call.source, call.address, _one_line(result))
                return
            lines = list(_model_lines(result))
            for line in lines:
                self.replies.reply(call.source, call.address, name, *line)
            self.replies.done(call.source, call.address, len(lines))

        self._run(lambda: self._models.info(name), tell)

    def _after(self, call: Call, delay_ms: float, address: str, *arguments: Value) -> None:
        if not address.startswith("/"):
            raise Refused(f"ADDRESS {shorten(address)!r} does not start with '/'")
        if address == call.address:
            raise Refused("/after inside /after; add the delays up")
        delay = round(delay_ms * self._engine.samplerate / 1000.0)
        given = call.arguments[2:]  # without the defaults that the check filled in
        self.handle(Message(address, given), call.source, call.frame + delay)

    def _status(self, call: Call) -> None:
        counters, around = self._engine.counters(), self.surroundings
        self.replies.reply(
            call.source,
            call.address,
            len(self.voices),
            len({voice.model.info.name for voice in self.voices.values()}),
            counters.load,
            counters.peak_load,
            float(self._engine.samplerate),
            self._engine.clock().blocksize,
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
        )

    def _version(self, call: Call) -> None:
        self.replies.reply(call.source, call.address, "smfosc", _version(), VERSION)

    def _sync(self, call: Call, sync_id: Value) -> None:
        told = () if sync_id is None else (_sendable(sync_id),)
        # The loader works in order, so this job ends when all before it have ended.
        self._run(lambda: None, lambda _: self.replies.send(call.source, "/synced", *told))

    def _notify(self, call: Call, on: bool, port: int | None) -> None:
        clients = self.surroundings.notify(call.source, on, port)
        self.replies.done(call.source, call.address, clients)

    def _dump(self, call: Call, level: int) -> None:
        self.surroundings.dump(level)
        self.replies.done(call.source, call.address, level)

    def _clear_schedule(self, call: Call) -> None:
        count = self._sounding.clear() + self._controlling.clear()
        self._leaving.clear()
        self._engine.clear()
        self.replies.done(call.source, call.address, count)

    def _quit(self, call: Call) -> None:
        self.replies.done(call.source, call.address)
        self.surroundings.news("/server.quit")
        self.surroundings.quit()

    # --- another model --------------------------------------------------------------------

    def _change_model(self, voice: Voice, call: Call, model_name: str, fade_ms: float) -> None:
        """Load a model, then crossfade to it. Until it is loaded the old one plays on."""
        if voice.name in self._making:
            raise Refused(f"voice {voice.name} is getting another model already")
        self._making[voice.name] = []
        tell = self._teller(call, model_name)

        def loaded(result: LoadedModel | Exception) -> None:
            if isinstance(result, Exception):
                tell(result)
                self._made(voice.name)
            else:
                self._swap_model(voice, call, result, fade_ms, tell)

        self._run(lambda: self._models.load(model_name), loaded)

    def _swap_model(
        self, voice: Voice, call: Call, model: LoadedModel, fade_ms: float, tell: Done
    ) -> None:
        """Warm the new model up and hand it over.

        Meanwhile a parameter's index may mean the old model or the new one, so messages to
        parameters wait, as do those that only the new one understands.
        """
        parameters = model.info.parameters
        old = {parameter.name: index for index, parameter in enumerate(voice.parameters)}
        frame = call.frame if call.frame > self._now.present else None
        self._drop_routes(voice.parameter_addresses())

        def job() -> None:
            self._engine.swap_model(
                voice.slot,
                model.kernel,
                parameters=_ranges(model.info),
                values=[parameter.default for parameter in parameters],
                mapping=[old.get(parameter.name, -1) for parameter in parameters],
                samplerate=model.info.samplerate,
                fade_ms=fade_ms,
                frame=frame,
            )

        def swapped(result: Exception | None) -> None:
            if result is None:
                voice.model = model
            if self.voices.get(voice.name) is voice:
                self._reroute(voice)
            tell(result)
            self._made(voice.name)

        self._run(job, swapped)

    # --- another engine -------------------------------------------------------------------

    def move_to(self, engine: Engine) -> None:
        """Make all voices anew in another engine (the backend's rate has changed).

        They keep their parameters, gain, pan, gate, temperature and seed. What was
        scheduled is forgotten: its frames belonged to the other engine. Takes a while.
        """
        for agenda in (self._sounding, self._controlling, self._reading, self._ends):
            agenda.clear()
        for voice in self.voices.values():
            self._move(voice, engine)
        self._engine = engine
        self._horizon = round(HORIZON_S * engine.samplerate)

    def _move(self, voice: Voice, engine: Engine) -> None:
        old, slot, info = self._engine, voice.slot, voice.model.info
        new_slot = engine.add_voice(
            voice.model.kernel,
            parameters=_ranges(info),
            values=[old.value(slot, index) for index in range(len(info.parameters))],
            samplerate=info.samplerate,
            seed=voice.seed,
            channel=voice.channel,
            gate=old.gate(slot),
        )
        engine.send(new_slot, Kind.GAIN, value=old.gain(slot))
        engine.send(new_slot, Kind.PAN, value=old.pan(slot))
        engine.send(new_slot, Kind.TEMPERATURE, value=old.temperature(slot))
        voice.settle(engine, new_slot)


_latest = 1 << 64  # a frame beyond all frames


def _fits(parts: tuple[Part, ...], address: str) -> bool:
    given = address.split("/")
    return len(parts) == len(given) and all(map(part_matches, parts, given))


def _version() -> str:
    try:
        return metadata.version("smfosc")
    except metadata.PackageNotFoundError:  # run from the sources without installing them
        return "unknown"


def _listed(names: Any) -> str:
    return shorten(", ".join(names) or "none", 200)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or repr(error)


def _ranges(info: ModelInfo) -> list[ParamRange]:
    return [ParamRange(parameter.minimum, parameter.maximum) for parameter in info.parameters]


def _sendable(value: Value) -> Sendable:
    return value if isinstance(value, (int, float, str)) else repr(value)


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
