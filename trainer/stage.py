"""One stage of a run: what it was made from, whether it is whole, and what a change means for it.

Each stage keeps `stage.json` in its folder: its configuration, a digest of what it read, and, once
it is done, a digest of what it made. The next run compares: what fits is skipped, what was stopped
goes on, what no longer fits is made anew, or, where hours went into it, not without being asked.
"""

import dataclasses
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from trainer.errors import TrainerError
from trainer.files import digest, write_json

T = TypeVar("T")

FORMAT = 1
RECORD = "stage.json"
NOTED_EVERY_S = 30.0


@dataclass(frozen=True)
class Progress:
    """How far a stage is, for a bar; `done` counts from the stage's very beginning."""

    done: int
    total: int
    unit: str = "step"
    text: str = ""  # behind the bar
    note: str = ""  # a line that stays


@dataclass(frozen=True)
class Task:
    """What a stage is given. inputs: the folders of the stages it reads, by their names."""

    name: str  # of the model
    config: Any
    folder: Path
    inputs: dict[str, Path] = field(default_factory=dict)
    run: Path = Path()
    before: tuple[str, ...] = ()  # the run's stages up to this one

    def first(self, *names: str) -> Path:
        """The folder of the first of these stages that this run has."""
        return next(self.inputs[name] for name in names if name in self.inputs)


@dataclass(frozen=True)
class Stage:
    """What a stage is, whatever the recipe.

    reads: alternatives, of which the first that the run has is read. optional: read where the run
    has them. product: globs of what it makes, for others to read. free: keys that may change
    under what is there (more steps), because the stage goes on from it. sources: files from
    outside the run, by the key that names them.
    """

    name: str
    kinds: Mapping[str, Callable[[], Any]]  # configurations by `kind`, the usual one first; late,
    # because it may import torch
    work: Callable[[Task], Iterator[Progress]]
    product: tuple[str, ...]
    carries: tuple[str, ...] = ()  # part of the product where it is there
    less: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the product of
    # configurations that make less, by the name of their class
    reads: tuple[tuple[str, ...], ...] = ()
    optional: tuple[str, ...] = ()
    sources: Callable[[Any], dict[str, Path]] = lambda config: {}
    free: frozenset[str] = frozenset()
    together: bool = False  # torchrun's processes work on it side by side
    precious: bool = False  # hours or somebody's choice went into it: never replaced unasked


class Standing(Enum):
    """What is to be done about a stage."""

    NEW = "to do"
    RESUME = "goes on"
    DONE = "done"
    STALE = "stale"
    WAITS = "may follow"  # fits, unless what it reads comes out otherwise


@dataclass(frozen=True)
class Verdict:
    """A standing and its reason."""

    standing: Standing
    why: str


@dataclass(frozen=True)
class Record:
    """stage.json. config: JSON; inputs: digests by name; product: digest, once done."""

    stage: str
    config: dict[str, Any]
    inputs: dict[str, str]
    done: bool = False
    product: str | None = None
    seconds: float = 0.0  # at work; of a part that was killed all but its last half minute
    format: int = FORMAT


def read_record(folder: Path) -> Record | None:
    """What `folder` says of itself; None where it says nothing. Raises TrainerError."""
    path = folder / RECORD
    try:
        held = json.loads(path.read_text())
        if held["format"] != FORMAT:
            raise TrainerError(f"stage: {path}: format {held['format']}, wanted {FORMAT}")
        return Record(**held)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise TrainerError(
            f"stage: {path}: not a stage's record; delete it and run with --adopt {folder.name}, "
            "or delete its folder"
        ) from None


def plain(config: Any) -> dict[str, Any]:
    """A dataclass as JSON has it: lists for tuples, text for paths, and what class it is."""
    fields = {"kind": type(config).__name__, **dataclasses.asdict(config)}
    held: dict[str, Any] = json.loads(json.dumps(fields, default=str))
    return held


def made(stage: Stage, folder: Path) -> list[Path]:
    """The files of a stage's product that are there."""
    patterns = (*stage.product, *stage.carries)
    found = {file for pattern in patterns for file in folder.glob(pattern) if file.is_file()}
    return sorted(found)


def product_digest(stage: Stage, folder: Path) -> str | None:
    """What a stage made, as it is now; None unless every part of it is there."""
    if not all(any(folder.glob(pattern)) for pattern in _wanted(stage, folder)):
        return None
    return digest(folder, made(stage, folder))


def _wanted(stage: Stage, folder: Path) -> tuple[str, ...]:
    """The globs that must find something, by what the folder says it was made as."""
    record = read_record(folder) if stage.less else None
    kind = "" if record is None else record.config.get("kind", "")
    return stage.less.get(kind, stage.product)


def source_digest(path: Path) -> str:
    """A file from outside the run by content; a folder by names, sizes and times (NSynth: 30 GB).

    Raises TrainerError where there is none.
    """
    if path.is_file():
        return digest(path.parent, [path])
    if not path.is_dir():
        raise TrainerError(f"run: {path}: no such file or folder; name one that is there")
    whole = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        facts = file.stat()
        if file.is_file():
            whole.update(
                f"{file.relative_to(path)}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode()
            )
    return whole.hexdigest()


def judge(stage: Stage, folder: Path, config: Any, inputs: dict[str, str | None]) -> Verdict:
    """Where a stage stands. inputs: digests by name; None: not known yet. Raises TrainerError."""
    record = read_record(folder)
    if record is None:
        return _unrecorded(stage, folder)
    usual = plain(type(config)())
    changed = _changes(record, plain(config), usual, inputs, set(stage.sources(config)))
    if hard := [text for key, text in changed.items() if key not in stage.free]:
        return Verdict(Standing.STALE, "; ".join(hard))
    product = product_digest(stage, folder)
    if None in inputs.values():
        open_ones = ", ".join(name for name, known in inputs.items() if known is None)
        return Verdict(Standing.WAITS, f"once {open_ones} is done")
    if changed:
        return Verdict(Standing.RESUME, "; ".join(changed.values()))
    if not record.done or product is None:
        return Verdict(Standing.RESUME, "was stopped" if not record.done else "files are missing")
    return Verdict(Standing.DONE, "" if product == record.product else "edited since")


def _unrecorded(stage: Stage, folder: Path) -> Verdict:
    if stage.precious and made(stage, folder):
        return Verdict(Standing.STALE, f"files of unknown origin (no {RECORD})")
    return Verdict(Standing.NEW, "")


def _changes(
    record: Record,
    config: dict[str, Any],
    usual: dict[str, Any],
    inputs: dict[str, str | None],
    paths: set[str],
) -> dict[str, str]:
    """What differs from the record, in words, by key; a path counts by what it leads to.

    A key that the record does not know yet was at its default; one that there is no more is gone.
    """
    now = _flat(config)
    was = {**_flat(usual), **_flat(record.config)}
    keys = [key for key in now if key not in paths]
    words = {k: f"{k} was {was.get(k)}, now {now.get(k)}" for k in keys if was.get(k) != now.get(k)}
    for name, found in inputs.items():
        if found is not None and found != record.inputs.get(name):
            words[f"<{name}>"] = f"{name} changed"
    return words


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as one, keys dotted."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        name = f"{prefix}{key}"
        flat |= _flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return flat


def carry_out(stage: Stage, task: Task, inputs: dict[str, str]) -> Iterator[Progress]:
    """Do a stage's work from where it is, and record it. Raises TrainerError."""
    yield from recorded(stage, task.config, task.folder, inputs, stage.work(task))


def recorded(
    stage: Stage, config: Any, folder: Path, inputs: dict[str, str], work: Iterable[T]
) -> Iterator[T]:
    """A stage's work, with stage.json telling that it has begun and, at the end, that it is done.

    Raises TrainerError, also where the work ended without everything it was to make.
    """
    before = read_record(folder)
    record = Record(stage.name, plain(config), inputs, seconds=before.seconds if before else 0.0)
    write_json(folder / RECORD, dataclasses.asdict(record))
    spent = _Spent(record, folder)
    for each in work:
        yield each
        spent.note()
    product = product_digest(stage, folder)
    if product is None:
        raise TrainerError(
            f"{stage.name}: {folder}: ended without {' or '.join(stage.product)}; "
            "delete the folder and run again"
        )
    done = dataclasses.replace(record, done=True, product=product, seconds=spent.seconds())
    write_json(folder / RECORD, dataclasses.asdict(done))


class _Spent:
    """The time at work, told to stage.json every so often, for the case of a kill -9."""

    def __init__(self, record: Record, folder: Path) -> None:
        self.record, self.folder = record, folder
        self.began = self.noted = time.monotonic()

    def seconds(self) -> float:
        """With what earlier calls took."""
        return round(self.record.seconds + time.monotonic() - self.began, 1)

    def note(self) -> None:
        """Write it, if the last time is a while ago."""
        if time.monotonic() - self.noted >= NOTED_EVERY_S:
            self.noted = time.monotonic()
            so_far = dataclasses.replace(self.record, seconds=self.seconds())
            write_json(self.folder / RECORD, dataclasses.asdict(so_far))


def renew(stage: Stage, folder: Path) -> None:
    """Note what a done stage's own command made of it again, so that it is no edit by hand.

    What it was made from stays as recorded: where that has changed, it is stale as before.
    """
    record, product = read_record(folder), product_digest(stage, folder)
    if record is not None and record.done and product is not None:
        write_json(
            folder / RECORD, dataclasses.asdict(dataclasses.replace(record, product=product))
        )


def set_aside(folder: Path) -> Path:
    """Rename a folder to `folder.1`, or the next number that is free; where it lies now."""
    number = next(
        k for k in range(1, 10_000) if not folder.with_name(f"{folder.name}.{k}").exists()
    )
    return folder.rename(folder.with_name(f"{folder.name}.{number}"))
