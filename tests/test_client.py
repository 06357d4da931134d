import socket
from pathlib import Path

import pytest

from smfosc import osc
from smfosc.client import (
    BUNDLE_BYTES,
    ClientError,
    OscClient,
    bundles,
    shown,
)
from smfosc.score import Event, Score, read_score
from smfosc.score_course import as_received, course, preparations


def score_of(tmp_path: Path, text: str) -> Score:
    (tmp_path / "a.score").write_text(text)
    return read_score(tmp_path / "a.score")


def test_voices_are_reset_at_time_0_before_anything_else(tmp_path):
    score = score_of(tmp_path, "0 /voice/v1/pitch 64\n1 /voice/v2/gate 1\n2 /voice/v1/gate 0\n")
    events = list(course(score))
    assert [event.address for event in events[:3]] == [
        "/voice/v1/reset",
        "/voice/v2/reset",
        "/voice/v1/pitch",
    ]
    assert events[0].ticks == events[1].ticks == 0


def test_voices_made_at_time_0_are_made_before_and_then_reset(tmp_path):
    score = score_of(tmp_path, "0 /voice/new bass example\n0 /voice/bass/gate 1\n")
    assert [event.args for event in preparations(score)] == [("bass", "example")]
    assert [event.address for event in course(score)] == [
        "/voice/bass/reset",
        "/voice/bass/gate",
    ]


def test_voices_made_later_are_not_reset(tmp_path):
    score = score_of(tmp_path, "1 /voice/new bass example\n1 /voice/bass/gate 1\n")
    assert [event.address for event in course(score)] == ["/voice/new", "/voice/bass/gate"]


def test_events_of_one_time_share_a_datagram_of_bounded_size():
    events = [Event(0, "/a", (n,), "") for n in range(500)] + [Event(5, "/b", (), "")]
    found = list(bundles(events))
    assert all(sum(map(len, packets)) <= BUNDLE_BYTES for _, packets in found)
    assert [ticks for ticks, _ in found] == [0] * (len(found) - 1) + [5]
    messages = [osc.decode(packet)[0] for _, packets in found for packet in packets]
    assert [m.arguments[0] for m in messages[:-1]] == list(range(500))


def test_a_message_is_taken_as_the_wire_would_carry_it():
    received = as_received("/a", (0.1, 3, "x", True))
    assert received.arguments == (pytest.approx(0.1, abs=1e-8), 3, "x", 1)
    assert received.arguments[0] != 0.1


def test_replies_are_shown_on_one_line():
    assert shown(osc.Message("/a", (1, 2.5, "two words", "x", ""))) == '/a 1 2.5 "two words" x ""'


def test_nobody_there_is_told_with_host_and_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with OscClient(port=port) as client, pytest.raises(ClientError, match=f"127.0.0.1:{port}"):
        list(client.until_synced(1.0))


def test_a_host_without_a_name_is_told():
    with pytest.raises(ClientError, match=r"no-such-host\.invalid:7770"):
        OscClient("no-such-host.invalid")


def test_a_daemon_that_is_silent_is_told_after_a_while():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        with OscClient(port=port) as client, pytest.raises(ClientError, match="no answer from"):
            list(client.until_synced(0.1))
