"""The kernel outside Python: sanitizers, NEON under an emulator, what the linker may merge."""

import shutil
import subprocess
from pathlib import Path

import pytest
from native_programs import BUILD, ROOT, built, run
from parts import require_or_skip

NEON = BUILD / "aarch64"  # kept, like the others


def _printed(command: list[object]) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.timeout(900)
@pytest.mark.parametrize("sanitize", ["", "address,undefined"])
def test_every_instruction_set_passes_the_native_tests(sanitize: str) -> None:
    for program in built(sanitize, "kernel_tests"):
        run(program)


@pytest.mark.timeout(900)
def test_neon_passes_the_native_tests_under_an_emulator() -> None:
    compiler, emulator = shutil.which("aarch64-linux-gnu-g++"), shutil.which("qemu-aarch64")
    require_or_skip(shutil.which("cmake"), "cmake: pip install cmake")
    require_or_skip(compiler, "aarch64-linux-gnu-g++: apt-get install g++-aarch64-linux-gnu")
    require_or_skip(emulator, "qemu-aarch64: apt-get install qemu-user")
    options = {
        "CMAKE_SYSTEM_NAME": "Linux",
        "CMAKE_SYSTEM_PROCESSOR": "aarch64",
        "CMAKE_CXX_COMPILER": compiler,
        "CMAKE_EXE_LINKER_FLAGS": "-static",  # no library of that machine is needed here
        "SMFOSC_PYTHON": "OFF",
        "SMFOSC_NATIVE_TESTS": "ON",
    }
    _printed(["cmake", "-S", ROOT, "-B", NEON, *(f"-D{k}={v}" for k, v in options.items())])
    _printed(["cmake", "--build", NEON, "--target", "kernel_tests", "--parallel", "2"])
    assert _printed([emulator, NEON / "tests" / "native" / "kernel_tests", "neon"]) == "neon ok\n"


@pytest.mark.timeout(900)
def test_sources_of_one_instruction_set_share_no_function_with_others() -> None:
    """Of a shared (weak) one the linker keeps a single copy, perhaps one that cannot run here."""
    require_or_skip(shutil.which("nm"), "nm: apt-get install binutils")
    (program,) = built("", "kernel_tests")
    objects = list(Path(program).parents[2].rglob("gru_*.o"))
    assert len(objects) >= 2
    for path in objects:
        symbols = _printed(["nm", "--defined-only", "--demangle", path]).splitlines()
        assert [line for line in symbols if line.split()[1] in "WVu"] == [], path.name
