"""The receive path's native tests, plain and under the sanitizers."""

import sys

import pytest
from native_programs import built, run

PROGRAMS = ["ring_tests", *(["drain_tests"] if sys.platform == "linux" else [])]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("sanitize", ["", "address,undefined", "thread"])
def test_datagrams_pass_from_thread_to_thread_whole_and_in_order(sanitize: str) -> None:
    for program in built(sanitize, *PROGRAMS):
        run(program)
