"""/score/... before a real engine, sample for sample."""

import numpy as np
import pytest
from stage import Stage

from smfosc.offline import RenderJob, render
from smfosc.score import read_score
from smfosc.score_player import CHUNK
from smfosc.state_folder import StateFolder

SONG = """
0     /voice/v1/pitch 64
0     /voice/v1/gate 1
0.1   /voice/v1/pitch line 66 76 150 70 50
0.2   /voice/v1/gain -6 30
0.25  /voice/*/timbre 1 40
0.4   /voice/v1/gate 0
0.5   end
"""


def rendered(models, path, **job) -> np.ndarray:
    blocks: list[np.ndarray] = []
    made = RenderJob(read_score(path), ["example"], seed=3, **job)
    objections = render(made, models, lambda block: blocks.append(block.copy()))
    assert (objections.failed, objections.remarks) == ([], [])
    return np.concatenate(blocks)


def states(stage) -> list[tuple]:
    return [told[1:] for told in stage.send("/score/list")[:-1]]


def test_played_by_the_daemon_and_rendered_offline_it_is_the_same_sound(stage, models, song):
    path = song(SONG)
    stage.play(1_234)
    assert stage.send("/score/play", "song") == [("/done", "/score/play", "song", 0.5)]
    sound = stage.play(24_000)
    assert np.array_equal(sound, rendered(models, path))
    assert np.abs(sound).max() > 0.01


@pytest.mark.parametrize("start_ms", [0.0, 150.0, 333.0])
def test_from_a_place_on_too(stage, models, song, start_ms):
    from smfosc.score_course import Passage

    path = song(SONG)
    stage.send("/score/play", "song", start_ms)
    passage = Passage(start=round(start_ms / 1000 * 2**32))
    offline = rendered(models, path, passage=passage)
    assert np.array_equal(stage.play(len(offline)), offline)


def test_it_tells_where_it_is_and_ends_by_itself(stage, song):
    song(SONG)
    stage.send("/score/play", "song")
    stage.play(12_000)
    assert states(stage) == [("song", "playing", 0.25)]
    stage.play(12_100)
    assert states(stage) == [("song", "stopped", 0.0)]


def test_a_pause_holds_the_rest_back_and_ends_its_notes(stage, song):
    song("0 /voice/v1/note 70 100 400\n0.2 /voice/v1/pitch 66\n")
    stage.send("/score/play", "song")
    stage.play(4_800)
    assert stage.values()["gate"] == 1
    stage.send("/score/pause", "song")
    stage.play(48_000)
    assert states(stage) == [("song", "paused", pytest.approx(0.1))]
    assert (stage.values()["gate"], stage.values()["pitch"]) == (0, 70.0)
    stage.send("/score/resume", "song")
    stage.play(4_700)
    assert stage.values()["pitch"] == 70.0
    stage.play(400)
    assert stage.values()["pitch"] == 66.0


def test_the_tempo_changes_from_that_frame_on(stage, song):
    song("".join(f"{n / 10} /voice/v1/pitch {64 + n}\n" for n in range(11)))
    stage.send("/score/play", "song")
    stage.play(9_600)  # 0.2 s
    stage.send("/score/tempo", "song", 4)
    stage.play(4_900)  # 0.2 + 0.4 s
    assert stage.values()["pitch"] == 70.0
    stage.send("/score/tempo", "song", 0.5)
    stage.play(9_600)
    assert stage.values()["pitch"] == 71.0


def test_a_loop_begins_again_until_it_is_told_to_end(stage, song):
    song("0 /voice/v1/pitch 64\n0.05 /voice/v1/pitch 70\n0.1 end\n")
    stage.send("/score/play", "song")
    assert stage.send("/score/loop", "song", 1) == [("/done", "/score/loop", "song", 1)]
    for _ in range(3):
        stage.play(2_300)
        assert stage.values()["pitch"] == 64.0
        stage.play(2_500)
        assert stage.values()["pitch"] == 70.0
    stage.send("/score/loop", "song", 0)
    stage.play(2_300)
    stage.play(2_600)
    assert states(stage)[0][1] == "stopped"
    assert stage.values()["pitch"] == 70.0


def test_a_score_too_short_to_loop_is_told(stage, song):
    song("0 /voice/v1/pitch 64\n", "a")
    song("0 /voice/v1/pitch 64\n1 end\n", "b")
    stage.send("/score/play", "a", after=100)
    (fail,) = stage.send("/score/loop", "a", 1)
    assert fail[2] == "score a is too short to loop; give it an end: `4.0 end`"


def test_stop_ends_one_or_all(stage, song):
    for name in ("a", "b", "c"):
        song("0 /voice/v1/pitch 64\n9 end\n", name)
        stage.send("/score/play", name)
    assert stage.send("/score/stop", "b") == [("/done", "/score/stop", "b")]
    assert stage.send("/score/stop") == [("/done", "/score/stop", "a", "c")]
    assert stage.send("/score/stop") == [("/done", "/score/stop")]
    (fail,) = stage.send("/score/stop", "a")
    assert fail[2] == "score 'a' is not played; there are: none"


def test_a_mistake_in_a_score_names_file_and_line_and_changes_nothing(stage, song):
    path = song("0 /voice/v1/pitch 64\n" * 39 + "x /voice/v1/pitch 76\n")
    before = stage.values()
    (fail,) = stage.send("/score/play", "song")
    assert fail[:2] == ("/fail", "/score/play")
    assert fail[2] == f"{path}:40: time 'x' is not a number of seconds"
    stage.play(256)
    assert stage.values() == before


def test_what_the_daemon_refuses_names_the_line_too(stage, song):
    path = song("0 /voice/v1/pitch 64\n0 /voice/v1/volume 3\n0 /voice/v1/pitch 99\n")
    fail, _, clipped = [*stage.send("/score/play", "song"), *stage.sender.taken()]
    assert fail[:2] == ("/fail", "/voice/v1/volume")
    assert fail[2].startswith(f"{path}:2: ")
    assert clipped == ("/clipped", "/voice/v1/pitch", 99.0, 76.0)


def test_a_score_makes_its_voices_first_and_takes_those_that_are_there(stage, song):
    song("0 /voice/new v1 example\n0 /voice/new bass other 2\n0 /voice/bass/gate 1\n1 end\n")
    assert stage.send("/score/play", "song") == [
        ("/done", "/score/play", "song", 1.0),
    ]
    assert np.abs(stage.play(9_600)[:, 1]).max() > 0


def test_scores_do_not_command_scores(stage, song):
    song("0 /score/play song\n0 /after 5 /score/stop\n1 end\n")
    *told, done = stage.send("/score/play", "song")
    assert [fail[1] for fail in told] == ["/score/play", "/after"]
    assert "song.score:1: a score cannot command scores" in told[0][2]
    assert "song.score:2: /score/stop: a score cannot command scores" in told[1][2]
    assert done[:2] == ("/done", "/score/play")
    stage.play(1_000)
    assert stage.sender.taken() == []
    assert states(stage) == [("song", "playing", pytest.approx(1_000 / 48_000))]


def test_a_long_score_is_read_while_it_is_played(stage, song, models):
    count = 5 * CHUNK
    lines = [f"{n / 4_800:.6f} /voice/v1/pan {n % 200 / 100 - 1}\n" for n in range(count)]
    path = song("".join(["0 /voice/v1/gate 1\n", *lines]))
    stage.send("/score/play", "song")
    player = stage.commands.scores._playing["song"]
    sound, most = [], 0
    for _ in range(30):
        sound.append(stage.play(1_000))
        most = max(most, len(player.ready))
    assert most <= 2 * CHUNK
    offline = rendered(models, path)
    live = np.concatenate(sound)
    assert np.array_equal(live[:25_600], offline[:25_600])


# --- record -----------------------------------------------------------------------------------


def test_a_recording_plays_what_was_performed_sample_for_sample(stage, models, tmp_path):
    stage.send("/voice/v1/pitch", 66.6)
    stage.send("/voice/v1/gain", -3.3)
    stage.play(300)
    assert stage.send("/score/record", "take") == [("/done", "/score/record", "take")]
    stage.send("/voice/v1/reset")
    stage.send("/voice/v1/gate", 1)
    heard = [stage.play(1_111)]
    stage.send("/voice/v1/pitch", 71.3, 20)
    stage.send("/voice/*/pan", 0.7, after=50)
    heard.append(stage.play(2_222))
    stage.send("/after", 5, "/voice/v1/note", 74, 80, 30)
    heard.append(stage.play(4_444))
    assert stage.send("/score/stop") == [("/done", "/score/stop", "take", 5)]
    path = tmp_path / "state" / "scores" / "take.score"
    assert path.read_text().splitlines()[-1] == f"{0.01 + 7_777 / 48_000:.9f} end"
    sound = rendered(models, path)
    assert np.array_equal(sound[480:], np.concatenate(heard))


def test_questions_and_refused_messages_are_not_recorded(stage, tmp_path):
    stage.send("/score/record", "take")
    for address in ("/voice/v1/pitch/get", "/status", "/voice/list", "/voice/v1/none", "/sync"):
        stage.send(address)
    stage.send("/voice/v1/pitch", "x")
    stage.play(256)
    stage.send("/score/stop")
    lines = (tmp_path / "state" / "scores" / "take.score").read_text().splitlines()
    assert [line.split()[1] for line in lines[1:]] == [
        "/voice/new",
        "/voice/v1/pitch",
        "/voice/v1/timbre",
        "/voice/v1/gain",
        "/voice/v1/pan",
        "/voice/v1/temperature",
        "/voice/v1/gate",
        "end",
    ]


def test_what_clear_sched_takes_back_is_not_in_the_recording(stage, tmp_path):
    stage.send("/score/record", "take")
    stage.send("/voice/v1/pitch", 70, after=100)
    stage.send("/voice/v1/pitch", 71, after=4_800)
    stage.play(256)
    stage.send("/clearSched")
    stage.play(9_600)
    stage.send("/score/stop")
    text = (tmp_path / "state" / "scores" / "take.score").read_text()
    assert "/voice/v1/pitch 71" not in text
    assert f"{0.01 + 100 / 48_000:.9f} /voice/v1/pitch 70" in text


def test_a_second_recording_is_refused_and_the_first_goes_on(stage, tmp_path):
    stage.send("/score/record", "a")
    (fail,) = stage.send("/score/record", "b")
    assert fail[2] == "score a is being recorded already; /score/stop ends it"
    stage.play(256)
    stage.commands.close()  # the daemon ends
    assert [p.name for p in (tmp_path / "state" / "scores").iterdir()] == ["a.score"]


def test_recording_on_while_a_score_plays_keeps_its_messages(stage, song, tmp_path):
    song("0 /voice/v1/pitch 64\n0.01 /voice/v1/pitch 70\n")
    stage.send("/score/record", "take")
    stage.send("/score/play", "song")
    stage.play(1_000)
    stage.send("/score/stop", "take")
    lines = (tmp_path / "state" / "scores" / "take.score").read_text().splitlines()
    assert "0.02 /voice/v1/pitch 70" in lines
    assert not any("/score/" in line for line in lines)


def test_a_folder_that_cannot_be_written_is_told(models, tmp_path):
    (tmp_path / "file").write_text("")
    stage = Stage(tmp_path / "file", models)
    (fail,) = stage.send("/score/record", "take")
    assert "Not a directory" in fail[2] or "File exists" in fail[2]


def test_no_name_leads_out_of_the_folder(stage, tmp_path):
    for command in ("record", "play", "delete"):
        (fail,) = stage.send(f"/score/{command}", "../x")
        assert "is not a name" in fail[2]
    assert StateFolder(tmp_path / "state").scores.names() == []


def test_a_ramp_begins_at_the_value_that_was_set_on_the_same_frame(stage):
    stage.send("/voice/v1/pitch", 76)
    stage.play(256)
    stage.send("/voice/v1/pitch", 64)
    stage.send("/voice/v1/pitch", 76, 1_000)
    stage.play(24_000)
    assert stage.values()["pitch"] == pytest.approx(70.0, abs=0.01)
