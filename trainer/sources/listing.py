"""Files to takes: there, readable, of one rate; what is not is named and left out."""

import re
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from trainer.errors import TrainerError
from trainer.sources.recording import Header, header
from trainer.sources.takes import ClipFormat, Listing, Row, SkipError, Skipped, Take


@dataclass(frozen=True)
class Candidate:
    """A file that may become a take. path: relative to the folder. source: decides the split."""

    path: str
    source: str
    values: Row = field(default_factory=dict)


def list_files(
    root: Path, candidates: Iterable[Candidate], clip: ClipFormat, *, resample: bool
) -> Listing:
    """A take per file that can be read. Raises TrainerError where their rates are mixed.

    Rates are mixed where there is more than one and `resample` is not set.
    """
    held: list[tuple[Candidate, Header]] = []
    skipped: list[Skipped] = []
    for candidate in candidates:
        try:
            held.append((candidate, _look(root, candidate.path, clip)))
        except SkipError as reason:
            skipped.append(Skipped(candidate.path, str(reason)))
    rates = Counter(found.samplerate for _, found in held)
    if len(rates) > 1 and not resample:
        raise TrainerError(_mixed(root, rates, clip))
    names = _names([candidate.path for candidate, _ in held])
    takes = [_take(root, candidate, names[candidate.path]) for candidate, _ in held]
    return Listing(takes, skipped)


def _look(root: Path, path: str, clip: ClipFormat) -> Header:
    """The file's header. Raises SkipError for what will give no clip."""
    file = root / path
    try:
        if not file.resolve().is_relative_to(root.resolve()):
            raise SkipError("outside the folder")
        there = file.is_file()
    except (OSError, ValueError) as error:  # a name that no file can have
        raise SkipError("no such file") from error
    if not there:
        raise SkipError("no such file")
    found = header(file)
    if found.frames / found.samplerate < clip.frames / clip.samplerate:
        raise SkipError(f"shorter than {clip.frames / clip.samplerate:g} s")
    return found


def _mixed(root: Path, rates: Counter[int], clip: ClipFormat) -> str:
    counts = ", ".join(f"{count} at {rate} Hz" for rate, count in rates.most_common())
    return (
        f"dataset: {root}: files of different sample rates ({counts}); take the odd ones out, "
        f"or give --resample to bring all to {clip.samplerate} Hz"
    )


def _take(root: Path, candidate: Candidate, name: str) -> Take:
    state = (root / candidate.path).stat()
    values: Row = {"recording": candidate.path, **candidate.values}
    return Take(name, candidate.source, values, f"{state.st_size} {state.st_mtime_ns}")


def _names(paths: list[str]) -> dict[str, str]:
    """A file name's stem for each path; those that would be equal get their path's CRC."""
    plain = {path: re.sub(r"[^\w.-]+", "-", str(Path(path).with_suffix(""))) for path in paths}
    counts = Counter(name.casefold() for name in plain.values())
    return {
        path: name if counts[name.casefold()] == 1 else f"{name}-{zlib.crc32(path.encode()):08x}"
        for path, name in plain.items()
    }
