"""A disk that really is full: one line, nothing half-written, and the run goes on later."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from namespaces import UNSHARE, require_mounts

SCRIPT = Path(__file__).with_name("full_disk.py")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("disk")
    require_mounts(folder)
    out = folder / "found.json"
    words = [*UNSHARE, sys.executable, str(SCRIPT), str(folder), str(out)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
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
