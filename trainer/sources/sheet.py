"""The contact sheet: one self-contained page to see and hear what is in a dataset.

Reads any dataset folder in the audiofolder convention, not only those built here.
"""

import zlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from trainer.clips import read_metadata
from trainer.errors import TrainerError
from trainer.files import write_text
from trainer.sources import pictures
from trainer.sources.build import summary
from trainer.sources.spectra import band_spectrum
from trainer.sources.takes import Floats
from trainer.tuning import midi_to_hz

NAME = "dataset.html"
Rows = list[dict[str, str]]
NOT_CONDITIONS = ("draw", "take", "gain_db", "start_s", "skip_s")  # numbers that say nothing


@dataclass(frozen=True)
class SheetConfig:
    """How much of a dataset is shown."""

    clips: int = 80  # some 50 kB each: the page stays under 5 MB


@dataclass(frozen=True)
class Column:
    """A numeric column, which may condition a GAN. filled: how many clips have it."""

    name: str
    low: float
    middle: float
    high: float
    filled: int


@dataclass(frozen=True)
class Group:
    """A class (an instrument of it, where there are instruments) in numbers and clips."""

    name: str
    clips: int
    validation: int
    loudness: str
    pitches: str
    spectrum: str
    cards: list[dict[str, Any]]


def write(folder: Path, config: SheetConfig = SheetConfig()) -> Path:
    """Write `folder`/dataset.html. Raises TrainerError where there is no dataset."""
    rows = read_metadata(folder)
    if not rows:
        raise TrainerError(f"dataset: {folder / 'metadata.csv'}: no lines; nothing to show")
    split = grouped(rows)
    each = max(1, config.clips // len(split))
    stride = -(-len(split) // config.clips)  # of more classes than clips, every so many-th is shown
    groups = [
        _group(folder, name, some, each, shown=k % stride == 0)
        for k, (name, some) in enumerate(split.items())
    ]
    found = summary(folder)
    page = _template().render(
        title=folder.resolve().parent.name if folder.name == "dataset" else folder.resolve().name,
        rows=rows,
        groups=groups,
        columns=columns(rows),
        pitched=any(group.pitches for group in groups),
        skipped=found.skipped,
        reasons=found.reasons,
        validation=sum(row.get("split") == "validation" for row in rows),
    )
    write_text(folder / NAME, page)
    return folder / NAME


def grouped(rows: Rows) -> dict[str, Rows]:
    """Rows by class, and by instrument within it where that says more."""
    groups: dict[str, Rows] = defaultdict(list)
    for row in rows:
        names = dict.fromkeys(row.get(key) for key in ("class", "instrument"))
        groups[" / ".join(name for name in names if name) or "all clips"].append(row)
    return dict(groups)


def sample(rows: Rows, count: int) -> Rows:
    """`count` rows spread evenly over the pitches, or by chance where there are none."""
    ordered = sorted(rows, key=lambda row: (_number(row, "pitch", 0.0), _chance(row)))
    picked = np.unique(np.linspace(0, len(ordered) - 1, min(count, len(ordered))).round())
    return [ordered[int(k)] for k in picked]


def _chance(row: dict[str, str]) -> int:
    return zlib.crc32(row["file_name"].encode())


def _number(row: dict[str, str], name: str, default: float) -> float:
    try:
        return float(row[name])
    except (KeyError, TypeError, ValueError):
        return default


def columns(rows: Rows) -> list[Column]:
    """All columns that hold numbers only."""
    found = []
    for name in rows[0]:
        texts = [row[name] for row in rows if row.get(name)]
        try:
            values = np.array([float(text) for text in texts])
        except ValueError:
            continue
        if len(values) and name not in NOT_CONDITIONS:
            low, middle, high = np.quantile(values, [0, 0.5, 1])
            found.append(Column(name, low, middle, high, len(values)))
    return found


def _group(folder: Path, name: str, rows: Rows, count: int, *, shown: bool) -> Group:
    held = [(row, *_read(folder / row["file_name"])) for row in sample(rows, count)]
    spectra = np.stack([band_spectrum(samples, rate) for _, samples, rate in held])
    return Group(
        name,
        clips=len(rows),
        validation=sum(row.get("split") == "validation" for row in rows),
        loudness=_range(rows, "loudness_db", "{:z.0f}"),
        pitches=_range(rows, "pitch", "{:g}"),
        spectrum=pictures.spectrum_curve(spectra.mean(axis=0)),
        cards=[_card(row, samples, rate) for row, samples, rate in held if shown],
    )


def _range(rows: Rows, column: str, form: str) -> str:
    """The smallest to the greatest value of a column, or ""."""
    values = [value for row in rows if not np.isnan(value := _number(row, column, np.nan))]
    return f"{form.format(min(values))} … {form.format(max(values))}" if values else ""


def _read(path: Path) -> tuple[Floats, int]:
    """A clip. Raises TrainerError."""
    try:
        samples, rate = soundfile.read(path, always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise TrainerError(
            f"dataset: {path}: cannot be read as sound ({error}); build the dataset again"
        ) from error
    return samples[:, 0], int(rate)


def _card(row: dict[str, str], samples: Floats, rate: int) -> dict[str, Any]:
    """What the page shows of a clip."""
    pitch = _number(row, "pitch", np.nan)
    track = "" if np.isnan(pitch) else pictures.pitch_curve(samples, rate, float(midi_to_hz(pitch)))
    return {
        "name": Path(row["file_name"]).stem,
        "picture": pictures.picture(samples, rate),
        "sound": pictures.sound(samples, rate),
        "level": pictures.level_curve(samples, rate),
        "track": track,
        "pitch": "" if np.isnan(pitch) else f"{pitch:g}",
        "loudness": _range([row], "loudness_db", "{:z.0f}").split(" ")[0],
        "cents": row.get("cents", "").removesuffix(".0"),
        "split": row.get("split", ""),
        "values": {k: v for k, v in row.items() if v and k not in ("file_name", "split")},
    }


def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader

    loader = FileSystemLoader(Path(__file__).parent)
    page = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return page.get_template("sheet.html")
