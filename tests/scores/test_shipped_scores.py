"""The scores of this repository fit the model that they name."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from smfosc.models import Models
from smfosc.offline import RenderJob, render
from smfosc.score import read_score
from smfosc.state_folder import StateError, StateFolder, shipped_scores

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


def test_the_rendered_rhapsody_of_the_documentation_is_this_score():
    file = ROOT / "docs" / "rhapsody.wav"
    about = soundfile.info(file)
    assert (about.samplerate, about.channels, about.subtype) == (16_000, 1, "PCM_16")
    assert about.duration == pytest.approx(8.4, abs=0.01)
    sound, _ = soundfile.read(file)
    for second, note in ((5.9, 76), (6.75, 71), (7.2, 67)):  # in the answer, where notes are held
        part = sound[round(second * 16_000) :][:2_400] * np.hanning(2_400)
        spectrum = np.abs(np.fft.rfft(part, 1 << 16))
        near = 440 * 2 ** ((note - 69) / 12) * (1 << 16) / 16_000
        found = round(0.9 * near) + int(np.argmax(spectrum[round(0.9 * near) : round(1.1 * near)]))
        assert 12 * np.log2(found / near) == pytest.approx(0, abs=0.15)
        assert spectrum[found] > 20 * np.median(spectrum)


@pytest.fixture
def shelf(tmp_path):
    return StateFolder(tmp_path, shipped_scores()).scores


def test_a_daemon_with_an_empty_folder_knows_the_shipped_scores(shelf):
    assert shelf.names() == ["rhapsody"]
    assert read_score(shelf.find("rhapsody")).seconds == pytest.approx(8.4, abs=1e-6)


def test_a_score_of_ones_own_goes_before_a_shipped_one_of_its_name(shelf):
    shelf.write("rhapsody", "2 end\n")
    assert shelf.names() == ["rhapsody"]
    assert read_score(shelf.find("rhapsody")).seconds == 2
    shelf.delete("rhapsody")
    assert read_score(shelf.find("rhapsody")).seconds > 2


def test_a_shipped_score_cannot_be_deleted(shelf):
    with pytest.raises(StateError, match="'rhapsody' came with smfosc; only your own"):
        shelf.delete("rhapsody")
    assert shelf.find("rhapsody").is_file()
