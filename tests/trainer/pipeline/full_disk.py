"""What is tried on a disk that is too small: `full_disk.py PLACE OUT`, in a mount namespace.

PLACE is mounted as a tmpfs, filled up, then enlarged; a summary goes to OUT as JSON.
"""

import json
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
sys.path.insert(0, str(Path(__file__).parents[3]))

import fake_stages  # noqa: E402
import tiny  # noqa: E402

from trainer.audition import AuditionConfig  # noqa: E402
from trainer.checkpoint import load  # noqa: E402
from trainer.errors import TrainerError  # noqa: E402
from trainer.pipeline import Choice, Pipeline  # noqa: E402
from trainer.recipe import read  # noqa: E402
from trainer.rnn import train  # noqa: E402

CONFIG = tiny.config(
    steps=4, audition=AuditionConfig(seconds=0.1, settle_s=0.02, pitches=2), audition_every=4
)


def mount(place: Path, size: str, *, again: bool = False) -> None:
    options = f"size={size}" + (",remount" if again else "")
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True)


def small_then_large(place: Path, size: str, work) -> tuple[str, list[str], object]:
    """The error on the small disk, what it left behind half-written, the result on a large one."""
    mount(place, size)
    try:
        work(place)
        error = ""
    except (TrainerError, OSError) as raised:
        error = str(raised)
    left = [path.name for path in place.rglob("*.part*")]
    mount(place, "64m", again=True)
    return error, left, work(place)


def run(folder: Path) -> dict[str, str]:
    """Three counting stages whose files are some 20 kB each."""
    registry = fake_stages.registry()
    recipe = folder.parent / f"{folder.name}.toml"
    recipe.write_text(f"name = 'full'\n[first]\nlabel = '{'x' * 20_000}'\n")
    for _ in Pipeline(read(recipe, registry), folder / "run", registry).run(Choice()):
        pass
    return {name: (folder / "run" / name / "sum.txt").read_text()[-80:] for name in registry}


def training(folder: Path) -> list[float]:
    """Checkpoints of some 100 kB: latest, then a copy, best and latest."""
    for _ in train(folder / "rnn", tiny.clips(), tiny.clips(2, seed=1), CONFIG):
        pass
    return [float(w.double().sum()) for w in load(folder / "rnn" / "latest.pt").network.values()]


def main(place: Path, out: Path) -> None:
    found = {}
    for name, work, size in (("run", run, "300k"), ("training", training, "250k")):
        for folder in ("plain", "disk"):
            (place / name / folder).mkdir(parents=True)
        expected = work(place / name / "plain")
        error, left, result = small_then_large(place / name / "disk", size, work)
        found[name] = {"error": error, "left": left, "equal": result == expected}
    out.write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
