"""A source rendered to a dataset folder: in parallel, resumable, whole or not there.

The folder follows the audiofolder convention: `clips/*.wav`, and `metadata.csv` once all is done;
`skipped.csv` names what gave no clip. A take that was finished before, from the same source with
the same options, is not rendered again; what an earlier build left over is removed.
"""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from trainer.clips import write_clip
from trainer.errors import TrainerError
from trainer.files import replacing, write_csv
from trainer.sources import journal
from trainer.sources.journal import Entry
from trainer.sources.level import levelled
from trainer.sources.split import split_of
from trainer.sources.takes import Clip, Row, SkipError, Skipped, Source, Take
from trainer.sources.workers import mapped

CLIPS, TRACKS = "clips", "tracks"
VERSION = 1  # of what the sources render; a higher one renders all anew
FIRST_COLUMNS = ("file_name", "split", "class", "instrument", "pitch")  # others follow


@dataclass(frozen=True)
class BuildConfig:
    """How any source becomes a dataset."""

    held_out: float = 0.1  # share of sources for validation; the GAN itself needs none
    processes: int = 2  # rendering is all Python and FFTs: more than the cores gains nothing


@dataclass(frozen=True)
class Progress:
    """After one take. done counts what was there before, too."""

    done: int
    total: int
    clips: int
    skipped: int


@dataclass(frozen=True)
class Summary:
    """A finished dataset."""

    rows: list[Row]
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def reasons(self) -> Counter[str]:
        """How often each reason was given, the most frequent first."""
        return Counter(dict(Counter(each.reason for each in self.skipped).most_common()))

    def lines(self) -> list[str]:
        """The summary in words."""
        splits = Counter(str(row["split"]) for row in self.rows)
        count = ", ".join(f"{number} {split}" for split, number in sorted(splits.items()))
        return [f"{len(self.rows)} clips ({count})", *map(self._skipped_line, self.reasons.items())]

    def _skipped_line(self, reason: tuple[str, int]) -> str:
        """How many, why, and the first three by name."""
        why, number = reason
        names = [each.name for each in self.skipped if each.reason == why]
        more = ", ..." if number > 3 else ""
        return f"  {number} skipped: {why}: {', '.join(names[:3])}{more}"


def build(source: Source, out: Path, config: BuildConfig = BuildConfig()) -> Iterator[Progress]:
    """Make or complete the dataset `out`. Raises TrainerError where no take gives a clip."""
    _refuse_to_overwrite(source, out)
    listing = source.listing()
    _refuse_twins(listing.takes)
    known = journal.read(out)
    keys = {take.name: _key(source, take) for take in listing.takes}
    entries = {k: known[k] for k in keys.values() if k in known and known[k].stands(out)}
    todo = [take for take in listing.takes if keys[take.name] not in entries]
    if todo or not (out / "metadata.csv").is_file():
        (out / CLIPS).mkdir(parents=True, exist_ok=True)
        (out / "metadata.csv").unlink(missing_ok=True)  # unfinished from here on
        _keep(out, entries.values())
    progress = _Counted(len(listing.takes), len(listing.skipped), entries.values())
    yield progress.now()
    for entry in _render(source, out, todo, keys, config.processes):
        entries[entry.key] = entry
        yield progress.add(entry)
    ordered = [entries[keys[take.name]] for take in listing.takes]
    _finish(out, source, Summary(_rows(ordered, listing.takes, config), _skipped(listing, ordered)))
    _remove_left_over(out, known.values(), ordered)


class _Counted:
    """Counts for the progress bar."""

    def __init__(self, total: int, skipped: int, entries: Iterable[Entry]) -> None:
        self._total, self._done, self._clips, self._skipped = total, 0, 0, skipped
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> Progress:
        self._done += 1
        self._clips += len(entry.rows)
        self._skipped += bool(entry.reason)
        return self.now()

    def now(self) -> Progress:
        return Progress(self._done, self._total, self._clips, self._skipped)


def _refuse_to_overwrite(source: Source, out: Path) -> None:
    """What we have not made is not ours to replace."""
    if source.reads is not None and source.reads.resolve() == out.resolve():
        raise TrainerError(f"dataset: {out}: holds the recordings themselves; choose another --out")
    if (out / "metadata.csv").is_file() and not (out / journal.NAME).is_file():
        raise TrainerError(
            f"dataset: {out}: a metadata.csv that `smf-train dataset` did not build this way; "
            "choose another --out, or take the folder away"
        )


def _refuse_twins(takes: list[Take]) -> None:
    twins = [name for name, count in Counter(take.name for take in takes).items() if count > 1]
    if twins:
        raise TrainerError(f"dataset: two takes are called {twins[0]!r}; rename one of the files")


def _key(source: Source, take: Take) -> str:
    """Fingerprint of everything the take's clips depend on."""
    everything: dict[str, Any] = {
        "version": VERSION,
        "kind": type(source).__name__,
        "source": asdict(source),  # type: ignore[call-overload]
        "take": [take.name, take.source, dict(take.values), take.stamp],
    }
    text = json.dumps(everything, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _keep(out: Path, entries: Iterable[Entry]) -> None:
    with replacing(out / journal.NAME) as part:
        part.write_text("".join(map(journal.line, entries)))


def _render(
    source: Source, out: Path, todo: list[Take], keys: dict[str, str], processes: int
) -> Iterator[Entry]:
    """Entries as they are finished, each noted in the journal before it is told."""
    if not todo:
        return
    with (out / journal.NAME).open("a") as notes:
        for entry in mapped(_Worker(source, out, keys), todo, processes):
            notes.write(journal.line(entry))
            notes.flush()
            yield entry


@dataclass(frozen=True)
class _Worker:
    """Renders one take and writes its clips; runs in any process."""

    source: Source
    out: Path
    keys: dict[str, str]

    def __call__(self, take: Take) -> Entry:
        key, name = self.keys[take.name], str(take.values.get("recording", take.name))
        try:
            clips = self.source.render(take)
            written = [self._write(take, clip, k) for k, clip in enumerate(clips)]
        except SkipError as reason:
            return Entry(key, name, reason=str(reason))
        return Entry(key, name, [row for row, _ in written], [size for _, size in written])

    def _write(self, take: Take, clip: Clip, number: int) -> tuple[Row, int]:
        rate = self.source.clip.samplerate
        samples, loudness_db, gain_db = levelled(clip, self.source.clip)
        stem = f"{take.name}+{number}" if number else take.name
        path = self.out / CLIPS / f"{stem}.wav"
        write_clip(path, samples, rate)
        levels: Row = {"loudness_db": round(loudness_db, 1), "gain_db": round(gain_db, 1)}
        row: Row = {"file_name": f"{CLIPS}/{path.name}", "source": take.source}
        if clip.tracks:
            file = f"{TRACKS}/{stem}.wav"
            (self.out / TRACKS).mkdir(exist_ok=True)
            write_clip(self.out / file, np.stack(list(clip.tracks.values()), axis=1), rate)
            levels |= {"tracks": " ".join(clip.tracks), "tracks_file": file}
        return {**row, **take.values, **clip.values, **levels}, path.stat().st_size


def _rows(entries: list[Entry], takes: list[Take], config: BuildConfig) -> list[Row]:
    """All lines of metadata.csv, split by their sources; a split that was given stays."""
    return [
        {"split": split_of(take.source, config.held_out), **row}
        for entry, take in zip(entries, takes, strict=True)
        for row in entry.rows
    ]


def _skipped(listing: Any, entries: list[Entry]) -> list[Skipped]:
    return [*listing.skipped, *(Skipped(e.name, e.reason) for e in entries if e.reason)]


def _finish(out: Path, source: Source, summary: Summary) -> None:
    if not summary.rows:
        why = "; ".join(f"{number} x {reason}" for reason, number in summary.reasons.items())
        raise TrainerError(f"dataset: {out}: not one clip could be made ({why})")
    columns = list(dict.fromkeys([*FIRST_COLUMNS, *(name for row in summary.rows for name in row)]))
    used = [name for name in columns if any(name in row for row in summary.rows)]
    write_csv(out / "skipped.csv", ["name", "reason"], [asdict(s) for s in summary.skipped])
    write_csv(out / "metadata.csv", used, summary.rows)


def _remove_left_over(out: Path, known: Iterable[Entry], kept: list[Entry]) -> None:
    """Files of takes that are no longer asked for. Only what a journal of ours names."""
    mine = {name for entry in kept for name in _files(entry)}
    earlier = {name for entry in known for name in _files(entry)}
    for name in earlier - mine:
        (out / name).unlink(missing_ok=True)


def _files(entry: Entry) -> Iterator[str]:
    """A take's sounds, and their tracks."""
    for row in entry.rows:
        yield from (str(row[column]) for column in ("file_name", "tracks_file") if column in row)


def summary(out: Path) -> Summary:
    """What is in a finished dataset. Raises TrainerError where there is none."""
    from trainer.clips import read_metadata

    path = out / "skipped.csv"
    with path.open(newline="") if path.is_file() else nullcontext(()) as lines:
        skipped = [Skipped(line["name"], line["reason"]) for line in csv.DictReader(lines)]
    return Summary([{**row} for row in read_metadata(out)], skipped)
