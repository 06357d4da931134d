from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smfosc.addresses import TABLE
from smfosc.score import TICKS_PER_S, read_score
from smfosc.score_course import Passage, course, missing, time_argument

SCORE = """
0    /voice/new bass example
0    /voice/bass/pitch 64
1    /voice/bass/pitch 76 2000
1.5  /voice/bass/note 70 100 500
2    /voice/bass/gain -6
4    /voice/bass/pitch 70
6    end
"""


@pytest.fixture
def score(tmp_path):
    (tmp_path / "a.score").write_text(SCORE)
    return read_score(tmp_path / "a.score")


def told(events) -> list[tuple]:
    return [(round(e.seconds, 6), e.address.removeprefix("/voice/bass/"), *e.args) for e in events]


def at(seconds: float) -> int:
    return round(seconds * TICKS_PER_S)


def test_voices_are_reset_and_those_it_makes_are_not_made_again(score):
    assert told(course(score))[:2] == [(0, "reset"), (0, "pitch", 64)]


def test_a_voice_that_is_there_with_that_model_and_channel_need_not_be_made(score):
    assert missing(score, {("bass", "example", 0)}) == []
    for other in (("bass", "other", 0), ("bass", "example", 1), ("v1", "example", 0)):
        assert [event.args for event in missing(score, {other})] == [("bass", "example")]


def test_at_twice_the_tempo_times_ramps_and_durations_are_half(score):
    assert told(course(score, tempo=Fraction(2), opens=False)) == [
        (0, "pitch", 64),
        (0.5, "pitch", 76, 1000.0),
        (0.75, "note", 70, 100, 250.0),
        (1, "gain", -6),
        (2, "pitch", 70),
    ]


def test_started_later_what_was_set_before_is_set_at_once_and_past_notes_stay_away(score):
    assert told(course(score, start=at(3.5), opens=False)) == [
        (0, "pitch", 76),
        (0, "gain", -6),
        (0.5, "pitch", 70),
    ]


def test_a_ramp_under_way_begins_where_it_would_be_and_takes_what_is_left(score):
    value, ramp, *_ = told(course(score, start=at(1.5), opens=False))
    assert value == (0, "pitch", 67.0)
    assert ramp == (0, "pitch", 76, 1500.0)
    _, ramp, *_ = told(course(score, start=at(2.0), tempo=Fraction(2), opens=False))
    assert ramp == (0, "pitch", 76, 500.0)


def test_a_ramp_of_gain_under_way_leaves_its_jump_the_time_it_takes(tmp_path):
    (tmp_path / "a.score").write_text(
        "0 /voice/v/gain 0\n0 /voice/v/gain -20 1000\n0.5001 /voice/v/pan 0\n"
    )
    events = list(course(read_score(tmp_path / "a.score"), start=at(0.5), opens=False))
    assert [event.address for event in events] == ["/voice/v/gain", "/voice/v/pan", "/voice/v/gain"]
    assert events[0].args == (pytest.approx(-10.0),)
    assert events[2].args == (-20, pytest.approx(498.0))


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from("abc"), st.integers(0, 30)), max_size=15
    ),
    st.integers(0, 45),
)
def test_from_any_place_on_the_events_are_those_of_the_whole(tmp_path_factory, events, start):
    path = tmp_path_factory.mktemp("s") / "a.score"
    lines = [f"{t / 10} /voice/v/{name} {t} {ramp * 50}" for t, name, ramp in events]
    path.write_text("\n".join(lines))
    score = read_score(path)
    whole = [e for e in course(score, opens=False) if e.ticks >= at(start / 10)]
    part = list(course(score, start=at(start / 10), opens=False))
    assert [e.ticks for e in part] == sorted(e.ticks for e in part)
    moved = [e._replace(ticks=e.ticks - at(start / 10)) for e in whole]
    assert part[len(part) - len(moved) :] == moved


def test_a_loop_goes_on_at_its_end_without_resets(score):
    ends = list(islice(Passage(loops=True).events(score), 0, 12))
    again = [event for event in ends if event.ticks >= at(6)]
    assert told(again)[0] == (6, "pitch", 64)
    assert "reset" not in [event.address.rpartition("/")[2] for event in again]


def test_every_time_argument_of_the_table_is_found():
    for row in [row for row in TABLE if row.timing != "read"]:
        path = row.path.replace("NAME", "v", 1).replace("PARAM", "timbre")
        wanted = [i for i, argument in enumerate(row.arguments) if argument.unit == "ms"]
        if not path.startswith(("/score/", "/group/")):
            assert time_argument(path) == (wanted[0] if wanted else None), row.path
    assert time_argument("/group/all/timbre") == 1 == time_argument("/group/all/gain")
