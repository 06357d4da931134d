"""All that strangers write, read for a fixed short time: kept inputs first, then mutated ones.

SMFOSC_FUZZ_S: seconds for each reader. SMFOSC_FUZZ_SEED: repeats a run.
"""

import os
import random
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzzing import corpus, mutated, mutations, run, run_one
from targets import TARGETS, Target, opened

SECONDS = float(os.environ.get("SMFOSC_FUZZ_S", "0.7"))
SEED = int(os.environ.get("SMFOSC_FUZZ_SEED") or random.SystemRandom().randrange(1 << 32))

HTTP = Target("oscquery", lambda folder: iter(()), (
    b"GET ", b" HTTP/1.1\r\n", b"Host: localhost\r\n", b"\r\n\r\n", b"/voice/v1/pitch", b"?VALUE",
    b"?%00", b"%2e%2e/", b"../", b"Upgrade: websocket\r\n", b"\x81\xff", b"\x82\x7e\xff\xff",
    b"\x88\x02", b"Content-Length: 99999999999\r\n", b"Transfer-Encoding: chunked\r\n",
    b"/page/", b"/metrics",
))  # fmt: skip


@pytest.fixture
def memory(tmp_path) -> Iterator[Path]:
    """A folder in memory where there is one: some thousand files are written there."""
    if not os.path.isdir("/dev/shm"):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.kind)
def test_whatever_is_read_is_taken_or_refused_in_words(target, memory):
    with opened(target, memory) as feed:
        for data in corpus(target.kind).values():
            run_one(target.kind, feed, data)
        count = run(target, feed, mutations(target, random.Random(SEED)), SECONDS)
    print(f"{target.kind}: {count} inputs, seed {SEED}")
    assert count > 10


def answer(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.settimeout(5)
        found = b""
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                found += part
        except ConnectionError:  # hung up on, as it may be
            pass
        return found


def test_whatever_comes_over_http_is_answered_or_hung_up_on(tmp_path, monkeypatch):
    from asking import asked_server

    with asked_server(tmp_path, monkeypatch) as asked:

        def feed(data: bytes) -> None:
            said = answer(asked.port, data)
            assert b"Traceback" not in said
            assert said[:9] in (b"", b"HTTP/1.1 ", b"HTTP/1.0 ", b"HTTP/0.9 ")
            assert said[9:10] != b"5" or said[9:12] == b"503", said[:200]

        kept = list(corpus("oscquery").values())
        draw = random.Random(SEED)
        for data in kept:
            run_one("oscquery", feed, data)
        inputs = iter(lambda: mutated(draw.choice(kept), HTTP, kept, draw), None)
        count = run(HTTP, feed, inputs, 2 * SECONDS)
        assert asked.node("/voice/v1/pitch?TYPE") == {"TYPE": "f"}
        assert asked.live.engine.counters().underruns == 0
    print(f"oscquery: {count} inputs, seed {SEED}")
    assert count > 10
