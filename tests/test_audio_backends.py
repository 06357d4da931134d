import subprocess
import sys

import pytest
from playing import environment

from smfosc import audio
from smfosc.audio import AudioError, AudioSettings, open_backend

WITHOUT_LIBRARIES = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in ("jack", "sounddevice"):
            raise OSError(f"{name}: library not found")

sys.meta_path.insert(0, Missing())
from smfosc.audio import AudioError, AudioSettings, open_backend

for kind in (None, "jack", "portaudio"):
    try:
        open_backend(AudioSettings(kind))
    except AudioError as error:
        print(error)
open_backend(AudioSettings("null")).stop()
"""
LATE = """
import sys
import smfosc.cli, smfosc.daemon, smfosc.offline, smfosc.audio.jack, smfosc.audio.portaudio
late = {"jack", "sounddevice", "torch", "onnxruntime", "matplotlib"}
print(sorted(late & set(sys.modules)))
"""


def python(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(None, {}), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def failing(reason: str):
    def opens(settings):
        raise AudioError(reason)

    return opens


def test_without_the_libraries_each_backend_says_how_to_install_its_own():
    said = python(WITHOUT_LIBRARIES)
    assert said.startswith("no sound system could be opened; tried\n  jack: libjack is not")
    assert said.count("apt-get install libjack-jackd2-0") == 2
    assert said.count("apt-get install libportaudio2") == 2
    assert "Traceback" not in said


def test_the_libraries_are_imported_by_the_backend_that_opens_and_nothing_else():
    assert python(LATE) == "[]\n"


def test_jack_is_tried_before_portaudio_and_null_never(monkeypatch):
    tried = []

    def recording(kind: str):
        def opens(settings):
            tried.append(kind)
            raise AudioError(f"{kind} is out")

        return opens

    monkeypatch.setattr(audio, "KINDS", {kind: recording(kind) for kind in audio.KINDS})
    with pytest.raises(AudioError) as caught:
        open_backend(AudioSettings())
    assert tried == ["jack", "portaudio"]
    lines = str(caught.value).splitlines()
    assert lines[1:3] == ["  jack: jack is out", "  portaudio: portaudio is out"]
    assert "--audio null" in lines[3]


def test_portaudio_plays_when_there_is_no_jack(monkeypatch):
    there = object()
    kinds = {"jack": failing("out"), "portaudio": lambda settings: there}
    monkeypatch.setattr(audio, "KINDS", kinds)
    assert open_backend(AudioSettings()) is there


def test_what_was_asked_for_by_name_is_not_replaced(monkeypatch):
    kinds = {"jack": failing("out"), "portaudio": lambda settings: object()}
    monkeypatch.setattr(audio, "KINDS", kinds)
    with pytest.raises(AudioError, match="jack: out"):
        open_backend(AudioSettings("jack"))


def test_a_backend_that_does_not_exist_is_told_with_those_that_do():
    with pytest.raises(AudioError, match="'tape' does not exist; there are jack, portaudio, file"):
        open_backend(AudioSettings("tape"))
