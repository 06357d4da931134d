"""Ensemble files played on a stage."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from ensemble_stage import EnsembleStage
from stage import write_models

from smfosc.models import Models


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Models:
    """`example`, `other` and `noise`, found by name."""
    folder = tmp_path_factory.mktemp("models")
    write_models(folder)
    found = Models("float32")
    for path in sorted(folder.glob("*.onnx")):
        found.give(path)
    return found


@pytest.fixture
def on_stage(tmp_path, models):
    """Makes an EnsembleStage of a text."""

    def make(text: str) -> EnsembleStage:
        path = tmp_path / "ensemble.toml"
        path.write_text(text, encoding="utf-8")
        return EnsembleStage(path, models)

    return make
