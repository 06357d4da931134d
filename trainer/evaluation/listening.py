"""The blind test's page, served to this machine alone.

A listener never learns which side is which: names of sounds tell their place, not their kind, and
only the server knows the draw. An answer is on the disk before the page goes on.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

from trainer.errors import TrainerError
from trainer.evaluation.answers import Answer, append, read_answers
from trainer.evaluation.trials import Trial, order

LOOPBACK = "127.0.0.1"
LONGEST_BODY, LONGEST_NAME = 4096, 40
WORDS = {
    "direct": "Which one goes more directly from its first sound to its last?",
    "even": "Which one changes in more even steps?",
}
Reply = tuple[int, str, bytes]  # status, content type, body


class Refused(Exception):  # noqa: N818  becomes a status, nothing failed
    """A request that is not answered: status and reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass
class BlindTest:
    """Trials, and where their answers go. Called from the server's threads."""

    trials: Sequence[Trial]
    out: Path

    def __post_init__(self) -> None:
        self.by_name = {trial.name: trial for trial in self.trials}
        self.lock = Lock()

    def page(self, query: dict[str, str]) -> Reply:
        """The page."""
        asset = files("trainer.evaluation") / "assets" / "listen.html"
        return 200, "text/html; charset=utf-8", asset.read_bytes()

    def open_trials(self, query: dict[str, str]) -> Reply:
        """What this listener has not answered yet, in the listener's order."""
        listener = _listener(query.get("listener"))
        done = {a.trial for a in self._answers() if a.listener == listener}
        asked = [
            {"trial": t.name, "question": WORDS[t.question]}
            for t in order(list(self.trials), listener)
            if t.name not in done
        ]
        body = {"total": len(self.trials), "trials": asked}
        return 200, "application/json", json.dumps(body).encode()

    def sound(self, query: dict[str, str]) -> Reply:
        """A side of a trial, as this listener has it. Raises Refused."""
        sides = self._trial(query.get("trial")).sides(_listener(query.get("listener")))
        if query.get("side") not in sides:
            raise Refused(404, "wanted side a or b")
        return 200, "audio/wav", sides[query["side"]]

    def answer(self, given: Any) -> Reply:
        """Keep an answer. Raises Refused, TrainerError."""
        if not isinstance(given, dict):
            raise Refused(400, "wanted an object")
        trial = self._trial(given.get("trial"))
        listener = _listener(given.get("listener"))
        kinds = trial.kinds(listener)
        if given.get("chosen") not in ("a", "b"):
            raise Refused(400, "wanted chosen a or b")
        answer = Answer(
            listener,
            trial.name,
            trial.question,
            kinds[given["chosen"]] == "adapted",
            _number(given, "seconds"),
            int(_number(given, "heard")),
        )
        with self.lock:
            append(self.out, answer)
        return 204, "text/plain", b""

    def _trial(self, name: Any) -> Trial:
        if not isinstance(name, str) or name not in self.by_name:
            raise Refused(404, "no such trial")
        return self.by_name[name]

    def _answers(self) -> list[Answer]:
        with self.lock:
            return read_answers(self.out) if self.out.is_file() else []


def _listener(name: Any) -> str:
    if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
        raise Refused(400, f"wanted a listener of 1 to {LONGEST_NAME} letters")
    if not name.isprintable():
        raise Refused(400, "a listener's name has letters only")
    return name.strip()


def _number(given: dict[str, Any], key: str) -> float:
    value = given.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
        raise Refused(400, f"wanted {key}, a number of 0 or more")
    return round(float(value), 3)


def server(test: BlindTest, port: int) -> ThreadingHTTPServer:
    """Listening at 127.0.0.1; port 0: any. Raises TrainerError where the port is taken."""
    pages: dict[str, Callable[[dict[str, str]], Reply]] = {
        "/": test.page,
        "/trials": test.open_trials,
        "/sound": test.sound,
    }

    class Handler(BaseHTTPRequestHandler):
        """Requests to the test."""

        protocol_version = "HTTP/1.1"
        timeout = 30  # of a connection that says nothing

        def do_GET(self) -> None:
            self._reply(self._get)

        def do_POST(self) -> None:
            self._reply(self._post)

        def _get(self) -> Reply:
            asked = urlsplit(self.path)
            if asked.path not in pages:
                raise Refused(404, "no such page")
            query = {key: values[0] for key, values in parse_qs(asked.query).items()}
            return pages[asked.path](query)

        def _post(self) -> Reply:
            size = self.headers.get("Content-Length", "")
            if self.headers.get_content_type() != "application/json" or self.path != "/answer":
                raise Refused(404, "answers go to /answer, as JSON")
            if not size.isdigit() or int(size) > LONGEST_BODY:
                raise Refused(413, f"wanted {LONGEST_BODY} bytes at most")
            try:
                return test.answer(json.loads(self.rfile.read(int(size))))
            except ValueError:
                raise Refused(400, "not JSON") from None

        def _reply(self, work: Callable[[], Reply]) -> None:
            try:
                self._require_local()
                status, kind, body = work()
            except Refused as refused:
                status, kind, body = refused.status, "text/plain", str(refused).encode()
                self.close_connection = True  # what the body was is not known
            except TrainerError as error:
                status, kind, body = 500, "text/plain", str(error).encode()
            self.send_response(status)
            if body or status != 204:
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def _require_local(self) -> None:
            """Other pages in the browser may not ask under a name that leads here."""
            name = self.headers.get("Host", "").rsplit(":", 1)[0]
            if name not in (LOOPBACK, "localhost"):
                raise Refused(403, "wanted by 127.0.0.1 alone")

        def log_message(self, *_: Any) -> None:
            """Nothing: who listens is nobody's business."""

    try:
        return ThreadingHTTPServer((LOOPBACK, port), Handler)
    except OSError as error:
        raise TrainerError(
            f"listen: port {port}: {error.strerror}; choose another with --port"
        ) from None
