"""The packages that `make patches` builds."""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
from live_server import eventually
from parts import require_or_skip
from pd import BROKEN, Canvas, Pd
from playing import free_port

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "patches" / "generate"))

import package  # noqa: E402  from the folder above

# deken's own scheme: LIBRARY[vVERSION](ARCHITECTURE)... .dek
DEKEN = re.compile(r"(.*/)?([^\[\]()]+)(\[v[^\[\]()]+\])?((\([^\[\]()]+\))*)\.(dek)")


# Every abstraction as a patch of somebody's own would have it.
EXAMPLES = ("smfosc", "smf.voice v1", "smf.param v1 pitch 20", "smf.keyboard v1",
            "smf.xy v1 pitch timbre", "smf.snapshot", "smf.score")  # fmt: skip


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


def test_the_unpacked_deken_package_opens_in_pd_from_any_folder(built, tmp_path):
    require_or_skip(shutil.which("pd"), "puredata-core")
    (dek,) = built.glob("*.dek")
    with zipfile.ZipFile(dek) as archive:
        archive.extractall(tmp_path / "externals")
    unpacked = tmp_path / "externals" / "smfosc"
    for path in unpacked.glob("*.pd"):  # no daemon of anybody is touched
        path.write_text(path.read_text().replace(" 7770", f" {free_port()}"))
    everything = Canvas(600, 500)
    for at, part in enumerate(EXAMPLES):
        everything.obj(20, 20 + 40 * at, part)
    assert {part.split()[0] for part in EXAMPLES} == {
        path.name.removesuffix("-help.pd") for path in unpacked.glob("*-help.pd")
    }
    (tmp_path / "mine.pd").write_text(everything.as_patch())
    for patch in [tmp_path / "mine.pd", *sorted(unpacked.glob("*-help.pd"))]:
        pd = Pd(patch, tmp_path / "pd.log", unpacked)
        try:
            pd.send("driver-print opened")
            eventually(lambda pd=pd: "driver: opened" in pd.printed())
            assert not BROKEN.search(pd.printed()), pd.printed()
        finally:
            pd.stop()


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
                 "examples/ensemble.maxpat", "extras/smfosc.maxpat", "license.md",
                 "icon.png"):  # fmt: skip
        assert f"smfosc/{part}" in inside


def test_the_same_files_give_the_same_bytes(built, tmp_path):
    for path in package.build(tmp_path):
        assert path.read_bytes() == (built / path.name).read_bytes()
