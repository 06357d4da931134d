"""The callbacks' native tests, plain and under the sanitizers."""

import pytest
from native_programs import built, run


@pytest.mark.timeout(900)
@pytest.mark.parametrize("sanitize", ["", "address,undefined", "thread"])
def test_callbacks_and_the_paced_clock_deliver_what_the_engine_renders(sanitize: str) -> None:
    for program in built(sanitize, "audio_tests"):
        run(program)
