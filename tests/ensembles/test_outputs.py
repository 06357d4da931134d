"""Outputs: where voices sound, and how loud each loudspeaker is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smfosc.config import Config, OutputConfig
from smfosc.engine import Bus
from smfosc.outputs import plan


def gains(pan: float, speakers: int, ring: bool) -> list[float]:
    """What each loudspeaker gets: equal power between the two beside the pan's place."""
    if speakers == 1:
        return [1.0]
    place = (pan / 2 * speakers) % speakers if ring else (pan + 1) / 2 * (speakers - 1)
    found = []
    for speaker in range(speakers):
        away = abs(place - speaker)
        away = min(away, speakers - away) if ring else away
        found.append(math.cos(min(away, 1.0) * math.pi / 2))
    if ring and speakers == 2:  # both ways round lead to the other one
        found = [math.cos(place % 2 * math.pi / 2), math.sin(place % 2 * math.pi / 2)]
        found = [abs(gain) for gain in found]
    return found


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(1, 9), st.booleans(), st.floats(-1.0, 1.0, width=32))
def test_each_loudspeaker_gets_what_the_equation_says_and_all_the_power_once(
    on_stage, speakers, ring, pan
):
    layout = "ring" if ring else "line"
    text = (
        f'[outputs.a]\nchannels = {speakers}\nlayout = "{layout}"\n[outputs.b]\nchannels = 1\n'
        f'[voices.v]\nmodel = "example"\npan = {pan!r}\n'
    )
    alone = on_stage(text.replace('model = "example"', 'model = "example"\noutput = "b"'))
    whole = alone.play(1_500)[500:, speakers]
    heard = on_stage(text).play(1_500)[500:, :speakers]
    wanted = np.array(gains(pan, speakers, ring))
    assert np.sum(wanted**2) == pytest.approx(1.0)
    assert np.allclose(heard, whole[:, None] * wanted, atol=1e-6)


def test_outputs_become_ports_and_buses_in_the_order_of_the_file():
    made = plan(
        Config(
            outputs=(
                OutputConfig("ring", channels=3, layout="ring", connect=("a", "b", "c")),
                OutputConfig("bus", into="ring", speakers=(3, 1), gain=-120.0),
                OutputConfig("solo", channels=1, connect=("none",)),
            )
        )
    )
    assert made.ports == ("ring_1", "ring_2", "ring_3", "solo_1")
    assert made.connect == ("a", "b", "c", "none")
    assert made.buses == (
        Bus((0, 1, 2), None, 3, True, 1.0),
        Bus((2, 0), 0, 2, False, 0.0),
        Bus((3,), None, 1, False, 1.0),
    )


def test_a_voice_is_made_in_the_output_that_is_named(on_stage):
    stage = on_stage("[outputs.a]\n[outputs.b]\nchannels = 3\n")
    stage.send("/voice/new", "v", "example", 3, "b")
    stage.send("/voice/v/gate", 1)
    heard = stage.play(3_000)
    assert [bool(channel.any()) for channel in heard.T] == [False, False, False, False, True]
    assert stage.send("/voice/list")[0] == ("/voice/list.reply", "v", "example", 3, "b")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("v", "example", 0, "c"), "no output 'c'; there are: a, b"),
        (("v", "example", 3), "channel 3; output a has 2"),
    ],
)
def test_an_output_or_channel_that_is_not_there_is_refused(on_stage, arguments, reason):
    stage = on_stage("[outputs.a]\n[outputs.b]\nchannels = 3\n")
    assert stage.send("/voice/new", *arguments) == [("/fail", "/voice/new", reason)]


def test_the_gain_of_an_output_is_set_and_asked_for(on_stage):
    stage = on_stage("[outputs.a]\n[outputs.b]\ngain = -6.0\n[voices.v]\nmodel = 'example'\n")
    assert stage.ask("/output/b/gain/get")[0][1] == pytest.approx(-6.0)
    stage.send("/output/*/gain", -20.0, 10.0)
    stage.play(2_000)
    assert [round(stage.ask(f"/output/{name}/gain/get")[0][1], 3) for name in "ab"] == [-20, -20]
    assert stage.commands.observe()["/output/a/gain"][0] == pytest.approx(-20.0)
