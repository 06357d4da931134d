"""The engine's native tests, plain and under the sanitizers."""

import pytest
from native_programs import built, run


@pytest.mark.timeout(900)
def test_rendering_neither_allocates_nor_enters_the_kernel_and_every_frame_is_exact() -> None:
    for program in built("", "engine_rules", "engine_tests"):
        run(program)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("sanitize", ["address,undefined", "thread"])
def test_a_sanitizer_finds_nothing_while_everything_happens_at_once(sanitize: str) -> None:
    for program in built(sanitize, "engine_races", "ahead_races", "engine_tests"):
        run(program)
