"""One ensemble file on two hosts: notes in step, one tree, one host cut off and back."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from namespaces import Host, Network, require_namespaces
from playing import environment, model_folder, read_wav, wait_until

GROUP, PORT = "239.192.77.70", 7770

ENSEMBLE = f"""
[audio]
backend = "file"
out = "OUT"
[osc]
multicast = "{GROUP}"
[query]
announce = false
[groups.all]
voices = ["*"]
[hosts.first]
address = "10.77.0.1"
voices = ["low"]
[hosts.second]
address = "10.77.0.2"
voices = ["hi*"]
[voices.low]
model = "example"
gate = false
[voices.high]
model = "example"
gate = false
"""

# What a controller on a host does: its arguments are JSON.
SEND = """
import json, socket, sys, time
from smfosc import osc
from smfosc.schedule import timetag_of
where, address, values, at_ns = json.loads(sys.argv[1])
peer = socket.socket(type=socket.SOCK_DGRAM)
peer.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
packet = osc.encode_message(address, *values)
peer.sendto(osc.encode_bundle(timetag_of(at_ns), [packet]) if at_ns else packet, tuple(where))
"""
GET = """
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())
"""
ASK = """
import json, sys
from smfosc.client import OscClient
client = OscClient(sys.argv[1])
client.send(sys.argv[2])
print(json.dumps([m.arguments for m in client.until_synced() if m.address.endswith(".reply")]))
"""

# A controller's WebSocket: prints what it is told of paths until one was removed.
LISTEN = """
import asyncio, json, sys
import aiohttp
async def listen():
    async with aiohttp.ClientSession() as web, web.ws_connect(sys.argv[1]) as socket:
        print("listening", flush=True)
        async for message in socket:
            told = json.loads(message.data) if message.type is aiohttp.WSMsgType.TEXT else {}
            if told.get("DATA", "").startswith("/voice/"):
                print(told["COMMAND"], told["DATA"], flush=True)
            if told.get("COMMAND") == "PATH_REMOVED":
                return
asyncio.run(asyncio.wait_for(listen(), 60))
"""
TELL = """
import json, sys
from smfosc.client import OscClient
client = OscClient(sys.argv[1])
client.send(sys.argv[2], *sys.argv[3:])
print(json.dumps([[m.address, *m.arguments] for m in client.until_synced()]))
"""


def tell(host: Host, where: str, address: str, *values: str) -> list[list]:
    """Send a message; what is answered."""
    return json.loads(host.python(TELL, where, address, *values))


def send(host: Host, where: str, address: str, *values: object, at_ns: int = 0) -> None:
    host.python(SEND, json.dumps([[where, PORT], address, values, at_ns]))


def tree(host: Host, where: str, path: str) -> dict:
    return json.loads(host.python(GET, f"http://{where}:7771{path}"))


def told_of_hosts(host: Host) -> list[list]:
    return json.loads(host.python(ASK, "10.77.0.1", "/host/list"))


@pytest.fixture
def network():
    require_namespaces()
    with Network(2) as made:
        yield made


@pytest.fixture
def two(network, tmp_path):
    """Both daemons, and where they write."""
    models, outs = model_folder(tmp_path / "models"), []
    with_both = []
    for host, name in zip(network.hosts, ("first", "second"), strict=True):
        out, file = tmp_path / f"{name}.wav", tmp_path / f"{name}.toml"
        file.write_text(ENSEMBLE.replace("OUT", str(out)))
        outs.append(out)
        where = ["--host-name", name, "--state", tmp_path / f"state-{name}", "--fresh"]
        running = host.serve(file, *where, SMFOSC_MODELS=str(models))
        running.__enter__()
        with_both.append(running)
    try:
        assert wait_until(lambda: told_of_hosts(network.hosts[0])[0][2] == "here")
        yield network.hosts, outs, with_both
    finally:
        for running in with_both:
            running.__exit__(None, None, None)


def onset_frame(wav: Path) -> int:
    """The first frame that sounds."""
    sound, _ = read_wav(wav)
    return int(np.flatnonzero(np.abs(sound).max(axis=1) > 1e-5)[0])


def test_a_time_tagged_note_begins_on_both_hosts_within_a_millisecond(two) -> None:
    (first, second), outs, running = two
    at_ns = time.time_ns() + 1_500_000_000
    send(first, GROUP, "/group/all/gate", 1, at_ns=at_ns)
    time.sleep(2.0)
    zeros = [started_s(host) for host in (first, second)]
    for one in running:
        one.__exit__(None, None, None)
    running.clear()
    onsets = [zero + onset_frame(out) / 48_000 for zero, out in zip(zeros, outs, strict=True)]
    assert onsets[0] == pytest.approx(onsets[1], abs=0.001)
    assert onsets[0] == pytest.approx(at_ns * 1e-9, abs=0.015)  # attack and resampler come after


def started_s(host: Host) -> float:
    """Unix time of a daemon's frame 0, by /clock."""
    ((unix, frame),) = json.loads(host.python(ASK, host.address, "/clock"))
    return float(unix) - float(frame) / 48_000


def test_a_controller_sees_one_tree_and_moves_what_is_elsewhere(two) -> None:
    (first, second), _, _ = two
    voices = tree(first, "10.77.0.1", "/voice")["CONTENTS"]
    assert {"low", "high"} <= set(voices)
    assert set(tree(second, "10.77.0.2", "/voice")["CONTENTS"]) >= {"high"}
    assert "low" not in tree(second, "10.77.0.2", "/voice")["CONTENTS"]
    send(first, "10.77.0.1", "/voice/high/pitch", 72.5)
    wanted = "/voice/high/pitch"
    assert wait_until(lambda: tree(second, "10.77.0.2", wanted)["VALUE"] == [72.5])
    assert wait_until(lambda: tree(first, "10.77.0.1", wanted)["VALUE"] == [72.5])
    send(first, "10.77.0.1", "/voice/*/gain", -7.0)
    for name, host, where in (("low", first, "10.77.0.1"), ("high", second, "10.77.0.2")):
        path = f"/voice/{name}/gain"
        assert wait_until(lambda h=host, w=where, p=path: tree(h, w, p)["VALUE"][0] == -7.0)
    ((name, _, state, offset_ms, error_ms, voices),) = told_of_hosts(first)
    assert (name, state, voices) == ("second", "here", "high")
    assert abs(offset_ms) <= error_ms + 0.01  # one clock: what is measured is the error


def test_a_voice_made_later_on_another_host_comes_into_the_first_hosts_tree_and_goes(two) -> None:
    (first, second), _, _ = two
    listener = subprocess.Popen(
        first.command(sys.executable, "-c", LISTEN, "ws://10.77.0.1:7771/"),
        env=environment(None, {}),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert listener.stdout.readline() == "listening\n"
    assert ["/done", "/voice/new", "later"] in tell(
        second, "10.77.0.2", "/voice/new", "later", "example"
    )
    assert listener.stdout.readline() == "PATH_ADDED /voice/later\n"
    assert "model" in tree(first, "10.77.0.1", "/voice/later")["CONTENTS"]
    send(first, "10.77.0.1", "/voice/later/pitch", 71.5)
    wanted = "/voice/later/pitch"
    assert wait_until(lambda: tree(second, "10.77.0.2", wanted)["VALUE"] == [71.5])
    assert wait_until(lambda: tree(first, "10.77.0.1", wanted)["VALUE"] == [71.5])
    # Its name is taken, here too.
    (fail,) = tell(first, "10.77.0.1", "/voice/new", "later", "example")
    assert fail[2] == "voice later exists already, on host second; take another name"
    # The first host has no such voice: it has the other one free it.
    assert tell(second, "10.77.0.2", "/voice/free", "later")[0][0] == "/done"
    told, _ = listener.communicate(timeout=20)
    assert told == "PATH_REMOVED /voice/later\n"
    assert "later" not in tree(first, "10.77.0.1", "/voice")["CONTENTS"]
    assert tree(first, "10.77.0.1", "/voice")["CONTENTS"].keys() >= {"low", "high"}


def test_a_host_that_is_cut_off_plays_on_and_comes_back(two) -> None:
    (first, second), _, _ = two
    second.cut_off()
    assert wait_until(lambda: told_of_hosts(first)[0][2] == "away", 15)
    assert "high" not in tree(first, "10.77.0.1", "/voice")["CONTENTS"]
    before = tree(first, "10.77.0.1", "/voice/low/gain")["VALUE"]
    second.plug_in()
    assert wait_until(lambda: told_of_hosts(first)[0][2] == "here", 15)
    assert "high" in tree(first, "10.77.0.1", "/voice")["CONTENTS"]
    assert tree(first, "10.77.0.1", "/voice/low/gain")["VALUE"] == before
    send(first, GROUP, "/group/all/pan", 0.5)
    for name in ("low", "high"):
        path = f"/voice/{name}/pan"
        assert wait_until(lambda p=path: tree(first, "10.77.0.1", p)["VALUE"] == [0.5])


def test_an_interface_that_is_taken_out_and_put_in_again_hears_its_group_again(two) -> None:
    (first, second), _, _ = two
    second.take_out()
    assert wait_until(lambda: told_of_hosts(first)[0][2] == "away", 15)
    second.put_in()
    assert wait_until(lambda: told_of_hosts(first)[0][2] == "here", 15)
    path = "/voice/high/pan"

    def heard() -> bool:
        send(first, GROUP, "/group/all/pan", -0.5)
        return tree(second, "10.77.0.2", path)["VALUE"] == [-0.5]

    assert wait_until(heard, 10, 0.2)
