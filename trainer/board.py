"""TensorBoard's file in a stage's folder. A full disk is one line there, too."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from trainer.errors import TrainerError


@contextmanager
def board(folder: Path) -> Iterator[SummaryWriter]:
    """Curves, pictures and sounds go to the file of the day. Raises TrainerError.

    TensorBoard writes in a thread of its own, which tells a failure twice: by a traceback, and to
    whoever writes or closes next. The traceback is kept back.
    """
    usual = threading.excepthook

    def hook(args: threading.ExceptHookArgs) -> None:
        if not (isinstance(args.exc_value, OSError) and _is_its_writer(args.thread)):
            usual(args)

    threading.excepthook = hook
    try:
        with SummaryWriter(str(folder)) as writer:
            yield writer
    except OSError as error:
        if error.filename:
            raise
        raise TrainerError(
            f"writing: {folder}: TensorBoard's file: {error.strerror or error}; make room and run "
            "it again, it goes on from the last checkpoint"
        ) from error
    finally:
        threading.excepthook = usual


def _is_its_writer(thread: threading.Thread | None) -> bool:
    return type(thread).__module__.startswith("tensorboard.")
