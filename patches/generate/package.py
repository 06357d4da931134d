"""Packs the patches: a deken package for Pd, a zip for Max's Packages folder.

`python patches/generate/package.py [FOLDER]` (default dist). Source: deken's file name
scheme, `LIBRARY[vVERSION](ARCHITECTURES).dek`, without architectures for what has only patches.
The same files give the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
EPOCH = (2026, 1, 1, 0, 0, 0)  # of every file, so that the same files give the same bytes
LIBRARY = "smfosc"


def version() -> str:
    """Of the project."""
    found = re.search(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


def sources(kind: str) -> dict[str, bytes]:
    """Path in the package -> content."""
    folder = ROOT / "patches" / kind
    found = {path.relative_to(folder).as_posix(): path.read_bytes()
             for path in sorted(folder.rglob("*")) if path.is_file()}  # fmt: skip
    name = "LICENSE.txt" if kind == "pd" else "license.md"
    return found | {name: (ROOT / "LICENSE").read_bytes()}


def pack(kind: str, target: Path) -> None:
    """Write a package, one folder named as the library in it; atomically."""
    part = target.with_name(target.name + ".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(sources(kind).items()):
            archive.writestr(zipfile.ZipInfo(f"{LIBRARY}/{path}", EPOCH), content,
                             zipfile.ZIP_DEFLATED)  # fmt: skip
    os.replace(part, target)


def object_list() -> str:
    """What deken lists: name, tab, description; read from the help patches."""
    lines = []
    for page in sorted((ROOT / "patches" / "pd").glob("*-help.pd")):
        found = re.search(
            r"#X text \d+ \d+ DESCRIPTION ([^;]*?)(?:\\?,| \\,|, f \d+)?;", page.read_text()
        )
        assert found is not None, page
        words = re.sub(r", f \d+$", "", found[1]).replace("\\", "")
        lines.append(f"{page.name.removesuffix('-help.pd')}\t{' '.join(words.split())}")
    return "\n".join(lines) + "\n"


def build(folder: Path) -> list[Path]:
    """Write everything into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    dek = folder / f"{LIBRARY}[v{version()}].dek"
    package = folder / f"{LIBRARY}-max-{version()}.zip"
    pack("pd", dek)
    pack("max", package)
    beside = {
        dek.with_name(dek.name + ".sha256"): hashlib.sha256(dek.read_bytes()).hexdigest() + "\n",
        dek.with_name(dek.name + ".txt"): object_list(),
        package.with_name(package.name + ".sha256"): hashlib.sha256(
            package.read_bytes()
        ).hexdigest() + "\n",
    }  # fmt: skip
    for path, text in beside.items():
        path.write_text(text)
    return [dek, package, *beside]


def main() -> None:
    """Build, and tell what was written."""
    for path in build(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist")):
        print(path)


if __name__ == "__main__":
    main()
