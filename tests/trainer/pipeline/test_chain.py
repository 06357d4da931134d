"""The whole chain, from nothing to a file that the daemon plays, on a toy; killed and resumed."""

import shutil
import signal
import time

import numpy as np
import pytest
import whole_runs
from whole_runs import PATIENCE_S, STAGES, TOY

from smfosc.model_file import read_model
from trainer.evaluate import Performance
from trainer.hearing import Setting
from trainer.players import DaemonPlayer

pytestmark = pytest.mark.timeout(2 * PATIENCE_S)


def test_the_chain_is_through_within_three_minutes(whole):
    out, seconds = whole
    assert seconds < 180
    assert all(whole_runs.record(out, stage)["done"] for stage in STAGES)


def test_the_daemon_plays_what_was_exported(whole):
    model = whole[0] / "export" / "toy.onnx"
    corners = [(("x", 0.0), ("y", 0.0)), (("x", 1.0), ("y", 1.0))]
    sounds = DaemonPlayer(model).play(
        [Performance((Setting(0.0, values),), 0.5, 1) for values in corners]
    )
    for sound in sounds:
        assert len(sound) == 8000
        assert np.std(sound[4000:]) > 0.01


def test_the_file_says_where_it_comes_from(whole):
    info = read_model(whole[0] / "export" / "toy.onnx").info
    assert (info.licence, [p.name for p in info.parameters]) == ("CC0-1.0", ["x", "y"])
    run = info.provenance["run"]
    assert list(run["stages"]) == ["dataset", "gan", "latents", "mesh", "grid", "rnn"]
    assert run["stages"]["gan"]["config"]["seed"] == 1
    assert run["stages"]["mesh"]["inputs"]["gan"] == run["stages"]["gan"]["product"]
    assert len(run["recipe"]) == 64


def test_a_finished_run_does_nothing_more(whole):
    before = {path: path.stat().st_mtime_ns for path in whole[0].rglob("*.onnx")}
    printed = whole_runs.finish(TOY, whole[0])
    assert [line.split() for line in printed.splitlines()] == [[stage, "done"] for stage in STAGES]
    assert before == {path: path.stat().st_mtime_ns for path in whole[0].rglob("*.onnx")}


def killed(out, stage, begun, seconds=0.0, recipe=TOY):
    """Begin a run and kill -9 it `seconds` after the file `begun` is there; True if in time."""
    process = whole_runs.start(recipe, out)
    try:
        while not (out / begun).is_file() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(seconds)
    finally:
        process.send_signal(signal.SIGKILL)
        printed = process.communicate(timeout=30)  # ends only when no child of it is left
    assert whole_runs.record(out, stage), printed
    return not whole_runs.record(out, stage)["done"]


def compare(whole, out, *, without=()):
    a, b = whole_runs.content(whole), whole_runs.content(out)
    assert a.keys() - set(without) == b.keys()
    assert [name for name in b if a[name] != b[name]] == []


def test_killed_while_a_network_trains_and_resumed_equals_uninterrupted(whole, tmp_path):
    shutil.copytree(whole[0], tmp_path / "run")
    for stage in ("rnn", "export", "evaluate"):
        shutil.rmtree(tmp_path / "run" / stage)
    recipe = tmp_path / "toy.toml"  # what is measured is the same where the file is
    recipe.write_text(f"stages = {list(STAGES[:-1])}\n{TOY.read_text()}")
    assert killed(tmp_path / "run", "rnn", "rnn/latest.pt", recipe=recipe)  # step 5 of 20
    whole_runs.finish(recipe, tmp_path / "run")
    compare(whole[0], tmp_path / "run", without=["report"])


@pytest.mark.reach
def test_killed_in_every_stage_and_resumed_equals_uninterrupted(whole, tmp_path):

    def seconds(stage):
        return whole_runs.record(whole[0], stage)["seconds"]

    caught = [
        stage
        for stage in STAGES
        for share in (0.1, 0.6)
        if not whole_runs.record(tmp_path / "run", stage).get("done")
        and killed(tmp_path / "run", stage, f"{stage}/stage.json", share * seconds(stage))
    ]
    print(f"\nkilled in {', '.join(caught)}")
    assert len(set(caught)) >= 6  # the shortest may end before they can be killed
    whole_runs.finish(TOY, tmp_path / "run")
    compare(whole[0], tmp_path / "run")
