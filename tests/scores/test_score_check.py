"""What a score says that nobody will understand is told before it is played."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage import Stage

from smfosc.addresses import TABLE
from smfosc.offline import RenderJob, render
from smfosc.score import read_score
from smfosc.score_check import MAX_TOLD, Model, Standing, faults, leaves_of


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/voice/v1/volume 3",
         "voice v1 (example) has no 'volume'; parameters: pitch, timbre"),
        ("/voice/v1/timbr 1",
         "voice v1 (example) has no 'timbr'; did you mean timbre? parameters: pitch, timbre"),
        ("/voice/v9/pitch 70",
         "there will be no voice 'v9'; make it with `0 /voice/new v9 MODEL`; there are: v1"),
        ("/voice/list/pitch 70", "there will be no voice 'list'; make it with"),
        ("/voices 1", "no such address; did you mean /voice/list?"),
        ("/output/mian/gain 0", "no such address; did you mean /output/main/gain?"),
        ("/voice/*/colour 1", "the pattern will match no address"),
        ("/voice/v[/gain 1", "is not closed"),
        ("/group/all/gain 1", "there will be no group 'all'; there are: none"),
        ("/voice/free v9", "there will be no voice 'v9'; make it with"),
        ("/voice/new v2 nomodel", "no model 'nomodel'"),
        ("/voice/v1/model nomodel", "no model 'nomodel'"),
        ("/snapshot/recall none", "no snapshot 'none'; there are: none"),
        ("/after 5 /voice/v9/gain 0", "/voice/v9/gain: there will be no voice 'v9'"),
        ("/score/play song", "a score cannot command scores; take the line out"),
    ],
)  # fmt: skip
def test_a_line_that_will_come_to_nothing_is_told_with_its_number_before_the_rest_plays(
    stage, song, line, says
):
    path = song(f"0 /voice/v1/pitch 64\n0.5 {line}\n0.6 /voice/v1/pitch 66\n")
    fail, done = stage.send("/score/play", "song")
    assert (fail[0], done[:3]) == ("/fail", ("/done", "/score/play", "song"))
    assert fail[1] == line.split()[0]
    assert fail[2].startswith(f"{path}:2: ")
    assert says in fail[2]
    assert "\n" not in fail[2]
    stage.play(48_000)
    assert stage.sender.taken() == []  # not once more when its time has come
    assert stage.values()["pitch"] == 66.0


@pytest.mark.parametrize(
    "text",
    [
        "0 /voice/new v2 noise\n0.1 /voice/v2/colour 3\n0.2 /voice/free v2\n",
        "0 /voice/v1/model other\n0.1 /voice/v1/colour 3\n",
        "0 /voice/*/model other\n0.1 /voice/v?/colour 3\n",
        "0 /group/set g v1\n0 /group/g/model other\n0 /group/*/colour 1\n0 /group/set g\n",
        "0 /after 10 /voice/v1/model other\n0.1 /voice/v1/colour 3\n",
        "0 /snapshot/store one\n0.1 /output/main/gain -3\n0.1 /output/*/gain 0\n",
        "0 /voice/v1/pitch/normalized 0.5\n0 /voice/v1/pitch/hz 440\n0 /voice/v1/note 70 90\n",
    ],
)
def test_what_a_score_makes_is_known_to_what_comes_after_it(stage, song, text):
    song(text)
    assert [answer[0] for answer in stage.send("/score/play", "song")] == ["/done"]
    stage.play(24_000)
    assert stage.sender.taken() == []


def test_the_voices_of_a_recalled_snapshot_are_there_and_others_are_not(stage, song):
    stage.ask("/snapshot/store", "one")
    song("0 /voice/new v2 noise\n0.1 /snapshot/recall one\n0.2 /voice/v1/pan 1\n"
         "0.3 /voice/v2/pan 1\n")  # fmt: skip
    fail, _ = stage.send("/score/play", "song")
    assert ":4: there will be no voice 'v2'" in fail[2]


def test_a_voice_that_is_made_later_is_told_to_come_too_late(stage, song):
    song("0.1 /voice/bass/gain 0\n0.2 /voice/new bass example\n0.3 /voice/bass/gain 0\n")
    fail, _ = stage.send("/score/play", "song")
    assert fail[2].endswith(":1: voice bass is not there yet; its /voice/new comes later")


def test_a_model_without_pitch_plays_no_notes(stage, song):
    song("0 /voice/new v2 noise\n0 /voice/v2/note 70 90\n")
    fail, _ = stage.send("/score/play", "song")
    assert fail[2].endswith(":2: model noise of voice v2 has no pitch, so no note")


def test_a_voice_that_somebody_makes_in_between_is_played_all_the_same(stage, song):
    song("0.5 /voice/v2/gain -6\n0.6 end\n")
    fail, _ = stage.send("/score/play", "song")
    assert "no voice 'v2'" in fail[2]
    stage.voice("v2")
    stage.play(28_800)
    assert stage.values("v2")["gain"] == pytest.approx(-6.0)


def test_a_score_of_nothing_but_mistakes_is_told_in_some_lines_and_a_count(stage, song):
    path = song("".join(f"{n / 100} /voice/v{n + 2}/gain 0\n" for n in range(50)))
    *fails, done = stage.send("/score/play", "song")
    assert len(fails) == MAX_TOLD + 1
    assert fails[-1] == ("/fail", "/score/play", f"{path}: 30 more lines come to nothing")
    assert done[0] == "/done"


def test_a_line_of_breakpoints_is_told_once(stage, song):
    song("0 /voice/v1/breath line 0 1 100 0 100 1 100\n")
    assert [told[0] for told in stage.send("/score/play", "song")] == ["/fail", "/done"]


def test_a_render_warns_before_its_first_block(models, song):
    happened = []
    path = song("0 /voice/new v1 example\n0.01 /voice/v1/breath 1\n0.02 end\n")
    objections = render(
        RenderJob(read_score(path), []),
        models,
        lambda block: happened.append("block"),
        warn=happened.append,
    )
    assert happened[1:] == ["block"] * (len(happened) - 1)
    assert happened[0].startswith(f"{path}:2: /fail /voice/v1/breath")
    assert objections.failed == happened[:1]


def test_the_check_changes_no_sample(models, song):
    def sound(text: str) -> np.ndarray:
        blocks: list[np.ndarray] = []
        render(RenderJob(read_score(song(text)), []), models, lambda b: blocks.append(b.copy()))
        return np.concatenate(blocks)

    lines = "0 /voice/new v1 example\n0 /voice/v1/gate 1\n0.01 /voice/v1/pan 1\n0.03 end\n"
    assert np.array_equal(sound(lines), sound(lines + "0.02 /voice/v1/breath 1\n"))


LEAVES = sorted(leaves_of(("pitch", "timbre")) | {"breath", "x/y", ""})
SOME = st.sampled_from([r.path.replace("NAME", "v1").replace("PARAM", "timbre") for r in TABLE])
ANY = st.builds("/voice/{}/{}".format, st.sampled_from(["v1", "v2", "*"]), st.sampled_from(LEAVES))


@given(address=SOME | ANY)
def test_what_the_check_lets_through_is_what_the_daemon_understands(
    models, address, tmp_path_factory
):
    stage = Stage(None, models)
    stage.voice("v1")
    path = tmp_path_factory.mktemp("x") / "a.score"
    path.write_text(f"0 {address}\n1 end\n")
    standing = Standing(
        {"v1": Model("example", ("pitch", "timbre"))}, {}, frozenset(["main"]), lambda name: (),
        lambda name: {},
    )  # fmt: skip
    let_through = not list(faults(read_score(path), standing))
    space = stage.commands.space
    scores = address.startswith("/score/")
    assert let_through == (space.understands(address) and not scores), address
