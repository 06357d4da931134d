"""docs/results.md is what its script writes, and tells only what was measured."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from instruments import model

from smfosc.model_file import read_info

DOCS = Path(__file__).parents[3] / "docs"
sys.path.insert(0, str(DOCS))


@pytest.fixture(scope="module")
def writer():
    spec = importlib.util.spec_from_file_location("write_results", DOCS / "write_results.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


EVALUATION = {
    "model": "trumpinet.onnx",
    "measures": {
        "pitch": {"notes": {"grid": {"median_abs_cents": 4.0, "p95_abs_cents": 16.0}}},
        "grid": {
            "distances": {
                "spectrogram_l2, before": {"cv": 0.4},
                "spectrogram_l2, after": {"cv": 0.1},
            }
        },
        "agreement": {"same_class": {"RNN and GAN": 0.9, "GAN and itself": 0.95}, "pairs": 143},
        "stability": {"seconds": 600.0, "level_db": [[1, 2]], "places": [{"x": 1}]},
        "morph": {"levels": {"x": [[1.0]]}},
        "attack": {"absent": "no parameter 'volume' among pitch, timbre"},
    },
}


@pytest.fixture
def taken(writer, tmp_path):
    run = tmp_path / "run"
    for name, seconds in (("evaluate", 60), ("gan", 7200)):
        (run / name).mkdir(parents=True)
        (run / name / "stage.json").write_text(json.dumps({"stage": name, "seconds": seconds}))
    (run / "evaluate" / "evaluation.json").write_text(json.dumps(EVALUATION))
    writer.take(run, tmp_path)
    return writer.read_results(tmp_path)


def test_the_pages_in_the_repository_are_what_the_script_writes(writer):
    assert writer.PAGE.read_text() == writer.page(writer.read_results(writer.RESULTS))
    assert (writer.MODELS / "README.md").read_text() == writer.models_page(writer.MODELS)


def test_what_nobody_measured_is_said_to_be_so(writer):
    page = writer.page({})
    assert page.count(f"| {writer.MISSING} |") == len(writer.CLAIMS)


def test_a_run_is_taken_with_its_hours_and_without_curves(taken):
    held = taken["model-trumpinet"]["measures"]
    assert held["hours"] == {"evaluate": 0.02, "gan": 2.0}
    assert held["stability"] == {"seconds": 600.0}
    assert held["derived"] == {"cv_ratio_spectrogram_l2": 0.25, "agreement_below_gan": 0.05}


def test_goals_are_judged(writer, taken):
    table = writer.clauses_table(taken["model-trumpinet"])
    assert "| pitch at grid points: median of notes, cents | <= 5 | 4 | yes |" in table
    assert "| ... 95th percentile of notes, cents | <= 15 | 16 | **no** |" in table
    assert "| grid CV after / before, spectrogram L2 | <= 0.5 | 0.25 | yes |" in table
    assert "| ... RNN and GAN below the GAN and itself | <= 0.03 | 0.05 | **no** |" in table
    assert "| attack: rise of recorded notes, ms |  | no parameter 'volume' among pitch" in table


def test_a_claim_tells_the_figures_of_its_model(writer, taken):
    page = writer.page(taken)
    assert "90.0% (the GAN with itself 95.0%), 143 pairs" in page
    assert "| Training the GAN | 1.5 days on a V100 | 2.0 hours |" in page


def test_an_ablation_of_other_rows_tells_nothing(writer):
    held = {"name": "mesh", "command": "x", "machine": "y", "rows": {"SOM": {"cv": 1.0}}}
    claim = next(claim for claim in writer.CLAIMS if claim.result == "mesh")
    assert writer.told(claim, held) == writer.MISSING
    assert "| SOM | 1 |" in writer.page({"mesh": held})


def test_the_card_of_a_model_and_of_a_run_are_kept_side_by_side(writer, taken, tmp_path):
    summary = tmp_path / "trumpinet.json"
    summary.write_text(json.dumps({"summary": {"notes": 3}}))
    writer.take_card(summary, tmp_path)
    held = writer.read_results(tmp_path)["model-trumpinet"]["measures"]
    assert held["card"] == {"notes": 3}
    assert "pitch" in held


def test_models_are_presented_with_data_recipe_hours_machine_and_seeds(writer, tmp_path):
    path = model(tmp_path)
    page = writer.models_page(path.parent)
    assert "| tiny | pitch 64-76 (MIDI note), timbre 0-1 | 2 x GRU(16) |" in page
    info = read_info(path)
    assert f"- **machine**: {info.provenance['machine']}" in page
    assert "- **seeds**: rnn 1" in page
    held = {"name": "tiny", "measures": {"likelihood": {"bits_per_sample": 2.5}}}
    assert "| bits per sample, held-out rows |  | 2.5 |  |" in writer.card(path, held)
