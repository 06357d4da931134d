"""bench/scaling.py: it runs; on a quiet machine (make reach) it reaches what is wanted."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from live_server import Peer
from parts import require_or_skip
from playing import Served

from smfosc.osc import decode

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import scaling
from scaling import Scene, engine_of, in_words, jack_run, paper_models, speed


def test_a_scene_is_measured_on_one_thread_and_on_more(tmp_path):
    loaded = paper_models(tmp_path, 1)
    one, two = scaling.scaling(loaded, [(1, 2)], threads=2, seconds=0.1)
    assert (one.scene, two.scene) == (Scene(1, 2, 1), Scene(1, 2, 2))
    assert one.realtime > 0.0
    assert one.gain == 1.0
    assert two.gain == two.realtime / one.realtime
    assert one.per_voice_us == pytest.approx(1e6 / (one.realtime * 2 * 16_000))


def test_what_was_played_is_told_ours_apart_from_the_machines(tmp_path):
    played = jack_run(paper_models(tmp_path, 1), Scene(1, 1, 1), seconds=0.5)
    assert played.counters.blocks > 50
    assert "wall misses" in in_words(played)
    assert played.passed == (played.counters.underruns == 0)


@pytest.mark.reach
@pytest.mark.timeout(900)
def test_twelve_voices_of_four_models_play_ten_minutes_without_an_underrun_of_ours(tmp_path):
    require_or_skip(len(os.sched_getaffinity(0)) >= 2, "two cores")
    seconds = float(os.environ.get("SMFOSC_REACH_S", "600"))
    played = jack_run(paper_models(tmp_path, 4), Scene(4, 12, 2), seconds)
    print(in_words(played))
    assert played.passed


@pytest.mark.reach
@pytest.mark.timeout(300)
def test_eighteen_voices_of_one_model_gain_from_a_second_core(tmp_path):
    require_or_skip(len(os.sched_getaffinity(0)) >= 2, "two cores")
    loaded = paper_models(tmp_path, 1)
    alone = speed(engine_of(loaded, Scene(1, 18, 1), realtime=False), 6.0)
    both = speed(engine_of(loaded, Scene(1, 18, 2), realtime=False), 6.0)
    print(f"18 voices: {alone:.2f} x real time on one core, {both:.2f} on two")
    assert both > 1.0 or both >= 1.7 * alone


@pytest.mark.reach
@pytest.mark.timeout(120)
@pytest.mark.parametrize(("policy", "what"), [("int8", "int8"), ("release", "rests")])
def test_an_overload_ends_and_is_told_and_most_voices_play_on(tmp_path, policy, what):
    loaded = paper_models(tmp_path, 1, "float32")
    file = tmp_path / "ensemble.toml"
    voices = "".join(f'[voices.v{n}]\nmodel = "{loaded[0].info.name}"\n' for n in range(6))
    head = '[engine]\nprecision = "float32"\n[overload]\nadmit = "all"\n'
    file.write_text(f'{head}policy = "{policy}"\n{voices}', encoding="utf-8")
    with Served(file, "--audio", "null", models=tmp_path) as served, Peer(served.port) as peer:
        peer.send("/notify", 1)
        told = _told(peer, 12.0)
        assert {arguments[1] for arguments in told} == {what}
        before = _underruns(peer)
        time.sleep(3.0)
        assert _underruns(peer) - before <= 3
        print(f"{policy}: {len(told)} gave way: {told[:2]}")
        assert policy == "int8" or len(told) < 6


def _told(peer: Peer, seconds: float) -> list[tuple]:
    """The arguments of all /overload that come."""
    found, until = [], time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if not peer.hears_nothing(left):
            (message,) = decode(peer.socket.recv(65_536))
            found += [message.arguments] if message.address == "/overload" else []
    return found


def _underruns(peer: Peer) -> int:
    peer.send("/notify", 0)
    peer.send("/status")
    while True:
        message = peer.hear()
        if message.address == "/status.reply":
            return int(message.arguments[9])
