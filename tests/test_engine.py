"""The engine through its Python face, with the real kernel: same samples however rendered."""

import threading
import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from small_models import PITCH, TIMBRE, random_weights

from smfosc.engine import Clock, Engine, EngineFullError, Kind, NoticeKind, ParamRange
from smfosc.models import kernel_of

KERNEL = kernel_of(random_weights(hidden=16, seed=1), precision="int8")
OTHER = kernel_of(random_weights(hidden=32, seed=2), precision="float32")
PARAMETERS = (PITCH, TIMBRE)
Sound = NDArray[np.float32]


def offline(samplerate: int = 48_000, **options: int) -> Engine:
    return Engine(samplerate, realtime=False, **options)


def add(engine: Engine, *, seed: int = 1, gate: bool = True, **options: int) -> int:
    return engine.add_voice(
        KERNEL,
        parameters=PARAMETERS,
        values=[70.0, 0.0],
        samplerate=16_000,
        seed=seed,
        gate=gate,
        **options,
    )


def swap(engine: Engine, slot: int, frame: int, fade_ms: float = 10.0) -> None:
    engine.swap_model(
        slot,
        OTHER,
        parameters=PARAMETERS,
        values=[70.0, 0.0],
        mapping=[0, 1],
        samplerate=16_000,
        fade_ms=fade_ms,
        frame=frame,
    )


def play(engine: Engine, blocks: list[int]) -> Sound:
    """Five voices, of which one is swapped, one reset, one freed and one comes late."""
    voices = [add(engine, seed=i) for i in range(4)]
    voices.append(add(engine, seed=9, frame=1_234, channel=2))
    engine.send(voices[0], Kind.PARAM, frame=500, value=76.0, ramp_ms=20.0, index=0)
    engine.send(voices[0], Kind.PARAM, frame=901, value=65.5, ramp_ms=7.0, index=0)
    engine.send(voices[1], Kind.RESET, frame=1_001)
    engine.send(voices[1], Kind.TEMPERATURE, frame=1_500, value=0.5)
    engine.send(voices[1], Kind.SEED, frame=1_600, value=2**64 - 3)
    swap(engine, voices[2], frame=777)
    engine.free_voice(voices[3], frame=300)
    for i, frame in enumerate(range(100, 3_000, 217)):
        engine.send(voices[i % 5], Kind.GAIN, frame=frame, value=i % 3 / 2, ramp_ms=i)
        engine.send(voices[i % 5], Kind.PAN, frame=frame + 5, value=i % 3 - 1)
        engine.send(voices[i % 5], Kind.NOTE, frame=frame + 9, value=0.5, index=i)
        engine.send(voices[i % 5], Kind.NOTE_OFF, frame=frame + 90, index=i)
    return np.concatenate([engine.render(n) for n in blocks], axis=1)


WANTED = {rate: play(offline(rate), [3_600]) for rate in (48_000, 44_100, 16_000)}


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_sequence_of_blocks_gives_the_same_samples(data: st.DataObject) -> None:
    rate = data.draw(st.sampled_from(sorted(WANTED)))
    cuts = data.draw(st.lists(st.integers(1, 3_599), max_size=30, unique=True))
    blocks = [b - a for a, b in pairwise([0, *sorted(cuts), 3_600])]
    workers = data.draw(st.integers(0, 2))
    assert np.array_equal(play(offline(rate, workers=workers), blocks), WANTED[rate])


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "int8"])
def test_a_voice_is_the_kernels_own_free_run_resampled_by_its_taps(precision: str) -> None:
    kernel = kernel_of(random_weights(hidden=16, seed=3), precision=precision)
    engine = offline(16_000, channels=1)
    engine.add_voice(
        kernel,
        parameters=PARAMETERS,
        values=[73.0, 0.25],
        samplerate=16_000,
        seed=77,
        channel=1,
        gate=True,
    )
    sound = engine.render(4_000)[0]
    warm_up = 4_000  # 0.25 s, before anything is heard
    run = kernel.generate([77], np.array([0.75, 0.25], np.float32), warm_up + 4_000)[0]
    attack = np.minimum(1.0, np.arange(1, 4_001) / 80)  # 5 ms
    heard = attack * run[warm_up:]
    wanted = np.concatenate([np.zeros(engine.delay_frames), heard])[:4_000]
    assert np.abs(sound - wanted).max() < 1e-6


@settings(max_examples=20, deadline=None)
@given(reset=st.integers(200, 2_500), rate=st.sampled_from([48_000, 44_100]))
def test_a_reset_voice_sounds_as_a_new_one(reset: int, rate: int) -> None:
    fresh = offline(rate)
    add(fresh)
    engine = offline(rate)
    voice = add(engine)
    engine.send(voice, Kind.PARAM, frame=100, value=75.0, index=0)
    engine.send(voice, Kind.PARAM, frame=reset - 50, value=70.0, ramp_ms=1e4, index=0)
    engine.send(voice, Kind.RESET, frame=reset)
    sound = engine.render(reset + 2_000)[:, reset:]
    assert np.array_equal(sound, fresh.render(2_000))


def test_seeds_of_64_bits_arrive_whole() -> None:
    sounds = []
    for seed in (2**63 + 1, 2**63 + 2, 2**63 + 1):
        engine = offline()
        voice = add(engine)
        engine.send(voice, Kind.SEED, frame=0, value=seed)
        sounds.append(engine.render(2_000))
    assert np.array_equal(sounds[0], sounds[2])
    assert not np.array_equal(sounds[0], sounds[1])


def test_notices_tell_of_late_events_swaps_and_freed_voices() -> None:
    engine = offline()
    voice = add(engine)
    engine.render(960)
    engine.send(voice, Kind.GAIN, frame=480, value=0.5)
    swap(engine, voice, frame=1_000)
    engine.render(2_000)
    engine.free_voice(voice)
    engine.render(4_800)
    late, swapped, freed = engine.notices()
    assert (late.kind, late.slot, late.event) == (NoticeKind.LATE, voice, Kind.GAIN)
    assert late.ms == pytest.approx(10.0)
    assert (swapped.kind, freed.kind) == (NoticeKind.SWAPPED, NoticeKind.FREED)
    assert engine.collect() == 2
    assert engine.counters().late_events == 1
    with pytest.raises(KeyError):
        engine.gain(voice)
    assert not engine.send(voice, Kind.GAIN, value=1.0)
    with pytest.raises(EngineFullError):
        swap(engine, voice, frame=0)


def test_values_are_read_as_of_the_last_block() -> None:
    engine = offline()
    voice = add(engine, gate=False)
    assert (engine.value(voice, 0), engine.gain(voice), engine.gate(voice)) == (70.0, 1.0, False)
    engine.send(voice, Kind.PARAM, frame=0, value=76.0, ramp_ms=100.0, index=0)
    engine.send(voice, Kind.PAN, frame=0, value=0.5)
    engine.send(voice, Kind.TEMPERATURE, frame=0, value=0.5)
    engine.send(voice, Kind.GATE, frame=0, value=1)
    engine.render(2_400)
    assert engine.value(voice, 0) == pytest.approx(73.0)
    assert engine.pan(voice) == 0.5
    assert engine.temperature(voice) == 0.5
    assert engine.gate(voice)


def test_what_does_not_fit_is_refused_with_its_reason() -> None:
    engine = offline(max_voices=1)
    with pytest.raises(ValueError, match=r"channel: wanted 0\.\.2, got 3"):
        add(engine, channel=3)
    with pytest.raises(ValueError, match="the kernel has 2, got 1"):
        engine.add_voice(
            KERNEL, parameters=[ParamRange(0, 1)], values=[0], samplerate=16_000, seed=1
        )
    voice = add(engine)
    with pytest.raises(ValueError, match="GAIN: value nan"):
        engine.send(voice, Kind.GAIN, value=float("nan"))
    with pytest.raises(EngineFullError, match="all 1 are taken"):
        add(engine)
    with pytest.raises(ValueError, match="samplerate"):
        offline(10)
    with pytest.raises(TypeError):
        engine.render_into(np.zeros((2, 64)))  # float64
    with pytest.raises(ValueError, match="wanted 2 channels, got 1"):
        engine.render_into(np.zeros((1, 64), np.float32))


def test_the_clock_places_monotonic_time_on_frames_while_rendering_live() -> None:
    engine = Engine(48_000)
    start = time.monotonic()
    for block in range(100):
        while time.monotonic() < start + block * 480 / 48_000:
            time.sleep(0.001)
        engine.render(480)
    clock = engine.clock()
    assert (clock.frame, clock.blocksize) == (99 * 480, 480)
    assert clock.samplerate == pytest.approx(48_000, rel=0.3)  # one second of a busy machine
    wanted = (time.monotonic() - start) * 48_000
    assert engine.frame_of(time.monotonic_ns()) == pytest.approx(wanted, abs=4_800)


def test_a_clock_converts_there_and_back() -> None:
    clock = Clock(frame=1_000, monotonic_ns=5_000_000_000, samplerate=48_000.0, blocksize=64)
    assert clock.frame_of(6_000_000_000) == 49_000
    assert clock.monotonic_ns_of(49_000) == 6_000_000_000


def test_a_note_is_heard_from_its_attack_with_its_own_pitch() -> None:
    """Gate and pitch of one frame are heard together, delay_frames later."""
    engine = offline()
    kernel = kernel_of(random_weights(hidden=16, seed=3))
    voice = engine.add_voice(
        kernel, parameters=PARAMETERS, values=[64.0, 0.0], samplerate=16_000, seed=1, channel=1
    )
    at = 9_600
    engine.send(voice, Kind.NOTE, frame=at, value=1.0, index=1)
    sound = engine.render(14_400)[0]
    assert not sound[: at + engine.delay_frames].any()
    assert sound[at + engine.delay_frames :][:48].any()


def test_a_new_engine_goes_on_where_the_old_one_ended() -> None:
    engine = offline(first_frame=5_000_000_000)
    voice = add(engine)
    engine.send(voice, Kind.GAIN, frame=5_000_000_100, value=0.0)
    sound = engine.render(4_800)
    assert sound[:, 50:100].any()
    assert not sound[:, 300:].any()
    assert engine.frame == 5_000_004_800


def test_voices_are_built_while_another_thread_renders() -> None:
    engine = offline(workers=1)
    done = threading.Event()

    def build() -> None:
        for i in range(20):
            add(engine, seed=i)
        done.set()

    builder = threading.Thread(target=build)
    builder.start()
    while not done.is_set():
        assert np.isfinite(engine.render(256)).all()
    builder.join()
    assert engine.render(4_800).any()


def test_the_workers_take_the_scheduling_of_the_rendering_thread() -> None:
    engine = Engine(48_000, workers=1)
    with pytest.raises(OSError, match="adopt_priority"):
        engine.adopt_priority()  # nothing has rendered
    engine.render(64)
    engine.adopt_priority()
