"""The limit per sender at its real default, against all that one sender can send."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest
from live_server import Peer, live_server

from smfosc.config import LimitsConfig
from smfosc.guard import Guard
from smfosc.osc import decode, encode_bundle, encode_message
from smfosc.udp import UdpTransport

FLOOD = """
import socket, sys, time
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.connect(("127.0.0.1", int(sys.argv[1])))
packet, sent, end = bytes.fromhex(sys.argv[2]), 0, time.monotonic() + float(sys.argv[3])
while time.monotonic() < end:
    for _ in range(200):
        out.send(packet)
    sent += 200
    time.sleep(0.008)
print(sent, flush=True)
out.settimeout(5)
answer = b""
while not answer.startswith(b"/fail"):
    answer = out.recv(65536)
print(answer.hex())
"""


class Stranger:
    """A sender elsewhere."""

    is_local = False

    def __init__(self, host: str) -> None:
        self.address = (host, 9)

    def send(self, packet: bytes) -> None:
        """It hears nothing."""


PLAIN = encode_message("/voice/v1/pitch", 70.0)
BUNDLE = 16  # messages: any machine sends more than 50,000 messages per second that way


def flood(port: int, packet: bytes, seconds: float) -> subprocess.Popen:
    """A process that sends up to 25,000 packets/s, then prints how many, and the first /fail.

    Beyond 50,000 the receive thread drops bundles whole, as one each, and no sum would fit.
    """
    command = [sys.executable, "-c", FLOOD, str(port), packet.hex(), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_real_flood_is_cut_to_the_default_and_told_and_disturbs_nobody(tmp_path, monkeypatch):
    guard, seconds = Guard(), 4.0
    assert guard.messages_per_s == LimitsConfig().messages_per_s == 50_000
    with live_server(tmp_path, monkeypatch, guard=guard) as live, Peer(live.port) as peer:
        began, flooder, answers = (
            time.monotonic(),
            flood(live.port, encode_bundle(1, [PLAIN] * BUNDLE), seconds),
            0,
        )
        while flooder.poll() is None and time.monotonic() - began < seconds + 5:
            answers += peer.ask("/version")[0].address == "/version.reply"
            time.sleep(0.01)
        said = flooder.communicate()[0].split()
        time.sleep(0.6)  # the last ones are told
        lost = live.server.lost_packets
    sent = BUNDLE * int(said[0])
    print(
        f"{sent / seconds:.0f}/s, {guard.limited} limited, {lost} packets lost, {answers} answers"
    )
    assert sent > 52_000 * (seconds + 1)
    assert sent - BUNDLE * lost - guard.limited <= 50_000 * (seconds + 1.5)
    assert guard.limited > 0
    (told,) = decode(bytes.fromhex(said[1]))
    assert "more than 50000 messages per second" in str(told.arguments)
    assert answers > 20


def test_the_receive_thread_drops_what_is_too_much_and_says_whose_it_was():
    transport = UdpTransport("127.0.0.1", 0, most_per_s=100)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", transport.port))
        for _ in range(400):
            sender.send(b"/a")
        end = time.monotonic() + 5
        while transport.received < 400 and time.monotonic() < end:
            time.sleep(0.01)
        ((source, count),) = transport.limited()
        assert source.address == sender.getsockname()
        assert 250 <= count <= 300
        assert len(transport.drain(1_000)) == 400 - count
        assert transport.limited() == []
    transport.close()


@pytest.mark.parametrize(("host", "limited", "unheard"), [("10.0.0.7", 5, 0), ("8.8.8.8", 0, 5)])
def test_a_stranger_is_not_told_that_he_sends_too_much(host, limited, unheard):
    guard = Guard(allow=["10.0.0.0/8"])
    guard.limit(Stranger(host), 5)
    assert (guard.limited, guard.unheard) == (limited, unheard)
    assert bool(guard.dropped()) == bool(limited)
