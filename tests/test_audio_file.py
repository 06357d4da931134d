import time

import numpy as np
import pytest
import soundfile
from playing import example_engine, offline, read_wav, wait_until

from smfosc.audio import AudioError, AudioSettings, open_backend
from smfosc.audio.file import FileBackend


def file_backend(path, **settings) -> FileBackend:
    backend = open_backend(AudioSettings("file", out=path, **settings))
    assert isinstance(backend, FileBackend)
    return backend


def played(backend, engine, seconds: float) -> None:
    backend.start(engine)
    try:
        time.sleep(seconds)
    finally:
        backend.stop()


@pytest.mark.parametrize(("samplerate", "blocksize"), [(48_000, 256), (44_100, 64), (16_000, 1000)])
def test_the_wav_holds_every_frame_as_the_engine_rendered_it(tmp_path, samplerate, blocksize):
    out = tmp_path / "x.wav"
    backend = file_backend(out, samplerate=samplerate, blocksize=blocksize)
    engine = example_engine(tmp_path, samplerate)
    played(backend, engine, 0.6)
    sound, rate = read_wav(out)
    assert rate == samplerate
    assert len(sound) == engine.frame == backend.count().frames
    assert backend.lost_frames == 0
    np.testing.assert_array_equal(sound, offline(tmp_path, len(sound), samplerate))


def test_frames_keep_in_step_with_the_wall_clock(tmp_path):
    backend = open_backend(AudioSettings("null"))
    engine = example_engine(tmp_path)
    backend.start(engine)
    try:
        wait_until(lambda: engine.frame > 4800)
        first, start = engine.frame, time.monotonic()
        time.sleep(1.0)
        frames, seconds = engine.frame - first, time.monotonic() - start
    finally:
        backend.stop()
    # A block is 256 frames; a loaded machine may be late by some, and catches up.
    assert abs(frames - 48_000 * seconds) < 4_800


def test_a_slow_disk_delays_no_frame_and_loses_none(tmp_path, monkeypatch):
    write = soundfile.SoundFile.write

    def slow(self, data):
        time.sleep(0.3)
        write(self, data)

    monkeypatch.setattr(soundfile.SoundFile, "write", slow)
    backend = file_backend(tmp_path / "x.wav")
    engine = example_engine(tmp_path)
    start = time.monotonic()
    played(backend, engine, 1.0)
    assert abs(engine.frame - 48_000 * (time.monotonic() - start)) < 30_000
    assert engine.frame > 43_000
    sound, _ = read_wav(tmp_path / "x.wav")
    np.testing.assert_array_equal(sound, offline(tmp_path, engine.frame))


def test_a_disk_that_takes_no_more_is_reported(tmp_path, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(soundfile.SoundFile, "write", full)
    backend = file_backend(tmp_path / "x.wav")
    backend.start(example_engine(tmp_path))
    try:
        assert wait_until(lambda: backend.lost is not None)
    finally:
        backend.stop()
    assert "No space left on device" in backend.lost
    assert str(tmp_path / "x.wav") in backend.lost


def test_24_bits_are_within_a_step_of_the_floats(tmp_path):
    backend = file_backend(tmp_path / "x.wav", bits=24)
    engine = example_engine(tmp_path)
    played(backend, engine, 0.3)
    assert soundfile.info(tmp_path / "x.wav").subtype == "PCM_24"
    sound, _ = read_wav(tmp_path / "x.wav")
    np.testing.assert_allclose(sound, offline(tmp_path, engine.frame), atol=2**-23)


def test_a_wav_that_is_full_is_reported_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr("smfosc.audio.file.WAV_BYTES", 100_000)
    backend = file_backend(tmp_path / "x.wav")
    backend.start(example_engine(tmp_path))
    try:
        assert wait_until(lambda: backend.lost is not None)
    finally:
        backend.stop()
    assert "record longer into a file named .w64" in backend.lost
    assert soundfile.info(tmp_path / "x.wav").frames > 12_500


def test_a_name_with_w64_has_no_such_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("smfosc.audio.file.WAV_BYTES", 100_000)
    backend = file_backend(tmp_path / "x.w64")
    played(backend, example_engine(tmp_path), 0.6)
    assert backend.lost is None
    assert soundfile.info(tmp_path / "x.w64").format == "W64"


def test_stopping_twice_and_before_the_start_is_harmless(tmp_path):
    backend = file_backend(tmp_path / "x.wav")
    backend.stop()
    backend.stop()
    assert soundfile.info(tmp_path / "x.wav").frames == 0


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"out": None}, "no file to write; say --out X.wav"),
        ({"bits": 17}, "bits 17: a WAV is written with 24 or 32"),
    ],
)
def test_a_mistake_is_told_when_the_backend_opens(tmp_path, settings, says):
    with pytest.raises(AudioError, match=says):
        open_backend(AudioSettings(**{"kind": "file", "out": tmp_path / "x.wav", **settings}))


def test_a_folder_that_is_not_there_is_told_by_name(tmp_path):
    with pytest.raises(AudioError, match=r"none/x\.wav: cannot be written"):
        file_backend(tmp_path / "none" / "x.wav")


@pytest.mark.reach
def test_a_minute_of_frames_ends_within_a_block_of_the_clock(tmp_path):
    backend = file_backend(tmp_path / "x.wav")
    engine = example_engine(tmp_path, voices=4)
    backend.start(engine)
    start = time.monotonic()
    try:
        time.sleep(60)
        late = 48_000 * (time.monotonic() - start) - engine.frame
    finally:
        backend.stop()
    print(f"after 60 s the frames were {late:.0f} behind the clock")
    assert -256 <= late < 4_800
    sound, _ = read_wav(tmp_path / "x.wav")
    np.testing.assert_array_equal(sound, offline(tmp_path, len(sound), voices=4))
