"""The tests' own layout: pytest puts every folder of them on one import path."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

FOLDER = Path(__file__).parent


def test_every_module_has_a_name_of_its_own() -> None:
    """Of two modules of one name the first is imported for both, where both folders run."""
    named = ("conftest.py", "__init__.py")
    modules = [path.name for path in FOLDER.rglob("*.py") if path.name not in named]
    assert len(modules) > 50
    assert [name for name, times in Counter(modules).items() if times > 1] == []
