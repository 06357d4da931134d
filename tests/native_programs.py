"""Builds and runs the native test programs of tests/native."""

import os
import shutil
import subprocess
from pathlib import Path

from parts import require_or_skip

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "native-tests"  # kept: a second run builds what has changed


def built(sanitize: str, *names: str) -> list[Path]:
    """The named test programs, built with a sanitizer or none."""
    require_or_skip(shutil.which("cmake"), "cmake: pip install cmake")
    require_or_skip(shutil.which("c++"), "a C++ compiler: apt-get install g++")
    folder = BUILD / (sanitize or "plain")
    options = ["-DSMFOSC_PYTHON=OFF", "-DSMFOSC_NATIVE_TESTS=ON", f"-DSMFOSC_SANITIZE={sanitize}"]
    if sanitize:
        options.append("-DCMAKE_CXX_FLAGS_RELEASE=-O1")  # builds in half the time
    build = ["cmake", "--build", str(folder), "--parallel", "2", "--target", *names]
    for command in (["cmake", "-S", str(ROOT), "-B", str(folder), *options], build):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return [folder / "tests" / "native" / name for name in names]


def run(program: Path) -> None:
    """Run to the end; a failed check or a sanitizer's finding is a failure."""
    environment = os.environ | {
        "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
        "TSAN_OPTIONS": "halt_on_error=1",
    }
    done = subprocess.run([program], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
