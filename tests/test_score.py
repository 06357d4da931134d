import struct
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from smfosc.schedule import frame_of
from smfosc.score import Event, ScoreError, parse_args, read_score, ticks_of


def score_of(tmp_path: Path, text: str | bytes):
    path = tmp_path / "a.score"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_score(path)


def played(score) -> list[tuple]:
    return [(event.seconds, event.address, *event.args) for event in score.events]


def test_a_line_is_seconds_address_and_arguments(tmp_path):
    score = score_of(tmp_path, "0 /voice/v1/pitch 64\n1.5 /voice/v1/gain -6.5 20\n")
    assert played(score) == [(0.0, "/voice/v1/pitch", 64), (1.5, "/voice/v1/gain", -6.5, 20)]
    assert [type(event.args[0]) for event in score.events] == [int, float]


def test_comments_and_empty_lines_are_left_out(tmp_path):
    score = score_of(tmp_path, "# a song\n\n  \n0 /a 1 # one\n  # the end")
    assert played(score) == [(0.0, "/a", 1)]


def test_quotes_keep_spaces_hashes_and_numbers_as_strings(tmp_path):
    score = score_of(tmp_path, """0 /a "two words" '3' "say \\"x\\"" "#1" bare ''\n""")
    assert score.events[0].args == ("two words", "3", 'say "x"', "#1", "bare", "")


def test_a_windows_file_with_a_byte_order_mark_is_read(tmp_path):
    assert played(score_of(tmp_path, b"\xef\xbb\xbf0 /a 1\r\n1 /b 2\r\n"))[1] == (1.0, "/b", 2)


def test_events_are_sorted_by_time_and_keep_their_order_within_it(tmp_path):
    score = score_of(tmp_path, "2 /c\n1 /a\n1 /b\n0 /z\n")
    assert [event.address for event in score.events] == ["/z", "/a", "/b", "/c"]
    assert score.seconds == 2.0


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("one /a 1", "time 'one' is not a number of seconds"),
        ("-1 /a 1", "outside 0-"),
        ("99999999999 /a", "outside 0-"),
        ("nan /a", "not a number"),
        ("1", "a time without an address"),
        ("1 voice/v1/gate 1", "address 'voice/v1/gate' does not start with /"),
        ('1 /a "open', "a quote that is not closed"),
    ],
)
def test_a_mistake_names_file_and_line(tmp_path, line, says):
    with pytest.raises(ScoreError) as caught:
        score_of(tmp_path, f"0 /fine 1\n{line}\n")
    assert f"{tmp_path / 'a.score'}:2: " in str(caught.value)
    assert says in str(caught.value)


def test_a_missing_file_is_told_by_name(tmp_path):
    with pytest.raises(ScoreError, match=r"none\.score: No such file"):
        read_score(tmp_path / "none.score")


def test_bytes_that_are_no_text_name_their_line(tmp_path):
    with pytest.raises(ScoreError, match=r"a\.score:2: not UTF-8"):
        score_of(tmp_path, b"0 /a\n1 /b \xff\n")


def test_the_voices_that_are_addressed_are_listed_once_without_patterns(tmp_path):
    score = score_of(tmp_path, "0 /voice/v1/gate 1\n1 /voice/*/gate 0\n2 /voice/bass/gain -3\n")
    assert score.voices() == ("v1", "bass")


def test_listing_and_making_voices_does_not_address_one(tmp_path):
    assert score_of(tmp_path, "0 /voice/new bass clarinet\n0 /voice/list\n").voices() == ()


@pytest.mark.parametrize("samplerate", [44_100, 48_000, 96_000])
def test_times_fall_on_the_nearest_frame(samplerate):
    assert frame_of(ticks_of("1.25"), samplerate) == samplerate * 5 // 4
    for frame in (1, 441, 47_999):
        nearest = ticks_of(f"{frame / samplerate:.9f}")
        assert frame_of(nearest, samplerate) == frame


@given(st.decimals(min_value=0, max_value=10_000, places=9))
def test_decimal_seconds_become_ticks_with_one_rounding(seconds):
    assert abs(Fraction(ticks_of(f"{seconds:f}"), 1 << 32) - Fraction(seconds)) <= Fraction(
        1, 1 << 33
    )


@given(st.text(max_size=60))
def test_any_text_is_a_score_or_a_mistake_with_a_line(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("fuzz") / "f.score"
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    mistake = None
    try:
        read_score(path)
    except ScoreError as error:
        mistake = str(error)
    assert mistake is None or mistake.startswith(f"{path}:")


def bundle(seconds: float, *messages: tuple) -> bytes:
    builder = OscBundleBuilder(0)
    for address, *args in messages:
        message = OscMessageBuilder(address)
        for arg in args:
            message.add_arg(arg)
        builder.add_content(message.build())
    packet = builder.build().dgram
    packet = packet[:8] + struct.pack(">Q", round(seconds * 2**32)) + packet[16:]
    return struct.pack(">i", len(packet)) + packet


def test_a_binary_score_of_scsynth_is_read(tmp_path):
    data = bundle(0.0, ("/voice/v1/gate", 1), ("/voice/v1/pitch", 64.5)) + bundle(2.5, ("/end",))
    assert played(score_of(tmp_path, data)) == [
        (0.0, "/voice/v1/gate", 1),
        (0.0, "/voice/v1/pitch", 64.5),
        (2.5, "/end"),
    ]


def test_a_bundle_marked_immediate_plays_at_the_start(tmp_path):
    data = bundle(2**-32, ("/a", 1))
    assert score_of(tmp_path, data).events[0].ticks == 0


@pytest.mark.parametrize("size", [-4, 0, 12, 400, 2**31 - 1])
def test_a_binary_score_with_a_lying_length_is_refused(tmp_path, size):
    data = bundle(1.0, ("/a", 1)) + struct.pack(">i", size) + b"#bundle\0" + bytes(8)
    with pytest.raises(ScoreError, match=r"a\.score: byte 36: a bundle of"):
        score_of(tmp_path, data)


def test_a_binary_score_cut_anywhere_is_refused_or_shorter(tmp_path):
    data = bundle(1.0, ("/a", 1, "two")) + bundle(2.0, ("/b", 2.0))
    whole = score_of(tmp_path, data).events
    for end in range(12, len(data)):
        try:
            part = score_of(tmp_path, data[:end]).events
        except ScoreError:
            continue
        assert part == whole[: len(part)]


def test_words_of_a_command_line_become_ints_floats_and_strings():
    assert parse_args(["1", "-2.5", "1e3", "x", "0x10"]) == (1, -2.5, 1000.0, "x", "0x10")


def test_an_event_knows_its_frame():
    assert Event(ticks_of("0.5"), "/a", (), "x:1").frame(48_000) == 24_000
