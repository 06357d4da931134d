"""What happens, written down: to the terminal or journal, and into files that rotate.

One line each, as text or as JSON. What strangers send can stand in a line, so control
characters are escaped, lines are cut, and one kind of message is written at most so often.
No secrets: there are none here, and the environment is never written. A full disk costs the
log, never the sound. Any thread but the audio's.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path

from smfosc.config import LogConfig
from smfosc.names import shorten

MAX_LINE = 2_000  # characters
MOST_PER_MINUTE = 20  # of one kind of message: months of trouble must stay readable
MOST_KINDS = 1_000  # remembered per minute
RECENT = 50  # warnings and errors that `smfosc top` and /health show

# sd-daemon(3): how the journal learns a line's level.
_JOURNAL = {"DEBUG": "<7>", "INFO": "<6>", "WARNING": "<4>", "ERROR": "<3>", "CRITICAL": "<2>"}


class LogError(Exception):
    """A log that cannot be written; the text names file and reason."""


@dataclass(frozen=True)
class Event:
    """One warning or error. time_s: since 1970."""

    time_s: float
    level: str
    text: str


def start_logging(config: LogConfig, *, verbose: bool = False) -> Recent:
    """Send all records where the settings say; what keeps the newest. Raises LogError."""
    recent = Recent()
    handlers: list[logging.Handler] = [logging.StreamHandler(), recent]
    handlers[0].setFormatter(TerminalForm("JOURNAL_STREAM" in os.environ))
    if config.file:
        handlers.append(_file(config))
    for handler in handlers:
        handler.addFilter(Sparing())
    level = logging.DEBUG if verbose else logging.getLevelNamesMapping()[config.level.upper()]
    logging.basicConfig(level=level, handlers=handlers, force=True)
    return recent


def _file(config: LogConfig) -> logging.Handler:
    path = Path(config.file).expanduser()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = LogFile(path, round(config.max_mb * 1e6), config.keep)
    except OSError as error:
        raise LogError(f"log {path}: {error.strerror or error}; [log] file names it") from None
    handler.setFormatter(JsonForm() if config.format == "json" else TextForm())
    return handler


def one_line(record: logging.LogRecord) -> str:
    """A record's text: printable, one line, not too long; a traceback's last line with it."""
    text = record.getMessage()
    if record.exc_info and record.exc_info[1] is not None:
        text += f": {record.exc_info[1]!r}"
    return shorten("".join(c if c.isprintable() else repr(c)[1:-1] for c in text), MAX_LINE)


class TerminalForm(logging.Formatter):
    """`WARNING text`; for the journal `<4>text`: it has the time and shows the level itself."""

    def __init__(self, journal: bool = False) -> None:
        super().__init__()
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        level = record.levelname
        return (_JOURNAL.get(level, "<6>") if self._journal else f"{level} ") + one_line(record)


class TextForm(logging.Formatter):
    """`2026-11-21T10:39:08.123Z WARNING smfosc.server: text`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and a traceback below it where there is one."""
        line = f"{_utc(record)} {record.levelname} {record.name}: {one_line(record)}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonForm(logging.Formatter):
    """One JSON object per line: time, level, part, text; trace where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        fields = {
            "time": _utc(record),
            "level": record.levelname,
            "part": record.name,
            "text": one_line(record),
        }
        if record.exc_info:
            fields["trace"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


def _utc(record: logging.LogRecord) -> str:
    """RFC 3339, to the millisecond."""
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{seconds}.{int(record.msecs):03d}Z"


class LogFile(RotatingFileHandler):
    """A file that is renamed when it is full, and the oldest forgotten."""

    def __init__(self, path: Path, most_bytes: int, keep: int) -> None:
        super().__init__(path, maxBytes=most_bytes, backupCount=keep, encoding="utf-8")
        self.lost = 0  # records that could not be written

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (logging's name)
        """A disk that is full: the line is lost, and said on the terminal for the first time."""
        self.lost += 1
        if self.lost == 1:
            print(f"<4>the log is not written: {sys.exc_info()[1]}", file=sys.stderr, flush=True)


class Sparing(logging.Filter):
    """Lets one kind of message (its text before the values) pass so often per minute."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now_s = now_s
        self._began_s = now_s()
        self._passed: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it passes. The last of a minute says that more are left out."""
        kind = (record.name, str(record.msg))
        with self._lock:
            now_s = self._now_s()
            if now_s - self._began_s >= 60.0 or len(self._passed) > MOST_KINDS:
                self._began_s = now_s
                self._passed.clear()
            self._passed[kind] += 1
            return self._passed[kind] <= MOST_PER_MINUTE


class Recent(logging.Handler):
    """The newest warnings and errors, and how many there were of each level."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: Counter[str] = Counter()
        self._events: deque[Event] = deque(maxlen=RECENT)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        if record.levelno >= logging.WARNING:
            self._counts[record.levelname] += 1
            self._events.append(Event(record.created, record.levelname, one_line(record)))

    @property
    def events(self) -> list[Event]:
        """Oldest first."""
        return list(self._events)

    @property
    def counts(self) -> Mapping[str, int]:
        """By level, since the start."""
        return dict(self._counts)
