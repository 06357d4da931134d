"""The native core on ARM: built by a cross compiler, run under an emulator."""

import shutil
import subprocess
from pathlib import Path

import pytest
from native_programs import BUILD, ROOT
from parts import require_or_skip

ARM = BUILD / "aarch64"  # kept: a second run builds what has changed


def done(*command: object) -> str:
    ran = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    return ran.stdout


@pytest.fixture(scope="module")
def emulator() -> str:
    compiler, found = shutil.which("aarch64-linux-gnu-g++"), shutil.which("qemu-aarch64")
    require_or_skip(shutil.which("cmake"), "cmake: pip install cmake")
    require_or_skip(compiler, "aarch64-linux-gnu-g++: apt-get install g++-aarch64-linux-gnu")
    require_or_skip(found, "qemu-aarch64: apt-get install qemu-user")
    options = {
        "CMAKE_SYSTEM_NAME": "Linux",
        "CMAKE_SYSTEM_PROCESSOR": "aarch64",
        "CMAKE_CXX_COMPILER": compiler,
        "CMAKE_EXE_LINKER_FLAGS": "-static",
        "SMFOSC_PYTHON": "OFF",
        "SMFOSC_NATIVE_TESTS": "ON",
    }
    done("cmake", "-S", ROOT, "-B", ARM, *(f"-D{k}={v}" for k, v in options.items()))
    done("cmake", "--build", ARM, "--parallel", "2", "--target", "engine_tests", "kernel_tests")
    return str(found)


@pytest.mark.reach
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("program", ["engine_tests", "kernel_tests"])
def test_the_core_passes_its_own_tests_on_arm(program: str, emulator: str) -> None:
    path = Path(ARM) / "tests" / "native" / program
    assert "aarch64" in done("file", "--brief", path) or shutil.which("file") is None
    done(emulator, path)
