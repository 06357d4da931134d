"""/config/reload: what differs changes, what does not sounds on sample for sample."""

from __future__ import annotations

import numpy as np
from ensemble_stage import BLOCK, loud
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CHANNELS = 6
HEAD = f"[audio]\nchannels = {CHANNELS}\n[engine]\nreload_ms = 20.0\n"


def voice(name: str, channel: int, model: str = "example", more: str = "") -> str:
    """A voice on a channel of its own."""
    return f'[voices.{name}]\nmodel = "{model}"\nchannel = {channel}\n{more}\n'


@st.composite
def voices(draw) -> dict[str, str]:
    """Some of six voices, each with its table."""
    found = {}
    for channel in range(1, CHANNELS + 1):
        if draw(st.booleans()):
            model = draw(st.sampled_from(["example", "other"]))
            pitch = draw(st.sampled_from([66.0, 71.5]))
            gain = draw(st.sampled_from([0.0, -6.0]))
            more = f"gain = {gain}\nparams = {{ pitch = {pitch} }}"
            name = f"v{channel}"
            found[name] = voice(name, channel, model, more)
    return found


def text_of(found: dict[str, str]) -> str:
    """The whole file."""
    return HEAD + "".join(found.values())


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(voices(), voices(), st.integers(1, 3_000))
def test_voices_that_are_the_same_in_both_files_give_the_same_samples(on_stage, old, new, first):
    undisturbed = on_stage(text_of(old)).play(first + 4_000)
    stage = on_stage(text_of(old))
    before = stage.play(first)
    (*_, done) = stage.reload(text_of(new))
    assert done[:2] == ("/done", "/config/reload")
    heard = np.concatenate([before, stage.play(4_000)])
    assert np.array_equal(heard[:first], undisturbed[:first])
    for name in old.keys() & new.keys():
        channel = int(name[1:]) - 1
        same = np.array_equal(heard[:, channel], undisturbed[:, channel])
        assert same == (old[name] == new[name]), name
    for name in old.keys() - new.keys():
        assert loud(heard[first + 3_000 :, int(name[1:]) - 1]) == 0.0
    for name in new.keys() - old.keys():
        assert loud(heard[first + 1_000 :, int(name[1:]) - 1]) > 0.0
    assert set(stage.commands.voices) == set(new)


def test_a_voice_that_goes_fades_out_without_a_jump(on_stage):
    stage = on_stage(text_of({"v1": voice("v1", 1), "v2": voice("v2", 2)}))
    undisturbed = on_stage(text_of({"v1": voice("v1", 1)})).play(8_000)[4_000:, 0]
    stage.play(4_000)
    stage.reload(text_of({"v2": voice("v2", 2)}))
    gone = stage.play(4_000)[:, 0]
    share = gone[np.abs(undisturbed) > 0.05] / undisturbed[np.abs(undisturbed) > 0.05]
    assert share[0] > 0.95
    assert share[-1] == 0.0
    assert np.all(np.diff(share) < 1e-3)  # down in 50 ms, never up
    assert np.diff(share).min() > -0.2


def test_values_that_differ_move_there_in_the_time_that_the_file_says(on_stage):
    first = voice("v1", 1, more="gain = 0.0\npan = -1.0\nparams = { pitch = 66.0, timbre = 0.5 }")
    second = voice("v1", 1, more="gain = -12.0\nparams = { pitch = 70.0 }\ntemperature = 0.5")
    stage = on_stage(HEAD + first)
    stage.play(4_000)
    assert stage.reload(HEAD + second) == [("/done", "/config/reload", 5)]
    stage.play(480)  # half of 20 ms
    half = stage.values("v1")
    assert 67.5 < half["pitch"] < 68.6
    assert 0.2 < half["timbre"] < 0.32
    assert -0.65 < half["pan"] < -0.4  # it moves with the sound, 2 ms later
    stage.play(1_000)
    end = stage.values("v1")
    assert (end["pitch"], end["timbre"], end["pan"], end["temperature"]) == (70.0, 0.0, 0.0, 0.5)
    assert abs(end["gain"] + 12.0) < 1e-5


def test_a_model_that_differs_is_crossfaded_and_the_voice_stays(on_stage):
    stage = on_stage(text_of({"v1": voice("v1", 1)}))
    stage.play(2_000)
    slot = stage.commands.voices["v1"].slot
    stage.reload(text_of({"v1": voice("v1", 1, "other", "params = { colour = 7.0 }")}))
    stage.play(4_000)
    assert stage.commands.voices["v1"].slot == slot
    assert stage.values("v1")["model"] == "other"
    assert stage.values("v1")["colour"] == 7.0


def test_a_voice_that_moves_to_another_channel_is_made_anew(on_stage):
    stage = on_stage(text_of({"v1": voice("v1", 1)}))
    stage.play(2_000)
    stage.reload(text_of({"v1": voice("v1", 2)}))
    heard = stage.play(6_000)
    assert loud(heard[4_000:, 0]) == 0.0
    assert loud(heard[4_000:, 1]) > 0.0


def test_what_was_moved_by_osc_since_stays_where_it_is(on_stage):
    file = text_of({"v1": voice("v1", 1, more="params = { pitch = 66.0 }")})
    stage = on_stage(file)
    stage.send("/voice/v1/pitch", 71.0)
    stage.send("/voice/v1/gain", -20.0)
    stage.play(2_000)
    assert stage.reload(file) == [("/done", "/config/reload", 0)]
    stage.play(2_000)
    assert stage.values("v1")["pitch"] == 71.0
    assert abs(stage.values("v1")["gain"] + 20) < 1e-5


def test_a_broken_file_changes_nothing_and_is_told_in_one_line(on_stage, caplog):
    file = text_of({"v1": voice("v1", 1)})
    undisturbed = on_stage(file).play(6_000)
    stage = on_stage(file)
    before = stage.play(2_000)
    broken = HEAD + voice("v1", 1, more="gian = 3") + "[voices.v2]\nmodel = 'fire'\n"
    (fail,) = stage.reload(broken)
    assert fail[:2] == ("/fail", "/config/reload")
    assert "line 8: voices.v1.gian: not a setting; did you mean gain?" in fail[2]
    assert "(and 1 more; smfosc check)" in fail[2]
    assert "\n" not in fail[2]
    (said,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert said.getMessage() == f"the ensemble stays as it is: {fail[2]}"
    assert np.array_equal(np.concatenate([before, stage.play(4_000)]), undisturbed)


def test_a_reload_by_signal_tells_all_who_listen_of_a_mistake(on_stage):
    stage = on_stage(HEAD)
    stage.path.write_text("[audio", encoding="utf-8")
    stage.ensemble.reload()
    (told,) = stage.news.told
    assert told[:2] == ("/fail", "/config/reload")
    assert "not TOML" in told[2]


def test_what_needs_a_restart_is_told_and_the_rest_is_done(on_stage):
    stage = on_stage(HEAD + voice("v1", 1))
    changed = HEAD.replace("channels = 6", "channels = 4\nsamplerate = 44100")
    answers = stage.reload(f"{changed}[osc]\nport = 9000\n" + voice("v1", 1, more="pan = 0.5"))
    told = [what for _, what in answers[:-1]]
    assert told == [
        "audio.samplerate = 44100 needs a restart; it stays 48000",
        "audio.channels = 4 needs a restart; it stays 6",
        "osc.port = 9000 needs a restart; it stays 7770",
    ]
    assert answers[-1] == ("/done", "/config/reload", 1)
    assert stage.ensemble.config.audio.samplerate == 48_000
    assert stage.reload(stage.path.read_text()) == [*answers[:-1], ("/done", "/config/reload", 0)]


def test_outputs_keep_their_loudspeakers_and_move_their_gain(on_stage):
    outputs = "[outputs.main]\nchannels = 2\n[outputs.bus]\ninto = 'main'\ngain = 0.0\n"
    one = "[voices.v1]\nmodel = 'example'\noutput = 'bus'\n"
    stage = on_stage(outputs + one)
    plain = on_stage("[outputs.main]\n[voices.v1]\nmodel = 'example'\n").play(12_000)
    heard = stage.play(4_000)
    assert np.array_equal(heard, plain[:4_000])
    assert stage.reload(outputs.replace("0.0", "-6.0") + one) == [("/done", "/config/reload", 1)]
    heard = stage.play(8_000)
    wanted = plain[4_000:] * 10 ** (-6 / 20)
    assert np.allclose(heard[6_000:], wanted[6_000:], atol=1e-6)
    assert loud(wanted[6_000:]) > 0.01
    answers = stage.reload("[outputs.main]\nchannels = 4\n" + one.replace("bus", "main"))
    assert answers[0] == ("/config/reload.reply", "[outputs] need a restart, but for their gain")


def test_groups_follow_the_file(on_stage):
    two = voice("v1", 1) + voice("v2", 2)
    stage = on_stage(HEAD + two + "[groups.all]\nvoices = ['v*']\n[groups.one]\nvoices = 'v1'\n")
    assert stage.commands.groups.members == {"all": ("v1", "v2"), "one": ("v1",)}
    stage.reload(HEAD + two + voice("v3", 3) + "[groups.all]\nvoices = ['v3', 'v1']\n")
    assert stage.commands.groups.members == {"all": ("v3", "v1")}
    stage.send("/group/all/pan", 0.25)
    stage.play(BLOCK * 4)
    assert [stage.values(name)["pan"] for name in ("v1", "v2", "v3")] == [0.25, 0.0, 0.25]


def test_without_an_ensemble_file_there_is_nothing_to_reload(on_stage):
    stage = on_stage(HEAD)
    stage.commands.reload_by(None)
    (fail,) = stage.send("/config/reload")
    assert fail == (
        "/fail",
        "/config/reload",
        "there is no ensemble file; start with `smfosc serve FILE`",
    )
