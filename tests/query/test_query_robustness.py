"""Whatever comes over HTTP and WebSocket: the answer is clear, and nothing that plays notices."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import random
import socket
import struct
import threading
import time

import aiohttp
import numpy as np
import pytest
from asking import Asked, Talker, asked_server
from hypothesis import given, settings
from hypothesis import strategies as st
from live_server import Peer, eventually
from page_rig import Played
from playing import free_port, model_folder, smfosc

from smfosc.client import OscClient
from smfosc.query.conversation import READY, SocketSource
from smfosc.query.http import MAX_SOCKETS
from smfosc.query.service import MAX_CONNECTIONS
from smfosc.query.visitors import host_name, own_names, why_not

PITCH = "/voice/v1/pitch"


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        folder = tmp_path_factory.mktemp("models")
        with asked_server(folder, monkeypatch, names=("stage.lan",)) as found:
            yield found


def raw(port: int, data: bytes, timeout_s: float = 5.0, *, end: bool = False) -> bytes:
    """What a server answers to bytes, until it closes or says nothing for a while.

    end: nothing follows, and the server is told so.
    """
    answer = b""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as connection,
        contextlib.suppress(ConnectionError, TimeoutError),
    ):
        connection.sendall(data)
        if end:
            connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(65_536):
            answer += part
    return answer


def still_well(asked: Asked) -> None:
    assert asked.node(f"{PITCH}?TYPE") == {"TYPE": "f"}
    with Peer(asked.live.port) as peer:
        assert peer.ask("/version")[0].address == "/version.reply"


# --- who may call ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:7771"}, 200),
        ({"Host": "192.168.1.5:7771"}, 200),
        ({"Host": "[::1]:7771"}, 200),
        ({"Host": "stage.lan"}, 200),
        ({"Host": "STAGE.LAN."}, 200),
        ({"Host": "evil.example"}, 403),  # DNS rebinding
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": ""}, 403),
        ({"Host": "[::1"}, 403),
        ({"Host": "localhost:7771", "Origin": "http://localhost:7771"}, 200),
        ({"Host": "localhost:7771", "Origin": "http://evil.example"}, 403),
        ({"Host": "localhost:7771", "Origin": "http://localhost:8000"}, 403),
        ({"Host": "localhost:7771", "Origin": "https://localhost:7771"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
          "Sec-Fetch-Dest": "document"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
          "Sec-Fetch-Dest": "iframe"}, 403),
    ],
)  # fmt: skip
def test_only_programs_and_our_own_page_may_call(asked, headers, status):
    found, answer, told = asked.get("/?HOST_INFO", **headers)
    assert found == status, answer
    assert not [name for name in told if name.lower().startswith("access-control")]


def test_a_website_gets_no_websocket(asked):
    async def scenario(talker: Talker) -> None:
        raise AssertionError("it was let in")

    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        asked.talk(scenario, Origin="http://evil.example")
    assert refused.value.status == 403


@given(st.text(max_size=40))
def test_a_host_is_ours_or_refused_whatever_it_is(host):
    reason = why_not({"Host": host}, own_names())
    name = host_name(host)
    assert reason is None or len(reason) < 250
    assert reason is not None or name in own_names() or set(name) <= set("0123456789abcdef:.%")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_there_is_only_get(asked, method):
    status, answer, headers = asked.get(PITCH, method=method)
    assert (status, headers["Allow"]) == (405, "GET, HEAD")
    assert "OSC sets values" in answer["ERROR"]


# --- what is no HTTP, no WebSocket ------------------------------------------------------------

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + base64.b64encode(bytes(16)) + b"\r\n\r\n"
)
GET = b"GET /voice/v1/pitch?VALUE HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        b"\r\n\r\nhello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"G\0T / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        HANDSHAKE.replace(b"13", b"99"),
        HANDSHAKE.replace(b"Sec-WebSocket-Key", b"X-Key"),
    ],
)
def test_a_request_that_is_none_is_told_so(asked, request_):
    answer = raw(asked.port, request_, 1.0)
    assert answer[:10] in (b"HTTP/1.1 4", b"HTTP/1.0 4"), answer[:200]
    assert b"Traceback" not in answer
    still_well(asked)


def test_thousands_of_headers_are_refused_or_ignored(asked):
    answer = raw(asked.port, GET[:-2] + b"X: y\r\n" * 20_000 + b"\r\n")
    assert answer[8:12] in (b" 400", b" 200", b" 431", b"")
    still_well(asked)


def mangled(data: bytes, draw: random.Random) -> bytes:
    """Some bytes changed, doubled, lost or cut off."""
    found = bytearray(data)
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(found) + 1)
        choice = draw.randrange(4)
        if choice == 0 and at < len(found):
            found[at] = draw.randrange(256)
        elif choice == 1:
            found[at:at] = draw.randbytes(draw.randint(1, 8))
        elif choice == 2:
            del found[at : at + draw.randint(1, 8)]
        else:
            found = found[: max(at, 1)]
    return bytes(found)


def test_mangled_requests_and_frames_do_no_harm(asked):
    draw = random.Random(4)
    before = asked.live.engine.counters().underruns
    frame = b"\x81\xa8" + bytes(4) + b'{"COMMAND":"LISTEN","DATA":"/voice/v1"}'
    for number in range(150):
        whole = GET if number % 3 == 0 else HANDSHAKE + mangled(frame, draw)
        if number % 3 < 2:
            raw(asked.port, mangled(whole, draw), 1.0, end=True)
        else:
            raw(asked.port, whole, 1.0, end=True)
    still_well(asked)
    assert asked.live.engine.counters().underruns == before
    eventually(lambda: not asked.query._answers.sources)


@settings(max_examples=30, deadline=None)
@given(packets=st.lists(st.binary(max_size=80), max_size=5))
def test_binary_frames_that_are_no_osc_get_a_fail_and_the_socket_lives_on(asked, packets):
    async def scenario(talker: Talker) -> None:
        for packet in packets:
            await talker.socket.send_bytes(packet)
        await talker.send("/sync", 3)
        await talker.until(lambda heard: heard.address == "/synced")

    asked.talk(scenario)


def test_a_message_that_is_too_long_ends_its_socket_alone(asked):
    async def scenario(talker: Talker) -> None:
        await talker.socket.send_bytes(bytes(70_000))
        assert await talker.next() is None
        assert talker.socket.close_code == 1009

    asked.talk(scenario)
    still_well(asked)


# --- too many, too slow -----------------------------------------------------------------------


def test_a_socket_too_many_is_told_so(asked):
    async def run() -> None:
        url = f"http://127.0.0.1:{asked.port}/"
        async with aiohttp.ClientSession() as session, contextlib.AsyncExitStack() as stack:
            for _ in range(MAX_SOCKETS):
                await stack.enter_async_context(session.ws_connect(url))
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(url)
            assert refused.value.status == 503

    asyncio.run(run())
    eventually(lambda: not asked.query._answers.sources)
    still_well(asked)


def hung_up(connection: socket.socket) -> bool:
    try:
        return connection.recv(10) == b""
    except ConnectionError:
        return True


def test_connections_without_end_are_hung_up_on(asked, monkeypatch):
    monkeypatch.setattr("smfosc.query.service.FIRST_REQUEST_S", 0.3)
    with contextlib.ExitStack() as stack:
        for _ in range(MAX_CONNECTIONS + 20):
            address = ("127.0.0.1", asked.port)
            connection = stack.enter_context(socket.create_connection(address, timeout=5))
            with contextlib.suppress(ConnectionError):
                connection.sendall(b"GET / HT")
        assert hung_up(connection)  # one too many: at once
        eventually(lambda: raw(asked.port, GET).startswith(b"HTTP/1.1 200"))
    still_well(asked)


@pytest.fixture
def asked_briefly(tmp_path, monkeypatch):
    """A server that waits half a second for a connection's next request."""
    monkeypatch.setattr("smfosc.query.service.KEEPALIVE_S", 0.5)
    with asked_server(tmp_path, monkeypatch) as found:
        yield found


def test_a_second_request_that_never_ends_is_hung_up_on(asked_briefly):
    keep = GET.replace(b"Connection: close\r\n", b"")
    with socket.create_connection(("127.0.0.1", asked_briefly.port), timeout=5) as connection:
        connection.sendall(keep)
        assert connection.recv(4_096).startswith(b"HTTP/1.1 200")
        connection.settimeout(0.05)
        connection.sendall(keep[:-2])  # one empty line is missing, and never comes

        def is_hung_up_on() -> bool:
            try:
                connection.sendall(b"X-More: 1\r\n")
                return connection.recv(4_096) == b""
            except TimeoutError:
                return False
            except ConnectionError:
                return True

        eventually(is_hung_up_on)
    still_well(asked_briefly)


def test_a_client_that_does_not_read_holds_up_nobody(asked):
    with socket.create_connection(("127.0.0.1", asked.port)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        deaf.sendall(HANDSHAKE)
        for path in (b"/scope", b"/meter", PITCH.encode()):
            text = b'{"COMMAND":"LISTEN","DATA":"%s"}' % path
            deaf.sendall(b"\x81" + bytes([0x80 | len(text)]) + bytes(4) + text)
        eventually(lambda: asked.live.server.feedback.ears)
        (source,) = asked.query._answers.sources
        with Peer(asked.live.port) as peer:
            end = time.monotonic() + 2.0
            while time.monotonic() < end:
                peer.send(PITCH, 64 + random.random())
                start = time.monotonic()
                assert asked.node(f"{PITCH}?TYPE") == {"TYPE": "f"}
                assert time.monotonic() - start < 1.0
        assert len(source.waiting) <= READY + 64
    eventually(lambda: not asked.query._answers.sources, 15)


def test_a_reader_that_is_far_behind_is_left_behind():
    loop = asyncio.new_event_loop()
    source = SocketSource(loop, ("127.0.0.1", 1), True)
    for _ in range(10_000):
        source.send(b"x")
    assert source.overrun
    assert not source.ready
    assert len(source.waiting) < 10_000
    loop.close()
    source.waiting.clear()
    source.overrun = False
    source.send(b"x")  # after the loop's end: nobody to wake
    assert source.overrun


class Flood(threading.Thread):
    """Requests without end on connections of its own."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port, self.ended, self.answered = port, threading.Event(), 0

    def run(self) -> None:
        keep = GET.replace(b"Connection: close\r\n", b"").replace(b"/voice/v1/pitch?VALUE", b"/")
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            while not self.ended.is_set():
                connection.sendall(keep)
                size, got = None, b""
                while size is None or len(got) < size:
                    got += connection.recv(1 << 20)
                    head, found, _ = got.partition(b"\r\n\r\n")
                    if found and size is None:
                        length = head.lower().partition(b"content-length: ")[2].split()[0]
                        size = len(head) + 4 + int(length)
                self.answered += 1


def test_an_http_flood_makes_no_underrun_and_osc_is_answered_meanwhile(tmp_path):
    models = model_folder(tmp_path / "models")
    with Played("--model", "example", "--audio", "null", models=models) as daemon:
        quiet = round_trips_ms(daemon.port, 50)
        floods = [Flood(daemon.http_port) for _ in range(4)]
        for flood in floods:
            flood.start()
        time.sleep(0.2)
        busy = round_trips_ms(daemon.port, 150)
        for flood in floods:
            flood.ended.set()
        for flood in floods:
            flood.join(10)
        with OscClient(port=daemon.port) as client:
            client.send("/status")
            (status,) = client.until_synced(10)
    answered = sum(flood.answered for flood in floods)
    underruns, wall_misses = status.arguments[10:12]
    print(
        f"/version round trip, ms: median {np.median(quiet):.2f}, under a flood of HTTP "
        f"{np.median(busy):.2f}, 95 % {np.percentile(busy, 95):.2f}; {answered} requests answered; "
        f"underruns {underruns}, wall misses {wall_misses}"
    )
    assert answered > 20
    assert underruns == 0
    assert np.median(busy) < 100


def round_trips_ms(port: int, count: int) -> list[float]:
    """Of /version, which the control thread answers at once."""
    times = []
    with Peer(port) as peer:
        for _ in range(count):
            start = time.perf_counter()
            peer.ask("/version")
            times.append(1e3 * (time.perf_counter() - start))
            time.sleep(0.005)
    return times


def test_a_port_that_is_taken_is_told_in_a_line(tmp_path):
    models = model_folder(tmp_path / "models")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ports = ("--port", free_port(), "--http-port", port)
        done = smfosc("serve", *ports, "--model", "example", "--audio", "null", models=models)
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "--http-port changes it" in done.stderr
    assert "Traceback" not in done.stderr


def test_frames_of_a_websocket_may_come_in_pieces(asked):
    text = b'{"COMMAND":"LISTEN","DATA":"%s"}' % PITCH.encode()
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(text))
    with socket.create_connection(("127.0.0.1", asked.port), timeout=5) as connection:
        connection.sendall(HANDSHAKE)
        for byte in b"\x81" + bytes([0x80 | len(text)]) + mask + masked:
            connection.sendall(bytes([byte]))
        heard = b""
        while PITCH.encode() not in heard:
            heard += connection.recv(4_096)
        at = heard.index(PITCH.encode())
        assert struct.unpack(">f", heard[at + 20 : at + 24])[0] >= 64.0
