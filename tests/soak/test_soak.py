"""A soak of seconds; and that a longer one would notice what wears out."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from parts import require_or_skip
from soak import Hearing, Sample, Soak

ROOT = Path(__file__).parents[2]
PROC = Path("/proc/self/status").exists()


def soak(tmp_path, *arguments: str) -> tuple[int, str, dict]:
    out = tmp_path / "soak.json"
    done = subprocess.run(
        [sys.executable, "bench/soak.py", "--model", "clarinet-trumpet", "--json", out, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert out.exists(), done.stdout + done.stderr
    return done.returncode, done.stdout, json.loads(out.read_text())


@pytest.mark.parametrize("audio", ["null", "jack"])
def test_a_short_soak_reports_all_there_is(audio, tmp_path) -> None:
    require_or_skip(PROC, "/proc (Linux)")
    require_or_skip(audio != "jack" or shutil.which("jackd"), "jackd (jackd2)")
    times = ["--minutes", "0.17", "--probe-s", "4"]
    _, said, told = soak(tmp_path, "--audio", audio, "--rate", "300", *times)
    assert told["sent"] > 500
    assert told["status"]["messages"] > 500
    assert told["status"]["resets"] == 0
    assert told["status"]["dropped_events"] == 0
    assert told["samples"][-1]["rss_mb"] > 10
    pitches = [hearing["pitch_hz"] for hearing in told["hearings"]]
    assert len(pitches) >= 3
    assert all(abs(hz / 466.2 - 1) < 0.05 for hz in pitches)  # MIDI note 70
    assert "voice v1: drift" in said


def steady(**differences) -> Soak:
    """An hour in which nothing happened, but for what the test says."""
    status = dict.fromkeys(("underruns", "resets", "dropped_events"), 0.0)
    samples = [
        Sample(60.0 * n, 100.0 + differences.get("mb", 0.0) * n / 60, 14, 7) for n in range(61)
    ]
    hearings = [
        Hearing(0.0, "v1", 440.0, -20.0),
        Hearing(3600.0, "v1", 440.0 * 2 ** (differences.get("cents", 0.0) / 1200), -20.0),
        Hearing(3600.0, "v1", 440.0, -20.0 + differences.get("db", 0.0)),
    ]
    status["underruns"] = differences.get("underruns", 0)
    return Soak(seconds=3600.0, status=status, samples=samples, hearings=hearings)


@pytest.mark.parametrize(
    ("differences", "fault"),
    [
        ({"cents": 6.0}, "drifted: 6.0 cents"),
        ({"db": -0.7}, "0.70 dB"),
        ({"mb": 9.0}, "memory grew"),
        ({"underruns": 1}, "underruns: 1"),
    ],
)
def test_what_wears_out_is_a_fault(differences, fault) -> None:
    (found,) = steady(**differences).faults(most_growth_mb=4.0)
    assert fault in found


def test_a_steady_hour_passes() -> None:
    assert steady(cents=2.0, db=0.2, mb=1.0).faults(most_growth_mb=4.0) == []
