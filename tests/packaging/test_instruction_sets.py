"""The kernels that a build offers are those that this processor has, whatever the compiler."""

from pathlib import Path

import pytest
from parts import require_or_skip

from smfosc import _core

AVX2 = {"avx2", "fma"}
AVX512 = AVX2 | {f"avx512{part}" for part in ("f", "bw", "vl", "dq", "_vnni", "_bf16")}


@pytest.fixture(scope="module")
def flags() -> set[str]:
    found = Path("/proc/cpuinfo")
    require_or_skip(found.exists(), "/proc/cpuinfo (Linux)")
    lines = [line for line in found.read_text().splitlines() if line.startswith("flags")]
    if not lines:
        pytest.skip("no x86 processor")
    return set(lines[0].split())


@pytest.mark.parametrize(("isa", "needed"), [("avx2", AVX2), ("avx512", AVX512)])
def test_a_kernel_is_offered_where_the_system_shows_what_it_needs(isa, needed, flags) -> None:
    assert (isa in _core.isas()) == (needed <= flags)
