"""A daemon that plays an ensemble file: outputs as ports of a real JACK, reload by SIGHUP."""

from __future__ import annotations

import signal

from jackd import jackd
from live_server import Peer
from playing import Served, model_folder, read_wav, wait_until

ONE = """
[engine]
reload_ms = 20.0
[outputs.ring]
channels = 3
layout = "ring"
{connect}
[outputs.front]
into = "ring"
speakers = [3, 1]
gain = -6.0
[outputs.solo]
channels = 1
[voices.a]
model = "example"
output = "front"
[voices.b]
model = "example"
output = "solo"
[groups.both]
voices = ["a", "b"]
"""
MORE = '[voices.c]\nmodel = "example"\nchannel = 2\n'


def test_a_file_backend_writes_every_output_and_sighup_changes_what_differs(tmp_path):
    models = model_folder(tmp_path / "models")
    file = tmp_path / "ensemble.toml"
    file.write_text(ONE.format(connect=""), encoding="utf-8")
    out = tmp_path / "out.wav"
    with Served(file, "--out", out, models=models) as served, Peer(served.port) as peer:
        assert [m.arguments for m in peer.ask("/output/list")][:-1] == [
            ("ring", 3, "ring", ""),
            ("front", 2, "line", "ring"),
            ("solo", 1, "line", ""),
        ]
        assert peer.ask("/config/reload")[-1].arguments == ("/config/reload", 0)
        file.write_text(ONE.format(connect="") + MORE, encoding="utf-8")
        served.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: len(peer.ask("/voice/list")) == 4)
        peer.send("/group/both/gain", -20.0)
        gain = lambda: peer.ask("/voice/b/gain/get")[0].arguments[0]  # noqa: E731
        assert wait_until(lambda: abs(gain() + 20.0) < 1e-3)
        file.write_text("[outputs]\nring = 3\n", encoding="utf-8")
        (fail,) = peer.ask("/config/reload")
        assert fail.address == "/fail"
        assert "line 2: outputs.ring: 3; wanted a table" in fail.arguments[1]
        assert served.end() == 0
    sound, _ = read_wav(out)
    assert sound.shape[1] == 4
    assert all(abs(sound[:, channel]).max() > 0.01 for channel in range(4))


def test_outputs_have_ports_of_their_names_that_are_connected_as_the_file_says(tmp_path):
    models = model_folder(tmp_path / "models")
    file = tmp_path / "ensemble.toml"
    connect = 'connect = ["system:playback_2", "none", "system:playback_1"]'
    file.write_text(ONE.format(connect=connect), encoding="utf-8")
    with jackd() as server, Served(file, "--audio", "jack", models=models):
        ports = [f"smfosc:{name}" for name in ("ring_1", "ring_2", "ring_3", "solo_1")]
        wanted = [["system:playback_2"], [], ["system:playback_1"], []]
        assert wait_until(lambda: [server.connections(port) for port in ports] == wanted)
