"""A Standard MIDI File as a score for one voice: notes, velocity, pitch bend, pedal.

A voice plays one note at a time: the newest that is held, and when it ends the one before
it that is held still. The sustain pedal (controller 64) holds notes; pitch bend moves the
pitch, by the range that RPN 0 sets (2 semitones before). Times follow the tempo map of the
whole file, without rounding. Source: the Complete MIDI 1.0 Detailed Specification, and
RP-001, Standard MIDI Files 1.0. Any thread.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import mido

from smfosc.score_text import MAX_SECONDS, as_line

MAX_BYTES = 16 << 20  # a larger file is not a piece of music
TEMPO_US = 500_000  # of a quarter, until the file sets one
BEND_SEMITONES = 2.0  # the range, until RPN 0 sets one
PEDAL, DATA, DATA_FINE, RPN, RPN_FINE = 64, 6, 38, 101, 100
PEDAL_DOWN = 64  # from this value on


class MidiError(Exception):
    """A MIDI file that cannot be used; one line that names it."""


@dataclass(frozen=True)
class Choice:
    """What becomes of a file. channel and track count from 1; None: all, where it is one.

    controllers: parameter by controller number; it gets 0-127 as its whole range.
    model: of a voice that the score makes itself.
    """

    voice: str = "v1"
    channel: int | None = None
    track: int | None = None
    transpose: float = 0.0  # semitones
    controllers: Mapping[int, str] = field(default_factory=dict)
    model: str | None = None


@dataclass(frozen=True)
class _Timed:
    """A message at its time."""

    seconds: Fraction
    message: Any  # mido.Message


def score_lines(path: Path, choice: Choice) -> Iterator[str]:
    """The lines of the score. Raises MidiError."""
    messages = list(_chosen(path, _read(path), choice))
    voice = _Voice(choice)
    for timed in messages:
        voice.take(timed)
    end = messages[-1].seconds if messages else Fraction(0)
    if end > MAX_SECONDS:
        raise MidiError(f"{path}: {float(end):.3g} s long; a score has at most {MAX_SECONDS}")
    voice.end(end)
    yield f"# {path.name}: {voice.count} notes for voice {choice.voice}"
    base = f"/voice/{choice.voice}"
    if choice.model:
        yield as_line(Fraction(0), "/voice/new", (choice.voice, choice.model))
    yield as_line(Fraction(0), f"{base}/gate", (0,))
    for seconds, leaf, arguments in voice.lines:
        yield as_line(seconds, f"{base}/{leaf}", arguments)
    yield as_line(end, "end", ())


def _read(path: Path) -> mido.MidiFile:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MidiError(f"{path}: larger than {MAX_BYTES >> 20} MiB: not a MIDI file")
        data = path.read_bytes()
    except OSError as error:
        raise MidiError(f"{path}: {error.strerror or error}") from None
    try:
        return mido.MidiFile(file=io.BytesIO(data))
    except EOFError:
        raise MidiError(f"{path}: ends in the middle: cut off, or not a MIDI file") from None
    except Exception as error:  # mido has no error of its own for what strangers' bytes do to it
        reason = " ".join(str(error).split()) or type(error).__name__
        raise MidiError(f"{path}: not a MIDI file: {reason}") from None


def _chosen(path: Path, file: mido.MidiFile, choice: Choice) -> Iterator[_Timed]:
    """The messages of one channel in the order of time. Raises MidiError."""
    count = len(file.tracks)
    if choice.track is not None and not 1 <= choice.track <= count:
        raise MidiError(f"{path}: no track {choice.track}; there are {count}")
    if file.type == 2 and choice.track is None and count > 1:
        raise MidiError(f"{path}: {count} pieces in one file (type 2); --track chooses one")
    messages = list(_timed(path, file, choice.track))
    sounding = sorted({m.message.channel + 1 for m in messages if m.message.type == "note_on"})
    if choice.channel is None and len(sounding) > 1:
        listed = ", ".join(map(str, sounding))
        raise MidiError(f"{path}: notes on channels {listed}; --channel chooses one")
    channel = choice.channel or (sounding[0] if sounding else 1)
    if channel not in sounding:
        where = f"channel {channel}" + (f" of track {choice.track}" if choice.track else "")
        listed = ", ".join(map(str, sounding)) or "none"
        raise MidiError(f"{path}: no notes on {where}; channels with notes: {listed}")
    return (m for m in messages if m.message.channel == channel - 1)


def _timed(path: Path, file: mido.MidiFile, track: int | None) -> Iterator[_Timed]:
    """Messages of channels; the tempo map is that of the whole file, but of pieces' own."""
    events: list[tuple[int, int, Any]] = []
    for number, content in enumerate(file.tracks, start=1):
        ticks = 0
        for message in content:
            ticks += message.time
            events.append((ticks, number, message))
    if file.type == 2:
        events = [event for event in events if event[1] == (track or 1)]
    events.sort(key=lambda event: event[0])
    at, seconds, per_tick = 0, Fraction(0), _tick_s(path, file, TEMPO_US)
    for ticks, number, message in events:
        seconds += (ticks - at) * per_tick
        at = ticks
        if message.type == "set_tempo":
            per_tick = _tick_s(path, file, message.tempo)
        elif not message.is_meta and hasattr(message, "channel") and track in (None, number):
            yield _Timed(seconds, message)


def _tick_s(path: Path, file: mido.MidiFile, tempo_us: int) -> Fraction:
    """Seconds of a tick: by the tempo, or, with a negative division, by SMPTE frames."""
    division: int = file.ticks_per_beat
    if division > 0:
        return Fraction(tempo_us, 1_000_000 * division)
    frames, parts = -(division >> 8), division & 0xFF
    if division == 0 or parts == 0:
        raise MidiError(f"{path}: a time division of {division} ticks")
    rate = Fraction(30_000, 1_001) if frames == 29 else Fraction(frames)
    return Fraction(1) / (rate * parts)


class _Voice:
    """What one voice is told."""

    def __init__(self, choice: Choice) -> None:
        self.lines: list[tuple[Fraction, str, list[float]]] = []
        self.count = 0
        self._choice = choice
        self._held: dict[int, int] = {}  # note -> velocity, in the order of striking
        self._pedalled: set[int] = set()  # let go of, but held by the pedal
        self._pedal = False
        self._sounding: int | None = None
        self._begun = Fraction(0)
        self._duration: list[float] = []  # the arguments of the line that is to get it
        self._bend = 0.0  # -1..1
        self._range = BEND_SEMITONES
        self._rpn = (127, 127)

    def take(self, timed: _Timed) -> None:
        """Messages come in the order of time."""
        message, at = timed.message, timed.seconds
        match message.type:
            case "note_on" if message.velocity > 0:
                self._strike(message.note, message.velocity, at)
            case "note_on" | "note_off":
                self._let_go(message.note, at)
            case "pitchwheel":
                self._bend = message.pitch / 8192.0
                self._move(at)
            case "control_change":
                self._control(message.control, message.value, at)

    def end(self, at: Fraction) -> None:
        """The file is over."""
        self._held.clear()
        self._release(at)

    def _strike(self, note: int, velocity: int, at: Fraction) -> None:
        self._held.pop(note, None)
        self._held[note] = velocity
        self._pedalled.discard(note)
        self._sound(note, velocity, at)
        self.count += 1

    def _let_go(self, note: int, at: Fraction) -> None:
        if note not in self._held:
            return
        if self._pedal:
            self._pedalled.add(note)
            return
        del self._held[note]
        if note != self._sounding:
            return
        if self._held:
            self._sound(*list(self._held.items())[-1], at)
        else:
            self._release(at)

    def _sound(self, note: int, velocity: int, at: Fraction) -> None:
        self._release(at)
        self._sounding, self._begun = note, at
        self._duration = [self._pitch(note), velocity, 0.0]
        self.lines.append((at, "note", self._duration))

    def _release(self, at: Fraction) -> None:
        """The note that sounds has lasted until now."""
        if self._sounding is not None:
            self._duration[2] = max(1.0, float((at - self._begun) * 1000))
        self._sounding = None

    def _pitch(self, note: int) -> float:
        return note + self._choice.transpose + self._bend * self._range

    def _move(self, at: Fraction) -> None:
        if self._sounding is not None:
            self.lines.append((at, "pitch", [self._pitch(self._sounding)]))

    def _control(self, control: int, value: int, at: Fraction) -> None:
        if parameter := self._choice.controllers.get(control):
            self.lines.append((at, f"{parameter}/normalized", [value / 127.0]))
        elif control == PEDAL:
            self._set_pedal(value >= PEDAL_DOWN, at)
        elif control in (RPN, RPN_FINE):
            coarse, fine = self._rpn
            self._rpn = (value, fine) if control == RPN else (coarse, value)
        elif control in (DATA, DATA_FINE) and self._rpn == (0, 0):
            semitones, cents = divmod(round(self._range * 100), 100)
            new = (value, cents) if control == DATA else (semitones, value)
            self._range = new[0] + new[1] / 100.0
            self._move(at)

    def _set_pedal(self, down: bool, at: Fraction) -> None:
        self._pedal = down
        if not down:
            for note in sorted(self._pedalled):
                self._let_go(note, at)
            self._pedalled.clear()
