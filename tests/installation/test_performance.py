"""A performance as a value: what is under way goes on in another engine as in the first."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage import Stage, write_models

from smfosc.config import GroupConfig, VoiceConfig
from smfosc.engine import Engine
from smfosc.models import Models
from smfosc.performance import Performance, as_toml, observed, read_performance, resume
from smfosc.snapshot_file import SnapshotError
from smfosc.under_way import OutputGain, ScorePlace, SoundingNote

RATE = 48_000
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
FLOATS = st.floats(0.0, 120.0, width=32)


def some(kind, **fields) -> st.SearchStrategy:
    items = st.lists(st.builds(kind, NAMES, **fields), max_size=3, unique_by=lambda i: i.name)
    return items.map(tuple)


PERFORMANCES = st.builds(
    Performance,
    voices=some(VoiceConfig, model=NAMES, gate=st.booleans(), gain=st.floats(-60, 12, width=32)),
    outputs=some(OutputGain, gain=st.floats(-120.0, 24.0)),
    groups=some(GroupConfig, voices=st.lists(NAMES, max_size=3).map(tuple)),
    notes=some(SoundingNote, pitch=FLOATS, velocity=FLOATS, left_ms=FLOATS),
    scores=some(
        ScorePlace,
        seconds=FLOATS,
        tempo=st.floats(0.01, 100.0),
        loop=st.booleans(),
        paused=st.booleans(),
    ),
)


@given(PERFORMANCES)
def test_what_is_written_is_read_again(tmp_path_factory, performance):
    path = tmp_path_factory.getbasetemp() / "performance.toml"
    path.write_text(as_toml(performance))
    assert read_performance(path) == performance


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[notes.v1]\nvelocity = 200\n", "line 2: notes.v1.velocity: 200; wanted 0 to 127"),
        ("[scores.a]\ntempo = 0\n", "line 2: scores.a.tempo: 0; wanted 0.01 to 100"),
        ('[scores."../a"]\n', "scores"),
        ("[future]\n", "future: not a setting"),
    ],
)
def test_a_mistake_in_it_is_told_with_its_line(tmp_path, text, said):
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(SnapshotError, match=said):
        read_performance(tmp_path / "a.toml")


@pytest.fixture
def stage(tmp_path, monkeypatch):
    models = tmp_path / "models"
    models.mkdir()
    write_models(models)
    monkeypatch.setenv("SMFOSC_MODELS", str(models))
    (tmp_path / "scores").mkdir()
    return lambda: Stage(tmp_path, Models("float32"))


def again(stage, performance: Performance) -> Stage:
    """What a daemon does that is started after a crash."""
    made = stage()
    for voice in performance.voices:
        made.commands.make_voice(voice, frame=0)
    resume(performance, made.commands)
    return made


def test_a_held_note_sounds_on_at_its_level_and_is_ended_by_its_name(stage):
    first = stage()
    first.voice(gate=False)
    first.send("/voice/v1/note", 70.0, 50)
    first.send("/voice/v1/pitch", 66.0)  # it glides away
    first.play(4_800)
    performance = observed(first.commands)
    assert performance.notes == (SoundingNote("v1", 70.0, 50.0),)
    assert not performance.voices[0].gate
    second = again(stage, performance)
    soft = second.play(9_600)
    assert (second.values()["gate"], second.values()["pitch"]) == (1, 66.0)
    third = again(stage, replace(performance, notes=(SoundingNote("v1", 70.0, 127.0),)))
    ratio = np.abs(soft).max() / np.abs(third.play(9_600)).max()
    assert ratio == pytest.approx((50 / 127) ** 2, rel=0.01)
    second.send("/voice/v1/note", 70.0, 0)
    second.play(480)
    assert second.values()["gate"] == 0


def test_a_note_with_a_duration_has_its_rest(stage):
    first = stage()
    first.voice(gate=False)
    first.send("/voice/v1/note", 70.0, 100, 1_000.0)
    first.play(round(0.7 * RATE))
    (note,) = observed(first.commands).notes
    assert note.left_ms == pytest.approx(300.0, abs=1.0)
    second = again(stage, observed(first.commands))
    second.play(round(0.28 * RATE))
    assert second.values()["gate"] == 1
    second.play(round(0.04 * RATE))
    assert second.values()["gate"] == 0


def test_a_note_survives_another_sample_rate_and_can_still_be_ended(stage):
    """Before, the gate of a note stood open for ever after JACK came back at another rate."""
    first = stage()
    first.voice(gate=False)
    first.voice("v2", gate=False)
    first.send("/voice/v1/note", 70.0, 100)
    first.send("/voice/v2/note", 70.0, 100, 500.0)
    first.play(4_800)
    other = Engine(44_100, realtime=False, first_frame=first.engine.frame)
    first.commands.move_to(other)
    first.engine = other
    first.play(4_410)
    assert (first.values()["gate"], first.values("v2")["gate"]) == (1, 1)
    first.send("/voice/v1/note", 70.0, 0)
    first.play(round(0.5 * 44_100))
    assert (first.values()["gate"], first.values("v2")["gate"]) == (0, 0)


SONG = """
0    /voice/v1/gain -20
0    /voice/v1/timbre 0.25
0.5  /voice/v1/pitch 66
1    /voice/v1/pitch 76 2000
2.5  /voice/v1/timbre 0.75
4    end
"""


def test_a_score_goes_on_where_it_was_and_so_does_a_glide_and_what_was_set_by_hand(tmp_path, stage):
    (tmp_path / "scores" / "song.score").write_text(SONG)
    first = stage()
    first.voice()
    first.send("/score/play", "song", 0.0)
    first.play(round(1.9 * RATE))
    first.send("/voice/v1/gain", -10.0)  # by hand, after the score
    first.play(round(0.1 * RATE))
    performance = observed(first.commands)
    (place,) = performance.scores
    assert place == ScorePlace("song", pytest.approx(2.0, abs=0.02))
    assert first.values()["pitch"] == pytest.approx(71.0, abs=0.1)
    second = again(stage, performance)
    second.play(2_400)
    assert second.values()["gain"] == pytest.approx(-10.0, abs=0.01)
    assert second.values()["pitch"] == pytest.approx(71.25, abs=0.1)
    assert second.values()["timbre"] == 0.25
    second.play(round(0.5 * RATE))
    assert second.values()["timbre"] == 0.75
    second.play(round(0.6 * RATE))
    assert second.values()["pitch"] == 76.0
    second.play(RATE)
    assert observed(second.commands).scores == ()


def test_tempo_loop_and_pause_are_kept(tmp_path, stage):
    (tmp_path / "scores" / "song.score").write_text(SONG)
    first = stage()
    first.voice()
    first.send("/score/play", "song", 1_000.0)
    first.send("/score/tempo", "song", 2.0)
    first.send("/score/loop", "song", 1)
    first.play(RATE)
    (place,) = observed(first.commands).scores
    assert (place.tempo, place.loop, place.paused) == (2.0, True, False)
    assert place.seconds == pytest.approx(3.0, abs=0.05)
    second = again(stage, observed(first.commands))
    second.play(RATE)
    (later,) = observed(second.commands).scores
    assert later.seconds == pytest.approx(1.0, abs=0.1)  # round the end
    second.send("/score/pause", "song")
    second.play(480)
    third = again(stage, observed(second.commands))
    (held,) = observed(third.commands).scores
    third.play(RATE)
    assert observed(third.commands).scores == (held,)
    assert held.paused
    assert Fraction(held.tempo) == 2


def test_a_score_whose_file_is_gone_is_told_and_the_rest_goes_on(stage, caplog):
    second = again(
        stage,
        Performance(
            (VoiceConfig("v1", "example"),),
            outputs=(OutputGain("main", -6.0), OutputGain("gone", -6.0)),
            notes=(SoundingNote("away"),),
            scores=(ScorePlace("gone"),),
        ),
    )
    second.play(480)
    assert "no score 'gone'" in caplog.text
    assert second.commands.outputs.values()["/output/main/gain"][0] == pytest.approx(-6.0, abs=0.01)
    assert observed(second.commands).scores == ()
