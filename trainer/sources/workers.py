"""Processes that render: they end with the one that started them, however that ended."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import TypeVar

from trainer.errors import TrainerError

Job = TypeVar("Job")
Result = TypeVar("Result")
_THREADS = "OPENBLAS_NUM_THREADS"  # read where NumPy and SciPy are loaded
AT_ONCE = 16  # jobs sent at a time, at most: some 100 ms of work


def mapped(work: Callable[[Job], Result], jobs: Sequence[Job], processes: int) -> Iterator[Result]:
    """`work` of each job, in order. work, jobs and results must be picklable if processes > 1.

    Raises what `work` raises, and TrainerError where a process was killed.
    """
    if processes == 1 or len(jobs) < 2:
        yield from map(work, jobs)
        return
    spawn = multiprocessing.get_context("spawn")  # a fork would copy other libraries' threads
    batch = max(1, min(AT_ONCE, len(jobs) // (4 * processes)))
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_begin) as pool:
        try:
            with _one_thread_each():
                results = pool.map(work, jobs, chunksize=batch)  # begins them all
            yield from results
        except BrokenProcessPool:
            raise TrainerError(
                "rendering: a process was killed, most likely for want of memory; "
                "run it again, it goes on from there; --processes 1 takes less"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """What begins in here computes on one thread, unless the user wants otherwise.

    Matrix products on as many threads as there are cores, in as many processes, wait for one
    another: whole notes (attacks) took four times the processor's time.
    """
    if _THREADS in os.environ:
        yield
        return
    os.environ[_THREADS] = "1"
    try:
        yield
    finally:
        del os.environ[_THREADS]


def _begin() -> None:
    """In a new process: leave Ctrl-C to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A killed parent closes no queue; without this its children would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
