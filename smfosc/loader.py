"""The loader thread: everything that takes longer than the control thread can spare."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

Job = Callable[[], Any]
Done = Callable[[Any], None]

STOP_S = 10.0  # a job that takes longer is left behind at the end


class Loader:
    """Runs jobs one after another on its own thread; results come back by `deliver`.

    wake: called on the loader thread when a result waits to be delivered.
    """

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        self._wake = wake
        self._jobs: queue.SimpleQueue[tuple[Job, Done] | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[tuple[Done, Any]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="smfosc-loader", daemon=True)
        self._thread.start()

    def run(self, job: Job, done: Done) -> None:
        """Queue a job; `done` gets its result, or its exception, when `deliver` is called."""
        self._jobs.put((job, done))

    def deliver(self) -> int:
        """Call back for the jobs that have ended. Control thread. Returns how many."""
        count = 0
        while True:
            try:
                done, result = self._results.get_nowait()
            except queue.Empty:
                return count
            done(result)
            count += 1

    def stop(self) -> None:
        """End the thread after the job that it is at; what is queued behind is dropped."""
        while not self._jobs.empty():
            self._jobs.get_nowait()
        self._jobs.put(None)
        self._thread.join(STOP_S)

    def _work(self) -> None:
        while (item := self._jobs.get()) is not None:
            job, done = item
            try:
                result = job()
            except Exception as error:  # told to whoever asked for the job
                result = error
            self._results.put((done, result))
            self._wake()
