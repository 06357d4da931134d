"""What TensorBoard is given while networks train, and what becomes of it on a full disk."""

import resource
import threading
from contextlib import contextmanager

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from trainer.audition import Audition
from trainer.board import board
from trainer.curves import watched
from trainer.errors import TrainerError
from trainer.rnn import Progress, RnnConfig


def steps(count, heard=None):
    return (Progress(k, 5.5 / k, 1e-3, 5.0 if heard else None, heard) for k in range(1, count + 1))


@contextmanager
def small_files(size):
    """No file may grow beyond `size` bytes, as on a disk that is full there."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_an_rnns_board_has_curves_sounds_and_pictures(tmp_path):
    points = np.linspace(0, 1, 6)[:, None].repeat(2, axis=1)
    sounds = 0.1 * np.random.default_rng(0).standard_normal((6, 4000)).astype(np.float32)
    heard = Audition(points, np.arange(6.0), tuple("abcdef"), sounds)
    list(watched(steps(3, heard), RnnConfig(), tmp_path))
    found = EventAccumulator(str(tmp_path)).Reload()
    tags = found.Tags()
    scalars = {"loss/train", "learning_rate", "loss/validation", "audition/penalty"}
    assert set(tags["scalars"]) == scalars
    assert [event.value for event in found.Scalars("loss/train")] == pytest.approx(
        [5.5, 2.75, 5.5 / 3]
    )
    assert set(tags["images"]) == {"audition/spectrograms", "audition/penalties"}
    assert len(tags["audio"]) == 4


@pytest.mark.parametrize("count", [20, 2000])
def test_a_disk_that_is_full_for_tensorboard_is_one_line(tmp_path, capsys, count):
    """Few steps are told at the end, when the file is closed; many while they are written."""
    hook = threading.excepthook
    with (
        small_files(500),
        pytest.raises(TrainerError, match=r"TensorBoard's file: File too large;"),
    ):
        list(watched(steps(count), RnnConfig(), tmp_path))
    assert threading.excepthook is hook
    printed = capsys.readouterr()
    assert printed.out + printed.err == ""


def test_what_fails_beside_the_board_is_told_as_it_is(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.wav"), board(tmp_path):
        (tmp_path / "none.wav").read_bytes()
