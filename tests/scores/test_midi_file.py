import io
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playing import smfosc

from smfosc.midi_file import Choice, MidiError, score_lines
from smfosc.score import read_score


def message(kind: str, time: int = 0, **more):
    return mido.Message(kind, time=time, **more)


def on(note: int, velocity: int = 100, time: int = 0, **more):
    return message("note_on", time, note=note, velocity=velocity, **more)


def off(note: int, time: int = 0, **more):
    return message("note_off", time, note=note, **more)


def cc(control: int, value: int, time: int = 0, **more):
    return message("control_change", time, control=control, value=value, **more)


def midi(path: Path, *tracks: list, kind: int = 1, division: int = 480) -> Path:
    file = mido.MidiFile(type=kind, ticks_per_beat=division)
    file.tracks.extend(mido.MidiTrack(track) for track in tracks)
    file.save(path / "song.mid")
    return path / "song.mid"


def played(path: Path, **choice) -> list[tuple]:
    """(seconds, leaf, args...) as the score is read, without what opens it."""
    score = path.with_suffix(".score")
    score.write_text("\n".join(score_lines(path, Choice(**choice))))
    found = [
        (round(e.seconds, 6), e.address.split("/", 3)[3], *e.args) for e in read_score(score).events
    ]
    assert found[0] == (0.0, "gate", 0)
    return found[1:]


def test_a_note_has_its_pitch_velocity_and_duration(tmp_path):
    path = midi(tmp_path, [on(60, 90, 480), off(60, 240)])
    assert played(path, transpose=5.5) == [(0.5, "note", 65.5, 90, 250.0)]


def test_tempo_changes_count_from_where_they_are_in_whichever_track(tmp_path):
    tempi = [
        mido.MetaMessage("set_tempo", tempo=t, time=d) for t, d in ((1_000_000, 0), (250_000, 480))
    ]
    path = midi(tmp_path, tempi, [on(60, 90, 480), off(60, 480), on(62, 90, 0), off(62, 480)])
    assert played(path) == [(1.0, "note", 60.0, 90, 250.0), (1.25, "note", 62.0, 90, 250.0)]


def test_a_thousand_tempo_changes_lose_no_time(tmp_path):
    tempi = [mido.MetaMessage("set_tempo", tempo=333_333 + n, time=7) for n in range(1_000)]
    path = midi(tmp_path, tempi, [on(60, 90, 7_000), off(60, 480)])
    exact = (7 * 500_000 + sum(7 * (333_333 + n) for n in range(999))) / 480e6
    assert played(path)[0][0] == pytest.approx(exact, abs=1e-6)


def test_pitch_bend_has_two_semitones_unless_rpn_0_says_otherwise(tmp_path):
    wheel = message("pitchwheel", 48, pitch=-4096)
    assert played(midi(tmp_path, [on(60), wheel, off(60, 432)])) == [
        (0.0, "note", 60.0, 100, 500.0),
        (0.05, "pitch", 59.0),
    ]
    rpn = [cc(101, 0), cc(100, 0), cc(6, 12), cc(38, 50), cc(101, 127), cc(100, 127), cc(6, 1)]
    assert played(midi(tmp_path, [*rpn, on(60), wheel, off(60, 432)]))[1] == (0.05, "pitch", 53.75)


def test_a_bend_between_notes_is_in_the_next_one(tmp_path):
    track = [message("pitchwheel", 0, pitch=8191), on(60), off(60, 480)]
    assert played(midi(tmp_path, track))[0][2] == pytest.approx(62.0, abs=1e-3)


def test_the_newest_note_sounds_and_then_the_one_that_is_held(tmp_path):
    track = [on(60, 80), on(64, 90, 480), off(64, 480), off(60, 480)]
    assert played(midi(tmp_path, track)) == [
        (0.0, "note", 60.0, 80, 500.0),
        (0.5, "note", 64.0, 90, 500.0),
        (1.0, "note", 60.0, 80, 500.0),
    ]


def test_the_pedal_holds_notes_until_it_is_lifted(tmp_path):
    track = [cc(64, 127), on(60), off(60, 240), cc(64, 0, 720)]
    assert played(midi(tmp_path, track)) == [(0.0, "note", 60.0, 100, 1000.0)]


def test_note_on_with_velocity_0_is_a_note_off(tmp_path):
    assert played(midi(tmp_path, [on(60), on(60, 0, 480)])) == [(0.0, "note", 60.0, 100, 500.0)]


def test_a_note_that_never_ends_ends_with_the_file(tmp_path):
    assert played(midi(tmp_path, [on(60), cc(1, 0, 960)])) == [(0.0, "note", 60.0, 100, 1000.0)]


def test_a_controller_moves_a_parameter_over_its_whole_range(tmp_path):
    path = midi(tmp_path, [on(60), cc(1, 127, 480), off(60)])
    assert played(path, controllers={1: "timbre"})[1] == (0.5, "timbre/normalized", 1.0)


def test_smpte_time_counts_frames_not_beats(tmp_path):
    path = midi(tmp_path, [on(60, 100, 500), off(60, 250)])
    data = bytearray(path.read_bytes())
    data[12:14] = bytes([256 - 25, 40])  # 25 frames of 40 ticks: ms
    path.write_bytes(data)
    assert played(path) == [(0.5, "note", 60.0, 100, 250.0)]


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ({}, "notes on channels 1, 3; --channel chooses one"),
        ({"channel": 2}, "no notes on channel 2; channels with notes: 1, 3"),
        ({"track": 3}, "no track 3; there are 2"),
        ({"channel": 1, "track": 2}, "no notes on channel 1 of track 2; channels with notes: 3"),
    ],
)
def test_what_must_be_chosen_is_told(tmp_path, choice, says):
    path = midi(tmp_path, [on(60), off(60, 9)], [on(64, channel=2), off(64, 9, channel=2)])
    with pytest.raises(MidiError) as caught:
        list(score_lines(path, Choice(**choice)))
    assert str(caught.value) == f"{path}: {says}"


def test_a_file_of_several_pieces_needs_a_track(tmp_path):
    path = midi(tmp_path, [on(60), off(60, 480)], [on(64), off(64, 480)], kind=2)
    with pytest.raises(MidiError, match="2 pieces in one file"):
        list(score_lines(path, Choice()))
    assert played(path, track=2) == [(0.0, "note", 64.0, 100, 500.0)]


def test_a_truncated_file_is_told_in_one_line_on_the_command_line(tmp_path):
    path = midi(tmp_path, [on(60), off(60, 480)])
    path.write_bytes(path.read_bytes()[:-9])
    done = smfosc("import", path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: {path}: ends in the middle: cut off, or not a MIDI file\n"


def test_the_command_prints_a_score(tmp_path):
    path = midi(tmp_path, [on(60), cc(1, 64, 240), off(60, 240)])
    done = smfosc("import", path, "--voice", "bass", "--model", "water", "--cc", "1=timbre")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1:] == [
        "0 /voice/new bass water",
        "0 /voice/bass/gate 0",
        "0 /voice/bass/note 60.0 100 500.0",
        "0.25 /voice/bass/timbre/normalized 0.503937",
        "0.5 end",
    ]


def whole() -> bytes:
    file = mido.MidiFile(ticks_per_beat=480)
    tempo = mido.MetaMessage("set_tempo", tempo=400_000)
    track = [tempo, on(60), cc(101, 0), cc(100, 0), cc(6, 12), message("pitchwheel", 9, pitch=99)]
    file.tracks.append(mido.MidiTrack([*track, cc(64, 127), off(60, 480), cc(64, 0, 9)]))
    held = io.BytesIO()
    file.save(file=held)
    return held.getvalue()


WHOLE = whole()


def read_or_told(folder: Path, data: bytes) -> None:
    path = folder / "f.mid"
    path.write_bytes(data)
    told = None
    try:
        lines = list(score_lines(path, Choice(voice="v1")))
    except MidiError as error:
        told = str(error)
    else:
        (folder / "f.score").write_text("\n".join(lines))
        read_score(folder / "f.score")
    assert told is None or (told.startswith(f"{path}: ") and "\n" not in told)


@given(st.binary(max_size=120).map(lambda data: WHOLE[:14] + data) | st.binary(max_size=60))
def test_any_bytes_are_a_score_or_a_mistake_of_one_line(tmp_path_factory, data):
    read_or_told(tmp_path_factory.mktemp("fuzz"), data)


@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=4),
    st.integers(0, len(WHOLE)),
)
def test_a_file_with_bytes_changed_or_cut_off_too(tmp_path_factory, changes, end):
    data = bytearray(WHOLE)
    for at, byte in changes:
        data[at] = byte
    read_or_told(tmp_path_factory.mktemp("fuzz"), bytes(data[:end]))
    read_or_told(tmp_path_factory.mktemp("fuzz"), bytes(data))
