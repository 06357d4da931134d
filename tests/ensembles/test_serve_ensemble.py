"""A daemon that plays an ensemble file: outputs as ports of a real JACK, reload by SIGHUP."""

from __future__ import annotations

import os
import signal

from jackd import jackd
from live_server import Peer
from parts import require_or_skip
from playing import Served, model_folder, read_wav, wait_until
from small_models import INFO, random_weights, write_example

from smfosc.config import Config, EngineConfig
from smfosc.model_file import write_model
from smfosc.serve_settings import with_workers_that_fit

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


def test_a_voice_that_would_not_fit_is_refused_with_the_load_until_the_file_lets_all_in(tmp_path):
    models = tmp_path / "models"
    models.mkdir()
    write_model(models / "example.onnx", INFO, random_weights(layers=3, hidden=256))
    file = tmp_path / "ensemble.toml"
    one = '[voices.a]\nmodel = "example"\n[overload]\nmost = 0.05\n'
    file.write_text(one, encoding="utf-8")
    with Served(file, "--audio", "null", models=models) as served, Peer(served.port) as peer:
        (fail,) = peer.ask("/voice/new", "b", "example")
        assert fail.address == "/fail"
        assert fail.arguments[1].startswith("voice b would not fit: the load is 0.")
        assert (
            'most = 0.05. Free a voice, add workers, or let all in: admit = "all"'
            in (fail.arguments[1])
        )
        file.write_text(one + 'admit = "all"\n', encoding="utf-8")
        assert peer.ask("/config/reload")[-1].address == "/done"
        assert peer.ask("/voice/new", "b", "example")[-1].address == "/done"


def test_a_model_of_the_file_plays_by_the_name_and_with_the_precision_it_gives(tmp_path):
    models = model_folder(tmp_path / "models")
    (tmp_path / "own").mkdir()
    write_example(tmp_path / "own" / "x.onnx")
    file = tmp_path / "ensemble.toml"
    file.write_text(
        '[models.mine]\nfile = "own/x.onnx"\nprecision = "float32"\n'
        '[voices.a]\nmodel = "mine"\n[voices.b]\nmodel = "example"\n',
        encoding="utf-8",
    )
    with Served(file, "--audio", "null", models=models) as served, Peer(served.port) as peer:
        (a,) = [line for line in served.lines if line.startswith("voice  a")]
        (b,) = [line for line in served.lines if line.startswith("voice  b")]
        assert "a: mine " in a
        assert a.endswith("float32")
        assert b.endswith("int8")
        assert peer.ask("/voice/a/model/get")[0].arguments == ("mine",)


def test_a_score_of_the_file_plays_from_the_start_and_loops(tmp_path):
    models = model_folder(tmp_path / "models")
    scores = tmp_path / "state" / "scores"
    scores.mkdir(parents=True)
    (scores / "piece.score").write_text("0 /voice/a/pan 0.5\n0.5 end\n", encoding="utf-8")
    file = tmp_path / "ensemble.toml"
    file.write_text(
        f'[state]\nfolder = "{tmp_path / "state"}"\nscore = "piece"\nloop = true\n'
        '[voices.a]\nmodel = "example"\n',
        encoding="utf-8",
    )
    with Served(file, "--audio", "null", models=models) as served, Peer(served.port) as peer:
        assert wait_until(lambda: peer.ask("/voice/a/pan/get")[0].arguments[0] == 0.5)
        peer.ask("/sync", 1)
        peer.send("/voice/a/pan", 0.0)
        assert wait_until(lambda: peer.ask("/voice/a/pan/get")[0].arguments[0] == 0.5)


def test_more_workers_than_cores_beside_the_audio_threads_are_not_used(caplog):
    require_or_skip(hasattr(os, "sched_getaffinity"), "a system that tells its cores")
    cores = len(os.sched_getaffinity(0))
    config = with_workers_that_fit(Config(engine=EngineConfig(workers=cores)))
    assert config.engine.workers == cores - 1
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith(f"workers: {cores} wanted, {cores - 1} used")
    assert with_workers_that_fit(config) is config
