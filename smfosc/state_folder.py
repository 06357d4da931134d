"""What a daemon remembers: named text files in one folder, kinds in subfolders.

    FOLDER/snapshots/NAME.toml
    FOLDER/scores/NAME.score

What comes over the network is a name, never a path (`names.py`). The scores that smfosc
carries are found as well, after those of the folder; they are only read. Loader thread.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from smfosc.names import shorten, why_not_saved
from smfosc.whole_file import sweep, write_whole

MAX_FILES = 1_000  # of one kind: what comes over the network must not fill the disk


class StateError(Exception):
    """Something that cannot be kept or found; the text is one line."""


def user_folder() -> Path:
    """Where a daemon keeps its state when nobody says where.

    systemd's STATE_DIRECTORY, or XDG_STATE_HOME/smfosc, or the platform's like.
    """
    if given := os.environ.get("STATE_DIRECTORY"):  # systemd.exec(5): a list, ":" between
        return Path(given.split(":")[0])
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        # A relative XDG_STATE_HOME is invalid and to be ignored: XDG Base Directory, 0.8.
        xdg = Path(os.environ.get("XDG_STATE_HOME", ""))
        base = xdg if xdg.is_absolute() else Path.home() / ".local" / "state"
    return base / "smfosc"


def shipped_scores() -> list[Path]:
    """Folders of the scores that smfosc carries; some may not exist.

    1. `patches/scores` beside the sources, where smfosc runs from a checkout
    2. what that held when an installed smfosc was built
    """
    package = Path(__file__).parent
    is_checkout = (package.parent / "pyproject.toml").is_file()
    checkout = [package.parent / "patches" / "scores"] if is_checkout else []
    return [*checkout, package / "shipped" / "scores"]


class Shelf:
    """Files of one kind. what: what one of them is called, in messages.

    shipped: folders whose files are read where this one has none of that name.
    """

    def __init__(self, folder: Path, suffix: str, what: str, shipped: Iterable[Path] = ()) -> None:
        self.folder = folder
        self.what = what
        self._suffix = suffix
        self._shipped = tuple(shipped)

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(
            {name for folder in (self.folder, *self._shipped) for name in self._in(folder)}
        )

    def _in(self, folder: Path) -> list[str]:
        found = folder.glob(f"*{self._suffix}")
        return [path.stem for path in found if why_not_saved(path.stem) is None]

    def path(self, name: str) -> Path:
        """The place of a name. Raises StateError when it cannot be one."""
        reason = why_not_saved(name)
        if reason is not None:
            raise StateError(f"{self.what} {reason}")
        return self.folder / f"{name}{self._suffix}"

    def find(self, name: str) -> Path:
        """The file of a name. Raises StateError when there is none."""
        own = self.path(name)
        for path in (own, *(folder / own.name for folder in self._shipped)):
            if path.is_file():
                return path
        there = shorten(", ".join(self.names()) or "none", 200)
        raise StateError(f"no {self.what} {name!r}; there are: {there}")

    def room_for(self, name: str) -> Path:
        """The place of a file to write; its folder is there. Raises StateError."""
        path = self.path(name)
        if not path.exists() and len(self._in(self.folder)) >= MAX_FILES:
            raise StateError(f"{MAX_FILES} {self.what}s are kept already; delete one first")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StateError(f"{self.folder}: {error.strerror}") from None
        return path

    def write(self, name: str, text: str) -> None:
        """Keep a text under a name, at once or not at all. Raises StateError."""
        path = self.room_for(name)
        try:
            write_whole(path, text)
        except OSError as error:
            raise StateError(f"{path}: {error.strerror}") from None

    def delete(self, name: str) -> None:
        """Remove a file. Raises StateError when there is none, or only a shipped one."""
        path = self.find(name)
        if path.parent != self.folder:
            raise StateError(f"{self.what} {name!r} came with smfosc; only your own are deleted")
        try:
            path.unlink()
        except OSError as error:
            raise StateError(f"{path}: {error.strerror}") from None


class StateFolder:
    """The shelves of one daemon. scores: folders of shipped ones."""

    def __init__(self, folder: Path, scores: Iterable[Path] = ()) -> None:
        self.snapshots = Shelf(folder / "snapshots", ".toml", "snapshot")
        self.scores = Shelf(folder / "scores", ".score", "score", scores)

    def sweep(self) -> None:
        """Remove what runs left that were killed while they wrote or recorded."""
        sweep(self.snapshots.folder)
        sweep(self.scores.folder)
