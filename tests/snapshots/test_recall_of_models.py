"""Recalls that exchange models or bring voices: what is told meanwhile, what has no room."""

from __future__ import annotations

import numpy as np
import pytest

from smfosc.admission import NoRoom
from smfosc.feedback import Feedback
from smfosc.osc import decode

BLOCK = 256


def stored(stage, name):
    assert stage.ask("/snapshot/store", name)[0][0] == "/done"


# --- what is told ---------------------------------------------------------------------------


class Told:
    """A client of /notify: every value it was told, in order."""

    def __init__(self) -> None:
        self.heard: list[tuple] = []

    def send(self, packet: bytes) -> None:
        self.heard += [(m.address, *m.arguments) for m in decode(packet)]


def test_feedback_tells_nothing_of_before_after_a_recall_that_changes_a_model(stage):
    stage.voice("v1", "other")
    for leaf, value in (("pitch", 66.0), ("timbre", 0.5), ("gain", -6.0)):
        stage.send(f"/voice/v1/{leaf}", value)
    stage.play(10 * BLOCK)
    stored(stage, "one")
    stage.send("/voice/v1/model", "example")
    for leaf, value in (("pitch", 74.0), ("timbre", 0.25), ("gain", 0.0)):
        stage.send(f"/voice/v1/{leaf}", value)
    stage.play(20 * BLOCK)
    clock, client = [0.0], Told()
    feedback = Feedback(lambda looks: stage.commands.observe(), lambda s: [s], lambda: clock[0])

    def turn() -> list[tuple]:
        before, clock[0] = len(client.heard), clock[0] + 1.0
        feedback.turn()
        return client.heard[before:]

    feedback.add(client)
    turn()
    stage.commands._roster._surroundings.news = feedback.news
    stage.send("/snapshot/recall", "one", after=BLOCK)
    while stage.commands.voices["v1"].model.info.name != "other":
        stage.play(16)
    heard = turn()  # before the frame has sounded
    for _ in range(40):
        stage.play(32)
        heard += turn()
    told = dict(heard)
    assert told["/voice/v1/pitch"] == 66.0
    assert told["/voice/v1/gain"] == pytest.approx(-6.0)
    olds = {("/voice/v1/pitch", 74.0), ("/voice/v1/timbre", 0.25), ("/voice/v1/gain", 0.0)}
    assert not olds & set(heard)
    assert ("/voice/v1/colour", 74.0) not in heard  # its index was another parameter's


def test_a_voice_that_settles_is_left_out_until_its_frame_has_been_rendered(stage):
    stage.voice("v1", "other")
    stage.play(BLOCK)
    stored(stage, "one")
    stage.send("/voice/v1/model", "example")
    stage.play(20 * BLOCK)
    stage.send("/snapshot/recall", "one")
    assert not any(address.startswith("/voice/v1/") for address in stage.commands.observe())
    stage.play(stage.engine.delay_frames + 2 * BLOCK)
    assert stage.commands.observe()["/voice/v1/model"] == ("other",)


def test_what_is_kept_of_a_voice_that_settles_is_what_was_recalled(stage):
    """What survives a kill is read at any time: no new name with a value of before."""
    stage.voice("v1", "other")
    stage.send("/voice/v1/pitch", 66.0)
    stage.play(10 * BLOCK)
    stored(stage, "one")
    stage.send("/voice/v1/model", "noise")
    stage.play(20 * BLOCK)
    stage.send("/snapshot/recall", "one")
    (before,) = stage.commands.present()
    stage.play(20 * BLOCK)
    (after,) = stage.commands.present()
    assert before == after
    assert before.params["pitch"] == 66.0


# --- crossfades on their way ----------------------------------------------------------------


def test_a_recall_while_three_crossfades_run_ends_in_the_recalled_state(stage):
    stage.voice("v1", "noise")
    stage.play(BLOCK)
    stored(stage, "one")
    for model in ("example", "other", "example"):
        stage.send("/voice/v1/model", model, 10_000.0)
        stage.play(BLOCK)
    assert stage.send("/snapshot/recall", "one") == [("/done", "/snapshot/recall", "one", 1)]
    stage.play(BLOCK)
    assert stage.values()["model"] == "noise"
    assert set(stage.values()) >= {"colour"}


def test_a_recall_waits_while_a_voice_has_no_room_for_one_more_crossfade(stage):
    stage.voice("v1", "noise")
    stage.play(BLOCK)
    stored(stage, "one")
    for model in ("example", "other", "example", "other"):
        stage.send("/voice/v1/model", model, 10_000.0)
    assert stage.send("/snapshot/recall", "one") == []
    stage.play(4_800)
    answers = stage.sender.taken()
    assert answers == [("/done", "/snapshot/recall", "one", 1)]
    assert stage.values()["model"] == "noise"


def test_the_oldest_fade_ends_without_a_click(stage):
    """The steepest slope while it is hurried is no steeper than the sound's own."""

    def steepest(sound: np.ndarray) -> float:
        return float(np.abs(np.diff(sound, axis=0)).max())

    stage.voice("v1", "noise")
    stage.play(4_800)
    stored(stage, "one")
    own = steepest(stage.play(24_000))
    for model in ("example", "other", "example"):
        stage.send("/voice/v1/model", model, 10_000.0)
        own = max(own, steepest(stage.play(4_800)))
    stage.send("/snapshot/recall", "one")
    assert steepest(stage.play(4_800)) < 1.5 * own


# --- admission ------------------------------------------------------------------------------


def full(name: str, model, leaving=()) -> None:
    raise NoRoom(f"voice {name} would not fit: the load is 0.88 and would be 1.00")


def test_a_recalled_voice_that_would_not_fit_is_refused_by_name_and_the_rest_is_recalled(stage):
    stage.voice("v1")
    stage.voice("v2")
    stage.send("/voice/v1/pitch", 66.0)
    stage.play(BLOCK)
    stored(stage, "one")
    stage.send("/voice/v1/pitch", 70.0)
    stage.send("/voice/free", "v2")
    stage.play(BLOCK)
    stage.commands.admit_by(full)
    assert stage.send("/snapshot/recall", "one") == [
        ("/snapshot/recall.reply", "one",
         "voice v2 would not fit: the load is 0.88 and would be 1.00"),
        ("/done", "/snapshot/recall", "one", 1),
    ]  # fmt: skip
    stage.play(BLOCK)
    assert list(stage.commands.voices) == ["v1"]
    assert stage.values()["pitch"] == 66.0


@pytest.mark.parametrize(("ms", "leaving"), [(0.0, {"v2"}), (200.0, set())])
def test_voices_that_go_at_once_make_room_and_those_that_fade_in_a_morph_do_not(stage, ms, leaving):
    asked = []
    stage.voice("v1")
    stage.play(BLOCK)
    stored(stage, "one")
    stage.send("/voice/free", "v1")
    stage.voice("v2")
    stage.play(BLOCK)
    stage.commands.admit_by(lambda name, model, leaving=(): asked.append((name, set(leaving))))
    stage.send("/snapshot/morph", "one", ms)
    assert asked == [("v1", leaving)]
