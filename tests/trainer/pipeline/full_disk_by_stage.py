"""Every stage of a run on a disk of half the room: `full_disk_by_stage.py WHOLE PLACE OUT`.

In a mount namespace. WHOLE is a finished run; PLACE/run becomes one whose stages were each made
on a tmpfs that was too small first, then enlarged; PLACE/kept keeps them when the mounts are gone.
What was said, and left behind, goes to OUT as JSON.
"""

import json
import shutil
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[3])]

from full_disk import mount  # noqa: E402

from trainer.errors import TrainerError  # noqa: E402
from trainer.pipeline import Choice, Pipeline  # noqa: E402
from trainer.recipe import read  # noqa: E402
from trainer.stages import REGISTRY  # noqa: E402

PAGE = 4096
LARGE = "256m"


def pages(folder: Path) -> int:
    """What the files of a folder take on a tmpfs."""
    return sum(-(-p.stat().st_size // PAGE) for p in folder.rglob("*") if p.is_file())


def go(run: Path, stage: str) -> str:
    """What one stage has to complain of."""
    try:
        pipeline = Pipeline(read(run / "recipe.toml", REGISTRY), run, REGISTRY)
        for _ in pipeline.run(Choice(only=stage)):
            pass
    except (TrainerError, OSError) as error:
        return str(error)
    return ""


def small_then_large(whole: Path, run: Path, stage: str) -> dict[str, object]:
    """The stage on too small a disk, then on a large one, then off it."""
    folder = run / stage
    folder.mkdir()
    mount(folder, str(pages(whole / stage) * PAGE // 2))
    error = go(run, stage)
    left = [p.name for p in folder.rglob("*") if ".part" in p.name]
    mount(folder, LARGE, again=True)
    again = go(run, stage)
    shutil.copytree(folder, run.with_name("kept") / stage)
    return {"error": error, "left": left, "again": again}


def main(whole: Path, place: Path, out: Path) -> None:
    run = place / "run"
    run.mkdir()
    shutil.copy(whole / "recipe.toml", run)
    out.write_text(json.dumps({stage: small_then_large(whole, run, stage) for stage in REGISTRY}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
