"""bench/inversion.py: it runs, tells all, and draws. What it costs is measured nowhere here."""

import json
import sys

import inversion
import inversion_drawn
import pytest
from inversion_methods import KINDS, METHODS, SYNTHESISED
from parts import require_or_skip

from trainer.soundfont import SOUNDFONT


def run(monkeypatch, capsys, *options):
    monkeypatch.setattr(sys, "argv", ["inversion.py", "--quick", *options])
    inversion.main()
    return capsys.readouterr().out


@pytest.fixture(autouse=True)
def _soundfont():
    require_or_skip(SOUNDFONT.is_file(), "FluidR3 (apt-get install fluid-soundfont-gm)")


@pytest.mark.reach
def test_the_bench_measures_every_method_on_every_kind_and_draws(monkeypatch, capsys, tmp_path):
    picture = tmp_path / "methods.png"
    found = json.loads(run(monkeypatch, capsys, "--json", "--picture", str(picture)))
    assert list(found["db"]) == list(SYNTHESISED)
    assert list(found["drawn_db"]) == list(inversion_drawn.ROWS)
    for values in (*found["db"].values(), found["ms"]):
        assert list(values) == [method.name for method in METHODS]
    assert min(found["ms"].values()) > 0
    assert found["mesh_s"] > 0
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_table_has_a_row_for_every_kind_and_a_column_for_every_method():
    names = [method.name for method in METHODS]
    found = {
        "ms": dict.fromkeys(names, 2.0),
        "db": {kind: dict.fromkeys(names, -40.0) for kind in KINDS},
        "drawn_db": {"half-way": {"PGHI": -50.0, "phases drawn": -12.34}},
        "mesh_s": 1.5,
        "mesh_processor_s": 2.75,
        "cores": 2,
        "load": 3.25,
    }
    lines = inversion.report(found).splitlines()
    assert lines[0].count("|") == len(names) + 2
    labels = [line.split(" (dB)")[0][2:] for line in lines if "(dB)" in line]
    assert labels == [*KINDS, "half-way"]
    assert "| half-way (dB) | -50.0 | -12.3 |" in lines
    assert lines[-1] == "441 clips by PGHI: 1.50 s on 2 cores, 2.75 s of processor time, load 3.2"
