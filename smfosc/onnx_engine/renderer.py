"""The thread that makes the samples of a model's voices, ahead of the audio thread.

See native/ahead.h: a voice tells, sample by sample, how the sample `lead` later is to be made;
this thread takes those rows by the chunk, for all voices together, and gives the samples back.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from smfosc import _core
from smfosc.onnx_engine.session import Batch, Session

log = logging.getLogger(__name__)

Floats = NDArray[np.float32]
LOOK_S = 0.2  # between looks whether anybody still plays
STOP_S = 5.0  # at the program's end
REPORT_S = 5.0  # between reports of late samples


@dataclass(eq=False)
class Seat:
    """One voice: its way to the audio thread, and where its network stands."""

    stream: _core.AheadStream
    first: Floats  # (1, 1) the sample before
    states: list[Floats]  # (1, H) each
    start: tuple[Floats, list[Floats]] = field(default=(np.zeros((1, 1), np.float32), []))


@dataclass(frozen=True, eq=False)
class Rows:
    """How T samples of one voice are to be made."""

    params: Floats  # (T, P)
    temperature: Floats  # (T,)
    uniform: NDArray[np.float64]  # (T,)

    @classmethod
    def empty(cls, count: int, parameters: int) -> Rows:
        """Rows to be filled in."""
        params = np.zeros((count, parameters), np.float32)
        return cls(params, np.ones(count, np.float32), np.zeros(count))

    def part(self, at: int, count: int) -> Rows:
        """Some of them."""
        here = slice(at, at + count)
        return Rows(self.params[here], self.temperature[here], self.uniform[here])


class Renderer:
    """Makes the samples of one model's voices on a thread of its own, until `retire`.

    kernel: what the engine plays in its place. label: for the log.
    """

    def __init__(self, session: Session, kernel: _core.AheadKernel, label: str) -> None:
        self.kernel = kernel
        self._session = session
        self._label = label
        self._seats: list[Seat] = []
        self._retired = self._stopped = False
        self._reported = (0, 0.0)  # late samples, when
        self._thread = threading.Thread(target=self._work, name=f"smfosc-{label}", daemon=True)
        self._thread.start()
        _running.add(self)

    def retire(self) -> None:
        """No more voices will come: end when the last is gone. Any thread."""
        self._retired = True

    def stop(self) -> None:
        """End now, whoever plays: at the program's end."""
        self._stopped = True
        self._thread.join(STOP_S)

    @property
    def is_running(self) -> bool:
        """Whether the thread lives."""
        return self._thread.is_alive()

    # --- the thread -----------------------------------------------------------------------

    def _work(self) -> None:
        while not self._stopped and not (self._retired and self.kernel.streams == 0):
            self.kernel.wait(LOOK_S)
            for stream in self.kernel.starting():
                self._begin(stream)
            self._serve()
            self._report()

    def _begin(self, stream: _core.AheadStream) -> None:
        """Settle a voice on its start values, in pieces, so that no other voice waits."""
        seat = Seat(stream, *self._session.silence(1))
        count = stream.settle + self.kernel.lead
        rows = Rows.empty(count, self._session.parameters)
        stream.take_start(rows.params, rows.temperature, rows.uniform)
        made = []
        for at in range(0, count, self.kernel.chunk):
            made.append(self._run([seat], [rows.part(at, self.kernel.chunk)])[:, 0])
            self._serve()
        seat.start = seat.first, seat.states
        self._seats.append(seat)
        stream.begin(np.ascontiguousarray(np.concatenate(made)[-self.kernel.lead :]))

    def _serve(self) -> None:
        """Make every chunk that is due."""
        self._seats = [seat for seat in self._seats if not seat.stream.closed]
        due = [seat for seat in self._seats if seat.stream.due]
        for at in range(0, len(due), self._session.widest):
            self._render(due[at : at + self._session.widest])

    def _render(self, seats: Sequence[Seat]) -> None:
        samples = self._run(seats, [self._take(seat) for seat in seats])
        for seat, made in zip(seats, samples.T, strict=True):
            seat.stream.put(np.ascontiguousarray(made))

    def _take(self, seat: Seat) -> Rows:
        rows = Rows.empty(self.kernel.chunk, self._session.parameters)
        if seat.stream.take(rows.params, rows.temperature, rows.uniform):
            seat.first, seat.states = seat.start
        return rows

    def _run(self, seats: Sequence[Seat], rows: Sequence[Rows]) -> Floats:
        """The samples (T, B) of those rows; the seats move on. Silence if the runtime fails."""
        batch = Batch(
            np.concatenate([seat.first for seat in seats]),
            [np.concatenate(states) for states in zip(*(s.states for s in seats), strict=True)],
            np.stack([row.params for row in rows], axis=1),
            np.stack([row.temperature for row in rows], axis=1),
            np.stack([row.uniform for row in rows], axis=1),
        )
        try:
            samples, last, states = self._session.run(batch)
        except Exception as error:  # onnxruntime's own, of several modules; others play on
            log.error("model %s: onnxruntime: %s", self._label, " ".join(str(error).split())[:200])
            return np.zeros(batch.temperature.shape, np.float32)
        for index, seat in enumerate(seats):
            seat.first = last[index : index + 1]
            seat.states = [state[index : index + 1] for state in states]
        return samples

    def _report(self) -> None:
        late, (before, when) = self.kernel.late, self._reported
        if late > before and time.monotonic() > when + REPORT_S:
            log.warning("model %s: %d samples came too late", self._label, late - before)
            self._reported = late, time.monotonic()


_running: weakref.WeakSet[Renderer] = weakref.WeakSet()


@atexit.register
def _stop_all() -> None:
    for renderer in list(_running):
        renderer.stop()
