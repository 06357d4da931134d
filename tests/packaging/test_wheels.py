"""What a release is made of; the whole build is among the long tests."""

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_tools_of_the_wheel_are_those_of_the_build() -> None:
    script = (ROOT / "packaging" / "build_wheel.py").read_text()
    for required in PROJECT["build-system"]["requires"]:
        assert f'"{required}"' in script


def test_cibuildwheel_builds_what_the_project_asks_for() -> None:
    settings = PROJECT["tool"]["cibuildwheel"]
    assert settings["linux"]["manylinux-x86_64-image"] == "manylinux_2_28"
    assert settings["linux"]["manylinux-aarch64-image"] == "manylinux_2_28"
    assert "cp311" in settings["build"]
    assert "smfosc render" in settings["test-command"]


def test_every_package_of_the_sources_is_in_the_wheel() -> None:
    wanted = PROJECT["tool"]["scikit-build"]["wheel"]["packages"]
    assert wanted == ["smfosc", "trainer"]
    folders = {path.parent for path in (ROOT / "smfosc").rglob("*.py")}
    without = [str(f) for f in folders if not (f / "__init__.py").exists()]
    assert without == []


@pytest.mark.reach
@pytest.mark.timeout(1800)
def test_a_wheel_is_built_audited_installed_and_plays(tmp_path) -> None:
    command = [sys.executable, "packaging/build_wheel.py", "--out", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (wheel,) = tmp_path.glob("*manylinux_2_28*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "smfosc/shipped/models/clarinet-trumpet.onnx" in names
    assert "smfosc/page/index.html" in names
    assert not [name for name in names if name.endswith((".cpp", ".h"))]
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as files:
        inside = {name.partition("/")[2] for name in files.getnames()}
    assert {"CMakeLists.txt", "smfosc/native/kernel.cpp", "LICENSE"} <= inside
