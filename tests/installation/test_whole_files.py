"""Files are whole or not there: whatever is killed, full or broken while they are written."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest
from playing import environment

from smfosc import whole_file
from smfosc.state_folder import Shelf, StateError, StateFolder
from smfosc.whole_file import part_of, put_in_place, sweep, write_whole

NOBODY = 2**22 + 1  # beyond Linux's largest process id


def full(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_what_is_written_replaces_what_was_there_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "a.toml"
    write_whole(path, "one é")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    """Else a power failure may leave the name with nothing behind it."""
    path, steps = tmp_path / "a.toml", []
    fsync = os.fsync

    def flushed(handle: int) -> None:
        fsync(handle)
        steps.append((part_of(path).read_text(), path.exists()))

    monkeypatch.setattr(whole_file.os, "fsync", flushed)
    Shelf(tmp_path, ".toml", "snapshot").write("a", "text")
    assert steps == [("text", False)]
    with part_of(path).open("w") as file:
        file.write("recorded")
        put_in_place(file, path)
    assert steps[1] == ("recorded", True)
    assert path.read_text() == "recorded"


def test_a_write_that_fails_changes_nothing(tmp_path, monkeypatch):
    shelf = Shelf(tmp_path, ".toml", "snapshot")
    shelf.write("a", "before")
    monkeypatch.setattr(whole_file.os, "fsync", full)
    with pytest.raises(StateError, match="No space left on device"):
        shelf.write("a", "after")
    assert [p.name for p in tmp_path.iterdir()] == ["a.toml"]
    assert (tmp_path / "a.toml").read_text() == "before"


def test_parts_of_dead_processes_are_swept_away_and_no_others(tmp_path):
    folder = StateFolder(tmp_path)
    scores = tmp_path / "scores"
    scores.mkdir()
    dead = scores / f".take.score.{NOBODY}.part"
    living = [part_of(scores / "other.score"), scores / "take.score", scores / ".hidden.part"]
    for path in (dead, *living):
        path.write_text("x")
    folder.sweep()
    assert sorted(scores.iterdir()) == sorted(living)
    sweep(tmp_path / "nowhere")


WRITE_ON = """
import itertools, sys
from pathlib import Path
from smfosc.whole_file import write_whole
print("begun", flush=True)
for n in itertools.count():
    write_whole(Path(sys.argv[1]), b"%d\\n" % (n % 10) * 200_000)
"""


def test_kill_9_in_the_middle_of_writing_leaves_a_whole_file(tmp_path):
    path, cut = tmp_path / "a.toml", 0
    for round_ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITE_ON, path], env=environment(None, {}), stdout=-1
        )
        process.stdout.readline()
        while not path.exists():
            time.sleep(0.001)
        time.sleep(0.003 * round_)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        data = path.read_bytes()
        assert data == data[:2] * 200_000
        cut += len(list(tmp_path.glob(".*.part")))
        sweep(tmp_path)
        assert list(tmp_path.iterdir()) == [path]
    assert cut > 0  # it was in the middle of it at least once
