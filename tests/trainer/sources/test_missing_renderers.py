"""Without fluidsynth, and with nothing on the PATH at all: one line, or no matter."""

import sys
from ctypes.util import find_library
from pathlib import Path

import pytest
from click.testing import CliRunner
from own_mounts import hidden, require_mounts
from parts import require_or_skip

from trainer.cli import main
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


@pytest.mark.parametrize("kind", ["clarinet-trumpet", "trumpinet", "mixture", "attacks"])
def test_a_run_without_its_soundfont_says_what_to_install(tmp_path, kind):
    names = {"mixture": "source.notes", "clarinet-trumpet": ""}
    key = f"{names.get(kind, 'source')}.soundfont".removeprefix(".")
    recipe = ['stages = ["dataset"]', "[dataset]", f'kind = "{kind}"', f'{key} = "none.sf2"']
    (tmp_path / "r.toml").write_text("\n".join(recipe))
    done = CliRunner().invoke(main, ["run", str(tmp_path / "r.toml"), "--out", str(tmp_path / "o")])
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "none.sf2: no such SoundFont; apt-get install fluid-soundfont-gm" in done.output
    assert not (tmp_path / "o").exists()


def test_textures_want_neither_csound_nor_any_other_program(lacking, tmp_path):
    """Their synthesizers are our own: nothing is called by its name."""
    words = ["dataset", "textures", "--clips", "1", "--synth", "wind", "--no-sheet"]
    done = lacking(CACHE, *words, "--out", tmp_path / "data")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "data" / "metadata.csv").is_file()
