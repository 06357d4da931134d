"""Overload before a real engine that has more to compute than time: its model runs too fast."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from small_models import INFO, random_weights

from smfosc.audio import AudioSettings
from smfosc.audio.file import NullBackend
from smfosc.config import OverloadConfig
from smfosc.engine import Counters, Engine, Kind
from smfosc.model_file import write_model
from smfosc.models import Models
from smfosc.overload import SETTLE_S, Overload
from smfosc.voices import LoadedModel

TURN_S, VOICES, BLOCK = 0.25, 6, 256
RATES = (4_000, 6_000, 8_000, 12_000, 16_000, 24_000, 32_000, 48_000, 64_000, 96_000, 128_000)


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> list[LoadedModel]:
    """One for each voice, so that no two are computed together and all cost the same."""
    path = Path(tmp_path_factory.mktemp("models")) / "wide.onnx"
    write_model(path, INFO, random_weights(hidden=128, layers=3))
    stores = [Models("float32") for _ in range(VOICES)]
    return [store.load(store.give(path)) for store in stores]


def voices_of(engine: Engine, models: list[LoadedModel], samplerate: int) -> dict:
    """v0, v1, ... on the engine."""
    found = {}
    for number, model in enumerate(models):
        slot = engine.add_voice(
            model.kernel,
            parameters=model.info.parameters,
            values=[70.0, 0.0],
            samplerate=samplerate,
            seed=number,
            gate=True,
        )
        found[f"v{number}"] = SimpleNamespace(name=f"v{number}", slot=slot, model=model)
    return found


def load_of(models: list[LoadedModel], samplerate: int) -> float:
    """Of these voices on one core: CPU time over time."""
    engine = Engine(48_000, realtime=False)
    voices_of(engine, models, samplerate)
    engine.render(BLOCK)
    start = time.thread_time()
    for _ in range(20):
        engine.render(BLOCK)
    return (time.thread_time() - start) * 48_000 / (20 * BLOCK)


def slowed(models: list[LoadedModel], wanted: float) -> int:
    """The model rate at which these voices are about so much."""
    per_hz = load_of(models, 16_000) / 16_000
    return min(RATES, key=lambda rate: abs(rate * per_hz - wanted))


class Live:
    """Voices that play at a rate that is too high, and an Overload that looks after them."""

    def __init__(self, models: list[LoadedModel], samplerate: int, policy: str) -> None:
        self.engine = Engine(48_000)
        self.voices = voices_of(self.engine, models, samplerate)
        self.told: list[tuple[float, float, str]] = []  # when, load, who
        self.overload = Overload(
            lambda: self.engine,
            self.voices,
            OverloadConfig(policy=policy),
            news=self.tell,
            to_int8=lambda voice: False,
        )

    def tell(self, address: str, load: float, what: str, name: str) -> None:
        assert (address, what) == ("/overload", "rests")
        resting = {n for n, voice in self.voices.items() if self.engine.is_resting(voice.slot)}
        assert {told for *_, told in self.told} <= resting  # the one before is silent
        self.told.append((time.monotonic(), load, name))

    def play(self, seconds: float) -> Counters:
        """Look after it for a while; what was counted since."""
        before = self.engine.counters()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(TURN_S)
            self.overload.turn()
        now = self.engine.counters()
        counted = {key: getattr(now, key) - getattr(before, key) for key in ("blocks", "underruns")}
        return replace(now, **counted)

    def settle(self) -> Counters | None:
        """Play until nobody gives way for a while; what was counted in it. None: never."""
        self.play(1.0)
        for _ in range(2 * VOICES):
            told = len(self.told)
            counted = self.play(2 * (SETTLE_S + 3 * TURN_S))
            if len(self.told) == told and counted.underruns <= 0.1 * counted.blocks:
                return counted
        return None


@pytest.mark.parametrize("policy", ["release", "quietest"])
def test_voices_rest_one_by_one_until_the_rest_fits_and_play_on(models, policy):
    rate = slowed(models, 1.5)
    live = Live(models, rate, policy)
    closed = live.voices["v4"]
    live.engine.send(closed.slot, Kind.GATE, value=0.0)
    backend = NullBackend(AudioSettings(samplerate=48_000, blocksize=BLOCK))
    backend.start(live.engine)
    try:
        settled = live.settle()
    finally:
        backend.stop()
    each = load_of(models, rate) / VOICES
    said = f"each {each:.2f}, told {live.told}, settled {settled}"
    rested = len(live.told)
    assert 1 <= rested < VOICES, said
    assert live.told[0][2] == "v4", said  # released before all others, and the quietest
    times = [when for when, *_ in live.told]
    assert all(later - earlier >= SETTLE_S for earlier, later in pairwise(times)), said
    assert settled is not None, said
    # With one more it would not fit; other programs may take a part of the core.
    assert (VOICES - rested + 1) * each > 0.5, said
