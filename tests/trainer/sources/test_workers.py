"""Rendering in other processes: killed, out of memory, out of disk."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import made
import numpy as np
import pytest

from trainer.clips import write_clip
from trainer.errors import TrainerError
from trainer.sources import journal
from trainer.sources.build import BuildConfig, build
from trainer.sources.textures import Textures, TexturesConfig
from trainer.sources.workers import mapped

ROOT = Path(__file__).parents[3]
ALONE = BuildConfig(processes=1)
CLIPS = 200  # more than are made before a crowded machine lets us kill


def children(pid):
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def runs(pid):
    """Whether a process is there, and not only its exit status."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(true, seconds=60.0):
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_a_build_killed_at_work_leaves_no_process_and_is_completed_to_the_same(tmp_path):
    out, whole = tmp_path / "out", tmp_path / "whole"
    words = ["dataset", "textures", "--synth", "hiss", "--clips", str(CLIPS), "--out", str(out)]
    command = [sys.executable, "-c", "from trainer.cli import main; main()", *words]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        wait_until(lambda: len(journal.read(out)) > 0)
        workers = children(process.pid)
        process.kill()
    assert len(workers) >= 2
    wait_until(lambda: not any(runs(pid) for pid in workers))
    assert not (out / "metadata.csv").exists()
    source = Textures(TexturesConfig(clips=CLIPS, synths=("hiss",)))
    before = len(journal.read(out))
    assert next(build(source, out, ALONE)).done == before < CLIPS
    for folder in (out, whole):
        list(build(source, folder, ALONE))
    same = [path.relative_to(whole) for path in whole.rglob("*") if path.suffix in (".wav", ".csv")]
    assert len(same) == CLIPS + 2
    assert all((out / path).read_bytes() == (whole / path).read_bytes() for path in same)


def test_a_process_that_is_killed_is_told_in_a_line():
    with pytest.raises(TrainerError, match="a process was killed"):
        list(mapped(made.end, [signal.SIGKILL] * 4, 2))


def test_processes_leave_the_cores_to_one_another(monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    its_own_and_the_watch = 2
    assert set(mapped(made.threads, [500] * 4, 2)) == {its_own_and_the_watch}
    assert "OPENBLAS_NUM_THREADS" not in os.environ
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    if (os.cpu_count() or 1) > 1:
        assert min(mapped(made.threads, [500] * 4, 2)) > its_own_and_the_watch


def test_what_a_process_raises_arrives_as_it_was():
    with pytest.raises(TrainerError, match="as it was"):
        list(mapped(made.fail, ["as it was"] * 4, 2))


@pytest.mark.parametrize("room", [0, 1000])
def test_a_disk_without_room_is_told_and_leaves_nothing_behind(tmp_path, room):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        with pytest.raises(TrainerError, match=r"a\.wav: File too large; make room"):
            write_clip(tmp_path / "a.wav", np.zeros(16_384), 16_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(tmp_path) == []


def test_a_build_that_ran_out_of_room_is_completed_later(tmp_path):
    last = list(build(made.Beeps(), tmp_path, ALONE))[-1]
    size = (tmp_path / "clips" / "beep0.wav").stat().st_size
    other = made.Beeps(hz=800.0)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size - 1, hard))
    try:
        with pytest.raises(TrainerError, match="make room and run it again"):
            list(build(other, tmp_path, ALONE))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (tmp_path / "metadata.csv").exists()
    assert list(build(other, tmp_path, ALONE))[-1] == last
