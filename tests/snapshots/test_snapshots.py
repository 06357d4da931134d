"""Snapshots before a real engine, sample for sample."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stage import Stage

from smfosc import whole_file

BLOCK = 256


def stored(stage, name="one"):
    (told,) = stage.ask("/snapshot/store", name)
    assert told[:3] == ("/done", "/snapshot/store", name)


def test_store_tells_how_many_voices_and_list_tells_the_names(stage):
    stage.voice("v1")
    stage.voice("v2")
    assert stage.ask("/snapshot/store", "b") == [("/done", "/snapshot/store", "b", 2)]
    assert stage.ask("/snapshot/store", 7.0) == [("/done", "/snapshot/store", "7", 2)]
    assert stage.send("/snapshot/list") == [
        ("/snapshot/list.reply", "7"),
        ("/snapshot/list.reply", "b"),
        ("/done", "/snapshot/list", 2),
    ]


def test_a_snapshot_that_cannot_be_written_leaves_the_one_before_whole(
    stage, tmp_path, monkeypatch
):
    stage.voice("v1")
    stage.play(BLOCK)
    stored(stage)
    (file,) = (tmp_path / "state" / "snapshots").iterdir()
    before = file.read_bytes()
    assert b"[voices.v1]" in before  # readable

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_file.os, "fsync", full)
    stage.send("/voice/v1/pitch", 64)
    (fail,) = stage.ask("/snapshot/store", "one")
    assert fail[:2] == ("/fail", "/snapshot/store")
    assert "No space left" in fail[2]
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_delete_removes_it(stage):
    stored(stage)
    assert stage.send("/snapshot/delete", "one") == [("/done", "/snapshot/delete", "one")]
    assert stage.send("/snapshot/list") == [("/done", "/snapshot/list", 0)]
    (fail,) = stage.send("/snapshot/delete", "one")
    assert fail[2] == "no snapshot 'one'; there are: none"


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "/etc/passwd", "", ".", "A", "a.toml", "-a", "x" * 33]
)
def test_no_name_leads_out_of_the_folder(stage, tmp_path, name):
    for command in ("store", "recall", "delete"):
        (fail,) = stage.ask(f"/snapshot/{command}", name)
        assert fail[:2] == ("/fail", f"/snapshot/{command}")
        assert "is not a name" in fail[2]
    assert list(tmp_path.rglob("*")) == []


def test_without_a_state_folder_every_command_is_refused(models):
    stage = Stage(None, models)
    for command, *arguments in (["store", "a"], ["recall", "a"], ["morph", "a", 5], ["list"]):
        (fail,) = stage.ask(f"/snapshot/{command}", *arguments)
        assert fail[2] == "no state folder; start with --state DIR"


def test_recall_brings_back_every_value(stage):
    stage.voice("v1", channel=None)
    for leaf, *values in (("pitch", 65.25), ("timbre", 0.125), ("gain", -7.5), ("pan", 0.25)):
        stage.send(f"/voice/v1/{leaf}", *values)
    stage.send("/voice/v1/temperature", 0.75)
    stage.send("/voice/v1/seed", 2**63 + 5)
    stage.play(BLOCK * 20)
    stored(stage)
    before = stage.values()
    for leaf, value in (("pitch", 75), ("timbre", 1), ("gain", 0), ("pan", -1), ("gate", 0)):
        stage.send(f"/voice/v1/{leaf}", value)
    stage.send("/voice/v1/temperature", 1.5)
    stage.send("/voice/v1/seed", 1)
    stage.play(BLOCK * 20)
    assert stage.values() != before
    assert stage.send("/snapshot/recall", "one") == [("/done", "/snapshot/recall", "one", 1)]
    stage.play(BLOCK * 20)
    assert stage.values() == before
    assert before["gain"] == pytest.approx(-7.5, abs=1e-12)


SOUNDS = st.fixed_dictionaries(
    {
        "pitch": st.floats(64, 76, width=32),
        "timbre": st.floats(0, 1, width=32),
        "gain": st.floats(-60, 6, width=32),
        "pan": st.floats(-1, 1, width=32),
        "temperature": st.floats(0.125, 2, width=32),
        "gate": st.sampled_from([0, 1]),
    }
)


@settings(max_examples=15, deadline=None)
@given(sounds=st.lists(SOUNDS, min_size=1, max_size=3), morph=st.sampled_from([0.0, 30.0]))
def test_store_then_recall_is_the_identity_on_every_sample(models, tmp_path_factory, sounds, morph):
    def play(recalls: bool) -> np.ndarray:
        stage = Stage(tmp_path_factory.mktemp("state"), models)
        for number, sound in enumerate(sounds):
            stage.voice(f"v{number}")
            for leaf, value in sound.items():
                stage.send(f"/voice/v{number}/{leaf}", value)
        stage.play(4_800)
        stored(stage)
        if recalls:
            stage.send("/snapshot/morph", "one", morph, after=1_000)
        return stage.play(6_000)

    assert np.array_equal(play(False), play(True))


def test_a_note_that_sounds_is_neither_kept_nor_cut(stage):
    stage.voice("v1", gate=False)
    stage.play(BLOCK)
    stage.send("/voice/v1/note", 70, 90)
    stage.play(BLOCK)
    stored(stage)
    stage.send("/snapshot/recall", "one")
    stage.play(4_800)
    assert stage.values()["gate"] == 1
    stage.send("/voice/v1/note", 70, 0)
    stage.play(4_800)
    stage.send("/voice/v1/gate", 1)
    stage.play(BLOCK)
    stage.send("/snapshot/recall", "one")  # here it was closed but for the note
    stage.play(BLOCK)
    assert stage.values()["gate"] == 0


def test_all_voices_change_on_one_frame(stage):
    """Gain -120 dB in the snapshot: each voice's sound begins to fall on the same frame."""
    for name, pan in (("v1", -1.0), ("v2", 1.0)):
        stage.voice(name)
        stage.send(f"/voice/{name}/pan", pan)
        stage.send(f"/voice/{name}/gain", -120)
    stage.play(4_800)
    stored(stage)
    for name in ("v1", "v2"):
        stage.send(f"/voice/{name}/gain", 0)
    stage.play(4_800)
    stage.send("/snapshot/recall", "one", after=777)
    sound = stage.play(2_000)
    fallen = 777 + stage.engine.delay_frames + 96  # 2 ms of click guard, of which the last is 0
    last = [int(np.flatnonzero(sound[:, channel])[-1]) for channel in (0, 1)]
    assert max(last) < fallen <= min(last) + 4


def test_voices_that_are_gone_come_back_and_others_go(stage):
    stage.voice("v1")
    stage.voice("v2", "noise", channel=2)
    stage.send("/voice/v2/colour", 8)
    stage.play(BLOCK)
    stored(stage)
    stage.send("/voice/free", "v2")
    stage.voice("v3")
    stage.play(4_800)
    stage.send("/snapshot/recall", "one")
    stage.play(4_800)
    assert sorted(stage.commands.voices) == ["v1", "v2"]
    voice = stage.commands.voices["v2"]
    assert (voice.channel, voice.model.info.name, stage.values("v2")["colour"]) == (2, "noise", 8.0)
    assert np.abs(stage.play(4_800)[:, 1]).max() > 0


def test_a_new_voice_begins_on_the_frame_with_all_its_values(stage):
    stage.voice("v1")
    stage.send("/voice/v1/gain", -6)
    stage.send("/voice/v1/pan", 1)
    stage.send("/voice/v1/pitch", 75)
    stage.play(4_800)
    stored(stage)
    stage.send("/voice/free", "v1")
    assert np.abs(stage.play(9_600)[-4_800:]).max() == 0
    stage.send("/snapshot/recall", "one", after=500)
    sound = stage.play(4_000)
    first = int(np.flatnonzero(np.abs(sound).max(axis=1))[0])
    assert 500 < first <= 500 + stage.engine.delay_frames + 8
    assert np.abs(sound[:, 0]).max() < 1e-6  # panned from its first frame on
    assert stage.values()["pitch"] == 75.0


def test_another_channel_makes_the_voice_anew(stage):
    stage.voice("v1", channel=2)
    stage.play(BLOCK)
    stored(stage)
    stage.send("/voice/free", "v1")
    stage.play(9_600)
    stage.voice("v1", channel=1)
    stage.play(BLOCK)
    stage.send("/snapshot/recall", "one")
    sound = stage.play(9_600)
    assert stage.commands.voices["v1"].channel == 2
    assert np.abs(sound[-2_000:, 0]).max() == 0
    assert np.abs(sound[-2_000:, 1]).max() > 0


def test_another_model_is_crossfaded_and_keeps_what_it_shares(stage):
    stage.voice("v1")
    stage.send("/voice/v1/pitch", 66)
    stage.send("/voice/v1/timbre", 0.5)
    stage.play(BLOCK)
    stored(stage)
    stage.send("/voice/v1/model", "other")
    stage.send("/voice/v1/pitch", 74)
    stage.play(9_600)
    stage.send("/snapshot/recall", "one")
    stage.play(9_600)
    values = stage.values()
    assert (values["model"], values["pitch"], values["timbre"]) == ("example", 66.0, 0.5)


def text_of(tmp_path, name, text):
    folder = tmp_path / "state" / "snapshots"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(text)


def test_what_the_model_of_today_does_not_have_is_told_and_the_rest_applies(stage, tmp_path):
    text_of(
        tmp_path,
        "old",
        '[voices.v1]\nmodel = "example"\nparams = { pitch = 99.0, timbre = 0.5, breath = 1.0 }\n',
    )
    stage.voice("v1")
    assert stage.send("/snapshot/recall", "old") == [
        ("/clipped", "/voice/v1/pitch", 99.0, 76.0),
        ("/snapshot/recall.reply", "old", "voice v1: model example has no parameter breath"),
        ("/done", "/snapshot/recall", "old", 1),
    ]
    stage.play(BLOCK)
    assert (stage.values()["pitch"], stage.values()["timbre"]) == (76.0, 0.5)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[voices.v1]\nmodel = "none"\n', "none"),
        ('[voices.v1]\nmodel = "example"\ngain = "x"\n', "line 3: voices.v1.gain"),
        ('[voices.v9]\nmodel = "example"\nchannel = 3\n', "voice v9: channel 3; output main has 2"),
    ],
)
def test_a_snapshot_that_cannot_be_had_changes_nothing(stage, tmp_path, text, says):
    text_of(tmp_path, "bad", text)
    stage.voice("v1")
    stage.play(BLOCK)
    before = stage.values()
    (fail,) = stage.send("/snapshot/recall", "bad")
    assert fail[:2] == ("/fail", "/snapshot/recall")
    assert says in fail[2]
    stage.play(BLOCK)
    assert stage.values() == before


def test_a_morph_moves_everything_in_straight_lines(stage):
    stage.voice("v1")
    for leaf, value in (("pitch", 64), ("gain", 0), ("pan", -1), ("temperature", 0.5)):
        stage.send(f"/voice/v1/{leaf}", value)
    stage.play(4_800)
    stored(stage)
    for leaf, value in (("pitch", 76), ("gain", -120), ("pan", 1), ("temperature", 1.5)):
        stage.send(f"/voice/v1/{leaf}", value)
    stage.play(4_800)
    assert stage.send("/snapshot/morph", "one", 100) == [("/done", "/snapshot/morph", "one", 1)]
    stage.play(2_400 + stage.engine.delay_frames)
    values = stage.values()
    assert values["pitch"] == pytest.approx(70.0, abs=0.3)
    assert values["temperature"] == pytest.approx(1.0, abs=0.03)
    assert values["pan"] == pytest.approx(0.0, abs=0.03)
    assert 10 ** (values["gain"] / 20) == pytest.approx(0.5, abs=0.03)
    stage.play(4_800)
    values = stage.values()
    assert (values["pitch"], values["temperature"], values["pan"]) == (64.0, 0.5, -1.0)


def test_in_a_morph_voices_swell_in_and_fade_out(stage):
    stage.voice("v1")
    stage.send("/voice/v1/pan", -1)
    stage.play(BLOCK)
    stored(stage)
    stage.send("/voice/free", "v1")
    stage.voice("v2")
    stage.send("/voice/v2/pan", 1)
    stage.play(9_600)
    stage.send("/snapshot/morph", "one", 400)  # 19,200 frames
    sound = np.abs(stage.play(24_000))
    quarter = [sound[at : at + 4_800].mean(axis=0) for at in range(0, 24_000, 4_800)]
    left, right = np.array(quarter).T
    assert list(np.argsort(left[:4])) == [0, 1, 2, 3]
    assert list(np.argsort(right[:4])) == [3, 2, 1, 0]
    assert right[4] < 1e-4
    assert list(stage.commands.voices) == ["v1"]


def test_a_gate_that_a_morph_closes_is_closed_at_its_end_unless_another_recall_came(stage):
    stage.voice("v1")
    stage.play(BLOCK)
    stored(stage, "open")
    stage.send("/voice/v1/gate", 0)
    stage.play(BLOCK)
    stored(stage, "closed")
    stage.send("/voice/v1/gate", 1)
    stage.play(BLOCK)
    for recall_in_between in (True, False):
        stage.send("/snapshot/morph", "closed", 50)
        stage.play(1_200)
        assert stage.values()["gate"] == 1
        if recall_in_between:
            stage.send("/snapshot/recall", "open")
        stage.play(4_800)
        assert stage.values()["gate"] == int(recall_in_between)


def test_clear_sched_forgets_a_recall_that_waits(stage):
    stage.voice("v1")
    stage.play(BLOCK)
    stored(stage)
    stage.send("/voice/v1/pitch", 64)
    stage.play(BLOCK)
    stage.send("/snapshot/recall", "one", after=4_800)
    assert stage.send("/clearSched") == [("/done", "/clearSched", 1)]
    stage.play(9_600)
    assert stage.values()["pitch"] == 64.0
