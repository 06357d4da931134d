"""A disk that really is full: one line, nothing half-written, and the run goes on later."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import whole_runs
from own_mounts import UNSHARE, require_mounts

SCRIPT = Path(__file__).with_name("full_disk.py")
BY_STAGE = Path(__file__).with_name("full_disk_by_stage.py")


def namespaced(script, *words):
    """Run a script where it may mount."""
    done = subprocess.run(
        [*UNSHARE, sys.executable, str(script), *map(str, words)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("disk")
    require_mounts(folder)
    out = folder / "found.json"
    namespaced(SCRIPT, folder, out)
    return json.loads(out.read_text())


@pytest.mark.parametrize("what", ["run", "training"])
def test_a_full_disk_is_one_line(found, what):
    error = found[what]["error"]
    assert "No space left on device" in error or "is the disk full?" in error
    assert "\n" not in error


@pytest.mark.parametrize("what", ["run", "training"])
def test_a_full_disk_leaves_nothing_half_written_and_nothing_lost(found, what):
    assert found[what]["left"] == []
    assert found[what]["equal"]


@pytest.mark.reach
@pytest.mark.timeout(2 * whole_runs.PATIENCE_S)
def test_a_full_disk_in_any_stage_is_one_line_and_the_run_ends_as_if_it_had_not_been(
    whole, tmp_path
):
    require_mounts(tmp_path)
    namespaced(BY_STAGE, whole[0], tmp_path, tmp_path / "found.json")
    found = json.loads((tmp_path / "found.json").read_text())
    assert list(found) == list(whole_runs.STAGES)
    for stage, said in found.items():
        assert "No space left" in said["error"] or "is the disk full?" in said["error"], stage
        assert "\n" not in said["error"]
        assert (said["left"], said["again"]) == ([], ""), stage
    expected, kept = whole_runs.content(whole[0]), whole_runs.content(tmp_path / "kept")
    assert [name for name in expected if expected[name] != kept.get(name)] == []
