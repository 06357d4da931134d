from pathlib import Path

import numpy as np
import pytest
import soundfile
from playing import model_folder, read_wav, where

from smfosc.models import Models
from smfosc.offline import RenderError, RenderJob, render, render_to_file
from smfosc.score import read_score

SCORE = """
0     /voice/v1/pitch 64
0.3   /voice/v1/pitch 76 200     # a glide
0.55  /voice/v1/gain -12 50
0.7   /voice/*/pan 0.5
0.9   /voice/v1/gate 0
"""


@pytest.fixture
def models(tmp_path, monkeypatch) -> Models:
    monkeypatch.setenv("SMFOSC_MODELS", str(model_folder(tmp_path / "models")))
    return Models("float32")


def rendered(models: Models, folder: Path, text: str = SCORE, voices=("example",), **job):
    path = folder / "a.score"
    path.write_text(text)
    blocks: list[np.ndarray] = []
    made = RenderJob(read_score(path), voices, **job)
    objections = render(made, models, lambda block: blocks.append(block.copy()))
    return np.concatenate(blocks), objections


def test_the_same_score_gives_the_same_samples(models, tmp_path):
    first, _ = rendered(models, tmp_path)
    again, _ = rendered(models, tmp_path)
    assert np.array_equal(first, again)
    assert np.abs(first).max() > 0.01


def test_another_seed_gives_other_samples(models, tmp_path):
    assert not np.array_equal(rendered(models, tmp_path)[0], rendered(models, tmp_path, seed=1)[0])


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_change_no_sample(models, tmp_path, workers):
    voices = ("example",) * 5
    one, _ = rendered(models, tmp_path, voices=voices)
    more, _ = rendered(models, tmp_path, voices=voices, workers=workers)
    assert np.array_equal(one, more)


def test_it_ends_a_second_after_the_last_event(models, tmp_path):
    assert len(rendered(models, tmp_path)[0]) == round(1.9 * 48_000)


@pytest.mark.parametrize("duration", [0.25, 1.2345, 3.0])
def test_it_ends_where_it_is_told_to(models, tmp_path, duration):
    sound, _ = rendered(models, tmp_path, duration_s=duration)
    assert len(sound) == round(duration * 48_000)


def test_a_shorter_render_is_the_beginning_of_a_longer_one(models, tmp_path):
    whole, _ = rendered(models, tmp_path)
    part, _ = rendered(models, tmp_path, duration_s=0.8)
    assert np.array_equal(part, whole[: len(part)])


@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_an_event_meets_its_frame_at_any_rate(models, tmp_path, rate):
    text = "0 /voice/v1/gain 0\n0.5 /voice/v1/gain -120\n"
    sound, _ = rendered(models, tmp_path, text, rate=rate)
    silent = round(0.5 * rate)
    # The last frames before the event sound; after it a ramp of some ms ends in silence.
    assert np.abs(sound[silent - 200 : silent]).max() > 0
    assert np.abs(sound[silent + rate // 20 :]).max() == 0


def test_two_voices_of_one_model_are_not_coherent(models, tmp_path):
    text = "0 /voice/v1/pan -1\n0 /voice/v2/pan 1\n"
    sound, _ = rendered(models, tmp_path, text, voices=("example", "example"))
    left, right = sound[4800:, 0], sound[4800:, 1]
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.2


def test_a_neighbour_changes_no_sample_of_a_voice(models, tmp_path):
    text = "0 /voice/v1/pan -1\n0.2 /voice/v1/pitch 70 50\n"
    alone, _ = rendered(models, tmp_path, text)
    both, _ = rendered(models, tmp_path, text + "0 /voice/v2/pan 1\n", voices=("example",) * 2)
    # Once it is panned hard, nothing of the other is in the channel.
    assert np.array_equal(both[4800:, 0], alone[4800:, 0])


def test_a_voice_that_the_score_makes_plays(models, tmp_path):
    text = "0 /voice/new bass example\n0 /voice/bass/gate 1\n0.1 /voice/bass/pitch 65\n"
    sound, objections = rendered(models, tmp_path, text, voices=())
    assert not objections.failed
    assert np.abs(sound).max() > 0.01


def test_a_voice_made_later_begins_on_its_frame(models, tmp_path):
    text = "0.5 /voice/new late example\n0.5 /voice/late/gate 1\n1 /voice/free late\n"
    sound, objections = rendered(models, tmp_path, text, voices=())
    assert not objections.failed
    assert np.abs(sound[:24_000]).max() == 0
    assert np.abs(sound[24_000:36_000]).max() > 0.01
    assert np.abs(sound[60_000:]).max() == 0


def test_a_note_with_a_duration_ends_by_itself(models, tmp_path):
    text = "0 /voice/v1/gate 0\n0.2 /voice/v1/note 70 100 300\n1 /sync 1\n"
    sound, _ = rendered(models, tmp_path, text)
    assert np.abs(sound[9_600:24_000]).max() > 0.01
    assert np.abs(sound[36_000:]).max() == 0


def test_delayed_messages_play_offline_too(models, tmp_path):
    timed, _ = rendered(models, tmp_path, "0 /sync 1\n0.5 /voice/v1/pitch 76\n")
    after, _ = rendered(
        models, tmp_path, "0 /after 500 /voice/v1/pitch 76\n0 /voice/v1/gain 0\n0.5 /sync 1\n"
    )
    assert np.array_equal(timed, after)


def test_a_delayed_control_action_meets_its_frame_too(models, tmp_path):
    timed, _ = rendered(models, tmp_path, "0.123 /voice/free v1\n1 /sync 1\n")
    after, _ = rendered(models, tmp_path, "0 /after 123 /voice/free v1\n1 /sync 1\n")
    assert np.array_equal(timed, after)


def test_a_mistake_names_its_line_and_spares_the_rest(models, tmp_path):
    text = "0 /voice/v1/pitch 64\n0.1 /voice/v1/colour 1\n0.2 /voice/v1/pitch 99\n"
    sound, objections = rendered(models, tmp_path, text)
    good, _ = rendered(models, tmp_path, "0 /voice/v1/pitch 64\n0.2 /voice/v1/pitch 76\n")
    assert np.array_equal(sound, good)
    (failed,) = objections.failed
    assert failed.startswith(f"{tmp_path}/a.score:2: /fail /voice/v1/colour")
    (clipped,) = objections.remarks
    assert clipped == f"{tmp_path}/a.score:3: /clipped /voice/v1/pitch 99 76"


def test_floats_are_those_that_osc_would_carry(models, tmp_path):
    near = np.float32(64.1)
    text, _ = rendered(models, tmp_path, "0 /voice/v1/pitch 64.1\n")
    rounded, _ = rendered(models, tmp_path, f"0 /voice/v1/pitch {float(near)!r}\n")
    assert np.array_equal(text, rounded)


def test_a_model_that_is_not_there_ends_the_render(models, tmp_path):
    with pytest.raises(RenderError, match="no model 'nothing'"):
        rendered(models, tmp_path, voices=("nothing",))


def test_the_wav_holds_the_floats_and_progress_is_told(models, tmp_path):
    (tmp_path / "a.score").write_text(SCORE)
    job = RenderJob(read_score(tmp_path / "a.score"), ["example"])
    told: list[int] = []
    render_to_file(job, models, tmp_path / "x.wav", told.append)
    sound, rate = read_wav(tmp_path / "x.wav")
    assert rate == 48_000
    assert sum(told) == len(sound) == job.frames
    assert soundfile.info(tmp_path / "x.wav").subtype == "FLOAT"
    assert where(sound[1000:9000], rendered(models, tmp_path)[0]) == 1000


@pytest.mark.parametrize("folder", ["none", "."])
def test_a_wav_that_cannot_be_written_is_told(models, tmp_path, folder):
    (tmp_path / "a.score").write_text(SCORE)
    job = RenderJob(read_score(tmp_path / "a.score"), ["example"])
    out = tmp_path / folder / ("x.wav" if folder == "none" else "")
    with pytest.raises(RenderError, match="cannot be written"):
        render_to_file(job, models, out)


def test_no_half_wav_is_left_when_there_is_no_model(models, tmp_path):
    (tmp_path / "a.score").write_text(SCORE)
    job = RenderJob(read_score(tmp_path / "a.score"), ["nothing"])
    with pytest.raises(RenderError):
        render_to_file(job, models, tmp_path / "x.wav")
    assert not (tmp_path / "x.wav").exists()


def test_the_end_of_a_note_meets_its_frame_whatever_follows_in_the_score(models, tmp_path):
    text = "0 /voice/v1/gate 0\n0.1 /voice/v1/note 70 127 50\n"
    alone, _ = rendered(models, tmp_path, text, duration_s=0.4)
    among, _ = rendered(models, tmp_path, text + "0.15 /voice/v1/pan 0\n", duration_s=0.4)
    assert np.array_equal(alone, among)
    assert np.abs(alone[round(0.21 * 48_000) :]).max() == 0  # released within 50 ms
