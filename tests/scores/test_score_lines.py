from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smfosc import score
from smfosc.score import ScoreError, read_score
from smfosc.score_text import as_line, events_of


def played(path, text, **options):
    (path / "a.score").write_text(text)
    return [(e.seconds, e.address, *e.args) for e in read_score(path / "a.score", **options).events]


def test_breakpoints_become_a_jump_and_ramps_one_after_the_other(tmp_path):
    assert played(tmp_path, "2 /voice/v1/pitch line 64 76 1000 70.5 500\n") == [
        (2.0, "/voice/v1/pitch", 64),
        (2.0, "/voice/v1/pitch", 76, 1000.0),
        (3.0, "/voice/v1/pitch", 70.5, 500.0),
    ]


def test_breakpoints_may_begin_at_the_present_value(tmp_path):
    assert played(tmp_path, "0 /voice/v1/pitch line 76 250\n") == [
        (0, "/voice/v1/pitch", 76, 250.0)
    ]


def test_a_line_of_gain_begins_when_its_jump_has_been_made(tmp_path):
    jump, ramp = played(tmp_path, "1 /voice/v1/gain line -60 0 100\n")
    assert jump[0] == 1.0
    assert ramp[0] == pytest.approx(1.002, abs=1e-9)
    assert ramp[2:] == (0, pytest.approx(98.0))


def test_breakpoints_keep_their_turn_among_other_lines(tmp_path):
    text = "0 /a line 1 2 1000 3 1000\n0.5 /b\n1 /c\n"
    told = [event[1] for event in played(tmp_path, text)]
    assert told == ["/a", "/a", "/b", "/a", "/c"]
    assert [event[1] for event in played(tmp_path, text, kept_bytes=0)] == told


def test_an_end_gives_the_length_and_is_no_event(tmp_path):
    (tmp_path / "a.score").write_text("0 /a\n1 /b\n4.5 end\n")
    found = read_score(tmp_path / "a.score")
    assert (found.seconds, found.has_end, len(list(found.events))) == (4.5, True, 2)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("1 /a line", "line: wanted [from] to ms to ms ..."),
        ("1 /a line 64", "line: wanted [from] to ms"),
        ("1 /a line 64 x 5", "line: 'x' is not a number"),
        ("1 /a line 64 70 -5", "line: -5 ms; wanted 0 or more"),
        ("2147483646 /a line 0 1 3000 2 5", "outside 0-2147483647"),
        ("0 end", "the score goes on after its end, until 0.5 s"),
        ("1 end now", "address 'end' does not start with /"),
    ],
)
def test_a_mistake_names_its_line(tmp_path, line, says):
    (tmp_path / "a.score").write_text(f"0 /fine 1\n\n{line}\n0.5 /b\n")
    with pytest.raises(ScoreError) as caught:
        read_score(tmp_path / "a.score")
    assert str(caught.value).startswith(f"{tmp_path / 'a.score'}:3: ")
    assert says in str(caught.value)


def test_a_line_that_never_ends_is_refused(tmp_path):
    (tmp_path / "a.score").write_text("0 /a " + "1 " * 40_000)
    with pytest.raises(ScoreError, match=r"a\.score:1: a line of more than"):
        read_score(tmp_path / "a.score")


lines = st.builds(
    lambda ms, address, more: f"{ms / 1000} {address} {more}",
    st.integers(0, 3_000),
    st.sampled_from(["/a", "/voice/v1/gain", "/voice/v1/pitch"]),
    st.sampled_from(["1", "line 1 2 700 3 900", "line 5 1500", '"word"', ""]),
)


@given(st.lists(lines, max_size=20))
def test_a_score_that_stays_on_the_disk_plays_as_one_in_memory(tmp_path_factory, texts):
    texts.sort(key=lambda line: float(line.split()[0]))
    path = tmp_path_factory.mktemp("s")
    text = "\n".join(texts)
    assert played(path, text, kept_bytes=0) == played(path, text)


def test_a_long_score_that_goes_back_in_time_is_sorted_in_memory(tmp_path):
    assert [e[1] for e in played(tmp_path, "2 /b\n1 /a\n", kept_bytes=0)] == ["/a", "/b"]


def test_one_too_long_to_sort_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(score, "MAX_BYTES", 5)
    with pytest.raises(ScoreError, match="its times go back"):
        played(tmp_path, "2 /b\n1 /a\n", kept_bytes=0)


words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20)
values = (
    st.integers(-(2**63), 2**63 - 1)
    | st.floats(width=32, allow_nan=False, allow_infinity=False)
    | words
)


@given(
    st.fractions(0, 10**6, max_denominator=192_000), st.lists(values, max_size=4), st.integers(0, 3)
)
def test_a_message_that_is_written_is_read_again(seconds, args, extra):
    args = [*args, "two words", "3", "line", "#"][: len(args) + extra]
    (event,) = events_of(as_line(seconds, "/voice/v1/x", args), "here")
    told = [np.float32(arg) if isinstance(arg, float) else arg for arg in event.args]
    assert (event.address, told) == ("/voice/v1/x", args)
    assert [type(a) for a in event.args] == [type(a) for a in args]
    assert abs(Fraction(event.ticks, 1 << 32) - seconds) < Fraction(1, 10**9)


@given(st.integers(0, 192_000 * 86_400), st.sampled_from([44_100, 48_000, 96_000, 192_000]))
def test_a_written_time_is_its_frame_at_any_rate(frame, samplerate):
    (event,) = events_of(as_line(Fraction(frame, samplerate), "/a", ()), "here")
    assert event.frame(samplerate) == frame


def test_floats_are_written_with_the_digits_of_32_bits():
    assert as_line(Fraction(1, 2), "/a", [float(np.float32(70.1)), 3]) == "0.5 /a 70.1 3"
