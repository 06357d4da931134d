"""What the OSCQuery proposal asks of a server, asked of ours."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from asking import Asked, Talker, asked_server
from live_server import Peer, eventually
from parts import require_or_skip
from small_models import INFO, TIMBRE
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from smfosc.addresses import TABLE, row
from smfosc.osc import Message
from smfosc.query.announcement import Announcement
from smfosc.query.tree import READABLE, build
from smfosc.voices import Route

PITCH = "/voice/v1/pitch"
TAGS = set("ifsbhtdScrmTFNI[]")
PARALLEL = ("VALUE", "RANGE", "UNIT", "CLIPMODE")


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        folder = tmp_path_factory.mktemp("models")
        with asked_server(folder, monkeypatch, names=("stage.lan",)) as found:
            yield found


def nodes(node: dict) -> Iterator[dict]:
    yield node
    for child in node.get("CONTENTS", {}).values():
        yield from nodes(child)


# --- nodes ----------------------------------------------------------------------------------


def test_every_node_has_its_full_path_and_containers_their_contents(asked):
    def check(node: dict, path: str) -> None:
        assert node["FULL_PATH"] == (path or "/")
        assert "TYPE" in node or node["CONTENTS"]
        for name, child in node.get("CONTENTS", {}).items():
            check(child, f"{path}/{name}")

    check(asked.node("/"), "")


def test_attributes_of_arguments_lie_parallel_to_the_type(asked):
    for node in nodes(asked.node("/")):
        for one in (node, *node.get("OVERLOADS", [])):
            types = one.get("TYPE", "")
            assert set(types) <= TAGS
            told = {name: one[name] for name in PARALLEL if name in one}
            assert not told or types != "N", one
            assert all(len(values) == len(types) for values in told.values()), one


def test_ranges_access_and_clipmodes_are_of_the_proposal_s_kinds(asked):
    for node in nodes(asked.node("/")):
        assert node["ACCESS"] in (0, 1, 2, 3)
        assert ("VALUE" in node) == (bool(node["ACCESS"] & 1) and node["TYPE"] != "fb"), node
        assert isinstance(node.get("CRITICAL", False), bool)
        assert set(node.get("CLIPMODE", [])) <= {"none", "low", "high", "both"}
        for limits in node.get("RANGE", []):
            assert limits is None or (limits and set(limits) <= {"MIN", "MAX", "VALS"})
            if limits and "MAX" in limits:
                assert limits["MIN"] <= limits["MAX"]


def test_every_row_of_the_address_table_is_in_the_tree(asked):
    paths = {node["FULL_PATH"] for node in nodes(asked.node("/"))}
    rows = [row.path for row in TABLE if not row.path.endswith(("/get", "/..."))]
    names = {"/voice/NAME": "/voice/v1", "/output/NAME": "/output/main", "PARAM": "timbre"}
    wanted = set()
    for path in rows:
        for form, name in names.items():
            path = path.replace(form, name)
        wanted.add(path)
    assert wanted <= paths
    assert {row.path for row in TABLE} >= READABLE


def test_a_parameter_is_described_by_its_model(asked):
    timbre = asked.node("/voice/v1/timbre")
    assert timbre["DESCRIPTION"] == "From clarinet to trumpet."
    assert (timbre["TYPE"], timbre["RANGE"]) == ("f", [{"MIN": 0.0, "MAX": 1.0}])
    assert (timbre["ACCESS"], timbre["VALUE"], timbre["CRITICAL"]) == (3, [0.0], False)
    assert timbre["OVERLOADS"][0]["UNIT"] == ["ratio", "time.ms"]
    pitch = asked.node(PITCH)
    assert (pitch["UNIT"], pitch["CLIPMODE"]) == (["time.midinote"], ["both"])
    assert "example" in asked.node("/voice/v1/model")["RANGE"][0]["VALS"]
    assert asked.node("/voice/v1/gate")["RANGE"] == [{"VALS": [0, 1]}]
    assert asked.node("/voice/v1/reset")["TYPE"] == "N"


def test_what_a_lost_message_would_harm_is_critical(asked):
    """The proposal: CRITICAL, where a message must arrive, so that a client takes TCP for it."""
    commands = ("gate", "note", "reset", "model", "seed")
    for path in (*(f"/voice/v1/{leaf}" for leaf in commands), "/voice/new", "/snapshot/recall"):
        assert asked.node(f"{path}?CRITICAL") == {"CRITICAL": True}, path
    streams = ("pitch", "pitch/hz", "timbre/normalized", "gain", "pan", "temperature", "meter")
    for path in (*(f"/voice/v1/{leaf}" for leaf in streams), "/output/main/gain", "/load"):
        assert asked.node(f"{path}?CRITICAL") == {"CRITICAL": False}, path


def test_an_attribute_alone_is_what_the_node_says(asked):
    node = asked.node(PITCH)
    for name, value in node.items():
        assert asked.node(f"{PITCH}?{name}") == {name: value}
    assert set(asked.node(f"{PITCH}?VALUE&RANGE")) == {"VALUE", "RANGE"}
    assert asked.node("/voice/v1/?FULL_PATH") == {"FULL_PATH": "/voice/v1"}


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (f"{PITCH}?VALUE", 200),
        ("/voice/v1/note?VALUE", 204),  # write-only
        ("/voice/v1?TYPE", 204),  # a container
        ("/voice/v1/reset?RANGE", 204),
        (f"{PITCH}?VOLUME", 400),
        (f"{PITCH}?value", 400),
        ("/voice/v9", 404),
        ("/voice/*", 404),
        ("/voice/v9?VALUE", 404),
        ("/page/../addresses.py", 404),
        ("/page/..%2Faddresses.py", 404),
        ("/page/style.css", 200),
    ],
)
def test_what_cannot_be_answered_has_the_proposal_s_code(asked, target, status):
    found, answer, headers = asked.get(target)
    assert found == status
    if status == 204:
        assert answer == b""
    if status >= 400:
        assert len(answer["ERROR"]) > 10
    assert headers.get("X-Content-Type-Options") == "nosniff"


def test_host_info_comes_when_asked_for_at_any_path(asked):
    assert "OSC_PORT" not in asked.node("/")
    for target in ("/?HOST_INFO", "/nowhere?HOST_INFO"):
        info = asked.node(target)
        assert info["OSC_PORT"] == asked.live.port
        assert (info["OSC_IP"], info["OSC_TRANSPORT"]) == ("127.0.0.1", "UDP")
        assert (info["WS_IP"], info["WS_PORT"]) == ("127.0.0.1", asked.port)
        assert info["EXTENSIONS"]["LISTEN"] is True
        assert all(isinstance(there, bool) for there in info["EXTENSIONS"].values())


def test_a_value_is_the_present_one(asked):
    with Peer(asked.live.port) as peer:
        for pitch in (64.5, 75.25):
            peer.send(PITCH, pitch)
            eventually(lambda pitch=pitch: asked.node(f"{PITCH}?VALUE") == {"VALUE": [pitch]})


def test_a_parameter_s_other_forms_have_values_too(asked):
    with Peer(asked.live.port) as peer:
        peer.send(f"{PITCH}/normalized", 0.75)
        told = {"VALUE": [0.75]}
        eventually(lambda: asked.node(f"{PITCH}/normalized?VALUE") == told)
        assert asked.node(f"{PITCH}?VALUE") == {"VALUE": [73.0]}
        hertz = asked.node(f"{PITCH}/hz")
        assert hertz["ACCESS"] == 3
        assert hertz["VALUE"] == [pytest.approx(440 * 2 ** (4 / 12))]


def test_a_voice_without_pitch_shows_no_address_of_pitch():
    noise = replace(INFO, parameters=(TIMBRE,))
    wanted = {"/voice/a/note", "/voice/a/pitch/hz", "/voice/a/gain"}
    routes = {path: Route(row(path.replace("/a/", "/NAME/")), lambda call: None) for path in wanted}
    for info, shown in ((INFO, {"note", "pitch", "gain"}), (noise, {"gain"})):
        node = build(routes, {"a": info}, []).find("/voice/a")
        assert set(node.children) == shown | {"meter"}


def test_a_control_thread_that_does_not_answer_is_a_timeout(asked, monkeypatch):
    monkeypatch.setattr("smfosc.query.link.ANSWER_S", 0.1)
    monkeypatch.setattr(asked.live.server, "post", lambda call: None)
    asyncio.run(asyncio.sleep(0.05))
    assert asked.get(PITCH)[0] == 408


# --- WebSocket ------------------------------------------------------------------------------


def test_listen_brings_the_value_and_each_change_as_osc_until_ignore(asked):
    async def scenario(talker: Talker) -> None:
        await talker.command("LISTEN", PITCH)
        assert (await talker.next()).address == PITCH
        with Peer(asked.live.port) as peer:
            peer.send(PITCH, 66.25)
            await talker.until(lambda heard: heard == Message(PITCH, (66.25,)))
            peer.send("/voice/v1/timbre", 0.5)  # not listened to
            assert await talker.hears_nothing()
            await talker.command("IGNORE", PITCH)
            await asyncio.sleep(0.1)
            peer.send(PITCH, 67.0)
            assert await talker.hears_nothing()

    asked.talk(scenario)


def test_listen_is_for_exact_paths_with_a_value(asked):
    async def scenario(talker: Talker) -> None:
        for path in ("/voice/v1", "/voice/*/pitch", "/voice/v1/note", "/nowhere", PITCH + "/"):
            await talker.command("LISTEN", path)
            heard = await talker.next()
            assert (heard.address, heard.arguments[0]) == ("/fail", path)

    asked.talk(scenario)


def test_another_form_of_a_parameter_is_told_to_whoever_listens_to_it(asked):
    async def scenario(talker: Talker) -> None:
        await talker.command("LISTEN", f"{PITCH}/normalized")
        assert (await talker.next()).address == f"{PITCH}/normalized"
        with Peer(asked.live.port) as peer:
            peer.send(PITCH, 65.5)
            await talker.until(lambda heard: heard == Message(f"{PITCH}/normalized", (0.125,)))

    asked.talk(scenario)


def test_osc_goes_both_ways_over_the_socket(asked):
    async def scenario(talker: Talker) -> None:
        await talker.send(PITCH, 68.5)
        await talker.send(f"{PITCH}/get")
        await talker.until(lambda heard: heard == Message(PITCH, (68.5,)))
        await talker.send("/voice/v1/volume", 1.0)
        assert (await talker.next()).address == "/fail"
        await talker.send("/notify", 1)
        await talker.until(lambda heard: heard == Message("/voice/v1/gate", (1,)))

    asked.talk(scenario)


def test_meters_and_the_scope_can_be_listened_to(asked):
    async def scenario(talker: Talker) -> None:
        for address in ("/voice/v1/meter", "/meter", "/load", "/scope"):
            await talker.command("LISTEN", address)
        heard = {}
        while set(heard) != {"/voice/v1/meter", "/meter", "/load", "/scope"}:
            message = await talker.next()
            heard[message.address] = message.arguments
        rate, samples = heard["/scope"]
        assert (rate, len(samples)) == (16_000.0, 2_048)
        assert any(samples)

    asked.talk(scenario)


def test_paths_that_come_change_and_go_are_told_to_all(asked):
    async def scenario(talker: Talker) -> None:
        with Peer(asked.live.port) as peer:
            for message, command in (
                (("/voice/new", "bass", "example"), "PATH_ADDED"),
                (("/voice/bass/model", "example"), "PATH_CHANGED"),
                (("/voice/free", "bass"), "PATH_REMOVED"),
            ):
                peer.send(*message)
                assert await talker.next() == {"COMMAND": command, "DATA": "/voice/bass"}
                there = (await asyncio.to_thread(asked.get, "/voice/bass"))[0] == 200
                assert there == (command != "PATH_REMOVED")

    asked.talk(scenario)


@pytest.mark.parametrize(
    "text",
    ["", "x", "[]", "{}", "null", '{"COMMAND": 3, "DATA": 4}', '{"COMMAND":"LISTEN","DATA":[]}',
     '{"COMMAND":"DELETE","DATA":"/"}', "[" * 5_000, '"' + "\\ud800" * 9 + '"'],
)  # fmt: skip
def test_a_command_that_is_none_is_told_and_the_socket_lives_on(asked, text):
    async def scenario(talker: Talker) -> None:
        await talker.socket.send_str(text)
        assert (await talker.next()).address == "/fail"
        await talker.command("LISTEN", PITCH)
        assert (await talker.next()).address == PITCH

    asked.talk(scenario)


# --- discovery, and a client of others ------------------------------------------------------


def test_zeroconf_tells_both_services(asked, monkeypatch):
    monkeypatch.setattr("smfosc.query.announcement._host", lambda: f"test-{os.getpid()}")

    async def browse() -> dict[str, int]:
        announcement = Announcement("127.0.0.1", asked.port, asked.live.port)
        announcing = asyncio.create_task(announcement.run())
        try:
            async with AsyncZeroconf(interfaces=["127.0.0.1"]) as zeroconf:
                return {kind: await port_of(zeroconf, kind) for kind in announcement.ports}
        finally:
            announcing.cancel()
            await asyncio.wait([announcing])

    async def port_of(zeroconf: AsyncZeroconf, kind: str) -> int:
        name = Announcement("127.0.0.1", 0, 0).name(kind)
        for _ in range(20):
            info = AsyncServiceInfo(kind, name)
            if await info.async_request(zeroconf.zeroconf, 500):
                assert info.parsed_addresses() == ["127.0.0.1"]
                return info.port
        raise AssertionError(f"{name} was not found")

    found = asyncio.run(browse())
    assert found == {"_oscjson._tcp.local.": asked.port, "_osc._udp.local.": asked.live.port}


def test_without_a_network_it_waits_for_one(monkeypatch, caplog):
    def no_network(*_: object, **__: object) -> None:
        raise OSError(101, "Network is unreachable")

    async def run() -> None:
        announcing = asyncio.create_task(Announcement("127.0.0.1", 1, 2).run())
        await asyncio.sleep(0.2)
        assert not announcing.done()
        announcing.cancel()
        await asyncio.wait([announcing])

    monkeypatch.setattr("smfosc.query.announcement.AsyncZeroconf", no_network)
    with caplog.at_level("INFO"):
        asyncio.run(run())
    assert "Network is unreachable" in caplog.text


NPM = Path(__file__).parent / "npm"


@pytest.fixture(scope="module")
def npm_client() -> Path:
    """npm's oscquery as the lock file has it, installed once into the ignored build folder."""
    require_or_skip(shutil.which("npm") and shutil.which("node"), "node and npm")
    folder = Path(__file__).parents[2] / "build" / "npm-oscquery"
    if not (folder / "node_modules" / "oscquery").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        for file in NPM.iterdir():
            shutil.copy(file, folder)
        install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(install, cwd=folder, capture_output=True, timeout=120, check=False)
        require_or_skip(done.returncode == 0, "npm's oscquery (no registry?)")
    shutil.copy(NPM / "ask.cjs", folder)
    return folder / "ask.cjs"


@pytest.mark.reach  # fetches the client with Node's npm, which a test machine need not have
def test_npm_s_client_reads_what_we_mean(asked: Asked, npm_client: Path):
    done = subprocess.run(
        ["node", str(npm_client), str(asked.port)], capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["host"]["oscPort"] == asked.live.port
    ours = {n["FULL_PATH"] for n in nodes(asked.node("/")) if "TYPE" in n}
    assert ours - {"/after"} <= set(found["methods"])
    pitch = found["methods"][PITCH]
    assert pitch["arguments"][0]["range"] == {"min": 64, "max": 76}
    assert pitch["arguments"][0]["value"] == asked.node(PITCH)["VALUE"][0]


def test_an_address_without_arguments_takes_the_nil_of_its_type(asked):
    async def scenario(talker: Talker) -> None:
        await talker.socket.send_bytes(b"/voice/v1/reset\0,N\0\0")
        await talker.send("/sync", 7)
        assert await talker.next() == Message("/synced", (7,))

    asked.talk(scenario)


def test_a_socket_s_sender_is_forgotten_when_it_closes(asked):
    async def scenario(talker: Talker) -> None:
        await talker.send("/notify", 1)
        await talker.next()

    asked.talk(scenario)
    eventually(lambda: not asked.live.server.feedback.ears)
    assert len(asked.live.server.clients) == 0


def test_fifty_requests_at_once_are_all_answered(asked):
    async def ask() -> int:
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            url = f"http://127.0.0.1:{asked.port}/voice"
            tasks = [group.create_task(status(session, url)) for _ in range(50)]
        return sum(task.result() == 200 for task in tasks)

    async def status(session: aiohttp.ClientSession, url: str) -> int:
        async with session.get(url) as answer:
            await answer.read()
            return answer.status

    assert asyncio.run(ask()) == 50
