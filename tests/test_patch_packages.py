"""The packages that `make patches` builds."""

from __future__ import annotations

import hashlib
import re
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "patches" / "generate"))

import package  # noqa: E402  from the folder above

# deken's own scheme: LIBRARY[vVERSION](ARCHITECTURE)... .dek
DEKEN = re.compile(r"(.*/)?([^\[\]()]+)(\[v[^\[\]()]+\])?((\([^\[\]()]+\))*)\.(dek)")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    package.build(folder)
    return folder


def names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        return opened.namelist()


def test_the_deken_package_has_dekens_name_one_folder_and_its_checksum(built):
    (dek,) = built.glob("*.dek")
    match = DEKEN.fullmatch(dek.name)
    assert match is not None
    assert match.groups()[1:5] == ("smfosc", f"[v{package.version()}]", "", None)
    inside = names(dek)
    assert {name.split("/")[0] for name in inside} == {"smfosc"}
    assert {"smfosc/smfosc.pd", "smfosc/smf.voice-help.pd", "smfosc/LICENSE.txt"} <= set(inside)
    told = dek.with_name(dek.name + ".sha256").read_text().split()[0]
    assert told == hashlib.sha256(dek.read_bytes()).hexdigest()


def test_dekens_object_list_names_every_abstraction_with_what_it_does(built):
    (listed,) = built.glob("*.dek.txt")
    lines = [line.split("\t") for line in listed.read_text().splitlines()]
    pages = {path.name.removesuffix("-help.pd") for path in (ROOT / "patches/pd").glob("*-help.pd")}
    assert {name for name, _ in lines} == pages
    assert all(len(words.split()) >= 3 for _, words in lines)


def test_the_max_package_is_one_folder_with_what_max_looks_for(built):
    (archive,) = built.glob("smfosc-max-*.zip")
    inside = names(archive)
    assert {name.split("/")[0] for name in inside} == {"smfosc"}
    for part in ("package-info.json", "patchers/smf.voice.maxpat", "help/smf.voice.maxhelp",
                 "examples/ensemble.maxpat", "extras/smfosc.maxpat", "license.md"):  # fmt: skip
        assert f"smfosc/{part}" in inside


def test_the_same_files_give_the_same_bytes(built, tmp_path):
    for path in package.build(tmp_path):
        assert path.read_bytes() == (built / path.name).read_bytes()
