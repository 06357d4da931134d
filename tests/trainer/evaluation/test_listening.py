"""The blind test: what is asked, who hears what, what is kept, what it says; in a real browser."""

import contextlib
import http.client
import io
import json
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from chromium import browser
from commands import smf_train
from hypothesis import given
from hypothesis import strategies as st
from meshes import toy_mesh

from trainer.errors import TrainerError
from trainer.evaluation import trials as pairs
from trainer.evaluation.answers import Answer, analysis, append, read_answers, share
from trainer.evaluation.listening import BlindTest, server
from trainer.evaluation.material import answers_file
from trainer.evaluation.trials import Trial, order, trials, ways

ANSWER = Answer("ann", "direct-0", "direct", True, 3.5, 2)


def bent(mesh):
    """The mesh with its inner nodes moved."""
    moved = mesh.latents.copy()
    moved[1:-1, 1:-1] += 0.5
    return replace(mesh, latents=moved)


@pytest.fixture(scope="module")
def made():
    mesh, toy = toy_mesh(counts=(4, 4))
    return trials(bent(mesh), mesh.latents, toy.generator, 6)


@contextmanager
def serving(test):
    with server(test, 0) as served:
        threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.02}).start()
        try:
            yield served.server_address[1]
        finally:
            served.shutdown()


def asked(port, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body, headers)
    reply = connection.getresponse()
    content = reply.read()
    connection.close()
    return reply.status, content


def post(port, given, kind="application/json"):
    body = given if isinstance(given, bytes) else json.dumps(given).encode()
    return asked(port, "POST", "/answer", body, **{"Content-Type": kind})


def test_ways_are_only_those_that_adaptation_moved():
    mesh, _ = toy_mesh(counts=(4, 4))
    assert ways(mesh, mesh.latents) == []
    found = ways(bent(mesh), mesh.latents)
    assert len(found) == 6  # two diagonals, two inner columns, two inner rows
    assert found[0].tolist() == [0, 5, 10, 15]


def test_long_ways_are_thinned_with_their_ends_kept():
    assert pairs.thinned(np.arange(21)).tolist() == [0, 3, 7, 10, 13, 17, 20]


def test_a_mesh_that_nobody_adapted_is_refused():
    mesh, toy = toy_mesh(counts=(3, 3))
    with pytest.raises(TrainerError, match="as it was before adaptation"):
        trials(mesh, mesh.latents, toy.generator, 4)


def test_both_sides_are_equally_long_and_loud_and_begin_and_end_alike(made):
    for trial in made:
        heard = [soundfile.read(io.BytesIO(w))[0] for w in (trial.original, trial.adapted)]
        assert len(heard[0]) == len(heard[1])
        levels = [np.sqrt(np.mean(sound**2)) for sound in heard]
        assert levels[0] == pytest.approx(levels[1], rel=0.1)
    diagonal = [soundfile.read(io.BytesIO(w))[0] for w in (made[0].original, made[0].adapted)]
    np.testing.assert_allclose(diagonal[0][:7000], diagonal[1][:7000], atol=1e-4)
    assert np.abs(diagonal[0] - diagonal[1]).max() > 0.01


def test_half_the_trials_ask_each_question(made):
    assert [trial.question for trial in made] == ["direct", "even"] * 3


def test_sides_and_orders_are_drawn_for_each_listener_and_stay():
    made = [Trial(f"even-{k}", "even", b"o", b"a") for k in range(12)]
    listeners = [f"listener {k}" for k in range(60)]
    adapted_first = np.mean([t.kinds(name)["a"] == "adapted" for name in listeners for t in made])
    assert adapted_first == pytest.approx(0.5, abs=0.06)
    assert made[0].sides("ann") == made[0].sides("ann")
    assert len({tuple(t.name for t in order(made, name)) for name in listeners[:9]}) == 9


def test_answers_are_lines_and_the_last_one_counts(tmp_path):
    file = tmp_path / "new" / "answers.jsonl"
    append(file, ANSWER)
    append(file, replace(ANSWER, adapted=False))
    append(file, replace(ANSWER, listener="bob"))
    assert len(file.read_text().splitlines()) == 3
    assert {(a.listener, a.adapted) for a in read_answers(file)} == {("ann", False), ("bob", True)}


def test_a_line_that_was_torn_spoils_no_other(tmp_path):
    file = tmp_path / "answers.jsonl"
    append(file, ANSWER)
    with file.open("a") as torn:
        torn.write('{"listener": "ann", "tri')
    append(file, replace(ANSWER, trial="direct-1"))
    assert [a.trial for a in read_answers(file)] == ["direct-0", "direct-1"]


def test_a_file_of_something_else_is_refused(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"x": 1}\n')
    with pytest.raises(TrainerError, match=r"a\.jsonl:1: not an answer"):
        read_answers(tmp_path / "a.jsonl")


@given(
    lines=st.lists(
        st.binary(max_size=60)
        | st.dictionaries(
            st.sampled_from(["listener", "trial", "question", "adapted", "seconds", "heard"]),
            st.none() | st.booleans() | st.text(max_size=5) | st.lists(st.integers(), max_size=2),
        ).map(lambda found: json.dumps(found).encode()),
        max_size=5,
    )
)
def test_any_file_is_answers_or_told_in_a_line(lines):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers.jsonl"
        file.write_bytes(b"\n".join(lines))
        with contextlib.suppress(TrainerError):
            assert isinstance(read_answers(file), list)


def test_many_at_once_lose_nothing(tmp_path):
    file = tmp_path / "answers.jsonl"
    threads = [
        threading.Thread(target=append, args=(file, replace(ANSWER, trial=f"direct-{k}")))
        for k in range(32)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_answers(file)) == 32


def test_intervals_are_the_exact_binomial_ones():
    found = share([True] * 8 + [False] * 2)
    assert found["adapted"] == 0.8
    assert (found["low"], found["high"]) == (0.4439, 0.9748)  # Clopper and Pearson's tables
    assert found["p"] == pytest.approx(2 * (1 + 10 + 45) / 1024, abs=1e-5)
    assert share([])["adapted"] is None


def test_the_analysis_goes_by_question():
    answers = [
        replace(ANSWER, trial=f"{q}-{k}", question=q, adapted=q == "even")
        for q in ("direct", "even")
        for k in range(4)
    ]
    found = analysis(answers)
    assert found["listeners"] == 1
    assert (found["questions"]["direct"]["adapted"], found["questions"]["even"]["adapted"]) == (
        0,
        1,
    )
    assert found["questions"]["even"]["paper, NSynth"] == 0.594


def test_an_answer_is_kept_by_what_was_chosen_not_by_its_side(made, tmp_path):
    test = BlindTest(made, tmp_path / "a.jsonl")
    with serving(test) as port:
        for trial in made:
            side = next(s for s, kind in trial.kinds("ann").items() if kind == "adapted")
            given = {
                "listener": "ann",
                "trial": trial.name,
                "chosen": side,
                "seconds": 2,
                "heard": 3,
            }
            assert post(port, given)[0] == 204
        status, body = asked(port, "GET", "/trials?listener=ann")
        assert (status, json.loads(body)) == (200, {"total": 6, "trials": []})
        assert len(json.loads(asked(port, "GET", "/trials?listener=bob")[1])["trials"]) == 6
    assert all(answer.adapted for answer in read_answers(test.out))


def test_nothing_that_is_sent_tells_which_side_is_which(made, tmp_path):
    with serving(BlindTest(made, tmp_path / "a.jsonl")) as port:
        sent = [asked(port, "GET", path)[1] for path in ("/", "/trials?listener=ann")]
        assert not any(word in text for text in sent for word in (b"adapted", b"original"))
        sizes = {
            len(asked(port, "GET", f"/sound?listener=ann&trial={made[0].name}&side={side}")[1])
            for side in "ab"
        }
        assert len(sizes) == 1


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (b"no json", 400),
        (b"[1]", 400),
        ({"trial": "direct-0"}, 400),
        ({"trial": "no", "listener": "ann"}, 404),
        ({"trial": "direct-0", "listener": "a" * 41}, 400),
        ({"trial": "direct-0", "listener": "a\nb", "chosen": "a"}, 400),
        ({"trial": "direct-0", "listener": "ann", "chosen": "c"}, 400),
        ({"trial": "direct-0", "listener": "ann", "chosen": "a", "seconds": "1"}, 400),
        ({"trial": "direct-0", "listener": "ann", "chosen": "a", "seconds": float("nan")}, 400),
        (b" " * 5000, 413),
    ],
)
def test_a_bad_answer_is_refused_and_not_kept(made, tmp_path, given, status):
    with serving(BlindTest(made, tmp_path / "a.jsonl")) as port:
        assert post(port, given)[0] == status
        assert asked(port, "GET", "/")[0] == 200
    assert not (tmp_path / "a.jsonl").exists()


@given(body=st.binary(max_size=200))
def test_any_bytes_get_an_answer(body):
    with tempfile.TemporaryDirectory() as folder:
        test = BlindTest([Trial("even-0", "even", b"o", b"a")], Path(folder) / "a.jsonl")
        with serving(test) as port:
            assert post(port, body)[0] in (400, 404)


def test_only_this_machine_under_its_own_name_is_served(made, tmp_path):
    test = BlindTest(made, tmp_path / "a.jsonl")
    with serving(test) as port:
        assert asked(port, "GET", "/", Host="evil.example")[0] == 403
        assert asked(port, "GET", "/../secrets")[0] == 404
        assert post(port, {}, kind="text/plain")[0] == 404
    with server(test, 0) as served:
        assert served.server_address[0] == "127.0.0.1"
        with pytest.raises(TrainerError, match="choose another"):
            server(test, served.server_address[1])


def test_a_listener_hears_chooses_and_goes_on_after_a_reload(made, tmp_path):
    test = BlindTest(made[:2], tmp_path / "a.jsonl")
    with serving(test) as port, browser() as chromium:
        page = chromium.new_page()
        complaints = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"http://127.0.0.1:{port}/")
        enter(page)
        assert page.locator("#question").inner_text().startswith("Which one")
        assert page.locator("#choose-a").is_disabled()
        hear(page, "a")
        assert page.locator("#choose-b").is_disabled()  # both must be heard first
        hear(page, "b")
        page.locator("#choose-b").click()
        page.wait_for_function("left.length === 1")
        assert [(a.listener, a.heard) for a in read_answers(test.out)] == [("ann", 2)]
        page.reload()
        enter(page)
        assert page.evaluate("left.length") == 1
        hear(page, "a")
        hear(page, "b")
        page.locator("#choose-a").click()
        page.locator("#done").wait_for(state="visible")
        assert len(read_answers(test.out)) == 2
        assert complaints == []


def enter(page):
    page.locator("#listener").fill("ann")
    page.locator("#begin button").click()
    page.locator("#test").wait_for(state="visible")


def hear(page, side):
    """To the end, at four times the speed."""
    page.evaluate("audio.defaultPlaybackRate = 4")
    page.locator(f"#play-{side}").click()
    page.wait_for_function(f"heard.{side} > 0", timeout=15_000)


def test_the_command_analyses_answers(tmp_path):
    file = tmp_path / "answers.jsonl"
    for k in range(8):
        append(file, replace(ANSWER, trial=f"direct-{k}"))
    done = smf_train(f"listen --answers {file} --analyse")
    assert done.exit_code == 0
    assert "more direct: 100.0 % (63.1 to 100.0) of 8, p = 0.00781" in done.output
    assert "more even: no answers" in done.output


def test_another_mesh_has_other_answers(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"a mesh")
    (tmp_path / "b.npz").write_bytes(b"another")
    found = {answers_file(tmp_path, tmp_path / name) for name in ("a.npz", "b.npz")}
    assert len(found) == 2


def test_no_answers_and_no_mesh_are_told_in_a_line(tmp_path):
    done = smf_train(f"listen --answers {tmp_path / 'none.jsonl'} --analyse")
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "gather some with `smf-train listen RUN`" in done.output
    for option in ("", "--analyse"):
        done = smf_train(f"listen {tmp_path} {option}")
        assert (done.exit_code, done.output.count("\n")) == (1, 1)
        assert "mesh.npz: no such file; a run with a GAN has one" in done.output
