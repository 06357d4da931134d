import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smfosc.config import VoiceConfig
from smfosc.config_file import read_config
from smfosc.model_file import ModelInfo
from smfosc.names import RESERVED_PARAMETERS, RESERVED_VOICES
from smfosc.snapshot_file import SnapshotError, as_float32, as_text, read_snapshot

names = st.from_regex(r"[a-z][a-z0-9_-]{0,31}", fullmatch=True)
voice_names = names.filter(lambda name: name not in RESERVED_VOICES)
parameter_names = names.filter(lambda name: name not in RESERVED_PARAMETERS)
values = st.floats(width=32, allow_nan=False, allow_infinity=False)
voices = st.builds(
    VoiceConfig,
    name=voice_names,
    model=names,
    channel=st.none() | st.integers(1, 64),
    gate=st.booleans(),
    gain=st.floats(-120, 24, width=32),
    pan=st.floats(-1, 1, width=32),
    temperature=st.floats(0.125, 2, width=32),
    seed=st.none() | st.integers(0, 2**64 - 1),
    params=st.dictionaries(parameter_names, values, max_size=4),
)


def read(tmp_path: Path, text: str | bytes) -> tuple[VoiceConfig, ...]:
    path = tmp_path / "a.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_snapshot(path)


@given(st.lists(voices, max_size=5, unique_by=lambda voice: voice.name))
def test_what_is_written_is_read_again(tmp_path_factory, wanted):
    found = read(tmp_path_factory.mktemp("s"), as_text(wanted))
    seeds = [voice.seed if voice.seed is None else voice.seed % 2**64 for voice in found]
    assert seeds == [voice.seed for voice in wanted]
    for voice, other in zip(found, wanted, strict=True):
        assert voice.params == other.params
        assert (voice.name, voice.model, voice.channel) == (other.name, other.model, other.channel)
        assert (voice.gain, voice.pan, voice.gate) == (other.gain, other.pan, other.gate)
        assert voice.temperature == other.temperature
    assert as_text(found) == as_text(wanted)


def test_numbers_have_the_fewest_digits_that_give_the_32_bits_back(tmp_path):
    pitch = struct.unpack("f", struct.pack("f", 70.1))[0]
    text = as_text([VoiceConfig("low", "m", params={"pitch": pitch})])
    assert "pitch = 70.1 " in text
    (voice,) = read(tmp_path, text)
    assert voice.params == {"pitch": pitch}
    assert as_float32(VoiceConfig("low", "m", gain=-6.1)).gain == pytest.approx(-6.1, abs=1e-6)


def test_a_snapshot_is_an_ensemble_file(tmp_path):
    (tmp_path / "a.toml").write_text(as_text([VoiceConfig("low", "m", pan=0.5, channel=2)]))
    info = ModelInfo("m", 16_000, 256, (), -23.0, "MIT", ("A",), "", {})
    (voice,) = read_config(tmp_path / "a.toml", lambda name: info).voices
    assert (voice.name, voice.model, voice.pan, voice.channel) == ("low", "m", 0.5, 2)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[voices.low", "end of file: not TOML"),
        ("[voices.low]\ngain = \n", "line 2: not TOML"),
        ('[voices.low]\nmodel = "m"\ngain = "loud"', "line 3: voices.low.gain: 'loud'; wanted"),
        ('[voices.low]\nmodel = "m"\npan = 3', "line 3: voices.low.pan: 3; wanted -1 to 1"),
        ("[voices.low]\ngain = 0", "line 1: voices.low: no model"),
        ('[voices.low]\nmodel = "m"\nparams = { pitch = "x" }', "voices.low.params.pitch: 'x'"),
        ('[voices.low]\nmodel = "m"\nparams = { pitch = nan }', "voices.low.params.pitch: nan"),
        ('[voices.Low]\nmodel = "m"', "line 1: voices.Low: 'Low' is not a name"),
        ('[voices.low]\nmodel = "m"\nvolume = 3', "voices.low.volume: not a setting"),
        ("[audio]\nchannels = 2", "line 1: audio: not a setting"),
        ("voices = 3", "line 1: voices: 3; wanted a table"),
    ],
)
def test_a_broken_file_is_told_in_one_line_with_file_and_field(tmp_path, text, says):
    with pytest.raises(SnapshotError) as caught:
        read(tmp_path, text)
    told = str(caught.value)
    assert told.startswith(f"{tmp_path / 'a.toml'}: ")
    assert says in told
    assert "\n" not in told


def test_further_mistakes_are_counted(tmp_path):
    with pytest.raises(SnapshotError, match=r"\(and 2 more\)"):
        read(tmp_path, '[voices.low]\nmodel = "m"\npan = 3\ngain = 99\ntemperature = 9')


def read_or_told(folder: Path, data: bytes) -> None:
    told = None
    try:
        read(folder, data)
    except SnapshotError as error:
        told = str(error)
    assert told is None or (told.startswith(f"{folder / 'a.toml'}: ") and "\n" not in told)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_snapshot_or_a_mistake_of_one_line(tmp_path_factory, data):
    read_or_told(tmp_path_factory.mktemp("fuzz"), data)


WHOLE = as_text([VoiceConfig("low", "m", seed=7, channel=1, params={"pitch": 64.5, "timbre": 1.0})])


@given(st.integers(0, len(WHOLE)), st.integers(0, 255), st.booleans())
def test_a_file_with_a_byte_changed_or_cut_off_never_does_worse(tmp_path_factory, at, byte, cut):
    data = bytearray(WHOLE.encode())
    data[at:] = b"" if cut else bytes([byte]) + data[at + 1 :]
    read_or_told(tmp_path_factory.mktemp("fuzz"), bytes(data))
