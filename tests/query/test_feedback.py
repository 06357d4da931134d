"""Who hears which values, when, and who does not."""

from __future__ import annotations

import socket
import sys
import time

import pytest
from fake_engine import Listener
from hypothesis import given
from hypothesis import strategies as st
from live_server import LiveServer, Peer, live_server
from parts import require_or_skip

from smfosc.clients import PATIENCE_S, Clients
from smfosc.feedback import HOLD_S, MAX_PER_TURN, RATE_HZ, Feedback, same
from smfosc.osc import Message, decode

PITCH = "/voice/v1/pitch"


@pytest.fixture
def live(tmp_path, monkeypatch):
    with live_server(tmp_path, monkeypatch) as server:
        yield server


class Client(Peer):
    """A peer that has said /notify 1 and has heard how everything stands."""

    def __init__(self, live: LiveServer) -> None:
        super().__init__(live.port)
        self.send("/notify", 1)
        self.values: dict[str, tuple] = {}
        self.heard_until(lambda: set(self.values) >= set(live.commands.observe()))

    def next(self, timeout_s: float = 5.0) -> Message:
        message = self.hear(timeout_s)
        self.values[message.address] = message.arguments
        return message

    def heard_until(self, condition, timeout_s: float = 5.0) -> list[Message]:
        heard, end = [], time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < end, f"only heard {self.values}"
            heard.append(self.next())
        return heard

    def heard_for(self, seconds: float) -> list[Message]:
        heard, end = [], time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not self.hears_nothing(left):
                heard.append(self.next())
        return heard


# --- a running daemon -----------------------------------------------------------------------


def test_a_client_hears_first_how_everything_stands(live):
    with Client(live) as client:
        assert client.values[PITCH] == (70.0,)
        assert client.values["/voice/v1/gate"] == (1,)
        assert client.values["/voice/v1/gain"] == (0.0,)
        assert client.values["/voice/v1/model"] == ("example",)


def test_what_one_moves_the_others_hear_and_itself_does_not(live):
    with Client(live) as one, Client(live) as other:
        one.send(PITCH, 64.5)
        assert other.next() == Message(PITCH, (64.5,))
        assert one.heard_for(HOLD_S + 0.2) == []


def test_of_a_flood_each_address_is_told_thirty_times_a_second_and_the_last_value_wins(live):
    with Peer(live.port) as fast, Client(live) as slow:
        start = time.monotonic()
        for number in range(2_000):
            fast.send(PITCH, 64.0 + number % 600 / 50)
            if number % 10 == 0:
                time.sleep(0.002)
        fast.send(PITCH, 65.25)
        heard = slow.heard_until(lambda: slow.values[PITCH] == (65.25,))
        heard += slow.heard_for(0.2)
        assert {message.address for message in heard} == {PITCH}
        assert 3 <= len(heard) <= RATE_HZ * (time.monotonic() - start) + 2


def test_a_ramp_is_told_while_it_moves_also_to_whoever_asked_for_it(live):
    with Client(live) as client:
        client.send(PITCH, 76.0, 600.0)
        values = [m.arguments[0] for m in client.heard_until(lambda: client.values[PITCH][0] == 76)]
        assert len(values) > 5
        assert values == sorted(values)


def test_a_clipped_value_is_told_to_its_sender_when_it_has_let_go(live):
    with Client(live) as client:
        start = time.monotonic()
        client.send(PITCH, 99.0)
        client.heard_until(lambda: client.values.get(PITCH) == (76.0,))
        assert time.monotonic() - start >= HOLD_S


def test_a_note_tells_its_sender_the_pitch_and_the_gate(live):
    with Client(live) as client:
        client.send("/voice/v1/gate", 0)
        client.send("/voice/v1/note", 67.5, 100)
        wanted = {PITCH: (67.5,), "/voice/v1/gate": (1,)}
        client.heard_until(lambda: wanted.items() <= client.values.items())


def test_what_a_host_says_from_other_ports_is_its_listener_s_own_word(live):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear, Peer(live.port) as asks:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(0.4)
        asks.send("/notify", 1, ear.getsockname()[1])
        values = {}
        while set(values) < {*live.commands.observe(), "/done"}:
            (message,) = decode(ear.recv(2_000))
            values[message.address] = message.arguments
        with Peer(live.port) as speaks:
            speaks.send(PITCH, 66.0)
        with pytest.raises(TimeoutError):
            ear.recv(2_000)


def test_models_that_change_and_fail_are_told_to_all_clients(live):
    with Client(live) as client, Peer(live.port) as other:
        other.send("/voice/v1/model", "nothing")
        failed = client.next()
        assert failed.address == "/voice.failed"
        assert failed.arguments[:2] == ("v1", "nothing")
        other.send("/voice/v1/model", "example")
        assert client.next() == Message("/voice.model", ("v1", "example"))
        other.send("/voice/new", "v2", "nothing")
        client.heard_until(lambda: "v2" in client.values["/voice.failed"])


def test_a_voice_that_comes_tells_its_values_and_one_that_goes_is_told(live):
    with Client(live) as client, Peer(live.port) as other:
        other.ask("/voice/new", "v2", "example")
        client.heard_until(lambda: {"/voice.added", "/voice/v2/pitch"} <= set(client.values))
        other.send("/voice/free", "v2")
        client.heard_until(lambda: client.values.get("/voice.freed") == ("v2",))


def test_a_connection_that_closes_is_forgotten(live):
    with socket.create_connection(("127.0.0.1", live.port)) as tcp:
        packet = b"/notify\0,i\0\0\0\0\0\1"
        tcp.sendall(len(packet).to_bytes(4, "big") + packet)
        assert tcp.recv(1_000)
        assert len(live.server.feedback.ears) == 1
    end = time.monotonic() + 5
    while live.server.feedback.ears and time.monotonic() < end:
        time.sleep(0.01)
    assert not live.server.feedback.ears


def test_meters_are_for_clients_of_notify(live):
    with Peer(live.port) as peer:
        (answer,) = peer.ask("/notify/meters", 1)
        assert answer.address == "/fail"
        assert "/notify 1" in answer.arguments[1]


def test_meters_tell_how_loud_it_is(live):
    with Client(live) as client:
        client.send("/notify/meters", 1)
        names = {"/voice/v1/meter", "/meter", "/load"}
        client.heard_until(lambda: names <= set(client.values))
        peak_db, rms_db = client.values["/voice/v1/meter"]
        assert -60 < rms_db < peak_db < 6
        client.send("/voice/v1/gate", 0)
        client.heard_until(lambda: client.values["/voice/v1/meter"][1] < rms_db - 20)
        client.send("/notify/meters", 0)
        client.heard_for(0.2)
        assert client.heard_for(0.3) == []


def test_a_client_whose_port_is_closed_is_dropped_and_the_others_hear_all(live, monkeypatch):
    require_or_skip(sys.platform == "linux", "Linux, which tells whom a datagram did not reach")
    monkeypatch.setattr("smfosc.clients.PATIENCE_S", 0.6)
    with Client(live) as stays, Peer(live.port) as other:
        with Client(live):
            pass
        assert len(live.server.clients) == 2
        number, end = 0, time.monotonic() + 10
        while len(live.server.clients) == 2 and time.monotonic() < end:
            number += 1
            pitch = 64 + number % 24 / 2
            other.send(PITCH, pitch)
            while stays.next().arguments != (pitch,):
                pass
        assert len(live.server.clients) == 1
        assert len(live.server.feedback.ears) == 1


def test_a_client_that_is_back_within_seconds_is_kept():
    clients, source = Clients(), Listener()
    clients.add(source, ("10.0.0.1", 5000), 6000)
    assert clients.unreached(("10.0.0.1", 6000), 0.0) is None
    assert clients.unreached(("10.0.0.1", 6000), PATIENCE_S - 0.1) is None
    clients.alive(source)
    assert clients.unreached(("10.0.0.1", 6000), PATIENCE_S + 0.1) is None
    assert clients.unreached(("10.0.0.1", 6001), 3 * PATIENCE_S) is None
    assert clients.unreached(("10.0.0.1", 6000), 2 * PATIENCE_S + 0.1).source is source
    assert len(clients) == 0


def test_without_clients_nothing_is_looked_at(live, monkeypatch):
    looks = []
    monkeypatch.setattr(live.commands, "observe", lambda: looks.append(1) or {})
    time.sleep(0.3)
    assert looks == []


# --- turns, by a clock of our own -------------------------------------------------------------


class Stage:
    """Feedback before values that the test sets, at a time that it sets."""

    def __init__(self, clients: int = 2) -> None:
        self.values: dict[str, tuple] = {}
        self.now_s = 0.0
        self.feedback = Feedback(
            lambda looks: dict(self.values), lambda source: [source], lambda: self.now_s
        )
        self.clients = [Listener() for _ in range(clients)]
        for client in self.clients:
            self.feedback.add(client)

    def turn(self, seconds: float = 1 / RATE_HZ) -> list[list[tuple]]:
        self.now_s += seconds
        self.feedback.turn()
        return [client.taken() for client in self.clients]


def test_a_finger_that_moves_a_fader_is_left_in_peace_and_then_told_what_holds():
    stage = Stage()
    stage.values = {"/x": (0.0,)}
    stage.turn()
    heard = []
    for step in range(30):
        stage.feedback.said(stage.clients[0], "/x", step / 10)
        stage.values["/x"] = (-1.0,)  # another one is stronger
        heard += stage.turn()[0]
    assert heard == []
    for _ in range(9):
        heard += stage.turn()[0]
    assert heard == [("/x", -1.0)]


def test_a_word_on_another_form_holds_the_plain_address_and_then_that_is_told():
    stage = Stage(clients=2)
    stage.values = {PITCH: (64.0,), f"{PITCH}/normalized": (0.0,)}
    told = [(PITCH, 64.0)]
    assert stage.turn() == [told, told]  # not its other form: nobody asked
    stage.feedback.said(stage.clients[0], f"{PITCH}/normalized", 0.5)
    stage.values = {PITCH: (70.0,), f"{PITCH}/normalized": (0.5,)}
    moved = [(PITCH, 70.0)]
    assert stage.turn() == [[], moved]
    assert stage.turn(HOLD_S) == [moved, []]


def test_a_defect_in_feedback_is_logged_and_the_daemon_plays_on(caplog):
    stage = Stage()
    stage.values = {"/x": (object(),)}
    assert stage.turn() == [[], []]
    assert "feedback has stopped" in caplog.text
    stage.values = {"/x": (1.0,)}
    stage.feedback.add(stage.clients[0])
    assert stage.turn() == [[("/x", 1.0)], []]


def test_many_voices_are_told_over_several_turns():
    stage = Stage(1)
    stage.values = {f"/voice/v{n}/gain": (float(n),) for n in range(3 * MAX_PER_TURN)}
    told = [stage.turn()[0] for _ in range(4)]
    assert list(map(len, told)) == [MAX_PER_TURN] * 3 + [0]
    assert len({message[0] for part in told for message in part}) == 3 * MAX_PER_TURN


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(0, 1), st.sampled_from("ab"), st.integers(0, 3)),
        st.tuples(st.just("move"), st.just(0), st.sampled_from("ab"), st.integers(0, 3)),
        st.tuples(st.just("turn"), st.just(0), st.just("a"), st.integers(0, 9)),
    ),
    max_size=40,
)


@given(STEPS)
def test_whatever_happens_all_know_in_the_end_what_holds(steps):
    stage = Stage()
    stage.values = {"/a": (0.0,), "/b": (0.0,)}
    minds: list[dict[str, float]] = [{}, {}]

    def hear(told: list[list[tuple]]) -> None:
        for mind, messages in zip(minds, told, strict=True):
            addresses = [address for address, _ in messages]
            assert len(set(addresses)) == len(addresses)  # once per turn
            mind.update(messages)

    for kind, who, what, value in steps:
        if kind == "turn":
            hear(stage.turn(value / 20))
        else:
            stage.values[f"/{what}"] = (float(value),)
        if kind == "say":
            stage.feedback.said(stage.clients[who], f"/{what}", value)
            minds[who][f"/{what}"] = float(value)
    for _ in range(12):
        hear(stage.turn())
    assert minds == [{address: value for address, (value,) in stage.values.items()}] * 2


def test_values_are_the_same_when_a_float32_cannot_tell_them_apart():
    assert same((64.1,), (64.09999847412109,))
    assert same((1,), (1.0,))
    assert not same((64.1,), (64.11,))
    assert not same(("a",), None)
    assert not same(("a",), (1,))
