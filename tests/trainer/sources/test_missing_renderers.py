"""Without fluidsynth, and with nothing on the PATH at all: one line, or no matter."""

import sys
from ctypes.util import find_library
from pathlib import Path

import pytest
from namespaces import hidden, require_mounts
from parts import require_or_skip

from trainer.soundfont import SOUNDFONT

ROOT = Path(__file__).parents[3]
BARE = ["env", "PATH=", f"PYTHONPATH={ROOT}", sys.executable, "-c"]
SMF_TRAIN = [*BARE, "from trainer.cli import main; main()"]
CACHE = Path("/etc/ld.so.cache")  # where the loader, and find_library, look a name up


def library():
    require_or_skip(find_library("fluidsynth"), "apt-get install libfluidsynth3")
    return Path("/lib", f"{sys.implementation._multiarch}", find_library("fluidsynth")).resolve()


@pytest.fixture
def lacking(tmp_path):
    """A machine where one file is empty."""
    require_mounts(tmp_path)
    (tmp_path / "empty").touch()
    return lambda path, *words: hidden(path, [*SMF_TRAIN, *words], tmp_path / "empty")


@pytest.mark.parametrize(
    ("source", "where"), [("clarinet-trumpet", "gone"), ("trumpinet", "broken")]
)
def test_a_missing_or_broken_fluidsynth_is_one_line_and_leaves_nothing(
    lacking, tmp_path, source, where
):
    require_or_skip(SOUNDFONT.is_file(), "apt-get install fluid-soundfont-gm")
    file = CACHE if where == "gone" else library()
    done = lacking(file, "dataset", source, "--out", tmp_path / "data")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("Error: rendering: fluidsynth cannot be loaded (")
    assert "apt-get install libfluidsynth3" in done.stderr
    assert not list(tmp_path.rglob("*.wav")) + list(tmp_path.rglob("metadata.csv"))


def test_textures_want_neither_csound_nor_any_other_program(lacking, tmp_path):
    """Their synthesizers are our own: nothing is called by its name."""
    words = ["dataset", "textures", "--clips", "1", "--synth", "wind", "--no-sheet"]
    done = lacking(CACHE, *words, "--out", tmp_path / "data")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "data" / "metadata.csv").is_file()
