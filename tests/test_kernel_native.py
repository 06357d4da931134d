"""The kernel outside Python: NEON under an emulator, sanitizers, what the linker may merge."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from parts import require_or_skip

ROOT = Path(__file__).parents[1]
EMULATED = ["-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=aarch64"]


def _built(folder: Path, *options: str) -> Path:
    """The native kernel tests, built with further CMake options."""
    require_or_skip(shutil.which("cmake"), "cmake: pip install cmake")
    configure = [
        "cmake",
        "-S",
        ROOT,
        "-B",
        folder,
        "-DSMFOSC_PYTHON=OFF",
        "-DSMFOSC_NATIVE_TESTS=ON",
    ]
    build = ["cmake", "--build", folder, "--target", "kernel_tests", "--parallel", "2"]
    for command in ([*configure, *options], build):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder / "tests" / "native" / "kernel_tests"


def _run(command: list[object], **environment: str) -> str:
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout


@pytest.mark.timeout(600)
def test_neon_passes_the_native_tests_under_an_emulator(tmp_path: Path) -> None:
    compiler = shutil.which("aarch64-linux-gnu-g++")
    require_or_skip(compiler, "aarch64-linux-gnu-g++: apt-get install g++-aarch64-linux-gnu")
    emulator = shutil.which("qemu-aarch64")
    require_or_skip(emulator, "qemu-aarch64: apt-get install qemu-user")
    tests = _built(
        tmp_path, *EMULATED, f"-DCMAKE_CXX_COMPILER={compiler}", "-DCMAKE_EXE_LINKER_FLAGS=-static"
    )
    assert _run([emulator, tests, "neon"]) == "neon ok\n"


@pytest.mark.timeout(600)
def test_the_native_tests_pass_under_address_and_undefined_sanitizers(tmp_path: Path) -> None:
    tests = _built(tmp_path, "-DSMFOSC_SANITIZE=address,undefined")
    printed = _run([tests], UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1")
    assert printed.endswith("portable ok\n")


@pytest.mark.timeout(600)
def test_sources_of_one_instruction_set_share_no_function_with_others(tmp_path: Path) -> None:
    """Of a shared (weak) one the linker keeps a single copy, perhaps one that cannot run here."""
    require_or_skip(shutil.which("nm"), "nm: apt-get install binutils")
    _built(tmp_path)
    objects = list(tmp_path.rglob("gru_*.o"))
    assert len(objects) >= 2
    for path in objects:
        symbols = _run(["nm", "--defined-only", "--demangle", path]).splitlines()
        assert [line for line in symbols if line.split()[1] in "WVu"] == [], path.name
