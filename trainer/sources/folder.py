"""A folder of recordings, with or without a metadata.csv (the audiofolder convention).

With one, its lines say which files there are and what they are: every column is kept. Without,
all sounds below the folder are taken, and a sub-folder's name is the class.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trainer.errors import TrainerError
from trainer.sources.journal import NAME
from trainer.sources.listing import Candidate, list_files
from trainer.sources.recording import read, steady_parts
from trainer.sources.split import TRAIN, VALIDATION
from trainer.sources.takes import Clip, ClipFormat, Floats, Listing, Row, SkipError, Skipped, Take
from trainer.sources.tuned import pitch_of

SUFFIXES = (".wav", ".flac", ".aif", ".aiff", ".ogg", ".mp3")  # what libsndfile reads of the usual
SPLITS = {"train": TRAIN} | dict.fromkeys(("validation", "valid", "val", "dev", "test"), VALIDATION)
METADATA = "metadata.csv"
PITCHED = 0.8  # share of YIN's frames within half a semitone of their median


@dataclass(frozen=True)
class FolderConfig:
    """How recordings are taken."""

    folder: Path = Path("recordings")  # yours; it is never written to
    resample: bool = False  # where rates are mixed: often a file strayed in from elsewhere
    clips_per_file: int = 1  # long recordings have more than one steady second
    pitch: bool = False  # measured, for notes without metadata; unpitched files are skipped


@dataclass(frozen=True)
class Folder:
    """The source; see the module."""

    config: FolderConfig = field(default_factory=FolderConfig)
    clip: ClipFormat = field(default_factory=ClipFormat)

    @property
    def reads(self) -> Path:
        """The recordings' folder."""
        return self.config.folder

    def listing(self) -> Listing:
        """A take per file. Raises TrainerError where there is none, or the rates are mixed."""
        folder = self.config.folder
        if not folder.is_dir():
            raise TrainerError(f"dataset: {folder}: no such folder; wanted one with WAVs or FLACs")
        candidates, skipped = _candidates(folder)
        found = list_files(folder, candidates, self.clip, resample=self.config.resample)
        found.skipped.extend(skipped)
        if not found.takes:
            raise TrainerError(_nothing(folder, found.skipped))
        return found

    def render(self, take: Take) -> list[Clip]:
        """The file's steadiest parts. Raises SkipError."""
        path = self.config.folder / str(take.values["recording"])
        sound = read(path, self.clip.samplerate)
        parts = steady_parts(sound, self.clip, self.config.clips_per_file)
        return [Clip(samples, self._values(take, start, samples)) for start, samples in parts]

    def _values(self, take: Take, start: int, samples: Floats) -> Row:
        values: Row = {"start_s": round(start / self.clip.samplerate, 3)}
        if self.config.pitch and not take.values.get("pitch"):
            values |= measured_pitch(samples, self.clip.samplerate)
        return values


def measured_pitch(samples: Floats, samplerate: int) -> Row:
    """Columns pitch (the nearest MIDI note) and cents (off it). Raises SkipError."""
    pitch, share = pitch_of(samples, samplerate)
    if share < PITCHED:
        raise SkipError("no steady pitch")
    return {"pitch": round(pitch), "cents": round(100 * (pitch - round(pitch)), 1)}


def _nothing(folder: Path, skipped: list[Skipped]) -> str:
    what = f"; {skipped[0].name}: {skipped[0].reason}" if skipped else " (it is empty)"
    more = f", and {len(skipped) - 1} more" if len(skipped) > 1 else ""
    return (
        f"dataset: {folder}: no sound to take{what}{more}; "
        f"wanted {' '.join(SUFFIXES)}, or a metadata.csv that names them"
    )


def _candidates(folder: Path) -> tuple[list[Candidate], list[Skipped]]:
    """What metadata.csv names, or all sounds there are; and what is left out."""
    files = [p.relative_to(folder) for p in sorted(folder.rglob("*")) if p.is_file()]
    made = [journal.parent for journal in folder.glob(f"*/**/{NAME}")]  # datasets of ours
    seen = [
        p for p in files if not _hidden(p) and not any((folder / p).is_relative_to(m) for m in made)
    ]
    sounds = [p for p in seen if p.suffix.lower() in SUFFIXES]
    table = folder / METADATA
    if table.is_file():
        named = list(_named(table))
        names = {candidate.path for candidate in named}
        strays = [p for p in sounds if p.as_posix() not in names]
        return named, [Skipped(p.as_posix(), f"not in {METADATA}") for p in strays]
    other = [Skipped(p.as_posix(), "not a sound by its name") for p in seen if p not in set(sounds)]
    return [_by_place(path) for path in sounds], other


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _by_place(path: Path) -> Candidate:
    """A file without metadata: its sub-folder is its class."""
    values: Row = {"class": path.parent.as_posix()} if path.parent.parts else {}
    return Candidate(path.as_posix(), path.as_posix(), values)


def _named(table: Path) -> Iterator[Candidate]:
    """The lines of a metadata.csv, each file once. Raises TrainerError."""
    known: set[str] = set()
    for number, row in enumerate(_lines(table), start=2):
        path = Path(row.pop("file_name") or "").as_posix()
        if path in known or path == ".":
            what = "no file_name" if path == "." else f"{path} for the second time"
            raise TrainerError(f"dataset: {table}: line {number}: {what}; wanted each file once")
        known.add(path)
        yield Candidate(path, row.get("source") or path, _columns(row, f"{table}: line {number}"))


def _lines(table: Path) -> list[dict[str, str]]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:  # spreadsheets write a mark
            reader = csv.DictReader(file, restval="")
            rows = [{k: v for k, v in row.items() if isinstance(k, str)} for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise TrainerError(f"dataset: {table}: not CSV in UTF-8 ({error})") from None
    if "file_name" not in (reader.fieldnames or ()):
        raise TrainerError(
            f"dataset: {table}: no column 'file_name'; its first line must name the columns, "
            "as in file_name,pitch,class"
        )
    return rows


def _columns(row: dict[str, str], where: str) -> Row:
    """What is kept of a line: all columns, with the split's and the class's names made ours."""
    values: Row = {name: text for name, text in row.items() if text not in ("", None)}
    if "split" in values:
        given = str(values["split"]).lower()
        if given not in SPLITS:
            raise TrainerError(f"dataset: {where}: split {given!r}; wanted train or validation")
        values["split"] = SPLITS[given]
    if "label" in values:
        values.setdefault("class", values.pop("label"))
    return values
