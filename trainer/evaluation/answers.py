"""A blind test's answers: JSON lines that are appended whole, and what they say."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trainer.errors import TrainerError

QUESTIONS = ("direct", "even")
PAPER = {  # Table 1: share of answers for the adapted mesh
    "direct": {"NSynth": 0.575, "BOReilly": 0.611},
    "even": {"NSynth": 0.594, "BOReilly": 0.605},
}
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Answer:
    """One verdict. adapted: whether the adapted mesh's sounds were the ones chosen."""

    listener: str
    trial: str
    question: str
    adapted: bool
    seconds: float  # from the question to the answer
    heard: int  # how often either was played


def append(path: Path, answer: Answer) -> None:
    """Add a line in one write, on the disk before it returns. Raises TrainerError.

    A line that a power cut left open is closed first, so that it spoils no other.
    """
    line = json.dumps(asdict(answer)).encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            whole = b"\n" + line if torn else line
            if os.write(handle, whole) != len(whole):
                os.ftruncate(handle, size)
                raise OSError("the disk is full")
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise TrainerError(f"listen: {path}: {error.strerror or error}") from error


def read_answers(path: Path) -> list[Answer]:
    """All whole lines; of one listener's answers to one trial the last. Raises TrainerError."""
    try:
        lines = path.read_text(errors="replace").split("\n")
    except FileNotFoundError:
        raise TrainerError(
            f"listen: {path}: no answers yet; gather some with `smf-train listen RUN`"
        ) from None
    held: dict[tuple[str, str, str], Answer] = {}
    for number, line in enumerate(lines, start=1):
        if not line.endswith("}"):
            continue  # the end, or torn by a power cut
        answer = _parsed(line)
        if answer is None:
            raise TrainerError(f"listen: {path}:{number}: not an answer: {line[:60]}")
        held[answer.listener, answer.trial, answer.question] = answer
    return list(held.values())


def _parsed(line: str) -> Answer | None:
    """None for what is no answer."""
    try:
        answer = Answer(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
    texts = (answer.listener, answer.trial, answer.question)
    sound = all(isinstance(each, str) for each in texts) and isinstance(answer.adapted, bool)
    return answer if sound and answer.question in QUESTIONS else None


def analysis(answers: list[Answer]) -> dict[str, Any]:
    """By question: the share for the adapted mesh, its exact interval, and chance's probability."""
    return {
        "listeners": len({answer.listener for answer in answers}),
        "questions": {
            question: {
                **share([a.adapted for a in answers if a.question == question]),
                **{f"paper, {name}": value for name, value in PAPER[question].items()},
            }
            for question in QUESTIONS
        },
    }


def share(chosen: list[bool]) -> dict[str, Any]:
    """Binomial share with Clopper and Pearson's interval; p against one half, two-sided."""
    from scipy.stats import binomtest

    if not chosen:
        return {"answers": 0, "adapted": None, "low": None, "high": None, "p": None}
    test = binomtest(sum(chosen), len(chosen))
    interval = test.proportion_ci(CONFIDENCE, method="exact")
    return {
        "answers": len(chosen),
        "adapted": round(sum(chosen) / len(chosen), 4),
        "low": round(float(interval.low), 4),
        "high": round(float(interval.high), 4),
        "p": round(float(test.pvalue), 5),
    }
