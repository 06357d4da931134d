"""A fuzzer: inputs that were kept, mutated for a fixed time; what breaks a reader is kept."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from targets import Feed, Target

CORPORA = Path(__file__).parents[1] / "corpora"
LONGEST_S = 5.0  # for one input, on a busy machine


def corpus(kind: str) -> dict[str, bytes]:
    """All inputs that are kept for a reader, by name."""
    return {path.name: path.read_bytes() for path in sorted((CORPORA / kind).iterdir())}


def mutations(target: Target, draw: random.Random) -> Iterator[bytes]:
    """Inputs made from the kept ones, without end."""
    kept = list(corpus(target.kind).values())
    while True:
        yield mutated(draw.choice(kept), target, kept, draw)


def mutated(data: bytes, target: Target, kept: list[bytes], draw: random.Random) -> bytes:
    """An input after a few accidents."""
    found = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 3, 8))):
        at = draw.randrange(len(found) + 1)
        end = min(len(found), at + draw.choice((1, 1, 2, 4, 16, 64)))
        match draw.randrange(8):
            case 0:
                found[at:end] = draw.randbytes(end - at)
            case 1 if at < len(found):
                found[at] ^= 1 << draw.randrange(8)
            case 2:
                del found[at:end]
            case 3:
                found[at:at] = found[at:end] * draw.choice((1, 2, 50))
            case 4 | 5:
                found[at:at] = draw.choice(target.words)
            case 6:
                other = draw.choice(kept)
                start = draw.randrange(len(other) + 1)
                found[at:end] = other[start : start + draw.choice((4, 32, 256))]
            case 7:
                del found[at:]
    return bytes(found[: target.limit])


def run(target: Target, feed: Feed, inputs: Iterator[bytes], seconds: float) -> int:
    """Feed inputs for a time; how many. One that breaks the reader is kept, and raised on."""
    count, end_s = 0, time.monotonic() + seconds
    for data in inputs:
        run_one(target.kind, feed, data)
        count += 1
        if time.monotonic() > end_s:
            return count
    return count


def run_one(kind: str, feed: Feed, data: bytes) -> None:
    """Feed one input."""
    began_s = time.monotonic()
    try:
        feed(data)
        took_s = time.monotonic() - began_s
        assert took_s < LONGEST_S, f"{took_s:.1f} s for one input of {len(data)} bytes"
    except BaseException as error:
        path = keep(kind, data, "broke-")
        error.add_note(f"the input is kept as {path}")
        raise


def keep(kind: str, data: bytes, start: str = "") -> Path:
    """Put an input into the corpus, where every later run begins with it."""
    path = CORPORA / kind / f"{start}{hashlib.sha256(data).hexdigest()[:12]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def grow(target: Target, feed: Feed, seconds: float, reached: Callable[[Callable[[], None]], set]):
    """Keep what reaches lines of the sources that no kept input reaches; how many there are.

    reached: the lines that a call reaches.
    """
    known: set = set()
    for data in corpus(target.kind).values():
        known |= reached(lambda data=data: feed(data))
    end_s, draw = time.monotonic() + seconds, random.Random(1)
    while time.monotonic() < end_s:
        for data in mutations(target, draw):
            new = reached(lambda data=data: feed(data)) - known
            if new:
                known |= new
                keep(target.kind, data)
                break
            if time.monotonic() > end_s:
                break
    return len(known)
