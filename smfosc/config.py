"""The ensemble file of `smfosc serve CONFIG`: the daemon's settings and its voices, in TOML.

`docs/ensemble.toml` shows every setting. Reading finds all mistakes at once and says of each its
line and the remedy. Control thread.
"""

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from smfosc import addresses, library
from smfosc.model_file import ModelFileError, ModelInfo, Parameter, read_info
from smfosc.names import shorten, why_not_parameter, why_not_voice

MAX_CONFIG_BYTES = 1 << 20
MAX_SEED = 2**63 - 1

Describe = Callable[[str], ModelInfo]
Where = tuple[str, ...]  # the keys that lead to a value
Section = TypeVar("Section")
Taken = TypeVar("Taken")


class ConfigError(Exception):
    """An ensemble file that cannot be used: one line for every mistake in it."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.problems = [f"{path}: {problem}" for problem in problems]
        super().__init__("\n".join(self.problems))


def _setting(
    default: Any, low: float | None = None, high: float | None = None, choices: str = ""
) -> Any:
    """A field with its default and what it allows; choices are separated by spaces."""
    return field(default=default, metadata={"low": low, "high": high, "choices": choices.split()})


def _as_sent(default: Any, address: str, argument: int = 0) -> Any:
    """A field with the range that the address table gives an argument of `address`."""
    row = addresses.row(address).arguments[argument]
    return _setting(default, row.minimum, row.maximum)


@dataclass(frozen=True)
class AudioConfig:
    """[audio]: where the sound goes."""

    backend: str = _setting("", choices="jack portaudio file null")  # "": JACK, then PortAudio
    samplerate: int = _setting(48_000, 8_000, 192_000)  # Hz, where the backend lets us choose
    blocksize: int = _setting(256, 1, 4_096)  # frames, where the backend lets us choose
    channels: int = _setting(2, 1, 64)  # of the mix
    connect: str = ""  # ports to connect to, a pattern; "": the physical outputs
    device: str = ""  # PortAudio's; "": its default
    out: str = ""  # the WAV that the file backend writes


@dataclass(frozen=True)
class OscConfig:
    """[osc]: where messages come from."""

    host: str = "127.0.0.1"  # the address to listen at; 0.0.0.0 for all
    port: int = _setting(7_770, 1, 65_535)  # UDP and TCP
    lead_ms: float = _setting(2.0, 0.0, 1_000.0)  # an immediate message's head start
    allow_remote_control: bool = False  # other hosts may load models and /quit


@dataclass(frozen=True)
class QueryConfig:
    """[query]: OSCQuery and the page to play, over HTTP, at the host of [osc]."""

    enabled: bool = True
    port: int = _setting(7_771, 1, 65_535)  # HTTP and WebSocket
    announce: bool = True  # tell the network where we are, by zeroconf
    names: str = ""  # host names by which browsers may call too, separated by spaces


@dataclass(frozen=True)
class EngineConfig:
    """[engine]: how the voices are computed."""

    seed: int = _setting(0, -MAX_SEED, MAX_SEED)  # gives each voice its own, with its name
    workers: int = _setting(0, 0, 64)  # threads beside the audio thread
    precision: str = _setting("int8", choices="float32 bfloat16 int8")


@dataclass(frozen=True)
class StateConfig:
    """[state]: what is kept from one run to the next."""

    folder: str = ""  # of snapshots and scores; "": the user's own
    boot: str = ""  # the snapshot that it starts with, instead of the voices of this file


@dataclass(frozen=True)
class VoiceConfig:
    """[voices.NAME]: a voice and the values it starts with."""

    name: str
    model: str  # a name in the model folders
    # on that channel alone; None: panned in the stereo mix
    channel: int | None = _as_sent(None, "/voice/new", 2)
    gate: bool = True  # open: it sounds at once
    gain: float = _as_sent(0.0, "/voice/NAME/gain")  # dB
    pan: float = _as_sent(0.0, "/voice/NAME/pan")
    temperature: float = _as_sent(1.0, "/voice/NAME/temperature")
    seed: int | None = _setting(
        None, -MAX_SEED - 1, MAX_SEED
    )  # None: from the daemon's and the name
    params: dict[str, float] = field(default_factory=dict)  # in their own units


@dataclass(frozen=True)
class Config:
    """All of an ensemble file; what it leaves out has its default."""

    audio: AudioConfig = AudioConfig()
    osc: OscConfig = OscConfig()
    query: QueryConfig = QueryConfig()
    engine: EngineConfig = EngineConfig()
    state: StateConfig = StateConfig()
    voices: tuple[VoiceConfig, ...] = ()


def model_info(name: str) -> ModelInfo:
    """What the model `name` of the model folders says. Raises LibraryError, ModelFileError."""
    return read_info(library.find(name))


def read_config(path: str | Path, describe: Describe = model_info) -> Config:
    """The settings in an ensemble file. Raises ConfigError with every mistake in it."""
    return _read(Path(path), describe, _Reader.config)


def read_voices(path: Path) -> tuple[VoiceConfig, ...]:
    """The voices of a file that holds nothing else, whatever their models' parameters are.

    Raises ConfigError with every mistake in it.
    """
    return _read(path, None, _Reader.voices)


def _read(path: Path, describe: Describe | None, take: Callable[["_Reader", Any], Taken]) -> Taken:
    try:
        text = _read_text(path)
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(path, [_syntax(error)]) from error
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(path, [f"cannot read: {reason}"]) from error
    reader = _Reader(text, describe)
    taken = take(reader, values)
    if reader.problems:
        raise ConfigError(path, [said for _, said in sorted(reader.problems)])
    return taken


def _read_text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MAX_CONFIG_BYTES + 1)
    if len(data) > MAX_CONFIG_BYTES:
        raise ValueError(f"more than {MAX_CONFIG_BYTES} bytes")
    return data.decode()


def _syntax(error: tomllib.TOMLDecodeError) -> str:
    """tomllib's `what (at line 3, column 5)` with the line in front."""
    found = re.fullmatch(r"(.*) \(at (line \d+), column \d+\)", str(error), re.DOTALL)
    what, line = found.groups() if found else (str(error), "end of file")
    return f'{line}: not TOML: {what}; texts stand in quotes, e.g. backend = "jack"'


class _Reader:
    """Turns tables into settings and collects what is wrong with them.

    describe: tells a model's parameters; None: any will do.
    """

    def __init__(self, text: str, describe: Describe | None) -> None:
        self.problems: list[tuple[int, str]] = []  # line, what it says
        self._lines = _line_numbers(text)
        self._describe = describe

    def config(self, values: dict[str, Any]) -> Config:
        """The whole file."""
        self._refuse_unknown((), values, [f.name for f in fields(Config)])
        audio = self._section(AudioConfig, ("audio",), values)
        if audio.backend == "file" and not audio.out:
            self._problem(("audio", "backend"), 'file needs a WAV to write: out = "take.wav"')
        return Config(
            audio=audio,
            osc=self._section(OscConfig, ("osc",), values),
            query=self._section(QueryConfig, ("query",), values),
            engine=self._section(EngineConfig, ("engine",), values),
            state=self._section(StateConfig, ("state",), values),
            voices=self._voices(values),
        )

    def voices(self, values: dict[str, Any]) -> tuple[VoiceConfig, ...]:
        """A file of voices alone."""
        self._refuse_unknown((), values, ["voices"])
        return self._voices(values)

    def _voices(self, values: dict[str, Any]) -> tuple[VoiceConfig, ...]:
        tables = self._table(("voices",), values.get("voices", {}))
        return tuple(self._voice(name, table) for name, table in tables.items())

    def _section(self, kind: Callable[..., Section], where: Where, values: Any) -> Section:
        table = self._table(where, values.get(where[-1], {}))
        return kind(**self._settings(kind, where, table, skip=()))

    def _voice(self, name: str, values: Any) -> VoiceConfig:
        where = ("voices", name)
        table = self._table(where, values)
        if reason := why_not_voice(name):
            self._problem(where, reason)
        settings = self._settings(VoiceConfig, where, table, skip=("name", "params"))
        if "model" not in table:
            self._problem(where, f'no model; add model = "NAME", NAME of: {_listed()}')
        params = self._params(where, str(settings.get("model", "")), table.get("params", {}))
        return VoiceConfig(**{"model": "", **settings, "name": name, "params": params})

    def _params(self, voice: Where, model: str, values: Any) -> dict[str, float]:
        """Start values, checked against the model's own parameters."""
        where = (*voice, "params")
        table = self._table(where, values)
        if not model:
            return {}
        if self._describe is None:
            return self._any_params(where, table)
        try:
            known = {parameter.name: parameter for parameter in self._describe(model).parameters}
        except (library.LibraryError, ModelFileError) as error:
            self._problem((*voice, "model"), str(error))
            return {}
        self._refuse_unknown(where, table, known)
        given = {name: value for name, value in table.items() if name in known}
        return {name: self._param((*where, name), known[name], v) for name, v in given.items()}

    def _any_params(self, where: Where, table: dict[str, Any]) -> dict[str, float]:
        """Values of parameters that no model is asked about."""
        for name, value in table.items():
            reason = why_not_parameter(name) or _why_not(value, float, {})
            if reason:
                self._problem((*where, name), reason)
        return {name: float(value) for name, value in table.items() if not self.problems}

    def _param(self, where: Where, parameter: Parameter, value: Any) -> float:
        allowed = {"low": parameter.minimum, "high": parameter.maximum, "choices": []}
        reason = _why_not(value, float, allowed)
        if reason:
            self._problem(where, f"{reason} {parameter.unit}".rstrip())
        return parameter.default if reason else float(value)

    def _settings(
        self, kind: Any, where: Where, table: dict[str, Any], skip: Iterable[str]
    ) -> dict[str, Any]:
        """The values that the table gives the fields of `kind`; wrong ones are left out."""
        known = {f.name: f for f in fields(kind)}
        self._refuse_unknown(where, table, [name for name in known if name != "name"])
        settings: dict[str, Any] = {}
        for name in table.keys() & known.keys() - set(skip):
            reason = _why_not(table[name], known[name].type, known[name].metadata)
            if reason:
                self._problem((*where, name), reason)
            else:
                settings[name] = float(table[name]) if known[name].type is float else table[name]
        return settings

    def _table(self, where: Where, value: Any) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self._problem(where, f"{_shown(value)}; wanted a table, [{'.'.join(where)}]")
        return {}

    def _refuse_unknown(self, where: Where, table: Iterable[str], known: Iterable[str]) -> None:
        names = sorted(known)
        for name in table:
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1)
                hint = f"did you mean {near[0]}?" if near else f"there are: {' '.join(names)}"
                self._problem((*where, name), f"not a setting; {hint}")

    def _problem(self, where: Where, what: str) -> None:
        """Remember a mistake with the line of the nearest key that leads to it."""
        near = (self._lines.get(where[:n], 0) for n in range(len(where), 0, -1))
        line = next(filter(None, near), 1)
        self.problems.append((line, f"line {line}: {shorten('.'.join(where), 80)}: {what}"))


def _why_not(value: Any, kind: Any, allowed: Any) -> str | None:
    """Why a setting of this kind cannot have the value, or None when it can."""
    if kind in (bool, str):
        fits = isinstance(value, kind)
    else:
        fits = isinstance(value, int if kind is not float else (int, float)) and (
            not isinstance(value, bool) and (isinstance(value, int) or math.isfinite(value))
        )
    if not fits:
        return f"{_shown(value)}; wanted {_KINDS[kind]}"
    if allowed.get("choices") and value not in allowed["choices"]:
        return f"{_shown(value)}; wanted one of: {' '.join(allowed['choices'])}"
    low, high = allowed.get("low"), allowed.get("high")
    if low is not None and not low <= value <= high:
        return f"{_shown(value)}; wanted {low:.12g} to {high:.12g}"
    return None


_KINDS = {
    bool: "true or false",
    str: 'a text in quotes, e.g. "name"',
    int: "a whole number",
    int | None: "a whole number",
    float: "a number",
}


def _shown(value: object) -> str:
    return shorten(repr(value), 60)


def _listed() -> str:
    return " ".join(library.available()) or "none yet"


_HEADER = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")


def _line_numbers(text: str) -> dict[Where, int]:
    """The line of every key, for messages: tomllib does not tell. A text over lines may mislead."""
    lines: dict[Where, int] = {}
    table: Where = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _keys(header[1])
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault(table + _keys(key[1]), number)
    return lines


def _keys(dotted: str) -> Where:
    return tuple(key.strip().strip("\"'") for key in dotted.split("."))
