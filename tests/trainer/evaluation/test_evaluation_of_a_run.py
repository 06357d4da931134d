"""A whole run measured: known instruments, what is absent and why, the files, the page."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from chromium import browser, opened_page
from commands import smf_train
from in_step import coherence, drifting
from instruments import Filtered, Tone, model, whole_run

from trainer.cli_evaluate import run_config
from trainer.clips import read_metadata
from trainer.errors import TrainerError
from trainer.evaluation import agreement, cost, inversion, likelihood, pitch, response
from trainer.evaluation.answers import Answer, append
from trainer.evaluation.config import RunEvaluationConfig
from trainer.evaluation.features import CLIP, features, middle, read_clips
from trainer.evaluation.material import Absent, Material, Studio, material
from trainer.evaluation.run import MEASURES, evaluate_run
from trainer.files import write_csv, write_json
from trainer.grid import Steadiness
from trainer.sources.taken import take
from trainer.stage import Record, product_digest, read_record
from trainer.stages.evaluate import STAGE

SMALL = RunEvaluationConfig(
    clips=16,
    pairs=18,
    note_s=0.3,
    glides=1,
    glide_s=1.0,
    steps=3,
    step_s=0.4,
    takes=6,
    held_out_samples=256,
    free_runs=2,
    free_run_s=3.0,
    bench=False,
)


@pytest.fixture(scope="module")
def pitched(tmp_path_factory):
    return model(tmp_path_factory.mktemp("pitched"))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return whole_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def evaluated(run):
    append(material(run).answers, Answer("ann", "even-0", "even", True, 2.0, 2))
    list(evaluate_run(material(run), SMALL, run / "evaluate", player=Filtered()))
    return json.loads((run / "evaluate" / "evaluation.json").read_text())["measures"]


def studio(held, player, **changes):
    return Studio(held, replace(SMALL, **changes), player)


@pytest.mark.parametrize("off", [0.0, -30.0])
def test_an_instrument_off_by_some_cents_is_off_everywhere(pitched, off):
    found = pitch.measure(studio(Material(pitched), Tone(off)))["where"]
    for where in ("grid", "half_way"):
        assert found[where]["median_cents"] == pytest.approx(off, abs=1)
        assert found[where]["in_tune"] == 1.0
    assert found["glides"]["median_cents"] == pytest.approx(off, abs=6)
    assert found["glides"]["in_tune"] > 0.9


def test_an_instrument_an_octave_low_has_octave_errors_only(pitched):
    found = pitch.measure(studio(Material(pitched), Tone(-1200)))["where"]["grid"]
    assert (found["octave_errors"], found["in_tune"]) == (1.0, 0.0)


@pytest.mark.parametrize("late", [0, 300])
def test_a_late_tone_responds_late(pitched, late):
    found = response.measure(studio(Material(pitched), Tone(late=late)))
    assert found["missed"] == 0
    assert found["median_samples"] == pytest.approx(late, abs=40)
    assert len(found["picture"]["samples"]) == 800


@pytest.mark.parametrize("late", [0, 960])
def test_a_late_noise_responds_late(run, late):
    found = response.measure(studio(material(run), Filtered(late=late)))
    assert found["steps"] + found["too_small_to_time"] == 3
    assert found["steps"] > 0
    assert found["missed"] == 0
    assert found["median_samples"] == pytest.approx(late, abs=200)


def test_a_lone_model_says_what_it_lacks(pitched, tmp_path):
    list(evaluate_run(Material(pitched), SMALL, tmp_path, player=Tone()))
    found = json.loads((tmp_path / "evaluation.json").read_text())["measures"]
    assert "absent" not in found["pitch"]
    assert found["grid"]["absent"] == "this run has no mesh"
    assert found["inversion"]["absent"] == "this run has no dataset"
    assert "no mesh" in found["agreement"]["absent"]
    assert "held-out clips" in found["likelihood"]["absent"]
    page = (tmp_path / "evaluation.html").read_text()
    steps, glide, morph = (page.count(f"figcaption>{what}") for what in ("A step", "A gl", "Morph"))
    assert (steps, glide, morph) == (1, 1, 2)
    assert (page.count("Figure 3."), page.count("Figure 5.")) == (4, 4)  # and as `alt`


def test_every_measure_is_there_or_says_why_not(evaluated):
    absent = {name: found["absent"] for name, found in evaluated.items() if "absent" in found}
    assert len(evaluated) == len(MEASURES)
    assert absent == {
        "pitch": "unpitched: no parameter 'pitch' among x, y",
        "attack": "no parameter 'volume' among x, y",
        "cost": "not asked for: bench = false in the recipe's [evaluate]",
    }


def test_pairs_are_even_over_the_mesh(run, evaluated):
    assert (evaluated["agreement"]["pairs"], evaluated["agreement"]["nodes"]) == (18, 9)
    places = studio(material(run), Filtered()).places
    assert np.bincount(places).tolist() == [2] * 9


def test_the_classifier_says_how_good_it_is(evaluated):
    about = evaluated["agreement"]["classifier"]
    assert about["classes"] == ["noise", "tone"]
    assert about["cross_validated"] > 0.9
    assert about["trusted"]


def test_a_player_of_the_gans_own_sounds_agrees_with_the_gan(run):
    whole = studio(material(run), Filtered())
    whole.played = whole.drawn(5)
    found = agreement.measure(whole)
    assert found["same_class"]["RNN and GAN"] >= found["same_class"]["GAN and itself"] - 0.12
    other = agreement.measure(studio(material(run), Filtered()))
    assert found["log_mel_l1_db"]["RNN and GAN"] < 0.5 * other["log_mel_l1_db"]["RNN and GAN"]


def test_a_run_that_took_a_grid_is_measured_beside_the_gan_of_that_grid(run, tmp_path):
    light = tmp_path / "light"
    shutil.copytree(run / "export", light / "export")
    (light / "dataset").mkdir()
    take(run / "grid", light / "dataset")
    own, found = material(run), material(light)
    assert found.model.parent.parent == light
    for name in ("learned", "dataset", "gan", "mesh"):
        assert getattr(found, name).resolve() == getattr(own, name).resolve()
    elsewhere = tmp_path / "sounds"
    shutil.copytree(run / "grid", elsewhere)
    take(elsewhere, light / "dataset")
    assert material(light).learned == light / "dataset"
    assert material(light).mesh is None


def test_the_gans_sounds_have_their_harmonics_in_step_where_the_grids_have(run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    record = tmp_path / "run" / "grid" / "stage.json"
    found = {}
    for locked in (True, False):
        config = {"locked": locked, "between_db": -15.0, "sway": 0.5, "gusts": 0.1}
        write_json(record, vars(Record("grid", config, {}, done=True)))
        found[locked] = studio(material(tmp_path / "run"), Filtered()).locking
    assert found == {True: Steadiness(-15.0, 0.5, 0.1), False: None}
    assert studio(material(run), Filtered()).locking is None

    drawn = studio(material(run), Filtered())
    tone = np.array([drifting(220.0)])
    drawn.__dict__["locking"] = Steadiness(-15.0, 1.0, 1.0)
    (found,) = drawn.as_the_grid(tone, None)
    assert coherence(found, 220.0) > 0.99 > 1.5 * coherence(tone[0], 220.0)


def test_what_lies_below_the_codes_tells_nothing(run):
    whole = studio(material(run), Filtered())
    draw, time = np.random.default_rng(1), np.arange(CLIP) / 16_000
    tone = 0.1 * np.sin(2 * np.pi * 440 * time)
    hissing = tone + 3e-4 * draw.standard_normal(CLIP)
    pair = np.stack([tone, 3 * hissing]).astype(np.float32)
    coded = whole.coded(pair)
    assert len(np.unique(coded)) <= 256
    np.testing.assert_allclose(np.sqrt((coded**2).mean(1)), np.sqrt((whole.played**2).mean()), 0.05)
    bare, heard = (np.abs(np.diff(features(sounds), axis=0)).mean() for sounds in (pair, coded))
    assert bare > 4 * heard


def test_what_is_compared_with_the_rnn_was_rounded_by_chance_as_what_it_learned_from(run):
    whole = studio(material(run), Filtered())
    tone = 0.1 * np.sin(2 * np.pi * 400 * np.arange(CLIP) / 16_000)  # 40 samples a period
    coded = whole.coded(tone[None].astype(np.float32))[0]
    periods = coded[: CLIP // 40 * 40].reshape(-1, 40)
    level = np.sqrt((coded**2).mean() / (tone**2).mean())
    assert periods.std(axis=0).max() > 1e-3  # rounded to the nearest, all would be alike
    np.testing.assert_allclose(periods.mean(axis=0), level * tone[:40], atol=1e-3)


def test_classes_that_cannot_be_heard_are_not_trusted_and_the_page_says_so(run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    table = tmp_path / "run" / "dataset" / "metadata.csv"
    rows = read_metadata(table.parent)
    for row, guess in zip(rows, np.random.default_rng(0).integers(2, size=len(rows)), strict=True):
        row["class"] = f"drawn{guess}"
    write_csv(table, list(rows[0]), rows)
    held = material(tmp_path / "run")
    player = Filtered()
    list(evaluate_run(held, SMALL, tmp_path, player=player, measures=["agreement"]))
    found = json.loads((tmp_path / "evaluation.json").read_text())["measures"]["agreement"]
    assert not found["classifier"]["trusted"]
    page = (tmp_path / "evaluation.html").read_text()
    assert "its verdicts below count for little" in page
    assert "the classifier itself is not to be trusted." in page


def test_recordings_without_classes_have_no_agreement_of_classes(run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    table = tmp_path / "run" / "dataset" / "metadata.csv"
    table.write_text(table.read_text().replace(",class,", ",kind,"))
    found = agreement.measure(studio(material(tmp_path / "run"), Filtered()))
    assert "no column class" in found["classifier"]["absent"]
    assert "same_class" not in found
    assert found["log_mel_l1_db"]["GAN and itself"] >= 0


def test_an_untrained_network_knows_nothing_of_the_next_code(run):
    found = likelihood.measure(studio(material(run), Filtered()))
    assert found["clips"] == 3
    assert found["bits_per_sample"] == pytest.approx(8.0, abs=0.15)


def test_a_run_that_held_nothing_out_has_no_likelihood(run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    table = tmp_path / "run" / "grid" / "metadata.csv"
    table.write_text(table.read_text().replace("validation", "train"))
    with pytest.raises(Absent, match="no clip of grid was held out"):
        likelihood.measure(studio(material(tmp_path / "run"), Filtered()))


def test_a_clip_that_is_no_sound_is_named(run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    (tmp_path / "run" / "grid" / "clips" / "003.wav").write_bytes(b"no sound")
    with pytest.raises(TrainerError, match=r"003\.wav: cannot be read as sound"):
        inversion.measure(studio(material(tmp_path / "run"), Filtered()))


def test_clips_of_another_rate_are_refused_by_name(run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    path = tmp_path / "run" / "grid" / "clips" / "003.wav"
    soundfile.write(path, soundfile.read(path)[0], 44_100)
    with pytest.raises(TrainerError, match=r"003\.wav: 44100 Hz, wanted 16000 Hz"):
        inversion.measure(studio(material(tmp_path / "run"), Filtered()))


def test_a_dataset_without_clips_is_absent(tmp_path):
    with pytest.raises(Absent, match="has no clips"):
        read_clips(tmp_path, [])


@pytest.mark.parametrize("length", [14_336, 15_361, 16_384, 20_001])
def test_a_clips_middle_is_its_middle_and_a_short_ones_ends_are_turned_around(length):
    sound = np.random.default_rng(length).standard_normal(length).astype(np.float32)
    before = -(-max(0, CLIP - length) // 2)
    begin = (length + 2 * before - CLIP) // 2 - before
    places = [abs(begin + k) for k in range(CLIP)]  # sample by sample
    places = [k if k < length else 2 * (length - 1) - k for k in places]
    np.testing.assert_array_equal(middle(sound), sound[places])


def test_even_noise_neither_drifts_nor_repeats(evaluated):
    worst = evaluated["stability"]["worst"]
    assert worst["drift_db"] < 0.5
    assert worst["repetition"] < 0.1


def test_the_cost_is_what_the_bench_says(run):
    found = cost.measure(studio(material(run), Filtered(), bench=True))["by"]
    assert any(name.startswith("int8, 1 voices") for name in found)
    assert all(row["us_per_sample"] > 0 for row in found.values())
    with pytest.raises(Absent, match="bench = false"):
        cost.measure(studio(material(run), Filtered()))


def test_the_page_shows_every_measure_and_needs_no_network(run, evaluated):
    with (
        browser() as chromium,
        opened_page(chromium, run / "evaluate" / "evaluation.html") as page,
    ):
        assert page.locator("section").count() == len(MEASURES)
        assert page.locator(".absent").count() == 3
        captions = " ".join(page.locator("figcaption").all_inner_texts())
        for twin in ("Figure 2", "Figure 5", "Table 1"):
            assert f"the paper's {twin}." in captions
        widths = page.evaluate("[...document.images].map((image) => image.naturalWidth)")
        assert len(widths) >= 7
        assert min(widths) > 100
        cell = page.locator("#likelihood td").nth(5)
        assert float(cell.inner_text()) == evaluated["likelihood"]["bits_per_sample"]


def test_the_model_is_played_by_the_daemon_as_the_recipe_says(run, tmp_path):
    (run / "recipe.toml").write_text("[evaluate]\nfree_runs = 1\nfree_run_s = 2\n")
    config = run_config(run)
    list(evaluate_run(material(run), config, tmp_path, measures=["stability"]))
    found = json.loads((tmp_path / "evaluation.json").read_text())
    assert found["config"]["free_run_s"] == 2.0
    assert [len(curve) for curve in found["measures"]["stability"]["level_db"]] == [2]


def test_measuring_a_run_again_is_no_edit_by_hand(run, tmp_path, monkeypatch):
    shutil.copytree(run, tmp_path / "run")
    folder = tmp_path / "run" / "evaluate"
    folder.mkdir(exist_ok=True)
    for name in STAGE.product:
        (folder / name).write_text("measured before")
    done = Record("evaluate", {}, {}, done=True, product=product_digest(STAGE, folder))
    (folder / "stage.json").write_text(json.dumps(vars(done)))
    monkeypatch.setattr("trainer.evaluation.run._measured", lambda *_: {"absent": "not now"})
    assert smf_train(f"evaluate {tmp_path / 'run'}").exit_code == 0
    assert "not now" in (folder / "evaluation.html").read_text()
    product = product_digest(STAGE, folder)
    assert product != done.product
    assert read_record(folder) == replace(done, product=product)
    again = tmp_path / "elsewhere"
    assert smf_train(f"evaluate {tmp_path / 'run'} --out {again}").exit_code == 0
    assert not (again / "stage.json").exists()


def test_mistakes_are_told_in_a_line(run, tmp_path):
    done = smf_train(f"evaluate {tmp_path}")
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "no export/*.onnx; finish the run with `smf-train run` first" in done.output
    done = smf_train(f"evaluate {run} --seeds 3")
    assert "stands in its recipe's [evaluate]" in done.output
    done = smf_train(f"evaluate {run / 'export' / 'tiny.onnx'} --out {tmp_path / 'x.json'}")
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "parameters x, y, wanted pitch and timbre; measure any other" in done.output


def test_a_mesh_of_another_gan_is_refused(run, tmp_path):
    from random_gan import write_random_gan

    held = replace(material(run), gan=write_random_gan(tmp_path / "generator.pt", seed=9))
    with pytest.raises(TrainerError, match="made with another GAN"):
        agreement.measure(studio(held, Filtered()))
