"""dataset: sounds from one of the sources to 16 kHz clips and metadata.csv."""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainer.clips import write_parameters
from trainer.dataset import DatasetConfig
from trainer.soundfont import require_soundfont
from trainer.sources.attacks import Attacks, AttacksConfig
from trainer.sources.build import BuildConfig
from trainer.sources.folder import Folder, FolderConfig
from trainer.sources.mixture import Mixture, MixtureConfig
from trainer.sources.nsynth import Nsynth, NsynthConfig
from trainer.sources.taken import TakenConfig, take
from trainer.sources.textures import Textures, TexturesConfig
from trainer.sources.trumpinet import Trumpinet, TrumpinetConfig
from trainer.stage import Progress, Stage, Task


@dataclass(frozen=True)
class Built:
    """Clips of a source, as `trainer.sources.build` makes them; each kind has its own."""

    source: Any = None
    build: BuildConfig = field(default_factory=BuildConfig)


@dataclass(frozen=True)
class Recordings(Built):
    """One's own recordings."""

    source: FolderConfig = field(default_factory=FolderConfig)


@dataclass(frozen=True)
class Notes(Built):
    """Notes of NSynth."""

    source: NsynthConfig = field(default_factory=NsynthConfig)


@dataclass(frozen=True)
class Families(Built):
    """A SoundFont's reed and brass."""

    source: TrumpinetConfig = field(default_factory=TrumpinetConfig)


@dataclass(frozen=True)
class Noises(Built):
    """Noises that we synthesise."""

    source: TexturesConfig = field(default_factory=TexturesConfig)


@dataclass(frozen=True)
class Both(Built):
    """Reed and brass beside the noises."""

    source: MixtureConfig = field(default_factory=MixtureConfig)


@dataclass(frozen=True)
class Struck(Built):
    """Notes from attack to release, with their volume."""

    source: AttacksConfig = field(default_factory=AttacksConfig)


@dataclass(frozen=True)
class Taken:
    """A dataset that is there already."""

    source: TakenConfig = field(default_factory=TakenConfig)


SOURCES: dict[type, Callable[[Any], Any]] = {
    Recordings: Folder,
    Notes: Nsynth,
    Families: Trumpinet,
    Noises: Textures,
    Both: Mixture,
    Struck: Attacks,
}


def _paths(config: Any, prefix: str = "") -> dict[str, Path]:
    """Recordings and SoundFonts: every path that the configuration names, by its dotted key.

    Raises TrainerError for a SoundFont that is not there: the default one wants to be installed.
    """
    found: dict[str, Path] = {}
    for each in dataclasses.fields(config):
        value = getattr(config, each.name)
        if isinstance(value, Path):
            if each.name == "soundfont":
                require_soundfont(value)
            found[prefix + each.name] = value
        elif dataclasses.is_dataclass(value):
            found |= _paths(value, f"{prefix}{each.name}.")
    return found


def _work(task: Task) -> Iterator[Progress]:
    if isinstance(task.config, Taken):
        return _taken(task)
    return _rendered(task) if isinstance(task.config, DatasetConfig) else _built(task)


def _taken(task: Task) -> Iterator[Progress]:
    count = take(task.config.source.folder, task.folder)
    yield Progress(count, count, "clip")


def _built(task: Task) -> Iterator[Progress]:
    from trainer.sources.build import build, summary
    from trainer.sources.sheet import write

    source = SOURCES[type(task.config)](task.config.source)
    if isinstance(source, Attacks):
        write_parameters(task.folder, source.parameters)
    state = None
    for state in build(source, task.folder, task.config.build):
        if state.done:
            yield Progress(state.done, state.total, "take", f"{state.skipped} skipped")
    sheet = write(task.folder)
    total = state.total if state else 1
    note = "\n".join([*summary(task.folder).lines(), f"to see and hear it: {sheet}"])
    yield Progress(total, total, "take", note=note)


def _rendered(task: Task) -> Iterator[Progress]:
    from trainer.dataset import build, clip_count
    from trainer.sources.sheet import write

    total = clip_count(task.config)
    for done, clip in enumerate(build(task.folder, task.config), start=1):
        yield Progress(done, total, "clip", clip.file_name)
    yield Progress(total, total, "clip", note=f"to see and hear it: {write(task.folder)}")


STAGE = Stage(
    "dataset",
    {
        "folder": Recordings,
        "nsynth": Notes,
        "trumpinet": Families,
        "textures": Noises,
        "mixture": Both,
        "attacks": Struck,
        "taken": Taken,
        "clarinet-trumpet": DatasetConfig,
    },
    _work,
    product=("metadata.csv", "**/*.wav"),
    carries=("parameters.json",),
    less={Taken.__name__: ("metadata.csv",)},  # its clips lie elsewhere
    sources=_paths,
    free=frozenset({"build.processes"}),
)
