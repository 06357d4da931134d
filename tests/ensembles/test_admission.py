"""Admission: the plan of batches, the prediction, who is let in and who is refused."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_models import INFO, random_weights

from smfosc import admission
from smfosc.admission import Admission, Cost, NoRoom, batches, predicted
from smfosc.config import OverloadConfig
from smfosc.models import kernel_of
from smfosc.voices import LoadedModel

LINEAR = Cost((0.0001, 0.0002, 0.0004, 0.0008), 1_000)  # a tenth of a thread per voice


@given(st.lists(st.integers(1, 40), max_size=8), st.integers(1, 6))
def test_every_voice_is_in_one_batch_and_none_is_wider_than_the_kernel_takes(counts, threads):
    found = batches(counts, threads)
    assert [sum(widths) for widths in found] == counts
    assert all(1 <= width <= admission.WIDEST for widths in found for width in widths)


@pytest.mark.parametrize(
    ("counts", "threads", "wanted"),
    [
        ([18], 2, [[6, 6, 3, 3]]),
        ([3, 3, 3, 3], 2, [[3], [3], [3], [3]]),
        ([4, 4, 4], 2, [[4], [4], [2, 2]]),
        ([12], 1, [[6, 6]]),
        ([1], 2, [[1]]),
    ],
)
def test_batches_are_even_and_keep_all_threads_busy(counts, threads, wanted):
    assert batches(counts, threads) == wanted


@given(st.dictionaries(st.integers(0, 5), st.integers(1, 20)), st.integers(1, 4))
def test_the_prediction_lies_between_all_threads_shared_evenly_and_one_alone(counts, threads):
    load = predicted(dict.fromkeys(range(6), LINEAR), counts, threads)
    alone = 0.1 * sum(counts.values())
    assert alone / threads - 1e-9 <= load <= alone + 1e-9


class Meter:
    """An engine whose load a test sets."""

    def __init__(self) -> None:
        self.load, self.realtime, self.resting = 0.0, True, set()

    def counters(self) -> SimpleNamespace:
        return SimpleNamespace(load=self.load)

    def is_resting(self, slot: int) -> bool:
        return slot in self.resting


@dataclass
class Player:
    """A voice, as far as admission looks at it."""

    slot: int
    model: LoadedModel
    name: str = ""


@dataclass(eq=False)
class Guard:
    """An Admission whose kernels all cost LINEAR."""

    engine: Meter
    voices: dict[str, Player]
    admit: Admission
    clock: list[float]

    def enter(self, name: str, model: LoadedModel) -> None:
        self.admit(name, model)
        self.voices[name] = Player(len(self.voices), model, name)


@pytest.fixture
def guard(monkeypatch) -> Guard:
    clock = [100.0]
    monkeypatch.setattr(admission, "timed", lambda *_: LINEAR)
    monkeypatch.setattr(admission.time, "monotonic", lambda: clock[0])
    engine, voices = Meter(), {}
    return Guard(engine, voices, Admission(lambda: engine, voices, OverloadConfig(), 1), clock)


@pytest.fixture
def model() -> LoadedModel:
    return LoadedModel(INFO, SimpleNamespace(generate=None))


def test_voices_are_let_in_until_the_next_would_not_fit(guard, model):
    for n in range(9):
        guard.enter(f"v{n}", model)
    guard.engine.load = 0.88
    with pytest.raises(NoRoom) as refusal:
        guard.admit("v9", model)
    assert str(refusal.value) == (
        "voice v9 would not fit: the load is 0.88 and would be 1.00; [overload] most = 0.9."
        ' Free a voice, add workers, or let all in: admit = "all"'
    )
    del guard.voices["v0"]
    guard.admit("v9", model)


def test_voices_that_go_when_it_comes_make_room(guard, model):
    for n in range(9):
        guard.enter(f"v{n}", model)
    with pytest.raises(NoRoom):
        guard.admit("new", model)
    guard.admit("new", model, {"v3"})


def test_voices_that_are_still_in_the_making_count(guard, model):
    for n in range(9):
        guard.admit(f"v{n}", model)
    with pytest.raises(NoRoom):
        guard.admit("v9", model)
    guard.clock[0] += admission.COMING_S  # none of them has come
    guard.admit("v9", model)


def test_a_resting_voice_takes_no_room_and_the_first_is_always_let_in(guard, model):
    for n in range(9):
        guard.enter(f"v{n}", model)
    guard.engine.resting = {0}
    guard.admit("v9", model)
    guard.admit.settings = OverloadConfig(most=0.05)
    guard.admit._coming.clear()
    guard.engine.resting = set(range(9))
    guard.admit("first", model)


def test_the_meter_corrects_the_prediction_when_it_has_settled(guard, model):
    for n in range(4):
        guard.enter(f"v{n}", model)
    guard.engine.load = 0.8  # twice what was predicted
    guard.admit.observe()
    guard.clock[0] += admission.STEADY_S
    guard.admit.observe()
    with pytest.raises(NoRoom, match=r"the load is 0\.80 and would be 1\.00"):
        guard.admit("v4", model)


def test_all_are_let_in_where_the_user_says_so_and_offline(guard, model):
    for n in range(9):
        guard.enter(f"v{n}", model)
    guard.engine.realtime = False
    guard.admit("v9", model)
    guard.engine.realtime = True
    guard.admit.settings = OverloadConfig(admit="all")
    guard.admit("v9", model)


def test_a_wider_batch_of_a_real_kernel_costs_more_but_less_than_each_voice_alone():
    weights = random_weights(hidden=64, layers=2)
    kernel = kernel_of(weights, precision="int8")
    cost = admission.timed(kernel, 16_000, 2)
    assert 0.0 < cost.load(1) < cost.load(8) < 8.5 * cost.load(1)
    assert cost.load(2) <= cost.load(3) <= cost.load(4)


def test_a_model_that_is_made_ahead_is_admitted_by_what_was_measured_at_its_load(guard, model):
    ahead = LoadedModel(INFO, SimpleNamespace(), tuple(n * 0.25 / 16_000 for n in (1, 2, 4, 8)))
    for n in range(3):
        guard.enter(f"a{n}", ahead)
    guard.engine.load = 0.01  # the audio thread has nothing to do with it
    with pytest.raises(NoRoom) as refusal:
        guard.admit("a3", ahead)
    assert "the load of its renderer is 0.75 and would be 1.00" in str(refusal.value)
    guard.admit("v0", model)  # another thread's


def test_models_that_are_made_ahead_share_the_machines_cores(guard):
    guard.admit._cores = 2
    models = [
        LoadedModel(INFO, SimpleNamespace(), tuple(n * 0.6 / 16_000 for n in (1, 2, 4, 8)))
        for _ in range(4)
    ]
    for n, ahead in enumerate(models[:3]):
        guard.enter(f"a{n}", ahead)
    with pytest.raises(NoRoom, match=r"is 0\.90 and would be 1\.20"):
        guard.admit("a3", models[3])
