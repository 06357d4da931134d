"""One process of a training by torchrun: `team_member.py FOLDER`."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[3])]

import tiny  # noqa: E402

from trainer.audition import AuditionConfig  # noqa: E402
from trainer.rnn import train  # noqa: E402
from trainer.windows import WindowConfig  # noqa: E402

SHORT = AuditionConfig(seconds=0.2, settle_s=0.02, pitches=2)
CONFIG = tiny.config(
    audition=SHORT, shards=1, windows=WindowConfig(batch=8, frames=40, hold=3, sampling=0.2)
)


def main(folder: Path) -> None:
    """Train, stop after step 4, and go on."""
    for progress in train(folder, tiny.clips(), tiny.clips(2, seed=1), CONFIG):
        if progress.step == 4:
            break
    for _ in train(folder, tiny.clips(), tiny.clips(2, seed=1), CONFIG):
        pass


if __name__ == "__main__":
    main(Path(sys.argv[1]))
