"""The factory's pages, opened after their run is gone: whole, or one line of what to do."""

import json
import shutil
import signal
import subprocess

import pytest
import whole_runs
from chromium import browser, opened_page

from trainer.evaluation.material import answers_file
from trainer.latent.generator import fingerprint

pytestmark = pytest.mark.timeout(2 * whole_runs.PATIENCE_S)
PAGES = {
    "dataset/dataset.html": ".card",
    "latents/explore.html": ".sound",
    "mesh/audition.html": "canvas",
    "evaluate/evaluation.html": "section",
}


@pytest.fixture(scope="module")
def chromium():
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def moved(whole, tmp_path_factory):
    """A run's pages in a folder of their own; the run is no more."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copytree(whole[0], folder / "run")
    words = [*whole_runs.SMF_TRAIN, "audition", str(folder / "run")]
    subprocess.run(words, check=True, capture_output=True, cwd=whole_runs.ROOT)
    for page in PAGES:
        (folder / page.replace("/", "-")).write_bytes((folder / "run" / page).read_bytes())
    shutil.rmtree(folder / "run")
    return folder


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_without_its_run(chromium, moved, name):
    """`opened_page` fails on a complaint of the browser's, and on whatever leaves the page."""
    path = moved / name.replace("/", "-")
    with opened_page(chromium, path) as page:
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.reload()
        assert page.locator(PAGES[name]).count() > 0
        assert page.evaluate("[...document.images].every((image) => image.naturalWidth > 0)")
        outside = [url for url in asked if not url.startswith(("data:", "blob:"))]
        assert outside == [path.as_uri()]


@pytest.mark.parametrize(
    ("name", "click"), [("latents-explore.html", ".play"), ("mesh-audition.html", "canvas")]
)
def test_sounds_play_without_their_run(chromium, moved, name, click):
    with opened_page(chromium, moved / name) as page:
        page.locator(click).first.click()
        page.wait_for_function("player.level() > 0.003")


def test_corners_saved_without_their_run_know_their_gan(chromium, moved, whole, tmp_path):
    with opened_page(chromium, moved / "latents-explore.html") as page:
        with page.expect_download() as download:
            page.locator("#save").click()
        download.value.save_as(tmp_path / "corners.json")
    held = json.loads((tmp_path / "corners.json").read_text())
    assert len(held["corners"]) == 4
    assert held["generator"]["sha256"] == fingerprint(whole[0] / "gan" / "generator.pt")


def test_the_listening_tests_page_by_itself_says_how_to_serve_it(chromium):
    path = whole_runs.ROOT / "trainer" / "evaluation" / "assets" / "listen.html"
    with opened_page(chromium, path) as page:
        said = page.locator("#trouble").inner_text()
        assert said.startswith(
            "this page is nothing by itself: run `smf-train listen RUN` and open"
        )
        assert page.locator("#begin").is_hidden()


def test_a_listening_test_that_nobody_serves_any_more_says_so_and_goes_on_later(
    chromium, whole, tmp_path
):
    run = tmp_path / "run"
    for stage in ("gan", "mesh"):
        shutil.copytree(whole[0] / stage, run / stage)
    served, address = serving(run, 0)
    page = chromium.new_page()
    page.goto(address)
    page.fill("#listener", "ann")
    page.click("#begin button")
    page.wait_for_selector("#play-a:visible")
    stop(served)
    gone = "the test does not answer: start `smf-train listen RUN` again, then go on here"
    page.click("#play-a")
    page.wait_for_function(f"document.querySelector('#trouble').textContent.endsWith({gone!r})")
    page.evaluate("choose('a')")
    saved = f"not saved, choose again: {gone}"
    page.wait_for_function(f"document.querySelector('#trouble').textContent === {saved!r}")
    served, _ = serving(run, int(address.rstrip("/").rsplit(":", 1)[1]))
    page.click("#choose-a")
    page.wait_for_function("document.querySelector('#trouble').textContent === ''")
    stop(served)
    page.close()
    assert len(answers_file(run, run / "mesh" / "mesh.npz").read_text().splitlines()) == 1


def serving(run, port):
    """`smf-train listen` as a process, and its address."""
    words = [*whole_runs.SMF_TRAIN, "listen", str(run), "--port", str(port), "--trials", "2"]
    served = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=whole_runs.ROOT)
    return served, served.stdout.readline().split()[0]


def stop(served):
    served.send_signal(signal.SIGINT)
    served.communicate(timeout=30)
