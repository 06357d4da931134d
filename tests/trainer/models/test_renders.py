"""Ten seconds of a model: what is asked, and that it is heard."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from smfosc.model_file import Parameter, read_info
from trainer.loudness import lufs

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def renders():
    spec = importlib.util.spec_from_file_location("write_renders", DOCS / "write_renders.py")
    found = importlib.util.module_from_spec(spec)
    sys.modules["write_renders"] = found
    spec.loader.exec_module(found)
    return found


PITCH = Parameter("pitch", "MIDI note", 56.0, 76.0, 60.0)
TIMBRE = Parameter("timbre", "", 0.0, 1.0, 0.25)
VOLUME = Parameter("volume", "", 0.0, 1.0, 0.8)


def test_each_parameter_goes_from_end_to_end_and_back_to_its_default(renders):
    seconds = np.arange(0, renders.SECONDS, 0.01)
    moves = list(renders.gesture([PITCH, TIMBRE]))
    pitch, timbre = (renders.course(each, moves, seconds) for each in (PITCH, TIMBRE))
    assert pitch[50] == pytest.approx(0.2)
    assert (pitch[101], pitch[398]) == (pytest.approx(0, abs=0.01), pytest.approx(1, abs=0.02))
    assert pitch[450] == pytest.approx(0.2)
    assert timbre[450] == pytest.approx(0.25)
    assert (timbre[501], timbre[798]) == (pytest.approx(0, abs=0.01), pytest.approx(1, abs=0.02))


def test_two_parameters_end_in_the_corners_of_the_space(renders):
    moves = list(renders.gesture([PITCH, TIMBRE]))
    moments = np.array(renders.JUMPS_S) + 0.1
    found = {
        (float(a), float(b))
        for a, b in zip(
            renders.course(PITCH, moves, moments),
            renders.course(TIMBRE, moves, moments),
            strict=True,
        )
    }
    assert found == {(0, 0), (1, 0), (1, 1), (0, 1)}


def test_a_third_parameter_strikes_ever_harder(renders):
    moves = list(renders.gesture([PITCH, TIMBRE, VOLUME]))
    after = renders.course(VOLUME, moves, np.array(renders.JUMPS_S) + 0.1)
    before = renders.course(VOLUME, moves, np.array(renders.JUMPS_S) - 0.05)
    assert list(after) == [0.25, 0.5, 0.75, 1.0]
    assert list(before) == [0, 0, 0, 0]


def test_a_shipped_model_is_heard_and_drawn(renders, tmp_path):
    renders.write(DOCS.parent / "models" / "clarinet-trumpet.onnx", tmp_path)
    sound, rate = soundfile.read(tmp_path / "clarinet-trumpet.ogg")
    assert (rate, len(sound)) == (renders.RATE, renders.SECONDS * renders.RATE)
    level_db = 10 * np.log10(np.mean(sound.reshape(-1, renders.RATE) ** 2, 1))
    assert level_db.min() > -40
    assert (tmp_path / "clarinet-trumpet.png").stat().st_size > 10_000


PATHS = sorted((DOCS.parent / "models").glob("*.onnx"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_model_is_as_loud_as_its_file_tells(renders, path):
    """At its defaults, in the daemon: what one sets levels by, within 1 LU."""
    heard = lufs(renders.rendered(path, [])[renders.RATE :], renders.RATE)
    assert heard == pytest.approx(read_info(path).loudness_lufs, abs=1.0)


def test_models_that_ship_are_as_loud_as_each_other():
    """By what their files tell of their defaults; over the space: docs/results.md."""
    told = {path.stem: read_info(path).loudness_lufs for path in PATHS}
    assert told
    assert max(told.values()) - min(told.values()) <= 1.0, told
