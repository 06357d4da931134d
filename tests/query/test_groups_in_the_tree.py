"""Groups as OSCQuery shows them: containers of the methods that their voices have."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from asking import Talker, asked_server
from live_server import Peer, eventually
from small_models import INFO, PITCH, TIMBRE

from smfosc.addresses import row
from smfosc.osc import Message
from smfosc.query.group_nodes import place_groups
from smfosc.query.link import Link
from smfosc.query.tree import build
from smfosc.voices import Route


@pytest.fixture
def asked(tmp_path: Path, monkeypatch):
    with asked_server(tmp_path, monkeypatch) as found:
        with Peer(found.live.port) as peer:
            peer.ask("/voice/new", "v2", "example")
            peer.ask("/group/set", "pair", "v1", "v2")
        yield found


def made_of(models: dict[str, tuple], leaves: dict[str, tuple[str, ...]]):
    """A tree of voices of such parameters, with these leaves; group g holds all of them."""
    infos = {name: replace(INFO, parameters=found) for name, found in models.items()}
    routes = {}
    for name, found in infos.items():
        for parameter in found.parameters:
            limited = replace(
                row("/voice/NAME/PARAM").arguments[0],
                minimum=parameter.minimum,
                maximum=parameter.maximum,
                unit=parameter.unit,
            )
            wanted = (limited, *row("/voice/NAME/PARAM").arguments[1:])
            path = f"/voice/{name}/{parameter.name}"
            routes[path] = Route(row("/voice/NAME/PARAM"), lambda call: None, wanted)
        for leaf in leaves.get(name, ()):
            routes[f"/voice/{name}/{leaf}"] = Route(row(f"/voice/NAME/{leaf}"), lambda call: None)
    tree = build(routes, infos, ["example"])
    place_groups(tree, {"g": tuple(models)})
    return tree.find("/group/g")


def test_a_group_has_the_methods_of_its_voices_with_type_range_unit_and_description(asked):
    pitch = asked.node("/group/pair/pitch")
    own = asked.node("/voice/v1/pitch")
    for name in ("TYPE", "RANGE", "UNIT", "CLIPMODE", "CRITICAL", "OVERLOADS", "DESCRIPTION"):
        assert pitch[name] == own[name]
    assert pitch["FULL_PATH"] == "/group/pair/pitch"
    assert (pitch["ACCESS"], "VALUE" in pitch) == (2, False)
    assert "group" in pitch["TAGS"]
    assert asked.node("/group/pair")["DESCRIPTION"] == "says the rest to its voices: v1, v2"
    shown = set(asked.node("/group/pair")["CONTENTS"])
    assert shown == set(asked.node("/voice/v1")["CONTENTS"]) - {"meter"}
    assert set(asked.node("/group")["CONTENTS"]) == {"set", "list", "pair"}


def test_what_the_tree_says_of_a_group_can_be_sent(asked):
    with Peer(asked.live.port) as peer:
        peer.send("/group/pair/timbre", 0.75)
        for name in ("v1", "v2"):
            told = {"VALUE": [0.75]}
            eventually(lambda n=name, t=told: asked.node(f"/voice/{n}/timbre?VALUE") == t)
        assert asked.get("/group/pair/timbre?VALUE")[0] == 204


def test_the_range_of_a_group_holds_those_of_all_its_voices():
    low = replace(PITCH, minimum=40.0, maximum=52.0)
    group = made_of({"a": (PITCH, TIMBRE), "b": (low,)}, {"a": ("gain",), "b": ("gain", "model")})
    assert group.find("pitch").attributes["RANGE"] == [{"MIN": 40.0, "MAX": PITCH.maximum}]
    assert group.find("timbre").attributes["RANGE"] == [{"MIN": 0.0, "MAX": 1.0}]
    assert group.find("gain").attributes["UNIT"] == ["gain.db"]
    assert group.find("model").attributes["RANGE"] == [{"VALS": ["example"]}]
    assert group.find("pitch").attributes["OVERLOADS"][0]["RANGE"][1] is not None


def test_units_that_differ_are_not_told():
    hertz = replace(PITCH, unit="Hz")
    group = made_of({"a": (PITCH,), "b": (hertz,)}, {})
    assert "UNIT" not in group.find("pitch").attributes
    assert group.find("pitch").attributes["RANGE"] == [{"MIN": 64.0, "MAX": 76.0}]


def test_a_group_whose_voices_are_not_there_is_an_empty_container(asked):
    with Peer(asked.live.port) as peer:
        peer.ask("/group/set", "later", "v9")
    node = asked.node("/group/later")
    assert (node["CONTENTS"], node["ACCESS"]) == ({}, 0)
    assert asked.node("/group/later?CONTENTS") == {"CONTENTS": {}}
    assert asked.get("/group/later/pitch")[0] == 404


def test_who_has_shaken_hands_misses_no_news(asked, monkeypatch):
    standing = Link.standing

    async def slow(self):
        await asyncio.sleep(0.3)
        return await standing(self)

    async def scenario(talker: Talker) -> None:
        with Peer(asked.live.port) as peer:
            peer.ask("/group/set", "low", "v1")
            assert await talker.next() == {"COMMAND": "PATH_ADDED", "DATA": "/group/low"}

    monkeypatch.setattr(Link, "standing", slow)
    asked.talk(scenario)


def test_groups_that_come_change_and_go_are_told_to_all(asked):
    async def scenario(talker: Talker) -> None:
        with Peer(asked.live.port) as peer:
            for voices, command, members in (
                (("v1",), "PATH_ADDED", "v1"),
                (("v1", "v2"), "PATH_CHANGED", "v1, v2"),
                ((), "PATH_REMOVED", None),
            ):
                peer.ask("/group/set", "low", *voices)
                assert await talker.next() == {"COMMAND": command, "DATA": "/group/low"}
                status, node, _ = await asyncio.to_thread(asked.get, "/group/low")
                assert (status == 200) == (members is not None)
                assert members is None or node["DESCRIPTION"].endswith(members)
            peer.ask("/group/set", "pair", "v1", "v2")  # as it is
            assert await talker.hears_nothing()

    asked.talk(scenario)


def test_a_voice_of_a_group_that_comes_changes_or_goes_changes_the_group(asked):

    async def scenario(talker: Talker) -> None:
        with Peer(asked.live.port) as peer:
            peer.ask("/group/set", "late", "bass")
            assert (await talker.next())["DATA"] == "/group/late"
            for message, command in (
                (("/voice/new", "bass", "example"), "PATH_ADDED"),
                (("/voice/bass/model", "example"), "PATH_CHANGED"),
                (("/voice/free", "bass"), "PATH_REMOVED"),
            ):
                peer.send(*message)
                assert await talker.next() == {"COMMAND": command, "DATA": "/voice/bass"}
                assert await talker.next() == {"COMMAND": "PATH_CHANGED", "DATA": "/group/late"}
                shown = await asyncio.to_thread(asked.node, "/group/late")
                assert ("pitch" in shown["CONTENTS"]) == (command != "PATH_REMOVED")

    asked.talk(scenario)


def test_whoever_asks_for_news_hears_of_groups(asked):
    with Peer(asked.live.port) as peer:
        peer.send("/notify", 1)
        peer.send("/group/set", "all", "v1", "v2", "v3")
        heard = [peer.hear()]
        while heard[-1].address != "/group.added":
            heard.append(peer.hear())
        assert heard[-1] == Message("/group.added", ("all", "v1 v2 v3"))
