"""PortAudio under jackd's dummy driver. What opens devices runs in processes of its own:
PortAudio lists them once, and with a JACK server that has gone it aborts its process when it
is terminated (see smfosc.audio.portaudio.load_library)."""

import subprocess
import sys

import cffi
import numpy as np
import pytest
from jackd import Jackd, jackd
from parts import require_or_skip
from playing import environment, example_engine, free_port, model_folder, offline, smfosc

from smfosc import _core
from smfosc.audio import AudioError, AudioSettings, open_backend
from smfosc.audio.portaudio import load_library


@pytest.fixture
def sounddevice():
    try:
        return load_library()
    except AudioError:
        require_or_skip(False, "libportaudio (libportaudio2)")


PLAY = """
import sys
from pathlib import Path
from playing import example_engine, wait_until
from smfosc.audio import AudioError, AudioSettings, open_backend

backend = open_backend(AudioSettings("portaudio", device="system"))
engine = example_engine(Path(sys.argv[1]))
backend.start(engine)
assert wait_until(lambda: engine.frame > 24_000)
backend.poll()
assert backend.lost is None
assert backend.count().frames >= 24_000 and engine.counters().underruns == 0
print(backend.description, flush=True)
input()
"""
STOP = """
backend.stop()
still = engine.frame
assert not wait_until(lambda: engine.frame != still, 0.2)
print("stopped")
"""
LOSE = """
assert wait_until(lambda: backend.poll() or backend.lost)
backend.stop()
try:
    backend.reopen()
except AudioError as error:
    assert "does not play" in str(error)
print("lost")
"""


class Player:
    """A process that plays through PortAudio's JACK, until a line comes."""

    def __init__(self, server: Jackd, tmp_path, ending: str) -> None:
        require_or_skip(sys.platform == "linux", "JACK's dummy driver (Linux)")
        self.process = subprocess.Popen(
            [sys.executable, "-c", PLAY + ending, str(tmp_path)],
            env=environment(None, server.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.description = self.process.stdout.readline()

    def __enter__(self) -> "Player":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def go_on(self) -> str:
        """What it says at its end."""
        said, _ = self.process.communicate("\n", timeout=30)
        assert self.process.returncode == 0
        return said


def test_the_private_names_that_are_used_are_there(sounddevice):
    assert callable(sounddevice._StreamBase)
    assert callable(sounddevice._exit_handler)
    callback = sounddevice._ffi.cast("PaStreamCallback *", 4096)
    assert int(sounddevice._ffi.cast("uintptr_t", callback)) == 4096


def test_a_device_plays_through_the_native_callback(tmp_path, sounddevice):
    with jackd() as server, Player(server, tmp_path, STOP) as player:
        connections = server.run("jack_lsp", "-c")
        assert player.go_on() == "stopped\n"
    assert "JACK Audio Connection Kit" in player.description
    assert "system:playback_1\n   PortAudio:out_0" in connections


def test_a_server_that_dies_under_portaudio_is_noticed_and_aborts_nothing(tmp_path, sounddevice):
    with jackd() as server, Player(server, tmp_path, LOSE) as player:
        server.kill()
        assert player.go_on() == "lost\n"


def test_the_callback_interleaves_what_the_engine_renders(tmp_path):
    """The C function itself, called as PortAudio would, against the offline render."""
    engine = example_engine(tmp_path, channels=3)
    callback = _core.PortAudioCallback(engine.address, 3)
    ffi = cffi.FFI()
    signature = "int(*)(void *, void *, unsigned long, void *, unsigned long, void *)"
    function = ffi.cast(signature, callback.process)
    blocks = []
    for frames in (256, 1, 5000, 64):  # 5000: more than the callback's own buffer
        out = np.full((frames, 3), np.nan, np.float32)
        pointer, context = ffi.from_buffer(out), ffi.cast("void *", callback.context)
        assert function(ffi.NULL, pointer, frames, ffi.NULL, 0x4, context) == 0
        blocks.append(out)
    sound = np.concatenate(blocks)
    np.testing.assert_array_equal(sound, offline(tmp_path, len(sound), channels=3))
    assert (callback.blocks, callback.frames, callback.xruns) == (4, len(sound), 4)


def test_a_device_that_is_not_there_is_told_with_those_that_are(sounddevice):
    with pytest.raises(AudioError, match="device 'no-such-thing'"):
        open_backend(AudioSettings("portaudio", device="no-such-thing"))


def test_a_device_of_alsa_is_found_without_a_sound_card(tmp_path):
    """In a process of its own, for ALSA reads its configuration once."""
    require_or_skip(sys.platform == "linux", "ALSA (Linux)")
    (tmp_path / "asound.conf").write_text("pcm.!default { type null }\nctl.!default { type null }")
    done = smfosc(
        *("serve", "--audio", "portaudio", "--port", free_port(), "--channels", 64),
        *("--device", "no-such-device", "--model", "example"),
        models=model_folder(tmp_path / "models"),
        ALSA_CONFIG_PATH=str(tmp_path / "asound.conf"),
        JACK_DEFAULT_SERVER="not-there",
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: portaudio: device 'no-such-device'")
    assert "there are: default" in done.stderr
