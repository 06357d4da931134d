"""`smfosc serve` with a model that is no GRU, chosen by the ensemble file or by its graph."""

from foreign_graphs import write_lstm
from parts import require_or_skip
from playing import Served, smfosc


def ensemble(tmp_path, engine: str):
    write_lstm(tmp_path / "night.onnx", name="night")
    path = tmp_path / "e.toml"
    path.write_text(f'[models.night]\nengine = "{engine}"\n[voices.a]\nmodel = "night"\n')
    return path


def test_a_daemon_plays_it_and_says_what_it_costs(tmp_path) -> None:
    try:
        import onnxruntime  # noqa: F401
    except ImportError:
        require_or_skip(False, "onnxruntime (pip install smfosc[onnx])")
    state = ["--state", tmp_path / "state"]
    with Served(ensemble(tmp_path, "onnx"), "--audio", "null", *state, models=tmp_path) as daemon:
        (line,) = [line for line in daemon.lines if line.startswith("voice")]
        assert "onnx float32, parameters act 64 ms later" in line


def test_native_alone_refuses_what_it_cannot_play_in_a_line(tmp_path) -> None:
    done = smfosc("serve", ensemble(tmp_path, "native"), "--audio", "null", models=tmp_path)
    assert done.returncode == 1
    assert "night.onnx" in done.stderr
    assert "Traceback" not in done.stderr
