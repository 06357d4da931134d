"""The Max package's structure. Max itself is not here: what can be checked without it is."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from py2max import Patcher
from py2max.maxref import get_object_info

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "patches" / "generate"))

import max_files  # noqa: E402  from the folder above
import max_help  # noqa: E402
from max_patcher import CLASSES, PORTS, overlap, ports  # noqa: E402

PACKAGE = ROOT / "patches" / "max"
FILES = sorted([*PACKAGE.rglob("*.maxpat"), *PACKAGE.rglob("*.maxhelp")])
CHANGING = {"route", "sel", "t", "pack", "unpack", "expr", "sprintf"}  # ports by arguments
by_name = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def patchers(path: Path) -> Iterator[dict[str, Any]]:
    """The file's patcher and all in it."""
    waiting = [json.loads(path.read_text())["patcher"]]
    while waiting:
        patcher = waiting.pop()
        yield patcher
        waiting += [item["box"]["patcher"] for item in patcher["boxes"] if "patcher" in item["box"]]


def boxes(patcher: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["box"]["id"]: item["box"] for item in patcher["boxes"]}


def test_the_package_is_what_its_generator_draws():
    written = [path for path in PACKAGE.rglob("*.*") if path.suffix != ".png"]
    found = {path.relative_to(PACKAGE).as_posix(): path.read_text() for path in written}
    assert found == max_files.files()


def test_the_package_has_an_icon_of_max_s_size():
    header = (PACKAGE / "icon.png").read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(header[16:20]), int.from_bytes(header[20:24])) == (500, 500)


@by_name
def test_py2max_finds_nothing_to_complain_of(path):
    assert Patcher.from_file(path).lint() == []


@by_name
def test_every_line_goes_from_an_outlet_to_an_inlet_that_there_is(path):
    for patcher in patchers(path):
        known = boxes(patcher)
        assert len(known) == len(patcher["boxes"])
        for line in patcher["lines"]:
            (source, outlet), (target, inlet) = line["patchline"].values()
            assert 0 <= outlet < known[source]["numoutlets"], known[source]
            assert 0 <= inlet < known[target]["numinlets"], known[target]


@by_name
def test_a_box_tells_as_many_outlets_as_types(path):
    for box in (box for patcher in patchers(path) for box in boxes(patcher).values()):
        assert len(box["outlettype"] if box["numoutlets"] else []) == box["numoutlets"]


@by_name
def test_no_box_lies_on_another_nor_outside_its_window(path):
    for patcher in patchers(path):
        rects = [box["patching_rect"] for box in boxes(patcher).values()]
        assert not any(overlap(one, other) for one, other in combinations(rects, 2))
        _, _, width, height = patcher["rect"]
        assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in rects)


@by_name
def test_on_a_face_nothing_but_panels_lies_under_anything(path):
    for patcher in patchers(path):
        shown = [box for box in boxes(patcher).values() if box.get("presentation")]
        faces = [b["presentation_rect"] for b in shown if b["maxclass"] != "panel"]
        assert not any(overlap(one, other, -3.0) for one, other in combinations(faces, 2))
        if path.suffix == ".maxpat":  # a help file shows the patch itself
            assert bool(shown) == bool(patcher["openinpresentation"])


@by_name
def test_live_objects_have_whole_parameters_with_unique_names(path):
    for patcher in patchers(path):
        live = [b for b in boxes(patcher).values() if b["maxclass"].startswith("live.")]
        values = [box["saved_attribute_attributes"]["valueof"] for box in live]
        names = Counter(value["parameter_longname"] for value in values)
        assert all(count == 1 for count in names.values()), names
        assert all(n == 1 for n in Counter(box["varname"] for box in live).values())
        for box, value in zip(live, values, strict=True):
            assert box["parameter_enable"] == 1
            assert value["parameter_mmin"] < value["parameter_mmax"]
            assert value["parameter_shortname"]
            assert ("parameter_enum" in value) == (value["parameter_type"] == 2)


@pytest.mark.parametrize("name", sorted(set(PORTS) - CHANGING - {"udpsend", "s", "r"}))
def test_the_ports_of_an_object_are_those_of_maxs_reference(name):
    info = get_object_info(name)
    if info is None:
        pytest.fail(f"Max has no object {name}")
    inlets, outlets, _ = ports(name)
    told = len(info.get("inlets", [])), len(info.get("outlets", []))
    if name in ("inlet", "outlet"):  # in the reference they have those of the subpatcher's box
        return
    assert (inlets, outlets) == told


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_the_ports_of_a_thing_with_a_face_are_those_of_maxs_reference(name):
    info = get_object_info(name)
    assert info is not None
    assert CLASSES[name][:2] == (len(info.get("inlets", [])), len(info.get("outlets", [])))


def test_what_a_bpatcher_shows_is_in_the_package_with_those_ports():
    for path in FILES:
        for box in (box for patcher in patchers(path) for box in boxes(patcher).values()):
            if box["maxclass"] == "bpatcher":
                child = json.loads((PACKAGE / "patchers" / box["name"]).read_text())["patcher"]
                words = [b.get("text", "").split(" ")[0] for b in boxes(child).values()]
                assert words.count("inlet") == box["numinlets"]
                assert words.count("outlet") == box["numoutlets"]
                assert child["openinpresentation"] == 1


def test_every_patcher_has_help_in_tabs_and_a_reference_page():
    for name in max_files.PARTS:
        root = json.loads((PACKAGE / "help" / f"{name}.maxhelp").read_text())["patcher"]
        tabs = [box["patcher"] for box in boxes(root).values()]
        titles = [box["text"].removeprefix("p ") for box in boxes(root).values()]
        groups = [group.title for group in max_help.GROUPS[name]]
        assert groups
        assert titles == ["basic", *groups, "reference", "?"]
        assert all(tab["showontab"] == 1 for tab in tabs)
        assert root["showrootpatcherontab"] == 0
        page = ElementTree.parse(PACKAGE / f"docs/refpages/smfosc-ref/{name}.maxref.xml")
        assert page.getroot().get("name") == name


def words_of(tab: dict[str, Any]) -> set[str]:
    """What the messages of a tab begin with."""
    messages = [b["text"] for b in boxes(tab).values() if b["maxclass"] == "message"]
    return {text.split()[0] for text in messages}


@pytest.mark.parametrize("name", ["smf.score", "smf.snapshot"])
def test_every_word_that_a_patcher_routes_can_be_tried_in_its_help(name):
    root = json.loads((PACKAGE / "help" / f"{name}.maxhelp").read_text())["patcher"]
    tried = set().union(*(words_of(box["patcher"]) for box in boxes(root).values()))
    routed = [text for text in texts(name) if text.startswith("route ") and "/" not in text]
    (own,) = [set(text.split()[1:]) for text in routed if "delete" in text]
    assert own <= tried


def test_one_connection_serves_all_tabs_of_a_help_file():
    for name in max_files.PARTS:
        root = json.loads((PACKAGE / "help" / f"{name}.maxhelp").read_text())["patcher"]
        held = [
            b.get("name") for box in boxes(root).values() for b in boxes(box["patcher"]).values()
        ]
        assert held.count("smf.connect.maxpat") == 1


def test_the_package_names_itself_as_max_wants_it():
    info = json.loads((PACKAGE / "package-info.json").read_text())
    assert (info["name"], info["max_version_min"]) == ("smfosc", "8.0.2")
    assert (PACKAGE / "extras" / info["homepatcher"]).exists()


def texts(name: str) -> list[str]:
    """What is written in the boxes of a patcher of the package."""
    found = [b for p in patchers(PACKAGE / f"patchers/{name}.maxpat") for b in boxes(p).values()]
    return [box.get("text", "") for box in found]


def test_voices_have_dials_and_the_examples_presets():
    voice = [b for p in patchers(PACKAGE / "patchers/smf.voice.maxpat") for b in boxes(p).values()]
    dials = {box["varname"] for box in voice if box["maxclass"] == "live.dial"}
    assert dials == {"Gain", "Pan"}
    assert any(box["maxclass"] == "live.text" and box["varname"] == "Gate" for box in voice)
    (model,) = [box for box in voice if box["maxclass"] == "live.menu"]
    assert model["varname"] == "Model"
    assert "prepend _parameter_range" in texts("smf.voice")  # what it offers, the daemon tells
    (dial,) = [b for p in patchers(PACKAGE / "patchers/smf.param.maxpat")
               for b in boxes(p).values() if b["maxclass"] == "live.dial"]  # fmt: skip
    assert "_parameter_range $1 $2" in texts("smf.param")
    assert dial["varname"] == "Value"
    ensemble = [
        b for p in patchers(PACKAGE / "examples/ensemble.maxpat") for b in boxes(p).values()
    ]
    assert any(box.get("text", "").startswith("pattrstorage ") for box in ensemble)


@pytest.mark.parametrize("name", ["#2", "#3"])
def test_the_pad_asks_where_it_lies_when_others_have_moved_it(name):
    told = texts("smf.xy")
    assert f"route /voice/#1/{name}" in told
    assert f"/voice/#1/{name}/normalized/get" in told
    assert f"route /voice/#1/{name}/normalized" in told


def test_max_registers_the_port_at_which_it_hears():
    texts = [b.get("text") for p in patchers(PACKAGE / "patchers/smf.connect.maxpat")
             for b in boxes(p).values()]  # fmt: skip
    assert "/notify 1 $1" in texts
    assert "udpreceive 7772" in texts
