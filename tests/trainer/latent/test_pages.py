"""The pages to explore and to audition, in a real browser: they play, pick and save."""

import base64
import io
import json

import numpy as np
import pytest
import soundfile
from chromium import browser, opened_page
from meshes import random_corners
from PIL import Image
from toy_generator import opened

from trainer.explore import audition
from trainer.explore.media import flac, png
from trainer.explore.stage import ExploreConfig
from trainer.explore.stage import run as explore
from trainer.latent import corners as corner_file
from trainer.latent.generator import magnitudes
from trainer.latent.inversion import InversionConfig
from trainer.latent.mesh import Shape, between, save
from trainer.latent.stage import MeshConfig
from trainer.latent.stage import run as make_mesh

QUICK = InversionConfig(candidates=16, starts=2, steps=10)


@pytest.fixture(scope="module")
def chromium():
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def explored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("latents")
    toy = opened()
    seconds = np.arange(30_000) / 16_000
    soundfile.write(folder / "hum.wav", 0.3 * np.sin(2 * np.pi * 440 * seconds), 16_000)
    config = ExploreConfig(count=12, like=(str(folder / "hum.wav"),), inversion=QUICK)
    list(explore(config, toy, folder, folder))
    return folder, toy


def data_of(path):
    text = path.read_text().split('id="data">')[1].split("</script>")[0]
    return json.loads(text)


def heard(page):
    """The greatest level within a second."""
    page.wait_for_function("player.level() > 0.003", timeout=5000)
    return page.evaluate("player.level()")


def order(page):
    return [int(card.get_attribute("data-index")) for card in page.locator(".sound").all()]


def test_a_sound_plays_when_its_picture_is_clicked_and_stops_when_clicked_again(chromium, explored):
    with opened_page(chromium, explored[0] / "explore.html") as page:
        card = page.locator(".sound").nth(4)
        assert page.evaluate("player.level()") == 0
        card.locator(".play").click()
        assert heard(page) > 0.003
        assert "playing" in card.get_attribute("class")
        card.locator(".play").click()
        page.wait_for_function("player.level() === 0 && !player.now")
        assert page.locator(".playing").count() == 0


def test_pictures_are_spectrograms(chromium, explored):
    with opened_page(chromium, explored[0] / "explore.html") as page:
        sizes = page.evaluate(
            "[...document.images].map((image) => [image.naturalWidth, image.naturalHeight])"
        )
        assert sizes == [[128, 96]] * 14  # 12 sounds, a recording and its nearest


@pytest.mark.parametrize("by", ["pitch", "centroid", "noisiness"])
def test_sounds_are_sorted(chromium, explored, by):
    sounds = data_of(explored[0] / "explore.html")["sounds"]
    with opened_page(chromium, explored[0] / "explore.html") as page:
        page.select_option("#sort", by)
        values = [sounds[k][by] for k in order(page)]
    known = [value for value in values if value is not None]
    assert known == sorted(known)
    assert values[: len(known)] == known  # sounds without a pitch come last


def test_what_is_like_a_sound_comes_next_to_it(chromium, explored):
    data = data_of(explored[0] / "explore.html")
    with opened_page(chromium, explored[0] / "explore.html") as page:
        page.locator(".sound .play").nth(5).click()
        page.select_option("#sort", "similarity")
        found = order(page)
        distances = page.evaluate("(all) => all.map((k) => difference(selected, k))", found)
    assert found[0] == 5
    assert distances[0] == 0
    assert distances == sorted(distances)
    assert distances[-1] <= data["scale_db"]


def test_corners_are_picked_named_and_saved_for_the_mesh(chromium, explored, tmp_path):
    folder, toy = explored
    with opened_page(chromium, folder / "explore.html") as page:
        assert page.locator("#save").is_disabled()
        for index in (2, 3):
            page.locator(f"[data-index='{index}'] .pick").click()
        page.get_by_label("name of corner 1").fill("rough")
        page.locator("[data-index='7'] .pick").click()
        assert page.locator("#save").is_disabled()  # three make no square
        assert "3 picked" in page.locator("#hint").inner_text()
        page.locator("[data-index='7'] .pick").click()
        page.reload()  # the choice is kept in the address
        page.get_by_label("earlier").nth(1).click()
        with page.expect_download() as download:
            page.locator("#save").click()
        download.value.save_as(tmp_path / "corners.json")
        assert download.value.suggested_filename == "corners.json"
    first, second = corner_file.read(tmp_path / "corners.json", toy)
    sounds = data_of(folder / "explore.html")["sounds"]
    assert (first.name, second.name) == (sounds[3]["name"], "rough")
    again = magnitudes(toy.generator, np.stack([second.latent]), None)
    assert np.isfinite(again).all()
    config = MeshConfig(shape=Shape(counts=(3,)), adapt="none")
    list(make_mesh(config, tmp_path / "corners.json", toy, tmp_path / "mesh"))


def test_the_saved_latent_is_the_sound_that_was_heard(explored):
    """What the page holds is what made its picture."""
    folder, toy = explored
    sound = data_of(folder / "explore.html")["sounds"][6]
    latent = np.frombuffer(base64.b64decode(sound["latent"]), dtype="<f4").copy()
    played, _ = soundfile.read(io.BytesIO(base64.b64decode(sound["audio"])))
    picture = magnitudes(toy.generator, latent[None], None)[0]
    assert played.shape == (16_384,)
    shown, wanted = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(each)))).astype(int)
        for each in (sound["picture"], png(picture))
    )
    assert shown.shape == (96, 128)
    assert np.abs(shown - wanted).max() <= 1  # of 255: a batch of another size rounds otherwise


def test_a_recording_and_its_nearest_come_first(explored):
    sounds = data_of(explored[0] / "explore.html")["sounds"]
    assert [sound["name"] for sound in sounds[:3]] == ["hum", "≈ hum", "1"]
    assert sounds[0]["latent"] is None
    assert sounds[0]["pitch"] == pytest.approx(69, abs=0.02)
    assert sounds[0]["noisiness"] < 0.02


@pytest.fixture(scope="module")
def auditioned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mesh")
    toy = opened(pitches=(60, 64, 67))
    corner_file.write(folder / "c.json", toy, random_corners(4, pitch=64))
    config = MeshConfig(shape=Shape(counts=(4, 3, 3)), adapt="arc-length")
    list(make_mesh(config, folder / "c.json", toy, folder))
    list(audition.run(folder / "mesh.npz", toy, folder / "audition.html"))
    return folder


def test_a_mesh_is_heard_by_moving_over_it(chromium, auditioned):
    with opened_page(chromium, auditioned / "audition.html") as page:
        for number, title in enumerate(("original", "adapted")):
            canvas = page.locator("canvas").nth(number)
            canvas.click()
            box = canvas.bounding_box()
            assert heard(page) > 0.003
            page.mouse.move(box["x"] + 5, box["y"] + 5, steps=3)
            page.wait_for_function(f"player.now && player.now.key === '{number}:27'")
            assert page.locator("#place").inner_text() == (
                f"{title}: pitch 60, timbre1 1, timbre2 0"
            )
        page.mouse.move(box["x"] - 12, box["y"] - 12)
        page.wait_for_function("player.level() === 0")


def test_a_third_dimension_is_a_slider_and_keys_move(chromium, auditioned):
    with opened_page(chromium, auditioned / "audition.html") as page:
        page.get_by_label("timbre2").fill("2")
        page.locator("canvas").nth(1).focus()
        for key in ("ArrowRight", "ArrowUp", "ArrowUp"):
            page.keyboard.press(key)
        assert page.locator("#place").inner_text().endswith("timbre1 0.6667, timbre2 1")
        page.wait_for_function("player.now && player.now.key === '1:20'")
        assert page.locator("#measures tr").count() == 3


def test_loops_have_no_seam_and_one_level():
    toy = opened().generator
    latents = np.random.default_rng(1).standard_normal((6, 16)).astype(np.float32)
    loops = audition.looped(toy.sounds(latents, None, seed=1))
    seam = np.abs(loops[:, 0] - loops[:, -1])
    usual = np.quantile(np.abs(np.diff(loops, axis=1)), 0.999, axis=1)
    assert (seam <= 1.5 * usual).all()
    level = np.sqrt(np.mean(loops**2, axis=1))
    np.testing.assert_allclose(level, audition.RMS, rtol=1e-4)


def test_a_large_mesh_is_thinned_with_its_ends():
    kept = audition.thinned((21, 40, 9), 441)
    assert np.prod([len(indices) for indices in kept]) <= 441
    for indices, count in zip(kept, (21, 40, 9), strict=True):
        assert (indices[0], indices[-1]) == (0, count - 1)
        assert len(set(indices)) == len(indices)


def test_a_page_of_noise_stays_small(tmp_path):
    """The worst case for FLAC: 441 nodes twice within 15 MB."""
    noise = np.random.default_rng(0).standard_normal((4, 16_384)).astype(np.float32)
    loops = audition.looped(0.1 * noise)
    assert 882 * np.mean([len(flac(loop, bits=audition.BITS)) for loop in loops]) < 15e6
    whole = noise / np.abs(noise).max(axis=1, keepdims=True)
    assert 150 * np.mean([len(flac(sound)) for sound in whole]) < 13e6


def test_a_mesh_of_another_gan_is_refused(tmp_path):
    toy = opened()
    mesh = between(random_corners(2), toy, Shape(counts=(3,)))
    save(tmp_path / "mesh.npz", mesh, mesh.latents)
    other = type(toy)(toy.generator, toy.path, "f" * 64)
    with pytest.raises(Exception, match="made with another GAN"):
        list(audition.run(tmp_path / "mesh.npz", other, tmp_path / "audition.html"))
    assert not (tmp_path / "audition.html").exists()


def test_what_a_rule_picked_is_picked_on_the_page(chromium, tmp_path):
    toy = opened()
    list(explore(ExploreConfig(count=6, pick="distant", corners=2), toy, tmp_path, tmp_path))
    chosen = corner_file.read(tmp_path / "corners.json", toy)
    with opened_page(chromium, tmp_path / "explore.html") as page:
        names = [each.input_value() for each in page.locator("#corners input").all()]
        assert names == [corner.name for corner in chosen]
        assert page.locator("#save").is_enabled()
