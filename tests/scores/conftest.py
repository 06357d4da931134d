"""The tests' shared folder on the path: `parts`, `live_server`, `playing`."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import pytest  # noqa: E402  from here on, the shared folder is on the path
from stage import Stage, write_models  # noqa: E402

from smfosc.models import Models  # noqa: E402


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    write_models(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMFOSC_MODELS", str(folder))
        yield Models("float32")


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
