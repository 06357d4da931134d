"""What README promises is what the sources say."""

import importlib.util
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def _writer():
    spec = importlib.util.spec_from_file_location("writer", ROOT / "docs/write_readme_table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_address_table_in_the_readme_is_the_one_in_the_sources():
    writer = _writer()
    text = writer.README.read_text()
    assert writer.with_table(text, writer.as_markdown()) == text, "run: make readme"


def test_every_make_target_that_the_documents_name_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    for document in ("README.md", "CONTRIBUTING.md"):
        named = set(re.findall(r"(?:`|^)make ([a-z]+)", (ROOT / document).read_text(), re.M))
        assert named, document
        assert named <= targets, f"{document} names make targets that do not exist"
