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
    return Stage(tmp_path / "state", models)
