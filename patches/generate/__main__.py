"""Write patches/pd and patches/max from what is drawn here: `python patches/generate`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import max_files
import pd_files

HERE = Path(__file__).parent.parent


def main() -> None:
    """Write every file that is generated."""
    for folder, files in (("pd", pd_files.files()), ("max", max_files.files())):
        for path, text in files.items():
            target = HERE / folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)


if __name__ == "__main__":
    main()
