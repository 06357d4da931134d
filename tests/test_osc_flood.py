"""Twenty thousand messages a second from another process, with bench/osc_flood.py."""

import importlib.util
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parent.parent / "bench" / "osc_flood.py"


@pytest.fixture(scope="module")
def osc_flood():
    spec = importlib.util.spec_from_file_location("osc_flood", BENCH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


BUFFERS = pytest.mark.parametrize("default_buffer", [False, True], ids=["asked", "default"])


def flood(osc_flood, seconds: float, default_buffer: bool):
    asked = osc_flood.Flood(seconds=seconds, default_buffer=default_buffer)
    outcome = osc_flood.run(asked)
    print(outcome)
    return outcome


@BUFFERS
def test_three_seconds_of_flood_lose_nothing_and_end_at_the_last_values(osc_flood, default_buffer):
    # Of losses and values alone: underruns and the rate are the machine's as well, and belong
    # to the long form, which runs on a quiet one.
    outcome = flood(osc_flood, 3.0, default_buffer)
    assert outcome.arrived, outcome


@pytest.mark.reach
@BUFFERS
def test_a_minute_of_flood_loses_nothing_and_ends_at_the_last_values(osc_flood, default_buffer):
    outcome = flood(osc_flood, 60.0, default_buffer)
    assert outcome.passed, outcome
    assert outcome.rate > 0.95 * 20_000
