"""A voice of onnxruntime's in JACK's freewheel: the bounce waits for its samples."""

from __future__ import annotations

import numpy as np
from foreign_graphs import write_lstm
from jackd import jackd
from parts import require_or_skip
from playing import read_wav, sounding, wait_until, where
from test_jack import PORTS, playing, recorder

from smfosc.engine import Engine

FRAMES = 96_000


def prepared(engine: Engine, model):
    """A voice's player, settled, so that it can begin at once."""
    values = [p.default for p in model.info.parameters]
    rate = model.info.samplerate
    return engine.prepare(
        model.kernel, parameters=model.info.parameters, values=values, samplerate=rate, seed=4
    )


def test_in_freewheel_an_onnx_voice_is_exact_for_its_samples_are_waited_for(tmp_path):
    try:
        from smfosc.onnx_engine import load

        model = load(write_lstm(tmp_path / "lstm.onnx", name="lstm"))
    except ImportError:
        require_or_skip(False, "onnxruntime (pip install smfosc[onnx])")
    alone = Engine(48_000, realtime=False)
    alone.add_prepared(prepared(alone, model), seed=4, gate=True, frame=0)
    reference = alone.render(FRAMES).T
    late, engine = model.kernel.late, Engine(48_000)
    player = prepared(engine, model)
    with jackd() as server, playing(engine) as backend:
        capture = recorder(server, tmp_path / "r.wav", "-jf")
        assert wait_until(lambda: len(server.connections(PORTS[0])) >= 2)
        server.run("jack_freewheel", "y")
        assert wait_until(lambda: backend.freewheeling)
        engine.add_prepared(player, seed=4, gate=True)
        begun = engine.frame
        assert wait_until(lambda: engine.frame >= begun + FRAMES, 60)
        in_freewheel = model.kernel.late  # from here on a loaded machine may come too late
        server.run("jack_freewheel", "n")
        assert capture.wait(20) == 0
    recorded = sounding(read_wav(tmp_path / "r.wav")[0])
    assert in_freewheel == late
    whole = sounding(reference)
    length = min(len(recorded), len(whole)) - 4096  # the last block may be beyond freewheeling
    assert length > FRAMES // 2
    assert where(recorded[:4800], whole) == 0
    np.testing.assert_array_equal(recorded[:length], whole[:length])
