"""A run of the toy recipe that nobody disturbed, for all who look at one."""

import resource

import pytest
import whole_runs


def cpu_seconds():
    """Of all processes that were waited for: a busy machine does not make a run longer."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """The run, and the CPU seconds it took, children included."""
    out = tmp_path_factory.mktemp("whole") / "run"
    before = cpu_seconds()
    whole_runs.finish(whole_runs.TOY, out)
    return out, cpu_seconds() - before
