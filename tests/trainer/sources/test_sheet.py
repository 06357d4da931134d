"""The contact sheet: what it shows of a dataset, and that a browser plays it."""

import re
from pathlib import Path

import made
import numpy as np
import pytest
from parts import require_or_skip

from trainer.errors import TrainerError
from trainer.sources import pictures
from trainer.sources.build import BuildConfig, build
from trainer.sources.folder import Folder, FolderConfig
from trainer.sources.sheet import SheetConfig, columns, grouped, sample, write

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Three notes and two noises, one of them skipped."""
    folder = tmp_path_factory.mktemp("recordings")
    lines = ["file_name,class,pitch"]
    for name, pitch in (("low", 57), ("middle", 69), ("high & <b>", 81)):
        made.write(folder, f"{name}.wav", made.tone(440 * 2 ** ((pitch - 69) / 12)))
        lines.append(f"{name}.wav,tone,{pitch}")
    made.write(folder, "noise.wav", np.random.default_rng(0).standard_normal(20_000) * 0.1)
    made.write(folder, "short.wav", made.tone(seconds=0.3))
    (folder / "metadata.csv").write_text("\n".join([*lines, "noise.wav,noise,", "short.wav,,"]))
    out = folder / "dataset"
    list(build(Folder(FolderConfig(folder)), out, BuildConfig(processes=1)))
    return write(out)


def test_the_page_needs_nothing_but_itself(page):
    assert not re.search(r"""(src|href)=["']?(https?:|/|\w+\.)""", page.read_text())


def test_names_are_text_not_markup(page):
    assert "<b>.wav" not in page.read_text()
    assert "high &amp; &lt;b&gt;.wav" in page.read_text()


def test_few_clips_of_every_class_are_chosen_over_all_pitches():
    rows = [{"file_name": f"{k}.wav", "pitch": str(k % 12)} for k in range(200)]
    assert [row["pitch"] for row in sample(rows, 3)] == ["0", "5", "11"]
    assert len(sample(rows[:2], 5)) == 2
    kinds = [{"class": "reed", "instrument": "oboe"}, {"class": "hiss"}, {"class": ""}]
    assert list(grouped(kinds)) == ["reed / oboe", "hiss", "all clips"]


def test_numeric_columns_are_those_of_numbers_only():
    rows = [{"pitch": "60", "class": "a", "force": ""}, {"pitch": "72", "class": "1", "force": "2"}]
    assert [(c.name, c.low, c.high, c.filled) for c in columns(rows)] == [
        ("pitch", 60, 72, 2),
        ("force", 2, 2, 1),
    ]


def test_a_tone_is_bright_in_its_row_of_the_picture():
    level = pictures.spectrogram(made.tone(1000, 1.024), 16_000)
    assert level.shape == (80, 128)
    row = pictures.HEIGHT - 1 - int(np.argmin(np.abs(pictures.row_hz() - 1000)))
    assert abs(int(np.argmax(level.mean(axis=1))) - row) <= 1
    track = pictures.pitch_curve(made.tone(1000, 1.024), 16_000, 1000.0).split()
    assert all(abs(float(point.split(",")[1]) - row) <= 1 for point in track)


def test_many_classes_share_the_page(page):
    write(page.parent, SheetConfig(clips=2))
    assert page.read_text().count('class="card"') == 2
    write(page.parent, SheetConfig(clips=1))
    assert page.read_text().count('class="card"') == 1
    assert page.read_text().count("<polyline") == 2 + 2  # both classes' spectra, one card's curves
    write(page.parent)


def test_a_folder_that_is_no_dataset_or_lost_a_clip_is_told(page, tmp_path):
    with pytest.raises(TrainerError, match=r"no metadata\.csv"):
        write(tmp_path)
    (tmp_path / "metadata.csv").write_text("file_name\n")
    with pytest.raises(TrainerError, match="no lines"):
        write(tmp_path)
    (tmp_path / "metadata.csv").write_text("file_name\ngone.wav\n")
    with pytest.raises(TrainerError, match=r"gone\.wav: cannot be read.*build the dataset again"):
        write(tmp_path)


@pytest.fixture(scope="module")
def opened(page):
    """The page in Debian's Chromium."""
    require_or_skip(CHROMIUM.is_file(), "apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as engine:
        options = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        browser = engine.chromium.launch(executable_path=str(CHROMIUM), args=options)
        view = browser.new_page()
        view.troubles = []
        view.on("console", lambda message: view.troubles.append(message.text))
        view.on("pageerror", lambda error: view.troubles.append(str(error)))
        view.goto(page.as_uri())
        yield view
        assert view.troubles == []
        browser.close()


def test_a_browser_shows_counts_and_classes(opened):
    assert opened.inner_text("#counts").startswith("4 clips:")
    assert opened.locator(".card").count() == 4
    assert opened.inner_text("#skipped").startswith("1 skipped")
    assert opened.locator("#classes tr").count() == 3
    sizes = "[...document.images].map(i => [i.naturalWidth, i.naturalHeight].join())"
    assert set(opened.evaluate(sizes)) == {"128,80"}


def test_a_browser_plays_a_clip_and_moves_on(opened):
    opened.click(".card >> nth=0")
    opened.wait_for_function("player.currentTime > 0.05")
    assert opened.evaluate("player.duration") == pytest.approx(1.024, abs=0.001)
    assert opened.locator(".playing").count() == 1
    opened.keyboard.press("ArrowRight")
    opened.wait_for_function("cards.indexOf(current) === 1 && player.currentTime > 0.05")
    opened.keyboard.press("Escape")
    assert opened.locator(".playing").count() == 0
    assert opened.evaluate("player.paused")


def test_a_browser_plays_a_class_to_its_end_and_stops(opened):
    opened.click("section >> nth=0 >> .all")
    opened.wait_for_function("queue.length === 2")
    opened.evaluate("player.currentTime = 1.0")
    opened.wait_for_function("queue.length === 1 && current")
    opened.keyboard.press("Escape")
    assert opened.evaluate("queue.length") == 0


def test_a_browser_hides_other_classes(opened):
    opened.select_option("#filter", "group2")
    assert opened.locator("section:visible").count() == 1
    opened.select_option("#filter", "")
