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
    return Stage(tmp_path / "state", models)
