"""The first inputs of each corpus: small, well formed, each of another kind."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import mido
from fuzzing import keep
from osc_mutations import well_formed
from small_models import INFO, random_weights

from smfosc.config import GroupConfig, VoiceConfig
from smfosc.model_file import write_model
from smfosc.performance import Performance, as_toml
from smfosc.snapshot_file import as_text
from smfosc.under_way import OutputGain, ScorePlace, SoundingNote

ENSEMBLE = Path(__file__).parents[2] / "docs" / "ensemble.toml"

SCORES = (
    "0 /voice/v1/pitch 64\n0.5 /voice/v1/pitch 76 1000\n2 /voice/v1/gate 0\n",
    "# opens it\n0 /voice/new v1 example\n0 /voice/v1/note 70 100 250 # a note\n4.0 end\n",
    '0 /voice/v1/pitch "64" 0x10 -1.5e3 true\n',
    "0 line /voice/v1/pitch 0:64 1:70 2:66\n",
)

HTTP = (
    b"GET /?HOST_INFO HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /voice/v1/pitch?VALUE HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /voice?HTML&RANGE HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    b"GET /page/index.html HTTP/1.0\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    b'\x81\xa9\0\0\0\0{"COMMAND":"LISTEN","DATA":"/voice/v1/x"}',
    b"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc",
    b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: */*;q=x\r\nConnection: close\r\n\r\n",
)


def write_seeds() -> None:
    """Write those that are missing."""
    for packet in well_formed():
        keep("osc", packet)
    for text in ENSEMBLE.read_text().split("\n\n"):
        keep("config", text.encode())
    voices = [
        VoiceConfig("low", "example", gain=-6.0, pan=-0.5, params={"pitch": 64.0}),
        VoiceConfig("high", "other", channel=2, gate=False, seed=-7),
    ]
    snapshot = as_text(voices).encode()
    keep("snapshot", snapshot)
    keep("last-state", b"# settings KEY, tries 1\n" + snapshot)
    under_way = Performance(
        tuple(voices),
        (OutputGain("front", -3.5),),
        (GroupConfig("all", ("low", "high")),),
        (SoundingNote("low", 64.0, 90.0, 1_200.0),),
        (ScorePlace("rhapsody", 12.25, 1.25, loop=True),),
    )
    keep("last-state", b"# settings KEY, tries 1\n" + as_toml(under_way).encode())
    for score in SCORES:
        keep("score", score.encode())
    keep("score", _binary_score())
    keep("midi", _song())
    keep("model", _model())
    for request in HTTP:
        keep("oscquery", request)


def _binary_score() -> bytes:
    """SuperCollider's form: each packet after its length."""
    return b"".join(len(packet).to_bytes(4, "big") + packet for packet in well_formed()[2:6])


def _song() -> bytes:
    file = mido.MidiFile(type=1, ticks_per_beat=96)
    tempo = [mido.MetaMessage("set_tempo", tempo=400_000), mido.MetaMessage("end_of_track")]
    kinds = [
        mido.Message("control_change", control=1, value=64),
        mido.Message("pitchwheel", pitch=2_000, time=10),
        mido.Message("note_on", note=60, velocity=90, time=5),
        mido.Message("control_change", control=64, value=127),
        mido.Message("note_off", note=60, time=48),
        mido.Message("control_change", control=64, value=0, time=3),
    ]
    file.tracks.extend(mido.MidiTrack(track) for track in (tempo, kinds))
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def _model() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.onnx"
        write_model(path, INFO, random_weights(layers=2, hidden=2))
        return path.read_bytes()
