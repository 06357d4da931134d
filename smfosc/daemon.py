"""The composition root of `smfosc serve`: builds all, starts in order, stops in reverse.

sockets -> sound system -> engine -> voices -> sound -> the loop on the control thread,
until /quit or a signal. Everything here runs on the control thread.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator

from smfosc.admission import Admission, NoRoom
from smfosc.arguments import Refused
from smfosc.audio import open_backend
from smfosc.audio.file import FileBackend
from smfosc.audio.keeper import AudioKeeper
from smfosc.awake import AwakeCores
from smfosc.commands import Commands, Now, Run, Settings, run_now
from smfosc.config import Config, VoiceConfig
from smfosc.engine import Engine, Notice, NoticeKind
from smfosc.ensemble import Ensemble
from smfosc.health import Health, voices_health
from smfosc.logs import Recent
from smfosc.models import Models
from smfosc.opening import minding_signals, open_membership, open_query, open_server, prepare
from smfosc.osc import Message
from smfosc.outputs import plan
from smfosc.overload import Overload
from smfosc.performance import Performance, observed, resume
from smfosc.questions import own_version
from smfosc.schedule import Timeline
from smfosc.serve_settings import (
    ServeSettings,
    audio_settings,
    state_folder,
    state_path,
    with_workers_that_fit,
)
from smfosc.supervision.last_state import LastState, StateKeeper
from smfosc.supervision.notify import Notifier
from smfosc.supervision.pulse import Pulse
from smfosc.voices import Voice
from smfosc.watch import ModelWatch

ADOPT_S = 0.1  # how long to wait for the first block, to give workers its thread's priority

log = logging.getLogger(__name__)

Announce = Callable[[str], None]


class Daemon:
    """One running instrument. Raises what cannot be opened; the caller tells it."""

    def __init__(self, settings: ServeSettings, models: Models) -> None:
        config = settings.config
        self._notifier = Notifier()
        self._recent = settings.recent or Recent()
        self._began_s = time.monotonic()
        self._resume = "never" if settings.fresh else config.state.resume
        began = (config.voices, config.outputs, config.groups)
        self._last = LastState(state_path(config), config.osc.port, began)
        self._config = config = with_workers_that_fit(config)
        self._plan = plan(config)
        self._models = models
        prepare(models, config)
        self._stack = contextlib.ExitStack()
        with contextlib.ExitStack() as stack:  # gives back what was opened if a later part fails
            self.server = stack.enter_context(contextlib.closing(open_server(config)))
            backend = open_backend(audio_settings(settings))
            stack.callback(backend.stop)
            self.engine = self._new_engine(backend.samplerate)
            self.timeline = self._new_timeline()
            self.commands = self._new_commands()
            self.keeper = AudioKeeper(backend, self._engine_at, self.server.news)
            self.membership = open_membership(settings, self.server)
            stack.callback(self.membership.stop)
            self.query = open_query(config, self.server, models, self.membership)
            stack.callback(self.query.stop)
            self.ensemble = self._new_ensemble(settings)
            self._admission, self._overload = self._new_guards()
            self._restored = self._restore()
            self._add_voices(self._restored.voices if self._restored else self._config.voices)
            self._stack = stack.pop_all()
        self._stack.callback(self.commands.close)
        self._stack.callback(self._stop_audio)
        self._pulse = Pulse(self._notifier, lambda: self.engine.frame)
        self._state_keeper = StateKeeper(self._last, lambda: observed(self.commands))
        self._stack.callback(self._state_keeper.stop)
        self._watch = self._new_watch()
        self._stack.callback(self._watch.stop)
        self._adopted = config.engine.workers == 0
        self._awake = AwakeCores()

    def run(self, announce: Announce = print) -> None:
        """Play until /quit, SIGINT or SIGTERM. Raises AudioError if the sound is lost for good."""
        with self._stack, minding_signals(self.server, self.ensemble):
            if self._config.audio.awake:
                self._stack.callback(self._awake.release)
                self._awake.hold()
            self.keeper.start()
            self.membership.start(self.commands)
            self._look_after()
            self.query.start(self.commands, self.health)
            if self._config.engine.watch:
                self._watch.start()
            for line in self.describe():
                announce(line)
            self._notifier.ready(self.keeper.backend.description)
            self.server.watch(self._look_after)
            self._begin()
            self.server.serve(self.commands, self.engine, self.timeline)
            self._notifier.stopping()
            self._leave_state()

    def health(self) -> Health:
        """How everything is, now."""
        server, engine = self.server, self.engine
        return Health(
            version=own_version(),
            uptime_s=time.monotonic() - self._began_s,
            backend=server.backend,
            audible=self.keeper.playing,
            still_s=self._pulse.still_s,
            samplerate=engine.samplerate,
            blocksize=engine.clock().blocksize,
            counters=engine.counters(),
            voices=list(voices_health(self.commands.voices.values(), engine)),
            packets=server.messages,
            lost_packets=server.lost_packets,
            limited_messages=server.guard.limited,
            unheard_packets=server.guard.unheard,
            sound_losses=self.keeper.losses,
            state_error=self._state_keeper.error,
            events=self._recent.events,
            log_counts=self._recent.counts,
        )

    def describe(self) -> Iterator[str]:
        """What plays, what listens, and how fast it answers: lines for the terminal."""
        yield f"audio  {self.keeper.backend.description}"
        yield from (f"osc    {line}" for line in self.server.describe())
        yield f"http   {self.query.describe()}"
        for voice in self.commands.voices.values():
            kernel = voice.model.kernel
            ranges = ", ".join(f"{p.name} {p.minimum:g}-{p.maximum:g}" for p in voice.parameters)
            model = voice.model.info.name
            how = f"{kernel.isa} {kernel.precision}{_lead_of(voice)}"
            yield f"voice  {voice.name}: {model} ({ranges}), {how}"
        yield f"delay  {self._describe_delay()}"

    def _describe_delay(self) -> str:
        rate = self.engine.samplerate
        block_ms = 1000 * self.keeper.backend.count().blocksize / rate
        filter_ms = 1000 * self.engine.delay_frames / rate
        lead_ms = self._config.osc.lead_ms
        return (
            f"{block_ms + lead_ms + filter_ms:.1f} ms from a message to its sound: one block"
            f" {block_ms:.1f} + lead {lead_ms:.1f} + resampler {filter_ms:.1f}"
        )

    # --- building ---------------------------------------------------------------------

    def _new_engine(self, samplerate: int, first_frame: int = 0) -> Engine:
        return Engine(
            samplerate,
            channels=self._plan.channels,
            workers=self._config.engine.workers,
            first_frame=first_frame,
            max_voices=self._config.limits.voices,
            buses=self._plan.buses,
        )

    def _new_timeline(self) -> Timeline:
        lead_s = self._config.osc.lead_ms / 1000
        return Timeline(self.engine.clock, self.engine.samplerate, lead_s=lead_s)

    def _new_commands(self) -> Commands:
        osc = self._config.osc
        settings = Settings(self._config.engine.seed, osc.allow_remote_control)
        self._run: Run = run_now  # the first voices are made before anything sounds
        folder = state_folder(self._config)
        folder.sweep()
        return Commands(
            self.engine,
            self._models,
            settings=settings,
            surroundings=self.server,
            run=lambda job, done: self._run(job, done),
            state=folder,
            outputs=self._plan,
        )

    def _new_ensemble(self, settings: ServeSettings) -> Ensemble:
        return Ensemble(
            settings.written or self._config,
            settings.read,
            self.commands,
            self._models,
            surroundings=self.server,
            run=lambda job, done: self._run(job, done),
            apply=self._apply,
        )

    def _begin(self) -> None:
        """Go on as it last was, or play the score of [state]."""
        if self._restored is not None:
            resume(self._restored, self.commands)
            return
        state = self._config.state
        if not state.score:
            return
        self.commands.handle(Message("/score/play", (state.score,)), None, 0)
        if state.loop:  # the loader works in order: by then it plays
            loop = Message("/score/loop", (state.score, 1))
            self._run(lambda: None, lambda _: self.commands.handle(loop, None, 0))

    def _new_guards(self) -> tuple[Admission, Overload]:
        """Who refuses voices that would not fit, and who lets some rest when it is too late."""
        voices, settings = self.commands.voices, self._config.overload
        threads = 1 + self._config.engine.workers
        admission = Admission(lambda: self.engine, voices, settings, threads)
        self.commands.admit_by(admission)
        overload = Overload(
            lambda: self.engine,
            voices,
            settings,
            news=self.server.news,
            to_int8=self._to_int8,
        )
        return admission, overload

    def _to_int8(self, voice: Voice) -> bool:
        """Let a voice go on with int8 weights, and all that come; False if it has them."""
        if voice.model.kernel.precision == "int8" or voice.model.kernel.isa == "onnx":
            return False
        self._models.precision = "int8"
        self._models.precisions.clear()
        with contextlib.suppress(Refused):  # it is getting another model already
            fade_ms = self._config.engine.reload_ms
            self.commands.change_model(voice, voice.model.info.name, fade_ms)
        return True

    def _apply(self, config: Config) -> None:
        """What a reload changes beside voices and outputs."""
        self._admission.settings = self._overload.settings = config.overload

    def _new_watch(self) -> ModelWatch:
        fade_ms = self._config.engine.reload_ms
        return ModelWatch(
            self._models,
            self.commands.voices,
            lambda voice, name: self.commands.change_model(voice, name, fade_ms),
            post=self.server.post,
            run=self.server.loader.run,
            news=self.server.news,
        )

    def _restore(self) -> Performance | None:
        """What the last run left when it was killed."""
        if self._resume == "never":
            self._last.forget()
            return None
        found = self._last.restore()
        if found is not None:
            log.warning("%d voices are restored as they last were", len(found.voices))
        return found

    def _add_voices(self, voices: tuple[VoiceConfig, ...]) -> None:
        self.commands.advance(Now(0, 0, None))
        for voice in voices:
            self.commands.make_voice(voice, frame=0, done=_made)
        self._run = self.server.loader.run

    def _engine_at(self, samplerate: int) -> Engine:
        """The engine for a rate: the present one, or a new one with the same voices."""
        if samplerate != self.engine.samplerate:
            engine = self._new_engine(samplerate, self.engine.frame)
            self.commands.move_to(engine)
            self.engine = engine
            self.timeline = self._new_timeline()
            self.server.use(engine, self.timeline)
            self._adopted = self._config.engine.workers == 0
        return self.engine

    # --- while it runs ----------------------------------------------------------------

    def _look_after(self) -> None:
        self._pulse.beat()
        self._state_keeper.turn()
        self.keeper.poll()
        self._admission.observe()
        self._overload.turn()
        self._tell_backend()
        for notice, times in Counter(self.engine.notices()).items():
            self._tell(notice, times)
        self.engine.collect()
        if not self._adopted:
            self._adopt_priority()

    def _tell_backend(self) -> None:
        description = self.keeper.backend.description
        told = description if self.keeper.playing else f"gone: {description}"
        if told != self.server.backend:
            self.server.backend = told
            self._notifier.status(told)

    def _adopt_priority(self) -> None:
        """Give the workers the audio thread's priority, as soon as that thread runs."""
        end = time.monotonic() + ADOPT_S
        while not self.engine.counters().blocks and time.monotonic() < end:
            time.sleep(0.001)
        self._adopted = self.engine.counters().blocks > 0
        try:
            if self._adopted:
                self.engine.adopt_priority()
        except OSError as error:
            log.warning("workers stay at normal priority: %s", error)

    def _tell(self, notice: Notice, times: int) -> None:
        name = self._name_of(notice.slot)
        match notice.kind:
            case NoticeKind.RESTARTED:
                log.warning("voice %s: its sound broke down; its model was restarted", name)
                self.server.news("/voice.restarted", name)
            case NoticeKind.MISSED:
                log.warning("voice %s: silent for %d blocks: a worker was late", name, times)
            case NoticeKind.LATE:
                log.info("voice %s: %s came %.1f ms late", name, notice.event.name, notice.ms)
            case _:
                log.debug("voice %s: %s", name, notice.kind.name.lower())

    def _name_of(self, slot: int) -> str:
        voices = self.commands.voices.values()
        return next((voice.name for voice in voices if voice.slot == slot), "that is gone")

    def _leave_state(self) -> None:
        """What an orderly end leaves for the next start."""
        self._state_keeper.stop()
        if self._config.state.resume != "always":
            self._last.forget()
            return
        try:
            self._last.write(observed(self.commands))
        except OSError as error:
            log.error("%s: the state is not kept: %s", self._last.path, error.strerror)

    def _stop_audio(self) -> None:
        self.keeper.stop()
        backend = self.keeper.backend
        if isinstance(backend, FileBackend) and backend.lost_frames:
            log.warning("%d frames are missing: the disk was too slow", backend.lost_frames)


def _made(result: Voice | Exception) -> None:
    if isinstance(result, NoRoom):
        log.error("%s", result)
    elif isinstance(result, Exception):
        raise result


def _lead_of(voice: Voice) -> str:
    """What a model that is made ahead costs; nothing for the native kernel's."""
    lead = getattr(voice.model.kernel, "lead", 0)
    return f", parameters act {1000 * lead / voice.model.info.samplerate:.0f} ms later" * bool(lead)
