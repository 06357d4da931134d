"""The dataset as pictures in memory: read and encoded once, kept in the run's folder."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trainer.clips import read_clip, read_metadata
from trainer.errors import TrainerError
from trainer.files import replacing
from trainer.spectral import Representation

SAMPLERATE = 16_000
ENCODED_AT_ONCE = 64  # clips; 17 MB of float64 spectra each 32
MISSING_AT_MOST = 1 / 8  # of a window, made up by turning the clip's end around
OFF_PITCH = 0.05  # semitones a label may be off the MIDI number whose class it joins


@dataclass(frozen=True)
class Dataset:
    """N pictures with their pitch classes.

    images: (N, C, H, W) float16, -1..1; labels: (N,) index into `pitches`, or None.
    remark: what the user should know of it, or "".
    """

    images: NDArray[np.float16]
    labels: NDArray[np.int64] | None
    pitches: tuple[int, ...]
    remark: str = ""

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Windows:
    """Which parts of a clip are taken: `crops` of them, the centre alone or evenly spread.

    Fixed windows rather than new ones in each step: the middle of a note is its steady part, all
    the paper trains on; and pictures made once cost nothing in a step, and little on resuming.
    """

    samples: int
    crops: int = 1
    seam_samples: int = 0  # faded in and out by half a cosine

    def cut(self, path: Path, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """(T,) -> (crops, samples). Raises TrainerError where the clip is too short."""
        missing = self.samples - len(sound)
        if missing > MISSING_AT_MOST * self.samples:
            raise TrainerError(
                f"gan: {path}: {len(sound)} samples, wanted {self.samples} "
                f"({self.samples / SAMPLERATE:g} s); leave it out or give a longer one"
            )
        if missing > 0:
            sound = np.pad(sound, (0, missing), mode="reflect")
        room = len(sound) - self.samples
        starts = [room * (2 * k + 1) // (2 * self.crops) for k in range(self.crops)]
        parts = np.stack([sound[start : start + self.samples] for start in starts])
        return np.asarray(parts * self._fade(), dtype=np.float32)

    def _fade(self) -> NDArray[np.float32]:
        """(samples,): from 0 to 1 at the start, back to 0 at the end."""
        rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(self.seam_samples) + 0.5) / self.seam_samples)
        whole = np.ones(self.samples, dtype=np.float32)
        whole[: self.seam_samples] *= rise
        whole[self.samples - self.seam_samples :] *= rise[::-1]
        return whole


def load(
    folder: Path,
    cache: Path,
    name: str,
    shown: Representation,
    *,
    conditional: bool,
    windows: Windows,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> Dataset:
    """Read the training split of a dataset folder, through the cache in `cache` when it fits.

    Raises TrainerError where there is nothing to read, or no pitch for a conditional GAN.
    """
    rows = [row for row in read_metadata(folder) if row.get("split", "train") in ("train", "")]
    if not rows:
        raise TrainerError(f"gan: {folder}: no clip in split 'train'; see metadata.csv")
    classes, remark = _classes(folder, rows) if conditional else (None, "")
    if classes is not None:
        rows = [row for row, pitch in zip(rows, classes, strict=True) if pitch is not None]
    paths = [folder / row["file_name"] for row in rows]
    images = _cached(cache, _key(paths, name, windows), paths, shown, windows, advance)
    held = None if classes is None else [pitch for pitch in classes if pitch is not None]
    pitches = tuple(sorted(set(held or ())))
    labels = None if held is None else np.repeat([pitches.index(p) for p in held], windows.crops)
    return Dataset(images, labels, pitches, remark)


def _classes(folder: Path, rows: list[dict[str, str]]) -> tuple[list[int | None], str]:
    """Each row's MIDI number, None for one between two; and what was left out, in words."""
    table = folder / "metadata.csv"
    try:
        pitches = [float(row["pitch"]) for row in rows]
    except (KeyError, TypeError, ValueError):
        raise TrainerError(
            f"gan: {table}: no number in column 'pitch' of every clip; a conditional GAN needs it. "
            "Leave out --conditional"
        ) from None
    classes = [round(p) if abs(p - round(p)) <= OFF_PITCH else None for p in pitches]
    found = sorted({p for p in classes if p is not None})
    if len(found) < 2:
        raise TrainerError(
            f"gan: {table}: {len(found)} whole MIDI number(s) in column 'pitch', wanted two or "
            "more. Leave out --conditional"
        )
    left_out = classes.count(None)
    remark = f"{left_out} of {len(rows)} clips lie between two MIDI numbers and are left out"
    return classes, remark if left_out else ""


def _key(paths: list[Path], name: str, windows: Windows) -> str:
    """A name for the pictures of these very files, by their sizes and times."""
    try:
        facts = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    except FileNotFoundError as error:
        raise TrainerError(f"gan: {error.filename}: no such file; metadata.csv names it") from error
    faded = (windows.seam_samples,) if windows.seam_samples else ()  # 0: keys as they always were
    return hashlib.sha256(repr((name, windows.crops, facts, *faded)).encode()).hexdigest()[:16]


def _cached(
    cache: Path,
    key: str,
    paths: list[Path],
    shown: Representation,
    windows: Windows,
    advance: Callable[[int, int], None],
) -> NDArray[np.float16]:
    """Pictures of the clips, from the cache or made and written there; older ones go."""
    path = cache / f"pictures-{key}.npy"
    with suppress(OSError, ValueError, EOFError):  # none there, or torn: made anew
        return np.asarray(np.load(path))
    images = _encode(paths, shown, windows, advance)
    with replacing(path) as part:
        np.save(part, images)
    for old in cache.glob("pictures-*.npy"):
        if old != path:
            old.unlink()
    return images


def _encode(
    paths: list[Path], shown: Representation, windows: Windows, advance: Callable[[int, int], None]
) -> NDArray[np.float16]:
    parts = []
    for start in range(0, len(paths), ENCODED_AT_ONCE):
        some = paths[start : start + ENCODED_AT_ONCE]
        sounds = np.concatenate([windows.cut(path, read_clip(path, SAMPLERATE)) for path in some])
        parts.append(shown.encode(sounds).astype(np.float16))
        advance(start + len(some), len(paths))
    return np.concatenate(parts)
