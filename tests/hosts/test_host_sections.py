"""[hosts] in the ensemble file, and the arithmetic of clocks."""

import time

import pytest
from small_models import INFO

from smfosc.config_file import ConfigError, read_config
from smfosc.hosts.clocks import ClockQuestions, ClockServer, reading
from smfosc.hosts.part import HostError, others, part_of
from smfosc.hosts.peers import Peers
from smfosc.osc import Message

TWO = """
[osc]
multicast = "239.192.77.70"
[hosts.left]
address = "10.0.0.1"
voices = ["low", "mid*"]
[hosts.right]
address = "10.0.0.2"
voices = ["high"]
port = 7780
[voices]
low = { model = "example" }
mid1 = { model = "example" }
high = { model = "example" }
"""


def config(tmp_path, text=TWO):
    path = tmp_path / "e.toml"
    path.write_text(text)
    return read_config(path, lambda name: INFO)


def test_each_host_plays_its_own_voices_at_its_own_addresses(tmp_path) -> None:
    whole = config(tmp_path)
    left, right = part_of(whole, "left"), part_of(whole, "right")
    assert [voice.name for voice in left.voices] == ["low", "mid1"]
    assert [voice.name for voice in right.voices] == ["high"]
    assert (right.osc.host, right.osc.port) == ("10.0.0.2", 7780)
    assert [host.name for host in others(whole, "left")] == ["right"]
    assert others(whole, "right") == ()


def test_a_host_that_is_not_in_the_file_is_told_which_are(tmp_path) -> None:
    with pytest.raises(HostError, match=r"--host-name rigth: not among .*did you mean right"):
        part_of(config(tmp_path), "rigth")


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ('["high"]', '["low"]', "low is on host left already"),
        ('["high"]', "[]", "voices.high: on no host"),
        ('"10.0.0.2"', '"right.lan"', "wanted its IPv4 address"),
        ('"239.192.77.70"', '"10.0.0.9"', "osc.multicast: '10.0.0.9'; wanted an IPv4 group"),
    ],
)
def test_mistakes_are_told_with_their_line(written, instead, told, tmp_path) -> None:
    with pytest.raises(ConfigError) as refused:
        config(tmp_path, TWO.replace(written, instead))
    assert any(told in problem and "line" in problem for problem in refused.value.problems)


def test_the_first_host_passes_on_what_is_meant_for_others(tmp_path) -> None:
    peers = Peers(others(config(tmp_path), "left"))
    sent = []
    peers._send = lambda host, message: sent.append((host.name, message.address))
    assert peers.take(Message("/voice/high/pitch", (70.0,)), None)
    assert peers.take(Message("/voice/*/gain", (0.0,)), None)
    assert peers.take(Message("/group/all/gate", (1,)), None)
    assert not peers.take(Message("/voice/low/pitch", (70.0,)), None)
    assert not peers.take(Message("/group/list", ()), None)
    assert not peers.take(Message("/status", ()), None)
    assert sent == [("right", a) for a in ("/voice/high/pitch", "/voice/*/gain", "/group/all/gate")]
    peers.stop()


def test_an_offset_is_the_middle_of_what_the_round_trip_allows() -> None:
    there_ahead_ns, out_ns, back_ns = 5_000_000, 100_000, 100_000
    t0 = 1_000
    t1 = t0 + out_ns + there_ahead_ns
    t3 = t0 + out_ns + 50 + back_ns
    found = reading(t0, t1, t1 + 50, t3)
    assert found.offset_s == pytest.approx(0.005)
    assert found.round_trip_s == pytest.approx(0.0002)


def test_a_clock_is_measured_over_a_real_socket() -> None:
    server = ClockServer("127.0.0.1", 0)
    try:
        asked = ClockQuestions("127.0.0.1", server.port)
        assert all(asked.ask() for _ in range(8))
        best = asked.best
        assert best is not None
        assert abs(best.offset_s) <= best.round_trip_s / 2 + 1e-6
    finally:
        server.stop()


def test_a_clock_that_is_away_is_no_clock() -> None:
    began = time.monotonic()
    assert not ClockQuestions("127.0.0.1", 9).ask()
    assert time.monotonic() - began < 1.0
