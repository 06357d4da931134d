"""Which models there are: names, found in the model folders.

A model is the file NAME.onnx in one of the folders; the first folder that has it wins. What comes
over the network is a name, never a path: a name has no dots and no separators (`names.py`), so
that nothing outside of the folders can be reached. Paths are for the command line alone.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from smfosc.names import shorten, why_not_model

SUFFIX = ".onnx"


class LibraryError(Exception):
    """A model that cannot be found; its text is one line that says what there is."""


def folders() -> list[Path]:
    """The model folders, in the order in which they are searched; some may not exist.

    1. those that the environment variable SMFOSC_MODELS lists (separated like PATH)
    2. `models` beside the sources, where smfosc runs from a checkout
    3. the user's own: XDG_DATA_HOME/smfosc/models, or the platform's like
    4. the one that an installed smfosc carries: what `models` held when it was built
    """
    package = Path(__file__).parent
    listed = filter(None, os.environ.get("SMFOSC_MODELS", "").split(os.pathsep))
    checkout = [package.parent / "models"] if (package.parent / "pyproject.toml").is_file() else []
    return [*map(Path, listed), *checkout, user_folder(), package / "shipped" / "models"]


def user_folder() -> Path:
    """Where the user's own models belong on this platform."""
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        # A relative XDG_DATA_HOME is invalid and to be ignored: XDG Base Directory, 0.8.
        given = Path(os.environ.get("XDG_DATA_HOME", ""))
        base = given if given.is_absolute() else Path.home() / ".local" / "share"
    return base / "smfosc" / "models"


def available() -> list[str]:
    """The names of all models, sorted."""
    return sorted({path.stem for folder in folders() for path in _models_in(folder)})


def find(name: str) -> Path:
    """The file of the model `name`. Raises LibraryError."""
    if reason := why_not_model(name):
        raise LibraryError(f"model {reason}")
    for folder in folders():
        path = folder / (name + SUFFIX)
        if path.is_file():
            return path
    raise LibraryError(f"no model {name!r}; there are: {_listed()}")


def resolve_cli(name_or_path: str) -> Path:
    """The file that a MODEL on the command line means. Raises LibraryError.

    A path has a separator or ends in .onnx; everything else is a name.
    """
    separators = {os.sep, os.altsep or os.sep}
    if not name_or_path.endswith(SUFFIX) and separators.isdisjoint(name_or_path):
        return find(name_or_path)
    path = Path(name_or_path)
    if not path.is_file():
        raise LibraryError(
            f"no model file {shorten(name_or_path, 200)}; by name there are: {_listed()}"
        )
    return path


def _models_in(folder: Path) -> Iterator[Path]:
    """The files in one folder that a name can mean; none where it cannot be read."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for path in entries:
        if path.suffix == SUFFIX and why_not_model(path.stem) is None and path.is_file():
            yield path


def _listed() -> str:
    return " ".join(available()) or f"none (put NAME.onnx into {user_folder()})"
