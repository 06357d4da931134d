"""/group/...: one message for several voices."""

from __future__ import annotations

import numpy as np
import pytest
from ensemble_stage import BLOCK

TWO = """
[voices.low]
model = "example"
[voices.high]
model = "other"
[voices.alone]
model = "noise"
[groups.pair]
voices = ["low", "high"]
[groups.all]
voices = ["*"]
"""


def pans(stage) -> list[float]:
    stage.play(4 * BLOCK)
    return [stage.values(name)["pan"] for name in ("low", "high", "alone")]


def test_a_group_is_its_voices_on_the_same_frame(on_stage):
    stage, plain = on_stage(TWO), on_stage(TWO)
    stage.send("/group/pair/pitch", 66.0, 30.0, after=777)
    for name in ("low", "high"):
        plain.send(f"/voice/{name}/pitch", 66.0, 30.0, after=777)
    assert np.array_equal(stage.play(4_000), plain.play(4_000))


def test_a_pattern_of_groups_and_leaves_speaks_to_each_voice_once(on_stage):
    stage = on_stage(TWO)
    before = len(stage.commands.replies._windows)
    stage.send("/group/*/pa?", 0.5)
    assert pans(stage) == [0.5, 0.5, 0.5]
    answers = stage.ask("/group/{pair,all}/pan/get")
    assert sorted(answer[0] for answer in answers) == [
        "/voice/alone/pan",
        "/voice/high/pan",
        "/voice/low/pan",
    ]
    assert len(stage.commands.replies._windows) == before


def test_what_one_voice_of_a_group_does_not_understand_is_told_of_that_voice(on_stage):
    stage = on_stage(TWO)
    ((address, told, reason),) = stage.send("/group/all/pitch", 70.0)
    assert (address, told) == ("/fail", "/voice/alone/pitch")
    assert reason.startswith("voice alone (noise) has no 'pitch'")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("/group/none/pan", "no group 'none'; there are: pair, all"),
        ("/group/x*/pan", "no group 'x*'; there are: pair, all"),
        ("/group/[/pan", "is not closed"),
        ("/group/pair", "nothing is said to group 'pair'; wanted /group/NAME/..."),
    ],
)
def test_a_group_that_is_not_there_is_told(on_stage, address, reason):
    (fail,) = on_stage(TWO).send(address, 0.5)
    assert fail[:2] == ("/fail", address)
    assert reason in fail[2]


def test_groups_are_made_by_osc_and_may_name_voices_still_to_come(on_stage):
    stage = on_stage(TWO)
    assert stage.send("/group/set", "new", "alone", "later") == [("/done", "/group/set", "new", 2)]
    assert stage.send("/group/list")[-2:] == [
        ("/group/list.reply", "new", "alone later"),
        ("/done", "/group/list", 3),
    ]
    stage.send("/voice/new", "later", "example")
    stage.send("/group/new/pan", -0.5)
    assert pans(stage) == [0.0, 0.0, -0.5]
    assert stage.values("later")["pan"] == -0.5
    assert stage.send("/group/set", "new") == [("/done", "/group/set", "new", 0)]
    assert "new" not in stage.commands.groups.members


@pytest.mark.parametrize(
    "arguments", [("list", "low"), ("Bad", "low"), ("g", "a b"), ("g", 3), ("g", "new")]
)
def test_a_group_of_impossible_names_is_refused(on_stage, arguments):
    stage = on_stage(TWO)
    (fail,) = stage.send("/group/set", *arguments)
    assert fail[:2] == ("/fail", "/group/set")
    assert sorted(stage.commands.groups.members) == ["all", "pair"]


def test_a_group_whose_voices_are_all_gone_is_told(on_stage):
    stage = on_stage(TWO)
    for name in ("low", "high"):
        stage.send("/voice/free", name)
    stage.play(BLOCK)
    (fail,) = stage.send("/group/pair/pan", 0.5)
    assert fail == ("/fail", "/group/pair/pan", "group 'pair' has no voice that is there")
