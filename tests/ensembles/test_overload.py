"""Overload: who gives way, in which order, and what is told."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from smfosc.config import OverloadConfig
from smfosc.engine import Counters, Kind, LevelState
from smfosc.overload import BAD_TURNS, FADE_S, LATE_TURNS, SETTLE_S, TELL_S, Overload

TURN_S = 0.25


class Engine:
    """Counters, gates and levels that a test sets; what is sent is kept."""

    realtime = True

    def __init__(self) -> None:
        self.now = Counters(**dict.fromkeys(Counters.__dataclass_fields__, 0))
        self.closed, self.resting, self.levels, self.sent = set(), [], {}, []
        self.fades = False  # whoever gives way sounds on until a test says that it rests

    def counters(self) -> Counters:
        return self.now

    def gate(self, slot: int) -> bool:
        return slot not in self.closed

    def is_resting(self, slot: int) -> bool:
        return slot in self.resting

    def level(self, slot: int) -> LevelState:
        return LevelState(0.0, self.levels.get(slot, 0.5))

    def send(self, slot: int, kind: Kind, *, value: float) -> bool:
        assert (kind, value) == (Kind.REST, 1.0)
        self.sent.append(slot)
        if not self.fades:
            self.resting.append(slot)
        return True


class Scene:
    """Ten voices, a clock, and an Overload that watches them."""

    def __init__(self, policy: str, precision: str = "float32") -> None:
        kernel = SimpleNamespace(precision=precision)
        self.voices = {
            f"v{n}": SimpleNamespace(name=f"v{n}", slot=n, model=SimpleNamespace(kernel=kernel))
            for n in range(10)
        }
        self.engine, self.told, self.clock = Engine(), [], 0.0
        self.smaller: list[str] = []
        self.overload = Overload(
            lambda: self.engine,
            self.voices,
            OverloadConfig(policy=policy),
            news=lambda *told: self.told.append(told),
            to_int8=self.to_int8,
            now=lambda: self.clock,
        )

    def to_int8(self, voice) -> bool:
        if voice.model.kernel.precision == "int8":
            return False
        self.smaller.append(voice.name)
        return True

    def turns(self, count: int, late: int = 0, load: float = 0.8, **more: int) -> None:
        """Pass some turns of 50 blocks, of which so many come too late."""
        for _ in range(count):
            self.clock += TURN_S
            n = self.engine.now
            counted = {key: getattr(n, key) + value for key, value in more.items()}
            self.engine.now = replace(
                n, blocks=n.blocks + 50, underruns=n.underruns + late, load=load, **counted
            )
            self.overload.turn()

    def until_enough(self, fit: int, each: float = 0.25) -> None:
        """Overloaded as long as more than `fit` voices are awake."""
        for _ in range(200):
            awake = 10 - len(self.engine.resting)
            self.turns(1, late=50 if awake > fit else 0, load=each * awake)


def test_a_mishap_and_time_that_the_machine_took_are_no_overload():
    scene = Scene("release")
    scene.turns(10, late=4)
    scene.turns(1, late=50)
    scene.turns(10, wall_misses=50, stolen_passes=500)
    assert (scene.engine.resting, scene.told) == ([], [])


STEP_TURNS = 1 + round(SETTLE_S / TURN_S) + BAD_TURNS  # at most, from one to rest to the next


def test_those_released_longest_ago_give_way_first_then_those_open_longest():
    scene = Scene("release")
    scene.engine.closed = {0, 1, 7}
    scene.turns(1)
    scene.engine.closed = {1, 7}
    scene.turns(1)
    scene.engine.closed = {1, 7, 3}
    scene.turns(2)
    scene.until_enough(fit=5)
    assert scene.engine.resting == [1, 7, 3, 2, 4]
    assert [told[2:] for told in scene.told] == [("rests", f"v{n}") for n in (1, 7, 3, 2, 4)]


def test_who_opens_again_is_as_new_as_who_has_just_come():
    scene = Scene("release")
    scene.turns(1)
    scene.engine.closed = {0}
    scene.turns(1)
    scene.engine.closed = set()
    scene.turns(1)
    scene.until_enough(fit=1)
    assert scene.engine.resting == list(range(1, 10))


@pytest.mark.parametrize("policy", ["release", "quietest"])
@pytest.mark.parametrize("fit", [1, 4, 9])
def test_no_more_give_way_than_must(policy, fit):
    scene = Scene(policy)
    scene.turns(2)
    scene.until_enough(fit)
    assert len(scene.engine.resting) == 10 - fit
    assert scene.overload.steps == len(scene.told) == 10 - fit


def test_one_at_a_time_and_the_next_not_before_the_meter_has_settled():
    scene = Scene("release")
    scene.turns(1)
    scene.engine.fades = True
    scene.turns(BAD_TURNS, late=50, load=3.0)
    assert scene.engine.sent == [0]
    scene.turns(3, late=50, load=3.0)  # it still sounds
    assert scene.engine.sent == [0]
    scene.engine.resting = [0]
    scene.turns(1 + round(SETTLE_S / TURN_S) - 1, late=50, load=2.9)
    assert scene.engine.sent == [0]
    scene.turns(BAD_TURNS, late=50, load=2.7)
    assert scene.engine.sent == [0, 1]


def test_a_voice_that_was_woken_while_it_faded_is_not_waited_for_for_ever():
    scene = Scene("release")
    scene.turns(1)
    scene.engine.fades = True
    scene.turns(round(FADE_S / TURN_S) + BAD_TURNS + STEP_TURNS, late=50, load=2.0)
    assert len(scene.engine.sent) == 2


def test_the_last_voice_plays_on_unless_it_alone_is_too_much():
    scene = Scene("release")
    scene.engine.resting = list(range(9))
    scene.turns(1)
    scene.turns(20, late=50, load=0.98)
    assert scene.engine.sent == []
    assert {told[2:] for told in scene.told} == {("none", "")}
    scene.turns(5, late=50, load=1.3)
    assert scene.engine.sent == [9]


def test_the_quietest_gives_way_first_where_the_user_says_so():
    scene = Scene("quietest")
    scene.engine.closed, scene.engine.levels = {7}, {1: 0.0, 4: 0.1}
    scene.turns(1)
    scene.until_enough(fit=8)
    assert scene.engine.resting == [1, 4]


def test_weights_become_smaller_before_anybody_rests():
    scene = Scene("int8")
    scene.turns(1)
    scene.turns(BAD_TURNS, late=50, load=1.5)
    assert scene.smaller == [f"v{n}" for n in range(10)]
    assert scene.engine.resting == []
    assert scene.told[0] == ("/overload", 1.5, "int8", "v0")
    scene.voices["v0"].model.kernel.precision = "int8"  # all share it
    scene.turns(round(FADE_S / TURN_S) + 1, late=50, load=1.1)
    assert len(scene.engine.resting) == 1


def test_nobody_gives_way_where_the_user_says_so_but_it_is_told_once_a_second():
    scene = Scene("none")
    scene.turns(1)
    scene.turns(12, late=50, load=2.0)
    assert scene.engine.resting == []
    assert len(scene.told) == round((12 - BAD_TURNS + 1) * TURN_S / TELL_S)
    assert set(scene.told) == {("/overload", 2.0, "none", "")}


@pytest.mark.parametrize("policy", ["release", "quietest", "int8"])
def test_an_overload_ends_for_there_is_always_somebody_left_to_rest(policy):
    scene = Scene(policy, precision="int8")
    scene.turns(200, late=50, load=3.0)
    assert sorted(scene.engine.resting) == list(range(10))


def test_passes_that_workers_missed_are_an_overload_too():
    scene = Scene("release")
    scene.turns(1)
    scene.turns(BAD_TURNS, missed_passes=10 * 25)
    assert len(scene.engine.resting) == 1


@pytest.mark.parametrize("late", [{"slow_blocks": 25}, {"slow_passes": 10 * 25}])
def test_what_comes_late_by_a_slower_machine_is_an_overload_too(late):
    scene = Scene("release")
    scene.turns(1)
    scene.turns(BAD_TURNS, **late)
    assert len(scene.engine.resting) == 1


def test_few_late_blocks_are_an_overload_where_the_load_is_full_for_it_would_not_end():
    scene = Scene("release")
    scene.turns(20, late=1, load=0.8)
    assert scene.engine.resting == []
    scene.turns(BAD_TURNS, late=1, load=0.97)
    assert scene.engine.resting == [0]


def test_some_late_blocks_are_an_overload_if_they_go_on():
    scene = Scene("release")
    scene.turns(1)
    scene.turns(LATE_TURNS - 1, late=3, load=0.8)
    assert scene.engine.resting == []
    scene.turns(1, late=3, load=0.8)
    assert scene.engine.resting == [0]
    scene.turns(LATE_TURNS, late=3, load=0.8)
    assert scene.engine.resting == [0]
