"""The page in a real browser: what is done on it is heard, and all browsers show the same."""

from __future__ import annotations

import re

import chromium
import numpy as np
import pytest
from page_rig import Played
from playing import model_folder, read_wav, wait_until

from smfosc import library
from smfosc.client import OscClient

PITCH_TEXT = "[data-voice=v1] output"


@pytest.fixture(scope="module")
def browser():
    with chromium.browser() as found:
        yield found


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    models = model_folder(tmp_path_factory.mktemp("page") / "models")
    with Played("--model", "example", "--model", "example", "--audio", "null", models=models) as it:
        yield it


@pytest.fixture
def daemon(shared):
    """The daemon with both voices as they were at its start."""
    with OscClient(port=shared.port) as client:
        client.send("/voice/v[12]/pitch", 70.0)
        client.send("/voice/v[12]/timbre", 0.0)
        client.send("/voice/v[12]/gate", 1)
        client.until_synced(10)
    return shared


@pytest.fixture
def page(browser, daemon):
    with browser.new_context(viewport={"width": 1200, "height": 900}) as context:
        yield opened(context, daemon)


def opened(context, daemon):
    """The daemon's page with its voices; an error in it fails the test."""
    page = context.new_page()
    page.mistakes = []
    page.on("pageerror", lambda error: page.mistakes.append(str(error)))
    page.goto(daemon.url)
    page.wait_for_selector("[data-voice=v1]")
    page.wait_for_selector("#status[data-state=open]")
    return page


def drag(page, across: float, up: float, *, steps: int = 8) -> None:
    """Take v1's puck to a place of the pad's inner square."""
    box = page.locator("#pad").bounding_box()
    puck = page.locator(".puck").first.bounding_box()
    page.mouse.move(puck["x"] + puck["width"] / 2, puck["y"] + puck["height"] / 2)
    page.mouse.down()
    x = box["x"] + 32 + across * (box["width"] - 64)
    page.mouse.move(x, box["y"] + 32 + (1 - up) * (box["height"] - 64), steps=steps)
    page.mouse.up()


def value(daemon, address: str):
    with OscClient(port=daemon.port) as client:
        client.send(f"{address}/get")
        return next(m.arguments[0] for m in client.until_synced(10) if m.address == address)


def pitch_of(sound: np.ndarray, samplerate: int) -> float:
    """MIDI note of a tone, by its autocorrelation, to some cents."""
    sound = sound - sound.mean()
    spectrum = np.abs(np.fft.rfft(sound, 4 * len(sound))) ** 2
    near = np.fft.irfft(spectrum)[: samplerate // 200]
    lag = samplerate // 800 + int(np.argmax(near[samplerate // 800 :]))
    left, middle, right = near[lag - 1 : lag + 2]
    period = lag + 0.5 * (left - right) / (left - 2 * middle + right)
    return 69 + 12 * np.log2(samplerate / period / 440)


def test_the_pad_is_dragged_and_the_sound_s_pitch_follows(browser, tmp_path):
    wav = tmp_path / "x.wav"
    models = library.find("clarinet-trumpet").parent
    with Played("--audio", "file", "--out", wav, models=models) as daemon:
        with browser.new_context() as context:
            page = opened(context, daemon)
            for across, pitch in ((0.25, 67.0), (0.75, 73.0)):
                drag(page, across, 0.0)
                near = pytest.approx(pitch, abs=0.05)
                assert wait_until(lambda near=near: value(daemon, "/voice/v1/pitch") == near)
                page.wait_for_timeout(700)
            assert page.mistakes == []
        assert daemon.end() == 0
    sound, samplerate = read_wav(wav)
    mono, half = sound[:, 0], samplerate // 2
    heard = [pitch_of(mono[at : at + 4_096], samplerate) for at in range(half, len(mono), 4_096)
             if at + 4_096 <= len(mono)]  # fmt: skip
    for pitch in (67.0, 73.0):
        assert sum(abs(note - pitch) < 0.5 for note in heard) >= 3, np.round(heard, 2)


def test_two_browsers_stay_in_step(browser, daemon, page):
    with browser.new_context() as context:
        other = opened(context, daemon)
        drag(page, 0.75, 0.5)
        assert wait_until(lambda: "73.0" in other.locator(PITCH_TEXT).first.inner_text())
        other.locator("[data-voice=v1] .gate").click()
        page.wait_for_selector("[data-voice=v1] .gate[aria-pressed=false]")
        with OscClient(port=daemon.port) as client:  # and with whoever plays beside them
            client.send("/voice/v1/pitch", 66.0)
            client.until_synced(10)
        for one in (page, other):
            assert wait_until(lambda one=one: "66.0" in one.locator(PITCH_TEXT).first.inner_text())
        assert page.mistakes == other.mistakes == []


def test_two_fingers_play_two_voices(daemon, page):
    devtools = page.context.new_cdp_session(page)
    box = page.locator("#pad").bounding_box()

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [
            {
                "x": box["x"] + 32 + across * (box["width"] - 64),
                "y": box["y"] + 32 + (1 - up) * (box["height"] - 64),
                "id": number,
            }
            for number, (across, up) in enumerate(places)
        ]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (0.1, 0.9))
    touch("touchStart", (0.1, 0.9), (0.9, 0.4))
    touch("touchMove", (0.25, 0.75), (0.75, 0.25))
    assert wait_until(lambda: value(daemon, "/voice/v1/pitch") == pytest.approx(67, abs=0.1))
    assert wait_until(lambda: value(daemon, "/voice/v2/pitch") == pytest.approx(73, abs=0.1))
    assert value(daemon, "/voice/v1/timbre") == pytest.approx(0.75, abs=0.02)
    assert value(daemon, "/voice/v2/timbre") == pytest.approx(0.25, abs=0.02)
    touch("touchEnd")
    assert page.mistakes == []


def test_a_note_is_played_by_key_and_ends_when_it_is_let_go(daemon, page):
    page.locator("#silence").click()
    page.keyboard.down("d")  # the fifth from a: E4 + 4
    assert wait_until(lambda: value(daemon, "/voice/v1/gate") == 1)
    assert value(daemon, "/voice/v1/pitch") == 68.0
    page.keyboard.up("d")
    assert wait_until(lambda: value(daemon, "/voice/v1/gate") == 0)
    page.locator("#pad").focus()
    page.keyboard.press("Shift+ArrowRight")
    assert wait_until(lambda: value(daemon, "/voice/v1/pitch") == pytest.approx(69.2))


def test_voices_come_and_go_and_mistakes_are_shown(page):
    page.fill("[name=name]", "bass")
    page.click("#new-voice button")
    page.wait_for_selector("[data-voice=bass]")
    page.fill("[name=name]", "bass")
    page.click("#new-voice button")
    page.wait_for_selector("#log .fail")
    assert "bass exists already" in page.locator("#log li").first.inner_text()
    page.click("[data-voice=bass] .free")
    page.wait_for_selector("[data-voice=bass]", state="detached")
    assert page.mistakes == []


def test_a_drag_goes_on_while_others_make_voices(daemon, page):
    box = page.locator("#pad").bounding_box()
    puck = page.locator(".puck").first.bounding_box()
    page.mouse.move(puck["x"] + 20, puck["y"] + 20)
    page.mouse.down()
    with OscClient(port=daemon.port) as client:
        client.send("/voice/new", "more", "example")
        client.until_synced(10)
        page.wait_for_selector("[data-voice=more]")
        page.mouse.move(box["x"] + 32, box["y"] + 32, steps=5)
        assert wait_until(lambda: value(daemon, "/voice/v1/pitch") == 64.0)
        page.mouse.up()
        client.send("/voice/free", "more")
        client.until_synced(10)
    page.wait_for_selector("[data-voice=more]", state="detached")
    assert page.mistakes == []


def test_meters_and_scope_show_sound(page):
    assert wait_until(lambda: page.locator("#mix").evaluate("m => m.value") > -50)
    painted = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(x => x)"
    assert wait_until(lambda: page.locator("#scope").evaluate(painted))
    page.click("#view-spectrum")
    assert page.locator("#view-spectrum").get_attribute("aria-pressed") == "true"
    assert wait_until(lambda: re.match(r"\d+ %", page.locator("#load-text").text_content()))
    assert page.mistakes == []


def test_everything_has_a_name_and_fits_a_phone(browser, daemon):
    with browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True) as context:
        page = opened(context, daemon)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        nameless = page.evaluate(
            """() => [...document.querySelectorAll('button, input, select, meter')].filter(e =>
            !(e.ariaLabel || e.getAttribute('aria-labelledby') || e.labels?.length
              || e.textContent.trim())).map(e => e.outerHTML)"""
        )
        assert nameless == []
        small = page.evaluate(
            """() => [...document.querySelectorAll('button, select')].filter(e =>
            e.offsetHeight && e.offsetHeight < 32).map(e => e.outerHTML)"""
        )
        assert small == []


def test_the_page_finds_its_daemon_again(browser, tmp_path):
    models = model_folder(tmp_path / "models")
    daemon = Played("--model", "example", "--audio", "null", models=models)
    with browser.new_context() as context:
        with daemon:
            page = opened(context, daemon)
        page.wait_for_selector("#status[data-state=wait]")
        again = ("--port", daemon.port, "--http-port", daemon.http_port)
        with Played(*again, "--model", "example", "--audio", "null", models=models):
            page.wait_for_selector("#status[data-state=open]", timeout=20_000)
            page.wait_for_selector("[data-voice=v1]")
        assert page.mistakes == []
