"""Writes down what a performance does, as a text score that plays it again.

Control thread; the file is written on the loader thread. What has been performed for a
frame that is still to come waits, so that the lines are in the order of time and what
/clearSched takes back is not in them.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO

from smfosc.addresses import Address
from smfosc.config import VoiceConfig
from smfosc.osc import Value
from smfosc.score_text import as_line
from smfosc.state_folder import StateError
from smfosc.surroundings import Run
from smfosc.whole_file import part_of, put_in_place

BEGIN_S = Fraction(1, 100)  # for the voices to become as they were, gain and pan take 2 ms
FLUSH_LINES = 256  # or, with fewer, each
FLUSH_S = 1.0
MAX_BYTES = 1 << 30  # of one recording: what is forgotten must not fill the disk

_KEPT = ("/voice/free",)  # of those that do not sound and are not prepared


def is_kept(row: Address) -> bool:
    """Whether a recording keeps messages of that row: what changes the sound."""
    if row.path.startswith(("/score/", "/after")):
        return False  # what they send is kept itself
    return row.timing in ("sound", "prepare") or row.path in _KEPT


class Recording:
    """One recording. path: where it will be; first: the frame that is its time 0.

    failed: called on the control thread with the reason when the file cannot be written.
    """

    def __init__(
        self, path: Path, first: int, samplerate: int, run: Run, failed: Callable[[str], None]
    ) -> None:
        self.count = 0
        self._path = path
        self._first = first
        self._samplerate = samplerate
        self._run = run
        self._failed = failed
        self._file: IO[str] | None = None
        self._ahead: list[tuple[int, int, str]] = []
        self._lines: list[str] = []
        self._texts: deque[str] = deque()  # that are to be written
        self._begun = False
        self._flushed = first
        self._bytes = 0

    def begin(self, voices: Iterable[VoiceConfig]) -> None:
        """Write how the voices are: where the score begins. Before, nothing is written."""
        self._begun = True
        self._lines.append("# A recording of smfosc; see docs/scores.md.")
        gates = []
        for voice in voices:
            *messages, gate = messages_of(voice)
            self._lines += [as_line(Fraction(0), *message) for message in messages]
            gates.append(as_line(BEGIN_S, *gate))
        self._lines += gates

    def keep(self, address: str, args: tuple[Value, ...], frame: int) -> None:
        """A message that acts at `frame`."""
        try:
            line = as_line(self._seconds(frame), address, _given(args))
        except ValueError:  # no text can hold it, and no address that sounds takes it
            return
        self.count += 1
        heapq.heappush(self._ahead, (frame, self.count, line))

    def forget_after(self, frame: int) -> None:
        """What was to come later will not."""
        self._ahead = [item for item in self._ahead if item[0] <= frame]
        heapq.heapify(self._ahead)

    def waits_for(self, rendered: int | None) -> bool:
        """Whether it is to begin now: what was sent before its time 0 has acted."""
        return not self._begun and (rendered is None or rendered > self._first)

    def advance(self, frame: int) -> None:
        """Everything before `frame` has happened."""
        if not self._begun:
            return
        while self._ahead and self._ahead[0][0] < frame:
            self._lines.append(heapq.heappop(self._ahead)[2])
        passed_s = (frame - self._flushed) / self._samplerate
        if self._lines and (len(self._lines) >= FLUSH_LINES or passed_s >= FLUSH_S):
            self._flushed = frame
            self._write()

    def end(self, frame: int, done: Callable[[Exception | None], None]) -> None:
        """Write what happened until `frame`, and the end; give the file its name."""
        self.advance(frame + 1)
        self._lines.append(as_line(self._seconds(frame), "end", ()))
        self._write(last=True, done=done)

    def _seconds(self, frame: int) -> Fraction:
        return BEGIN_S + Fraction(max(frame - self._first, 0), self._samplerate)

    def _write(
        self, *, last: bool = False, done: Callable[[Exception | None], None] | None = None
    ) -> None:
        self._texts.append("".join(f"{line}\n" for line in self._lines))
        self._lines = []

        def ended(result: Exception | None) -> None:
            if done is not None:
                done(result)
            elif result is not None:
                self._failed(str(result))

        self._run(lambda: self._append(last), ended)

    def _append(self, last: bool) -> None:
        """Loader thread, or this one when that has ended. Raises StateError."""
        try:
            if self._file is None:
                self._file = part_of(self._path).open("w", encoding="utf-8")
            while self._texts:
                self._write_text(self._texts.popleft())
            if last:
                put_in_place(self._file, self._path)
        except OSError as error:
            raise StateError(f"{self._path}: {error.strerror}") from None

    def _write_text(self, text: str) -> None:
        assert self._file is not None
        self._bytes += len(text)
        if self._bytes > MAX_BYTES:
            raise StateError(f"{self._path}: more than {MAX_BYTES >> 30} GiB")
        self._file.write(text)
        self._file.flush()

    def drop(self) -> None:
        """Leave nothing behind. Loader thread."""
        if self._file is not None:
            self._file.close()
        part_of(self._path).unlink(missing_ok=True)


def messages_of(voice: VoiceConfig) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """Messages that make a voice as it is; the gate's is the last."""
    place = (voice.channel or 0, voice.output) if voice.output else (voice.channel,)
    yield "/voice/new", (voice.name, voice.model, *(place if any(place) else ()))
    base = f"/voice/{voice.name}"
    for name, value in voice.params.items():
        yield f"{base}/{name}", (value,)
    for leaf in ("gain", "pan", "temperature"):
        yield f"{base}/{leaf}", (float(getattr(voice, leaf)),)
    if voice.seed is not None:
        signed = voice.seed if voice.seed < 1 << 63 else voice.seed - (1 << 64)
        yield f"{base}/seed", (signed,)
    yield f"{base}/gate", (int(voice.gate),)


def _given(args: tuple[Value, ...]) -> tuple[Value, ...]:
    """Without what was not given at the end."""
    while args and args[-1] is None:
        args = args[:-1]
    return args
