"""Senders that send too much, and hosts that are not on the list."""

import contextlib
import json
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_server import Peer, live_server
from playing import command, environment, free_port, model_folder
from strangers_net import two_hosts

from smfosc.guard import Guard, Turns
from smfosc.osc import decode, encode_bundle, encode_message

FLOOD_S = 2.0
PLAIN = encode_message("/voice/v1/pitch", 70.0)


class Sender:
    """A source by name."""

    def __init__(self, host: str = "127.0.0.1", is_local: bool = True) -> None:
        self.address = (host, 9)
        self.is_local = is_local

    def send(self, packet: bytes) -> None:
        """It does not listen."""


# --- rates --------------------------------------------------------------------------------------


def test_a_sender_has_a_seconds_worth_at_once_and_then_its_rate():
    time_s = [0.0]
    guard, sender = Guard((), 65_536, 100, lambda: time_s[0]), Sender()
    assert sum(guard.admits(sender, PLAIN) for _ in range(500)) == 100
    time_s[0] = 0.5
    assert sum(guard.admits(sender, PLAIN) for _ in range(500)) == 50
    time_s[0] = 3600.0
    assert sum(guard.admits(sender, PLAIN) for _ in range(500)) == 100
    assert guard.limited == 1250
    assert guard.dropped() == [(sender, 1250)]
    assert guard.dropped() == []


def test_messages_in_bundles_count_one_by_one():
    time_s = [0.0]
    guard, sender = Guard((), 65_536, 100, lambda: time_s[0]), Sender()
    assert guard.admits(sender, encode_bundle(1, [PLAIN] * 300))
    assert not guard.admits(sender, PLAIN)
    time_s[0] = 2.0
    assert not guard.admits(sender, encode_bundle(1, [PLAIN] * 7))  # two hundred were on credit
    assert guard.limited == 8
    time_s[0] = 2.5
    assert guard.admits(sender, PLAIN)


@given(st.lists(st.integers(0, 4), max_size=600), st.integers(1, 64), st.integers(1, 64))
def test_every_packet_comes_once_and_each_senders_stay_in_order(senders, most, waiting_most):
    sources = [Sender() for _ in range(5)]
    packets = deque((n, sources[who], b"") for n, who in enumerate(senders))

    def drain(limit: int) -> list:
        return [packets.popleft() for _ in range(min(limit, len(packets), waiting_most))]

    turns, taken = Turns(drain, Guard()), []
    while packets or turns:
        taken.append(turns.take(most))
        assert len(taken[-1]) <= most
    flat = [packet for batch in taken for packet in batch]
    assert sorted(n for n, _, _ in flat) == list(range(len(senders)))
    for source in sources:
        own = [n for n, who, _ in flat if who is source]
        assert own == sorted(own)


def test_without_a_flood_packets_stay_in_the_order_in_which_they_came():
    a, b = Sender(), Sender()
    came = [(0, a, b""), (1, a, b""), (2, b, b""), (3, a, b"")]
    assert Turns(lambda limit: came, Guard()).take(128) == came


def test_behind_a_flood_a_lone_message_waits_one_turn():
    loud, quiet = Sender(), Sender()
    packets = deque([(n, loud, b"") for n in range(1_500)] + [(1_500, quiet, b"")])
    turns = Turns(
        lambda limit: [packets.popleft() for _ in range(min(limit, len(packets)))], Guard()
    )
    assert quiet in [source for _, source, _ in turns.take(128)]


class Flood(threading.Thread):
    """Packets as fast as they go, until it is ended."""

    def __init__(self, port: int, packet: bytes) -> None:
        super().__init__(daemon=True)
        self.sent = 0
        self.ended = threading.Event()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self._packet = packet

    def run(self) -> None:
        while not self.ended.is_set():
            for _ in range(50):
                self.socket.send(self._packet)
            self.sent += 50
            time.sleep(0.001)


@contextlib.contextmanager
def flooding(port: int, packet: bytes):
    flood = Flood(port, packet)
    flood.start()
    try:
        yield flood
    finally:
        flood.ended.set()
        flood.join()
        flood.socket.close()


PLAIN = encode_message("/voice/v1/pitch", 70.0)


@pytest.mark.parametrize("packet", [PLAIN, encode_bundle(1, [PLAIN] * 40)], ids=["plain", "bundle"])
def test_a_flood_is_limited_and_told_and_disturbs_nobody_else(tmp_path, monkeypatch, packet):
    guard = Guard(messages_per_s=2_000)
    with live_server(tmp_path, monkeypatch, guard=guard) as live:
        with flooding(live.port, packet) as flood, Peer(live.port) as peer:
            times_ms = []
            end_s = time.monotonic() + FLOOD_S
            while time.monotonic() < end_s:
                began_s = time.monotonic()
                assert peer.ask("/version")[0].address == "/version.reply"
                times_ms.append(1e3 * (time.monotonic() - began_s))
                time.sleep(0.002)
            assert select.select([flood.socket], [], [], 5)[0]
            told = [fail_of(flood.socket) for _ in range(2)]
        lost = live.server.lost_packets
    print(
        f"{flood.sent} packets in {FLOOD_S:g} s, {guard.limited} messages dropped; others: "
        f"{len(times_ms)} round trips, median {np.median(times_ms):.2f} ms, "
        f"95 % {np.percentile(times_ms, 95):.2f} ms; {lost} lost"
    )
    assert any("more than 2000 messages per second" in reason for reason in told)
    assert guard.limited > 0
    assert lost == 0
    assert len(times_ms) > 20


class Endless:
    """A socket at which there is always more than anybody can take."""

    def __init__(self) -> None:
        self.ended = False
        self.received = self.lost = 0
        self._readable, other = socket.socketpair()
        other.send(b"x")
        self._other, self._sender = other, Sender()

    def fileno(self) -> int:
        return self._readable.fileno()

    def drain(self, limit: int) -> list:
        self.received += 0 if self.ended else limit
        return [] if self.ended else [(time.monotonic_ns(), self._sender, PLAIN)] * limit

    def limited(self) -> list:
        return []

    def close(self) -> None:
        self._readable.close()
        self._other.close()


def test_a_flood_on_one_socket_keeps_no_one_waiting_at_another(tmp_path, monkeypatch):
    """Of the multicast group, or the daemon's own: they share the time of one look."""
    guard, group = Guard(messages_per_s=10_000_000), Endless()
    with live_server(tmp_path, monkeypatch, guard=guard) as live, Peer(live.port) as peer:
        live.server.post(lambda: live.server.hear_also(group))
        try:
            assert peer.ask("/version")[0].address == "/version.reply"
            times_ms = []
            for _ in range(10):
                began_s = time.monotonic()
                assert peer.ask("/version")[0].address == "/version.reply"
                times_ms.append(1e3 * (time.monotonic() - began_s))
        finally:
            group.ended = True
    print(f"{group.received} packets taken; answers after {np.median(times_ms):.0f} ms (median)")
    assert group.received > 10 * 64  # it was heard all the while
    assert np.median(times_ms) < 500


def fail_of(receiver: socket.socket) -> str:
    while True:
        (message,) = decode(receiver.recv(4096))
        if message.address == "/fail":
            return str(message.arguments[1])


def test_a_packet_longer_than_the_limit_is_refused_in_words(tmp_path, monkeypatch):
    guard = Guard(message_bytes=200)
    with live_server(tmp_path, monkeypatch, guard=guard) as live, Peer(live.port) as peer:
        peer.send("/voice/v1/gain", "x" * 300)
        fail = peer.hear()
        assert fail.address == "/fail"
        assert "wanted at most 200" in fail.arguments[1]
        assert peer.ask("/version")[0].address == "/version.reply"


# --- hosts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("allow", "host", "heard"),
    [
        ((), "8.8.8.8", True),
        (("192.168.1.0/24",), "192.168.1.7", True),
        (("192.168.1.0/24",), "192.168.2.7", False),
        (("192.168.1.0/24",), "::ffff:192.168.1.7", True),
        (("192.168.1.0/24",), "fe80::1%eth0", False),
        (("fe80::/10", "10.0.0.1"), "fe80::1%eth0", True),
        (("fe80::/10", "10.0.0.1"), "10.0.0.1", True),
        (("10.0.0.1",), "no address", False),
    ],
)
def test_a_list_of_hosts_and_networks_says_who_is_heard(allow, host, heard):
    assert Guard(allow).hears(host, is_local=False) is heard
    assert Guard(allow).hears(host, is_local=True)


ASK = """
import json, socket, sys
from smfosc.osc import decode, encode_message
host, port, http = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
found = {}
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
    udp.settimeout(1.0)
    try:
        udp.sendto(encode_message("/version"), (host, port))
        found["udp"] = decode(udp.recv(4096))[0].address
    except OSError as error:
        found["udp"] = type(error).__name__
with socket.socket() as tcp:
    tcp.settimeout(2.0)
    try:
        tcp.connect((host, port))
        packet = encode_message("/version")
        tcp.sendall(len(packet).to_bytes(4, "big") + packet)
        found["tcp"] = len(tcp.recv(4096)) > 0
    except OSError as error:
        found["tcp"] = False
with socket.socket() as web:
    web.settimeout(5.0)
    try:
        web.connect((host, http))
        web.sendall(f"GET /?HOST_INFO HTTP/1.0\\r\\nHost: {host}:{http}\\r\\n\\r\\n".encode())
        found["http"] = web.recv(4096)[9:12].decode()
    except OSError as error:
        found["http"] = type(error).__name__
print(json.dumps(found))
"""


@contextlib.contextmanager
def served_at(hosts, tmp_path, allow: list[str]):
    """A daemon on `here`, heard from everywhere that is allowed; its ports."""
    models, port, http = model_folder(tmp_path / "models"), free_port(), free_port()
    piece = tmp_path / "piece.toml"
    piece.write_text(
        f'[audio]\nbackend = "null"\n[osc]\nhost = "0.0.0.0"\nport = {port}\nallow = '
        f"{json.dumps(allow)}\n[query]\nport = {http}\nannounce = false\n"
        f'[state]\nfolder = "{tmp_path}"\n[voices.v1]\nmodel = "example"\n'
    )
    process = subprocess.Popen(
        hosts.inside(hosts.here, *command("serve", piece)),
        env=environment(models, {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert any(line.startswith("delay") for line in process.stdout)
        yield process, port, http
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def asked_from(hosts, name: str, host: str, port: int, http: int) -> dict:
    words = hosts.inside(name, sys.executable, "-c", ASK, host, str(port), str(http))
    done = subprocess.run(words, env=environment(None, {}), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_host_that_is_not_on_the_list_is_not_heard_in_any_way(tmp_path):
    with two_hosts() as hosts, served_at(hosts, tmp_path, ["10.88.0.0/16"]) as (_, port, http):
        refused = asked_from(hosts, hosts.there, "10.77.0.1", port, http)
        assert refused == {"udp": "TimeoutError", "tcp": False, "http": "403"}
        own = asked_from(hosts, hosts.here, "127.0.0.1", port, http)
        assert own == {"udp": "/version.reply", "tcp": True, "http": "200"}


def test_a_host_on_the_list_is_heard_and_an_interface_may_go_and_come_back(tmp_path):
    with two_hosts() as hosts, served_at(hosts, tmp_path, ["10.77.0.0/24"]) as (daemon, port, http):
        heard = {"udp": "/version.reply", "tcp": True, "http": "200"}
        assert asked_from(hosts, hosts.there, "10.77.0.1", port, http) == heard
        hosts.part()
        gone = asked_from(hosts, hosts.there, "10.77.0.1", port, http)
        assert gone == {"udp": "OSError", "tcp": False, "http": "OSError"}
        assert asked_from(hosts, hosts.here, "127.0.0.1", port, http) == heard
        hosts.join()
        assert asked_from(hosts, hosts.there, "10.77.0.1", port, http) == heard
        assert daemon.poll() is None


def test_a_default_daemon_listens_to_this_machine_alone(tmp_path):
    from smfosc.config import Config

    assert Config().osc.host == "127.0.0.1"
