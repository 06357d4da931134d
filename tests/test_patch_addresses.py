"""Every OSC address in the Pd and Max patches is one of the table's, with arguments it takes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "patches" / "generate"))

import lint  # noqa: E402  from the folder above
import max_files  # noqa: E402


@pytest.mark.parametrize("patch", lint.patches(), ids=lambda path: path.name)
def test_a_patch_uses_only_addresses_of_the_table(patch):
    assert [text for use in lint.uses(patch) for text in lint.complaints(use)] == []


def test_the_lint_reads_addresses_of_all_kinds_of_patches():
    found = {use.address for path in lint.patches() for use in lint.uses(path)}
    assert {
        "/voice/$1/note",
        "/voice/#1/params",
        "/notify",
        "/snapshot/morph",
        "/score/play",
    } <= found
    assert len(lint.patches()) > 25


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ("/voice/v1/gian -6", "is no address"),
        ("/voice/v1/gain loud", "'loud' where gain"),
        ("/voice/v1/gain -6 20 3", "has 3 arguments"),
        ("/voice/v1/gain 99", "'99' where gain"),
        ("/voice/new lead", "has 1 arguments"),
        ("/notify 1 port", "'port' where [port"),
        ("/notify 1 7000.5", "'7000.5' where [port"),
        ("/after 100 /voice/v1/gat 1", "/voice/v1/gat is no address"),
        ("/after 100 /voice/v1/gate", "has 0 arguments"),
        ("/after soon /voice/v1/gate 1", "'soon' where delay_ms"),
        ("/voice/new 1 model", "'1' where NAME"),
    ],
)
def test_a_wrong_message_in_a_pd_patch_is_found(message, complaint, tmp_path):
    patch = tmp_path / "wrong.pd"
    patch.write_text(f"#N canvas 0 0 400 300 12;\n#X msg 10 10 {message};\n")
    (told,) = [text for use in lint.uses(patch) for text in lint.complaints(use)]
    assert complaint in told


def test_a_wrong_address_in_an_object_or_a_kept_text_or_a_max_patch_is_found(tmp_path):
    pd = tmp_path / "wrong.pd"
    pd.write_text(
        "#N canvas 0 0 400 300 12;\n#X obj 10 10 list prepend /voice/\\$1/pam;\n"
        "#X obj 10 40 text define -k x;\n#A set 0 /voice/v1/gat 1 \\;;\n"
        "#X obj 10 70 route /voice/list.replay;\n"
    )
    patcher = max_files.Patcher((100, 100))
    patcher.obj(0, 0, "prepend /voice/#1/pam")
    maximal = tmp_path / "wrong.maxpat"
    maximal.write_text(patcher.as_text())
    told = [text for path in (pd, maximal) for u in lint.uses(path) for text in lint.complaints(u)]
    assert len(told) == 4
