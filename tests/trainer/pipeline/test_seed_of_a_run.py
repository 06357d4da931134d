"""`--seed` makes the whole chain again, in another folder, to the last bit."""

import pytest
import whole_runs
from click.testing import CliRunner

from trainer.cli import main

STAGES = whole_runs.STAGES[:-1]  # what is measured follows from the file

RECIPE = f"""
name = "seeded"
stages = {list(STAGES)}
[dataset]
kind = "textures"
source = {{ clips = 2, synths = ["wind", "hiss"] }}
build = {{ processes = 1 }}
[gan]
network = {{ channels = [4, 4, 3, 2, 2] }}
schedule = {{ clips = 20, batch = 4, shares = [1.0, 1.0, 1.0, 1.0, 1.0] }}
[latents]
count = 5
pick = "distant"
[mesh]
shape = {{ counts = [3, 2] }}
som = {{ iterations = 1 }}
[grid]
variations = 2
jitter = 0.1
held_out = "nodes"
processes = 1
[rnn]
steps = 3
network = {{ hidden = 8, layers = 1 }}
windows = {{ batch = 4, frames = 64, sampling = 0.2 }}
audition = {{ seconds = 0.1, settle_s = 0.02, clips = 2 }}
[export]
loudness_s = 0.5
"""


def run(folder, seed, *options):
    """`smf-train run --seed`, and where it went."""
    folder.mkdir()
    (folder / "seeded.toml").write_text(RECIPE)
    words = ["run", str(folder / "seeded.toml"), "--out", str(folder / "run"), "--seed", str(seed)]
    done = CliRunner().invoke(main, [*words, *options])
    assert done.exit_code == 0, done.output
    return folder / "run"


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    return run(tmp_path_factory.mktemp("seed") / "once", 7)


def test_the_same_seed_makes_the_same_clips_weights_and_file(once, tmp_path):
    a, b = (whole_runs.content(folder) for folder in (once, run(tmp_path / "twice", 7)))
    assert a.keys() == b.keys()
    assert [name for name in a if a[name] != b[name]] == []


def test_another_seed_makes_other_clips(once, tmp_path):
    other = run(tmp_path / "other", 8, "--only", "dataset")
    clips = sorted(path.relative_to(once) for path in (once / "dataset").rglob("*.wav"))
    assert len(clips) == 4
    assert all((once / clip).read_bytes() != (other / clip).read_bytes() for clip in clips)


def test_every_stage_has_the_seed_that_was_asked_for(once):
    seeds = [
        seed for stage in STAGES for seed in seeds_of(whole_runs.record(once, stage)["config"])
    ]
    assert len(seeds) >= 5
    assert set(seeds) == {7}


def seeds_of(config):
    """Every `seed` in a stage's record, however deep."""
    for key, value in config.items():
        if key == "seed":
            yield value
        elif isinstance(value, dict):
            yield from seeds_of(value)
