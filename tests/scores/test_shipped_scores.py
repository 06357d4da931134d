"""The scores of this repository fit the model that they name."""

from pathlib import Path

import numpy as np
import pytest

from smfosc.models import Models
from smfosc.offline import RenderJob, render
from smfosc.score import read_score

ROOT = Path(__file__).parents[2]
SCORES = [ROOT / "bench" / "figure3a.score", *sorted((ROOT / "patches" / "scores").glob("*.score"))]


@pytest.mark.parametrize("path", SCORES, ids=lambda path: path.name)
def test_no_value_is_beyond_the_shipped_models_range(path):
    ranges = {p.name: p for p in Models().info("clarinet-trumpet").parameters}
    for event in read_score(path).events:
        leaf = event.address.rpartition("/")[2].replace("note", "pitch")
        if leaf in ranges:
            assert ranges[leaf].minimum <= event.args[0] <= ranges[leaf].maximum, event.where


def test_the_rhapsody_makes_its_voice_and_is_played_without_an_objection():
    blocks: list[np.ndarray] = []
    score = read_score(ROOT / "patches" / "scores" / "rhapsody.score")
    job = RenderJob(score, [], duration_s=0.3)
    objections = render(job, Models(), lambda block: blocks.append(block.copy()))
    assert (objections.failed, objections.remarks) == ([], [])
    assert np.abs(np.concatenate(blocks)).max() > 0.005
    assert score.seconds == pytest.approx(8.4, abs=1e-6)
