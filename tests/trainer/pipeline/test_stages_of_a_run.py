"""A run: what fits is skipped, what was stopped goes on, what changed is told and made anew."""

import dataclasses
import json
import os

import fake_stages
import pytest

from trainer.errors import TrainerError
from trainer.pipeline import Choice, Pipeline
from trainer.recipe import read
from trainer.stage import Standing, read_record, renew


class Run:
    """A recipe, its folder, and shorthand for what tests ask of them."""

    def __init__(self, folder):
        self.recipe, self.folder = folder / "r.toml", folder / "run"
        self.registry = fake_stages.registry()
        self.write("")

    def write(self, text):
        self.recipe.write_text(text)

    def pipeline(self):
        return Pipeline(read(self.recipe, self.registry), self.folder, self.registry)

    def go(self, **choice):
        """Run to the end; the stages that did any work, in order."""
        worked = []
        for stage, news in self.pipeline().run(Choice(**choice)):
            if hasattr(news, "done") and stage.name not in worked:
                worked.append(stage.name)
        return worked

    def plan(self, **choice):
        return [(s.stage.name, s.verdict.standing) for s in self.pipeline().plan(Choice(**choice))]

    def why(self, name):
        return next(s.verdict.why for s in self.pipeline().plan(Choice()) if s.stage.name == name)

    def sums(self):
        return {name: (self.folder / name / "sum.txt").read_text() for name in self.registry}


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def whole_run(tmp_path):
    """Another run of the same recipe, never disturbed."""
    (tmp_path / "whole").mkdir()
    run = Run(tmp_path / "whole")
    run.go()
    return run


def test_a_run_goes_through_all_stages_once(run):
    assert run.go() == ["first", "second", "third"]
    assert run.go() == []
    assert run.plan() == [(name, Standing.DONE) for name in run.registry]


def test_a_plan_changes_nothing(run):
    assert [standing for _, standing in run.plan()] == [Standing.NEW] * 3
    assert not run.folder.exists()


def test_a_changed_key_makes_its_stage_and_what_reads_it_stale(run):
    run.go()
    run.write("[third]\nfactor = 3.0\n")
    assert run.why("third") == "factor was 2.0, now 3.0"
    assert run.go() == ["third"]
    assert (run.folder / "third.1" / "sum.txt").exists()


def test_what_hours_went_into_is_not_made_anew_unasked(run):
    run.go()
    before = run.sums()
    run.write("[second]\nlabel = 'other'\n[third]\nlabel = 'other'\n")
    with pytest.raises(TrainerError, match=r"label was plain, now other\); --redo second makes it"):
        run.go()
    assert run.sums() == before
    assert run.go(redo=("second",)) == ["second", "third"]
    assert "plain" in (run.folder / "second.1" / "sum.txt").read_text()
    assert run.go(redo=("second",)) == []  # once is enough


def test_a_change_upstream_is_found_by_content(run):
    run.go()
    run.write("[first]\nfactor = 3.0\n")
    assert run.plan()[1:] == [("second", Standing.WAITS), ("third", Standing.WAITS)]
    with pytest.raises(TrainerError, match=r"second: .*first changed"):
        run.go()
    assert run.go(redo=("first",)) == ["second", "third"]


def test_an_upstream_stage_made_anew_alike_changes_nothing_below(run):
    run.go()
    (run.folder / "first" / "sum.txt").unlink()
    assert run.plan()[0] == ("first", Standing.RESUME)
    run.go()
    assert [standing for _, standing in run.plan()] == [Standing.DONE] * 3


def test_an_edit_by_hand_reaches_what_reads_it(run):
    run.go()
    (run.folder / "second" / "sum.txt").write_text("mine")
    assert run.why("second") == "edited since"
    assert run.go() == ["third"]
    assert "mine" in run.sums()["third"]


def test_a_stage_made_again_by_its_own_command_is_no_edit_by_hand(run):
    run.go()
    (run.folder / "third" / "sum.txt").write_text("measured again")
    assert run.why("third") == "edited since"
    renew(run.registry["third"], run.folder / "third")
    assert (run.plan()[2], run.why("third")) == (("third", Standing.DONE), "")
    (run.folder / "second" / "sum.txt").write_text("mine")
    renew(run.registry["third"], run.folder / "third")
    assert run.why("third") == "second changed"


@pytest.mark.parametrize("state", ["no record", "not done", "no product"])
def test_what_is_not_done_is_not_made_done_by_its_own_command(run, state):
    run.go()
    folder = run.folder / "third"
    if state == "no record":
        (folder / "stage.json").unlink()
    elif state == "not done":
        held = json.loads((folder / "stage.json").read_text())
        (folder / "stage.json").write_text(json.dumps(held | {"done": False}))
    else:
        (folder / "sum.txt").unlink()
    before = run.plan()[2]
    renew(run.registry["third"], folder)
    assert run.plan()[2] == before
    assert before[1] is not Standing.DONE


@pytest.mark.parametrize("stage", ["first", "second"])
def test_a_key_that_the_record_does_not_know_was_at_its_default(run, stage):
    run.go()
    path = run.folder / stage / "stage.json"
    held = json.loads(path.read_text())
    del held["config"]["factor"], held["config"]["inner"]["width"]
    held["config"]["gone"] = 3
    path.write_text(json.dumps(held))
    assert run.go() == []
    run.write(f"[{stage}.inner]\nwidth = 9\n")
    assert run.why(stage) == "inner.width was 8, now 9"


def test_more_steps_go_on_from_what_is_there(run):
    run.go()
    (run.folder / "second" / "0.txt").write_text("kept")
    run.write("[second]\nsteps = 5\n")
    assert run.why("second") == "steps was 3, now 5"
    assert run.go() == ["second", "third"]
    assert "kept" in run.sums()["second"]
    assert not (run.folder / "second.1").exists()


def test_stopped_anywhere_and_resumed_equals_uninterrupted(run, tmp_path):
    whole = whole_run(tmp_path)
    for _ in range(30):  # each time one more piece of work, then the process is gone
        pieces = (news for _, news in run.pipeline().run(Choice()) if hasattr(news, "done"))
        if next(pieces, None) is None:
            break
        pieces.close()
    assert run.plan() == [(name, Standing.DONE) for name in run.registry]
    assert run.sums() == whole.sums()


def test_the_time_of_a_part_that_was_killed_counts(run, monkeypatch):
    """A killed process writes nothing more: what it had noted is what the next one adds to."""
    monkeypatch.setattr("trainer.stage.NOTED_EVERY_S", 0.0)
    clock = iter(range(0, 10_000, 100))
    monkeypatch.setattr("trainer.stage.time.monotonic", lambda: next(clock))
    killed = run.pipeline().run(Choice())
    for _ in range(3):
        next(killed)
    killed.close()  # and with it the lock, as the system would
    noted = read_record(run.folder / "first").seconds
    assert noted > 0
    run.go()
    record = read_record(run.folder / "first")
    assert record.done
    assert record.seconds > noted


def test_one_stage_alone(run):
    run.go(only="first")
    assert run.plan() == [
        ("first", Standing.DONE),
        ("second", Standing.NEW),
        ("third", Standing.NEW),
    ]


def test_from_a_stage_on_leaves_the_earlier_ones(run):
    run.go()
    run.write("[first]\nfactor = 9.0\n[third]\nfactor = 9.0\n")
    assert run.go(begin="second") == ["third"]


@pytest.mark.parametrize("choice", [{"only": "third"}, {"begin": "second"}])
def test_a_stage_whose_input_is_missing_says_so(run, choice):
    with pytest.raises(TrainerError, match=r"is not there yet; run without --only and --from"):
        run.go(**choice)


@pytest.mark.parametrize("choice", [{"only": "forth"}, {"begin": "x"}, {"redo": ("y",)}])
def test_a_stage_that_does_not_exist_is_refused(run, choice):
    with pytest.raises(TrainerError, match="no stage of this recipe; it has first, second, third"):
        run.go(**choice)


def test_a_recipe_without_a_stage_that_another_reads_is_refused(run):
    run.write("stages = ['second', 'third']\n")
    with pytest.raises(TrainerError, match="stage second reads first, which `stages` leaves out"):
        run.go()


def test_a_stage_reads_the_first_that_is_there(run):
    run.write("stages = ['first', 'third']\n")
    assert run.go() == ["first", "third"]


def test_a_source_outside_counts_by_its_content(run, tmp_path):
    source = tmp_path / "a.txt"
    source.write_text("one")
    run.write(f"stages = ['first']\n[first]\nsource = '{source}'\n")
    run.go()
    moved = tmp_path / "elsewhere" / "a.txt"
    moved.parent.mkdir()
    source.rename(moved)
    run.write(f"stages = ['first']\n[first]\nsource = '{moved}'\n")
    assert run.go() == []
    moved.write_text("two")
    assert run.why("first") == "source changed"


def test_a_folder_outside_counts_by_names_sizes_and_times(run, tmp_path):
    folder = tmp_path / "sounds"
    folder.mkdir()
    run.write(f"stages = ['first']\n[first]\nsource = '{folder}'\n")
    run.go()
    assert run.go() == []
    (folder / "new.wav").write_text("x")
    assert run.why("first") == "source changed"


def test_a_source_that_is_not_there_is_one_line(run):
    run.write("[first]\nsource = 'none.txt'\n")
    with pytest.raises(TrainerError, match=r"none\.txt: no such file or folder"):
        run.plan()


def test_trained_files_of_unknown_origin_are_kept(run):
    run.go()
    (run.folder / "second" / "stage.json").unlink()
    with pytest.raises(TrainerError, match=r"files of unknown origin.*--adopt second goes on"):
        run.go()
    before = run.sums()
    assert run.go(adopt=("second",)) == []
    assert run.sums() == before
    assert run.plan() == [(name, Standing.DONE) for name in run.registry]


def test_what_was_trained_otherwise_can_be_adopted(run):
    run.go()
    run.write("[second]\nlabel = 'other'\n")
    run.go(adopt=("second",))
    assert "plain" in run.sums()["second"]
    assert run.go() == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 1, "stage": 3}'])
def test_a_broken_record_is_one_line(run, text):
    run.go()
    (run.folder / "first" / "stage.json").write_text(text)
    with pytest.raises(
        TrainerError,
        match=r"stage\.json: not a stage's record; delete it and run with --adopt first",
    ):
        run.go()


def test_a_record_of_another_format_is_refused(run):
    run.go()
    path = run.folder / "first" / "stage.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    with pytest.raises(TrainerError, match="format 99, wanted 1"):
        run.plan()


def test_two_runs_in_one_folder_are_refused(run):
    going = run.pipeline().run(Choice())
    next(going)
    with pytest.raises(TrainerError, match="another smf-train works here"):
        run.go()
    going.close()
    assert run.go() == ["first", "second", "third"]


def test_a_stage_that_ends_without_its_product_is_not_done(run):
    def idle(task):
        yield from ()

    run.registry["first"] = dataclasses.replace(run.registry["first"], work=idle)
    with pytest.raises(TrainerError, match=r"first: .*ended without sum\.txt"):
        run.go()
    assert run.plan()[0] == ("first", Standing.RESUME)


def test_a_disk_that_fills_up_anywhere_leaves_nothing_taken_for_whole(run, tmp_path, monkeypatch):
    """The k-th rename fails, for every k: afterwards the run goes on as if nothing had been."""
    whole = whole_run(tmp_path)
    rename = os.replace
    for failing in range(12):
        left = [failing]

        def full(source, target, *args, left=left):
            left[0] -= 1
            if left[0] < 0:
                raise OSError(28, "No space left on device")
            rename(source, target, *args)

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", full)
            patch.setattr("pathlib.Path.replace", lambda a, b: full(a, b))
            try:
                run.go()
            except TrainerError as error:
                assert "No space left on device" in str(error)  # noqa: PT017
        assert not list(run.folder.rglob(".*.part*"))
    run.go()
    assert run.sums() == whole.sums()
