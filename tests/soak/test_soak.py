"""A soak of seconds; and that a longer one would notice what wears out."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from parts import require_or_skip
from soak_daemon import Sample
from soak_hearing import Hearing, level_of
from soak_verdict import Soak

ROOT = Path(__file__).parents[2]
PROC = Path("/proc/self/status").exists()


def soak(tmp_path, *arguments: str) -> tuple[int, str, dict]:
    out = tmp_path / "soak.json"
    done = subprocess.run(
        [sys.executable, "bench/soak.py", "--json", out, *arguments],
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
    times = ["--minutes", "0.06", "--probe-s", "2", "--listen-s", "0.3"]
    model = ["--model", "clarinet-trumpet"]
    code, said, told = soak(tmp_path, *model, "--audio", audio, "--rate", "300", *times)
    assert told["sent"] > 200
    assert told["status"]["packets"] > 200
    assert told["status"]["resets"] == 0
    assert told["status"]["voices"] == 1
    assert told["samples"][-1]["rss_kib"] > 10_000
    pitches = [hearing["pitch_hz"] for hearing in told["hearings"]]
    assert len(pitches) >= 6
    assert all(abs(hz / 466.2 - 1) < 0.05 for hz in pitches)  # MIDI note 70
    assert told["drifts"][0]["db"] < 0.5
    failed = [criterion["name"] for criterion in told["criteria"] if not criterion["holds"]]
    assert (code, said.splitlines()[-1]) == (
        (1, "FAILED: " + ", ".join(failed)) if failed else (0, "passed")
    )


def steady(**differences) -> Soak:
    """An hour in which nothing happened, but for what the test says."""
    status = dict.fromkeys(("underruns", "missed_passes", "resets", "dropped_events"), 0.0)
    status |= {name: n for name, n in differences.items() if name in status}
    growth = differences.get("kib", 0.0)
    samples = [Sample(60.0 * n, round(100_000 + growth * n / 60), 14, 7) for n in range(61)]
    samples[-1] = Sample(3600.0, samples[-1].rss_kib, 14 + differences.get("files", 0), 7)
    hearings = [Hearing(60.0 * n, "v1", 440.0, -20.0) for n in range(10)]
    away = 2 ** (differences.get("cents", 0.0) / 1200)
    hearings[7] = Hearing(420.0, "v1", 440.0 * away, -20.0 + differences.get("db", 0.0))
    if "no_pitch" in differences:
        hearings[8] = Hearing(480.0, "v1", None, -20.0)
    return Soak(seconds=3600.0, status=status, samples=samples, hearings=hearings)


@pytest.mark.parametrize(
    ("differences", "line"),
    [
        ({"cents": 6.0}, "drift of v1 in 10 hearings: 6.0 cents (at the end +2.0), 0.00 dB"),
        ({"db": -0.7}, "0.70 dB (at the end -0.23)"),
        ({"no_pitch": True}, "drift of v1 in 10 hearings: pitch lost"),
        ({"kib": 2000}, "memory after the warm-up: +1500 KiB"),
        ({"files": 2}, "file handles after the warm-up: +2"),
        ({"underruns": 1}, "underruns of ours: 1"),
        ({"missed_passes": 1}, "missed passes of ours: 1"),
        ({"resets": 3}, "resets of models: 3"),
        ({"dropped_events": 1}, "dropped events: 1"),
    ],
)
def test_what_wears_out_fails_in_a_line_of_its_own(differences, line) -> None:
    criteria = list(steady(**differences).criteria(most_growth_kib=1024.0))
    (failed,) = [str(criterion) for criterion in criteria if not criterion.holds]
    assert failed.startswith("FAILED  ")
    assert line in failed


def test_a_steady_hour_passes() -> None:
    criteria = list(steady(cents=2.0, db=0.2, kib=500).criteria(most_growth_kib=1024.0))
    assert all(criterion.holds for criterion in criteria)
    assert len(criteria) == 7


def test_a_voice_that_never_had_a_pitch_is_judged_by_its_level_alone() -> None:
    soak = steady()
    soak.hearings = [Hearing(h.at_s, h.voice, None, h.level_db) for h in soak.hearings]
    drift = soak.drift("v1")
    assert drift.holds
    assert str(drift) == "no pitch, 0.00 dB (at the end +0.00)"


def test_pieces_that_were_overwritten_while_they_were_read_are_no_change_of_level() -> None:
    pieces = np.sin(np.arange(40 * 1024) / 5).reshape(40, 1024)
    torn = pieces.copy()
    torn[[3, 17, 20]] = 0.0
    assert level_of(torn) == pytest.approx(level_of(pieces), abs=0.01)
    assert level_of(pieces * 0.0) == -120.0
