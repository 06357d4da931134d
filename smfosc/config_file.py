"""Reads ensemble files: finds all mistakes at once, says of each its line and the remedy.

Control or loader thread.
"""

import ipaddress
import tomllib
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar

from smfosc import library
from smfosc.config import (
    MAX_CHANNELS,
    AudioConfig,
    Config,
    EngineConfig,
    GroupConfig,
    HostConfig,
    LimitsConfig,
    LogConfig,
    ModelConfig,
    OscConfig,
    OutputConfig,
    OverloadConfig,
    QueryConfig,
    StateConfig,
    VoiceConfig,
)
from smfosc.hosts.groups import is_group
from smfosc.model_file import ModelFileError, ModelInfo, Parameter, read_info
from smfosc.names import (
    why_not_group,
    why_not_model,
    why_not_output,
    why_not_parameter,
    why_not_voice,
)
from smfosc.pattern import PatternError, is_pattern, part_matches, split
from smfosc.toml_checks import Checks, nearest, why_not
from smfosc.toml_lines import Where, syntax_problem

MAX_CONFIG_BYTES = 1 << 20

Describe = Callable[[str], ModelInfo]
Taken = TypeVar("Taken")


class ConfigError(Exception):
    """An ensemble file that cannot be used: one line for every mistake in it."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.problems = [f"{path}: {problem}" for problem in problems]
        super().__init__("\n".join(self.problems))


def why_not_address(text: str) -> str | None:
    """Why a text is no IPv4 address, or None when it is one."""
    try:
        ipaddress.IPv4Address(text)
    except ValueError as error:
        return str(error)
    return None


SECTIONS: dict[str, Any] = {
    "audio": AudioConfig,
    "osc": OscConfig,
    "query": QueryConfig,
    "engine": EngineConfig,
    "state": StateConfig,
    "limits": LimitsConfig,
    "overload": OverloadConfig,
    "log": LogConfig,
}


def model_info(name: str) -> ModelInfo:
    """What the model `name` of the model folders says. Raises LibraryError, ModelFileError."""
    return read_info(library.find(name))


def read_config(path: str | Path, describe: Describe = model_info) -> Config:
    """The settings in an ensemble file. Raises ConfigError with every mistake in it."""
    return _read(Path(path), describe, Reader.config)


def read_voices(path: Path) -> tuple[VoiceConfig, ...]:
    """The voices of a file that holds nothing else, whatever their models' parameters are.

    Raises ConfigError with every mistake in it.
    """
    return _read(path, None, Reader.voices)


def read_tables(path: Path, take: Callable[["Reader", dict[str, Any]], Taken]) -> Taken:
    """What `take` makes of a file's tables. Raises ConfigError with every mistake in it."""
    return _read(path, None, take)


def _read(path: Path, describe: Describe | None, take: Callable[["Reader", Any], Taken]) -> Taken:
    try:
        text = _read_text(path)
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(path, [syntax_problem(error)]) from error
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(path, [f"cannot read: {reason}"]) from error
    reader = Reader(text, describe, path.parent)
    taken = take(reader, values)
    if reader.problems:
        raise ConfigError(path, reader.problems)
    return taken


def _read_text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MAX_CONFIG_BYTES + 1)
    if len(data) > MAX_CONFIG_BYTES:
        raise ValueError(f"more than {MAX_CONFIG_BYTES} bytes")
    return data.decode()


class Reader(Checks):
    """Turns the tables of one file into settings and collects what is wrong with them.

    describe: tells a model's parameters; None: any will do. folder: where the file lies.
    """

    def __init__(self, text: str, describe: Describe | None, folder: Path = Path()) -> None:
        super().__init__(text)
        self._describe = describe
        self._folder = folder
        self._files: dict[str, Path] = {}  # of [models]

    def config(self, values: dict[str, Any]) -> Config:
        """The whole file."""
        self.refuse_unknown((), values, [f.name for f in fields(Config)])
        sections = {name: self.section(kind, (name,), values) for name, kind in SECTIONS.items()}
        models = self.named(ModelConfig, "models", values, why_not_model)
        models = tuple(map(self._with_path, models))
        self._files = {model.name: Path(model.file) for model in models if model.file}
        for model in models:
            self._info(("models", model.name), model.name)
        outputs = self._outputs(values)
        voices = self._voices(values)
        for voice in voices:
            self._check_place(voice, outputs)
        self._check_audio(sections["audio"], outputs)
        self._check_hosts(sections["osc"])
        groups = self._groups(values, [voice.name for voice in voices])
        hosts = self._hosts(values, [voice.name for voice in voices])
        return Config(
            **sections, models=models, outputs=outputs, groups=groups, hosts=hosts, voices=voices
        )

    def _with_path(self, model: ModelConfig) -> ModelConfig:
        file = self._folder / Path(model.file).expanduser()
        return replace(model, file=str(file)) if model.file else model

    def voices(self, values: dict[str, Any]) -> tuple[VoiceConfig, ...]:
        """A file of voices alone."""
        self.refuse_unknown((), values, ["voices"])
        return self._voices(values)

    def named(
        self, kind: Any, section: str, values: dict[str, Any], why: Callable[[str], str | None]
    ) -> tuple[Any, ...]:
        """The dataclasses of all [SECTION.NAME], in the order of the file."""
        tables = self.tables((section,), values)
        found = []
        for name, table in tables.items():
            where = (section, name)
            if reason := why(name):
                self.problem(where, reason)
            found.append(kind(name, **self.settings(kind, where, self.table(where, table))))
        return tuple(found)

    # --- around the voices ----------------------------------------------------------------

    def _outputs(self, values: dict[str, Any]) -> tuple[OutputConfig, ...]:
        outputs = self.named(OutputConfig, "outputs", values, why_not_output)
        before: dict[str, OutputConfig] = {}
        for output in outputs:
            where = ("outputs", output.name)
            if output.into:
                self._check_bus(where, output, before)
            elif output.speakers:
                self.problem((*where, "speakers"), 'needs into = "OUTPUT", whose channels they are')
            if len(output.connect) not in (0, 1, output.channels):
                wanted = f"one pattern, or {output.channels}, one for each channel"
                self.problem(
                    (*where, "connect"), f"{len(output.connect)} patterns; wanted {wanted}"
                )
            before[output.name] = output
        total = sum(output.channels for output in outputs if not output.into)
        if total > MAX_CHANNELS:
            self.problem(("outputs",), f"{total} channels together; wanted at most {MAX_CHANNELS}")
        return outputs

    def _check_bus(
        self, where: Where, output: OutputConfig, before: dict[str, OutputConfig]
    ) -> None:
        target = before.get(output.into)
        if target is None:
            hint = nearest(output.into, before)
            self.problem((*where, "into"), f"no output {output.into!r} above this one; {hint}")
            return
        if output.connect:
            self.problem((*where, "connect"), f"a bus has no ports; those of {target.name} have")
        speakers = output.speakers or tuple(range(1, output.channels + 1))
        if len(speakers) != output.channels:
            wanted = f"{output.channels}, one for each of its channels"
            self.problem((*where, "speakers"), f"{len(speakers)} of them; wanted {wanted}")
        for speaker in speakers:
            if not 1 <= speaker <= target.channels:
                wanted = f"1 to {target.channels}, a channel of {target.name}"
                self.problem((*where, "speakers"), f"{speaker}; wanted {wanted}")

    def _check_place(self, voice: VoiceConfig, outputs: tuple[OutputConfig, ...]) -> None:
        where, there = ("voices", voice.name), {output.name: output for output in outputs}
        if voice.output and voice.output not in there:
            hint = nearest(voice.output, there)
            self.problem((*where, "output"), f"no output {voice.output!r}; {hint}")
            return
        if outputs and voice.channel is not None:
            output = there[voice.output] if voice.output else outputs[0]
            if voice.channel > output.channels:
                wanted = f"1 to {output.channels}, the channels of output {output.name}"
                self.problem((*where, "channel"), f"{voice.channel}; wanted {wanted}")

    def _check_audio(self, audio: AudioConfig, outputs: tuple[OutputConfig, ...]) -> None:
        if audio.backend == "file" and not audio.out:
            self.problem(("audio", "backend"), 'file needs a WAV to write: out = "take.wav"')
        for name in ("channels", "connect"):
            if outputs and getattr(audio, name) != getattr(AudioConfig(), name):
                self.problem(("audio", name), f"[outputs] say it; move it to outputs.NAME.{name}")

    def _check_hosts(self, osc: OscConfig) -> None:
        if osc.multicast and not is_group(osc.multicast):
            wanted = "an IPv4 group, 224.0.0.0 to 239.255.255.255"
            self.problem(("osc", "multicast"), f"{osc.multicast!r}; wanted {wanted}")
        for host in osc.allow:
            try:
                ipaddress.ip_network(host)
            except ValueError as error:
                example = '"192.168.1.20" or "192.168.1.0/24"'
                self.problem(("osc", "allow"), f"{error}; wanted hosts or networks: {example}")

    def _groups(self, values: dict[str, Any], voices: list[str]) -> tuple[GroupConfig, ...]:
        groups = self.named(GroupConfig, "groups", values, why_not_group)
        return tuple(
            GroupConfig(group.name, tuple(self._members("groups", group, voices)))
            for group in groups
        )

    def _hosts(self, values: dict[str, Any], voices: list[str]) -> tuple[HostConfig, ...]:
        """The hosts, each with the names of its voices; every voice is on one of them."""
        hosts, taken = self.named(HostConfig, "hosts", values, why_not_group), dict[str, str]()
        found = []
        for host in hosts:
            where = ("hosts", host.name)
            if why_not_address(host.address):
                reason = f"{host.address!r}; wanted its IPv4 address in the hosts' network"
                self.problem((*where, "address"), reason)
            own = self._members("hosts", host, voices)
            for voice in own:
                if voice in taken:
                    reason = f"{voice} is on host {taken[voice]} already"
                    self.problem((*where, "voices"), reason)
                taken[voice] = host.name
            found.append(replace(host, voices=tuple(own)))
        for voice in voices if hosts else ():
            if voice not in taken:
                self.problem(("voices", voice), "on no host; name it in [hosts.NAME] voices")
        return tuple(found)

    def _members(
        self, section: str, group: GroupConfig | HostConfig, voices: list[str]
    ) -> list[str]:
        """The names that a group's names and patterns mean, each once, in the group's order."""
        where, found = (section, group.name, "voices"), []
        for wanted in group.voices:
            try:
                (part,) = split(f"/{wanted}")[1:] if is_pattern(wanted) else (None,)
            except (PatternError, ValueError):
                self.problem(where, f"{wanted!r} is neither a voice's name nor a pattern of it")
                continue
            meant = [v for v in voices if (v == wanted if part is None else part_matches(part, v))]
            if not meant:
                self.problem(where, f"no voice {wanted!r}; {nearest(wanted, voices)}")
            found += meant
        return list(dict.fromkeys(found))

    # --- voices ---------------------------------------------------------------------------

    def _voices(self, values: dict[str, Any]) -> tuple[VoiceConfig, ...]:
        tables = self.tables(("voices",), values)
        return tuple(self._voice(name, table) for name, table in tables.items())

    def _voice(self, name: str, values: Any) -> VoiceConfig:
        where = ("voices", name)
        table = self.table(where, values)
        if reason := why_not_voice(name):
            self.problem(where, reason)
        settings = self.settings(VoiceConfig, where, table, skip=["params"])
        if "model" not in table:
            self.problem(where, f'no model; add model = "NAME", NAME of: {self._listed()}')
        params = self._params(where, str(settings.get("model", "")), table.get("params", {}))
        return VoiceConfig(**{"model": "", **settings, "name": name, "params": params})

    def _params(self, voice: Where, model: str, values: Any) -> dict[str, float]:
        """Start values, checked against the model's own parameters."""
        where = (*voice, "params")
        table = self.table(where, values)
        if not model:
            return {}
        if self._describe is None:
            return self._any_params(where, table)
        info = self._info((*voice, "model"), model)
        if info is None:
            return {}
        known = {parameter.name: parameter for parameter in info.parameters}
        self.refuse_unknown(where, table, known)
        given = {name: value for name, value in table.items() if name in known}
        return {name: self._param((*where, name), known[name], v) for name, v in given.items()}

    def _info(self, where: Where, model: str) -> ModelInfo | None:
        """What a model says of itself; None, and a mistake, when it cannot be played."""
        file = self._files.get(model)
        try:
            if file is not None:
                return read_info(file)
            return self._describe(model) if self._describe else None
        except (library.LibraryError, ModelFileError) as error:
            self.problem(where, str(error))
            return None

    def _any_params(self, where: Where, table: dict[str, Any]) -> dict[str, float]:
        """Values of parameters that no model is asked about."""
        for name, value in table.items():
            reason = why_not_parameter(name) or why_not(value, float, {})
            if reason:
                self.problem((*where, name), reason)
        return {name: float(value) for name, value in table.items() if not self.problems}

    def _param(self, where: Where, parameter: Parameter, value: Any) -> float:
        allowed = {"low": parameter.minimum, "high": parameter.maximum, "choices": []}
        reason = why_not(value, float, allowed)
        if reason:
            self.problem(where, f"{reason} {parameter.unit}".rstrip())
        return parameter.default if reason else float(value)

    def _listed(self) -> str:
        return " ".join(sorted({*library.available(), *self._files})) or "none yet"
