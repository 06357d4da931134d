"""The voices: how they are made, get other models, move to another engine, and go.

Control thread; what takes time runs on the loader thread through `run`. While a voice is
being made, or its model exchanged, messages that it does not understand yet wait here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypedDict

from smfosc.address_space import AddressSpace, fits
from smfosc.arguments import Refused
from smfosc.engine import Kind
from smfosc.names import shorten, why_not_voice
from smfosc.osc import Message
from smfosc.pattern import PatternError, is_pattern, split
from smfosc.replies import Replies, Source
from smfosc.surroundings import Done, Run, Surroundings
from smfosc.voices import LoadedModel, Route, Voice, amplitude_of, seed_of

if TYPE_CHECKING:
    from smfosc.config import VoiceConfig
    from smfosc.engine import Engine
    from smfosc.models import Models
    from smfosc.outputs import Outputs


class Admit(Protocol):
    """Refuses a voice that there is no room for; loader thread.

    leaving: voices that go when it comes.
    """

    def __call__(self, name: str, model: LoadedModel, leaving: Collection[str] = ()) -> None:
        """Raises NoRoom."""


MAX_HELD = 10_000  # messages that wait for one voice to be made


class Place(TypedDict):
    """Where a voice sounds. channel: 0 is panned. output: "" is the first."""

    channel: int
    output: str


class Held(NamedTuple):
    """A message that waits until its voice is there."""

    message: Message
    source: Source | None
    frame: int


class Roster:
    """All voices by name, and those in the making.

    seed: the daemon's. perform: what becomes of a held message when its voice is there.
    end_note: keeps the end of a note with a duration. model_route: what
    `/voice/NAME/model` leads to.
    """

    def __init__(
        self,
        engine: Engine,
        models: Models,
        space: AddressSpace,
        outputs: Outputs,
        *,
        seed: int,
        replies: Replies,
        surroundings: Surroundings,
        run: Run,
        perform: Callable[[Held], None],
        end_note: Callable[[Voice, int, int], None],
        model_route: Callable[[Voice], Route],
    ) -> None:
        self.voices: dict[str, Voice] = {}
        self.outputs = outputs
        self.admit: Admit = lambda name, model, leaving=(): None
        self._settling: dict[str, int] = {}  # voices that are as told from that frame on
        self._making: dict[str, list[Held]] = {}
        self._engine = engine
        self._models = models
        self._space = space
        self._seed = seed
        self._replies = replies
        self._surroundings = surroundings
        self._run = run
        self._perform = perform
        self._end_note = end_note
        self._model_route = model_route

    def get(self, name: str) -> Voice:
        """The voice of that name. Raises Refused."""
        voice = self.voices.get(name)
        if voice is None:
            raise Refused(self.why_not_there(name))
        return voice

    def why_not_there(self, name: str) -> str:
        """What to tell about a voice that does not exist."""
        return f"no voice {shorten(name)!r}; there are: {listed(self.voices)}"

    def is_making(self, name: str) -> bool:
        """Whether a voice is being made or its model exchanged."""
        return name in self._making

    @property
    def making(self) -> Collection[str]:
        """Voices that are being made, or whose model is being exchanged."""
        return self._making.keys()

    @property
    def busy(self) -> bool:
        """Whether any voice is being made or its model exchanged."""
        return bool(self._making)

    def settle_on(self, name: str, frame: int) -> None:
        """What the engine says of a voice is of before until that frame has been rendered."""
        self._settling[name] = frame

    def is_settling(self, name: str) -> bool:
        """Whether what the engine says of a voice is still of before."""
        if self._settling.get(name, -1) >= self._engine.frame:
            return True
        self._settling.pop(name, None)
        return False

    # --- come and go ----------------------------------------------------------------------

    def add(
        self,
        wanted: VoiceConfig,
        *,
        frame: int | None,
        done: Callable[[Voice | Exception], None],
    ) -> None:
        """Make a voice; `done` gets it, or why there is none. Raises Refused."""
        name, model_name = wanted.name, wanted.model
        reason = why_not_voice(name)
        if reason is not None:
            raise Refused(reason)
        if name in self.voices or name in self._making:
            raise Refused(f"voice {name} exists already; free it first or take another name")
        self.outputs.check(wanted.output, wanted.channel)
        self._making[name] = []

        def job() -> tuple[LoadedModel, int]:
            model = self._models.load(model_name)
            self.admit(name, model)
            return model, self._begin(wanted, model, frame)

        def added(result: tuple[LoadedModel, int] | Exception) -> None:
            if isinstance(result, Exception):
                self._tell_failure(name, model_name, result)
                done(result)
            else:
                place: Place = {
                    "channel": wanted.channel or 0,
                    "output": self.outputs.name(wanted.output),
                }
                done(self.enter(name, *result, **place, seed=self.seed_for(wanted)))
            self._made(name)

        self._run(job, added)

    def seed_for(self, wanted: VoiceConfig) -> int:
        """The seed that a voice starts with."""
        seed = seed_of(self._seed, wanted.name) if wanted.seed is None else wanted.seed
        return seed % (1 << 64)

    def _begin(self, wanted: VoiceConfig, model: LoadedModel, frame: int | None) -> int:
        """Build it with all its values from its first sample on. Loader thread."""
        info = model.info
        slot = self._engine.add_voice(
            model.kernel,
            parameters=info.parameters,
            values=[wanted.params.get(p.name, p.default) for p in info.parameters],
            samplerate=info.samplerate,
            seed=self.seed_for(wanted),
            channel=wanted.channel or 0,
            bus=self.outputs.bus(wanted.output),
            gate=wanted.gate,
            gain=amplitude_of(wanted.gain),
            pan=wanted.pan,
            frame=frame,
        )
        if wanted.temperature != 1.0:
            self._engine.send(slot, Kind.TEMPERATURE, frame=frame, value=wanted.temperature)
        return slot

    def enter(
        self, name: str, model: LoadedModel, slot: int, *, channel: int, output: str, seed: int
    ) -> Voice:
        """Give a voice of the engine a name and its addresses."""
        voice = Voice(
            name,
            slot,
            model,
            channel=channel,
            output=output,
            seed=seed,
            engine=self._engine,
            replies=self._replies,
            end_note=self._end_note,
        )
        self.voices[name] = voice
        self._reroute(voice)
        self._surroundings.news("/voice.added", name, model.info.name, channel)
        return voice

    def free(self, name: str, frame: int) -> None:
        """Let a voice release and go. Raises Refused."""
        voice = self.get(name)
        del self.voices[name]
        self._space.remove_below(f"/voice/{name}/")
        self._engine.free_voice(voice.slot, frame)
        self._surroundings.news("/voice.freed", name)

    def _reroute(self, voice: Voice) -> None:
        """Exchange a voice's addresses after it came or got another model."""
        self._space.remove_below(f"/voice/{voice.name}/")
        self._space.add(voice.routes())
        self._space.add([(f"/voice/{voice.name}/model", self._model_route(voice))])

    # --- what waits for a voice -----------------------------------------------------------

    def hold(self, held: Held) -> bool:
        """Keep a message that a voice in the making may understand; False if none may.

        A pattern is kept for each such voice that it may mean; those that are there
        already are not for us.
        """
        if not self._making:
            return False
        head, _, rest = held.message.address[1:].partition("/")
        name, _, leaf = rest.partition("/")
        if head != "voice" or not leaf:
            return False
        if not is_pattern(name):
            return name in self._making and self.keep(name, held)
        try:
            return sum(self._hold_for(making, leaf, held) for making in self._meant(name)) > 0
        except PatternError:
            return False  # told when it is expanded

    def _meant(self, pattern: str) -> Iterator[str]:
        return (making for making in list(self._making) if fits(split(pattern), making))

    def _hold_for(self, name: str, leaf: str, held: Held) -> bool:
        own = held.message._replace(address=f"/voice/{name}/{leaf}")
        return not self._space.understands(own.address) and self.keep(
            name, held._replace(message=own)
        )

    def keep(self, name: str, held: Held) -> bool:
        """Keep a message for a voice in the making, in order; too many are refused."""
        waiting = self._making[name]
        if len(waiting) < MAX_HELD:
            waiting.append(held)
        else:
            reason = f"{MAX_HELD} messages wait for voice {name} already"
            self._replies.fail(held.source, held.message.address, reason)
        return True

    def _made(self, name: str) -> None:
        for held in self._making.pop(name):
            self._perform(held)

    # --- another model --------------------------------------------------------------------

    def change_model(
        self, voice: Voice, model_name: str, fade_ms: float, frame: int | None, done: Done
    ) -> None:
        """Load a model, then crossfade to it. Until it is loaded the old one plays on.

        frame: where the crossfade begins, None: as soon as it can. Raises Refused.
        """
        if voice.name in self._making:
            raise Refused(f"voice {voice.name} is getting another model already")
        self._making[voice.name] = []

        def loaded(result: LoadedModel | Exception) -> None:
            if isinstance(result, Exception):
                self._tell_failure(voice.name, model_name, result)
                done(result)
                self._made(voice.name)
            else:
                self._swap_model(voice, result, fade_ms, frame, done)

        self._run(lambda: self._models.load(model_name), loaded)

    def _swap_model(
        self, voice: Voice, model: LoadedModel, fade_ms: float, frame: int | None, done: Done
    ) -> None:
        """Warm the new model up and hand it over.

        Meanwhile a parameter's index may mean the old model or the new one, so messages to
        parameters wait, as do those that only the new one understands.
        """
        parameters = model.info.parameters
        old = {parameter.name: index for index, parameter in enumerate(voice.parameters)}
        self._space.remove(voice.parameter_addresses())

        def job() -> None:
            self._engine.swap_model(
                voice.slot,
                model.kernel,
                parameters=model.info.parameters,
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
                self._tell_model(voice, model, result)
            done(result)
            self._made(voice.name)

        self._run(job, swapped)

    def take_model(self, voice: Voice, model: LoadedModel) -> None:
        """The engine crossfades to that model from now on."""
        voice.model = model
        self._reroute(voice)
        self._tell_model(voice, model, None)

    def _tell_model(self, voice: Voice, model: LoadedModel, error: Exception | None) -> None:
        if error is None:
            self._surroundings.news("/voice.model", voice.name, model.info.name)
        else:
            self._tell_failure(voice.name, model.info.name, error)

    def _tell_failure(self, name: str, model_name: str, error: Exception) -> None:
        self._surroundings.news("/voice.failed", name, shorten(model_name), one_line(error))

    # --- another engine -------------------------------------------------------------------

    def move_to(self, engine: Engine) -> None:
        """Make all voices anew in another engine, as they are. Takes a while."""
        self._settling.clear()
        for voice in self.voices.values():
            self._move(voice, engine)
        self._engine = engine

    def _move(self, voice: Voice, engine: Engine) -> None:
        old, slot, info = self._engine, voice.slot, voice.model.info
        note = voice.sounding_note(old.frame)
        new_slot = engine.add_voice(
            voice.model.kernel,
            parameters=info.parameters,
            values=[old.value(slot, index) for index in range(len(info.parameters))],
            samplerate=info.samplerate,
            seed=voice.seed,
            channel=voice.channel,
            bus=self.outputs.bus(voice.output),
            gate=old.gate(slot) and note is None,
        )
        engine.send(new_slot, Kind.GAIN, value=old.gain(slot))
        engine.send(new_slot, Kind.PAN, value=old.pan(slot))
        engine.send(new_slot, Kind.TEMPERATURE, value=old.temperature(slot))
        voice.settle(engine, new_slot)
        if note is not None:
            voice.sound_again(note, engine.frame)


def one_line(error: Exception) -> str:
    """An error's text without line breaks."""
    return " ".join(str(error).split()) or repr(error)


def listed(names: Iterable[str]) -> str:
    """Names for one line of an answer."""
    return shorten(", ".join(names) or "none", 200)
