"""A month in a moment: frames past 32 bits, the NTP era's end, scores of days."""

from fractions import Fraction

import numpy as np
import pytest
from playing import example_engine

from smfosc import osc
from smfosc.engine import Clock, Engine, Kind
from smfosc.models import Models
from smfosc.offline import Objections
from smfosc.schedule import Instant, Timeline, frame_of, timetag_of, unix_ns_of
from smfosc.score import TICKS_PER_S, ticks_of

S = 1_000_000_000
RATE = 48_000
MONTH = 31 * 86_400 * RATE  # frames: 2^36.9
ERA_END_S = 2_085_978_496  # unix time of 2036-02-07 06:28:16, where NTP's seconds begin again


def played(folder, first: int) -> np.ndarray:
    """A second with events in it, of an engine that counts from `first`: one output."""
    model = Models("float32")
    loaded = model.load(model.give(folder / "example.onnx"))
    engine = Engine(RATE, channels=1, realtime=False, first_frame=first)
    slot = engine.add_voice(
        loaded.kernel,
        parameters=loaded.info.parameters,
        values=[70.0, 0.0],
        samplerate=16_000,
        seed=5,
        gate=True,
        frame=first,
    )
    engine.send(slot, Kind.PARAM, frame=first + 5_000, value=76.0, ramp_ms=400, index=0)
    engine.send(slot, Kind.GAIN, frame=first + 20_000, value=0.1, ramp_ms=100)
    engine.send(slot, Kind.NOTE, frame=first + 30_000, value=0.5, index=3)
    engine.send(slot, Kind.NOTE_OFF, frame=first + 40_000, index=3)
    engine.send(slot, Kind.RESET, frame=first + 44_000)
    sound = np.concatenate([engine.render(480)[0] for _ in range(100)])
    assert engine.frame == first + RATE
    assert engine.counters().late_events == 0
    return sound


@pytest.mark.parametrize("first", [(1 << 32) - 24_000, MONTH, (1 << 53) + 7])
def test_the_sound_is_the_same_however_long_it_has_played(first, tmp_path) -> None:
    example_engine(tmp_path)  # writes the model
    np.testing.assert_array_equal(played(tmp_path, first), played(tmp_path, 0))


def test_rates_that_do_not_divide_stay_exact_for_a_month(tmp_path) -> None:
    model = Models("float32")
    example_engine(tmp_path)
    loaded = model.load(model.give(tmp_path / "example.onnx"))

    def sound(first: int) -> np.ndarray:
        engine = Engine(44_100, channels=1, realtime=False, first_frame=first)
        engine.add_voice(
            loaded.kernel,
            parameters=loaded.info.parameters,
            values=[70.0, 0.0],
            samplerate=16_000,
            seed=1,
            gate=True,
            frame=first,
        )
        return engine.render(44_100)[0]

    np.testing.assert_array_equal(sound((1 << 32) - 20_000), sound(0))


# --- February 2036 ----------------------------------------------------------------------------


class At2036:
    """Clocks around the end of NTP's era; the audio clock has run for a month."""

    def __init__(self, before_s: float) -> None:
        self.unix_ns = ERA_END_S * S - round(before_s * S)
        self.clock = Clock(MONTH, 100 * S, float(RATE), 256)
        self.timeline = Timeline(
            lambda: self.clock, RATE, now=lambda: Instant(100 * S, self.unix_ns)
        )

    def frame(self, unix_ns: int) -> int:
        """Where a bundle for that time, decoded from its bytes, is placed."""
        packet = osc.encode_bundle(timetag_of(unix_ns), [osc.encode_message("/a")])
        (message,) = osc.decode(packet)
        return self.timeline.of_tag("peer", message.timetag)


def test_time_tags_of_after_2036_are_after_those_of_before() -> None:
    at = At2036(before_s=1.0)
    ends = [at.unix_ns + round(s * S) for s in (0.5, 0.999, 1.0 + 1e-6, 1.5, 3.0)]
    frames = [at.frame(unix_ns) - MONTH for unix_ns in ends]
    assert frames == pytest.approx([24_000, 47_952, 48_000, 72_000, 144_000], abs=1)


def test_the_first_tag_after_2036_is_placed_now_and_not_in_1900() -> None:
    at = At2036(before_s=-60.0)
    assert at.frame(at.unix_ns + S) - MONTH == pytest.approx(RATE, abs=1)


@pytest.mark.parametrize("shift_s", [-1, 1, 10_000_000])
def test_tags_come_back_as_the_time_they_were_made_from(shift_s) -> None:
    unix_ns = (ERA_END_S + shift_s) * S
    packet = osc.encode_bundle(timetag_of(unix_ns), [osc.encode_message("/a")])
    assert unix_ns_of(osc.decode(packet)[0].timetag) == unix_ns


def test_a_bundle_within_a_bundle_keeps_the_later_tag_over_the_eras_end() -> None:
    before, after = timetag_of((ERA_END_S - 1) * S), timetag_of((ERA_END_S + 1) * S)
    inner = osc.encode_bundle(after, [osc.encode_message("/a")])
    (message,) = osc.decode(osc.encode_bundle(before, [inner]))
    assert message.timetag == after % (1 << 64)
    swapped = osc.encode_bundle(before, [osc.encode_message("/a")])
    assert osc.decode(osc.encode_bundle(after, [swapped]))[0].timetag == after % (1 << 64)


# --- scores of days ---------------------------------------------------------------------------


def test_a_score_of_a_month_has_its_events_on_their_frames() -> None:
    for seconds in ("86400.000020833", "2678399.999979166", "2678400"):
        ticks = ticks_of(seconds)
        assert abs(Fraction(ticks, TICKS_PER_S) - Fraction(seconds)) <= Fraction(1, TICKS_PER_S)
        assert abs(frame_of(ticks, RATE) - Fraction(seconds) * RATE) <= Fraction(51, 100)


def test_a_day_into_a_live_score_an_event_meets_its_frame(tmp_path) -> None:
    from smfosc.commands import Commands, Now, Settings

    example_engine(tmp_path)
    models = Models("float32")
    models.give(tmp_path / "example.onnx")
    day = 86_400 * RATE
    engine = Engine(RATE, channels=1, realtime=False, first_frame=day)
    commands = Commands(engine, models, settings=Settings(seed=0))
    commands.advance(Now(day, day, day))
    commands.add_voice("v1", "example", gate=True, frame=day)
    engine.render(480)
    objections = Objections()
    frame = day + 10_007
    commands.handle(osc.Message("/voice/v1/pitch", (76.0,)), objections, frame)
    engine.render(frame - engine.frame - 5)
    slot = commands.voices["v1"].slot
    assert engine.value(slot, 0) == 70.0
    engine.render(64)
    assert engine.value(slot, 0) == 76.0
    assert not objections.failed
    assert engine.counters().late_events == 0
