"""What `make demo` measures is what was sent: another pitch is heard as another pitch."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from parts import require_or_skip

from smfosc import library
from smfosc.score import read_score
from trainer.tuning import hz_to_midi

BENCH = Path(__file__).parent.parent / "bench"
NEW_PITCH_S = 0.8
LENGTH_S = 1.6


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    """bench/demo.py, which is a program and not part of the package."""
    spec = importlib.util.spec_from_file_location("demo", BENCH / "demo.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["demo"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def _score(path: Path, pitch: float) -> Path:
    """The demo's beginning, its second note changed."""
    lines = [
        "0 /voice/v1/timbre 0.0",
        "0 /voice/v1/pitch 64.0",
        "0 /voice/v1/gate 1",
        f"{NEW_PITCH_S} /voice/v1/pitch {pitch}",
        f"{LENGTH_S} /voice/v1/gate 0",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("pitch", [66.0, 69.0])
def test_a_changed_pitch_is_sent_by_osc_and_found_in_the_wav(
    demo: ModuleType, tmp_path: Path, pitch: float
) -> None:
    require_or_skip("clarinet-trumpet" in library.available(), "models/clarinet-trumpet.onnx")
    score = read_score(_score(tmp_path / "short.score", pitch))
    loads = demo.perform(score, demo.ENSEMBLE, tmp_path / "x.wav", log=tmp_path / "x.log")
    heard = demo.listen(tmp_path / "x.wav")
    for wanted, start, end in ((64.0, 0.1, NEW_PITCH_S), (pitch, NEW_PITCH_S + 0.1, LENGTH_S)):
        inside = (heard.times > start) & (heard.times < end - 0.05)
        assert abs(np.median(hz_to_midi(heard.hz[inside])) - wanted) < 0.5  # the nearest semitone
    assert 0 < loads.mean < 1


def test_the_asked_curve_steps_and_ramps_as_the_score_says(demo: ModuleType) -> None:
    score = read_score(demo.SCORE)
    asked = demo.curve(score, "pitch").at(np.array([0.0, 0.799, 0.801, 2.5, 6.3, 9.0]))
    assert asked.tolist() == pytest.approx([64, 64, 68, 76, 70, 76])
    names = [segment.name for segment in demo.segments(score)]
    assert names[:6] == [f"note {pitch}" for pitch in (64, 68, 71, 76, 71, 64)]
    assert names[6:] == ["glide 64 to 76", "note 76", "timbre 0 to 1", "note 76"]
