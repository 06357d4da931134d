"""The tests' shared folder on the path: `parts`, `live_server`, `playing`."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import pytest  # noqa: E402  from here on, the shared folder is on the path
from stage import Stage, models_of_their_own  # noqa: E402


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    with models_of_their_own(tmp_path_factory.mktemp("models")) as models:
        yield models


@pytest.fixture
def stage(models, tmp_path):
    stage = Stage(tmp_path / "state", models)
    stage.voice("v1", gate=False)
    return stage


@pytest.fixture
def song(tmp_path):
    """Writes a score into the stage's folder; its path."""

    def write(text: str, name: str = "song"):
        folder = tmp_path / "state" / "scores"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.score").write_text(text)
        return folder / f"{name}.score"

    return write
