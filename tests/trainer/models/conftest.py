"""The evaluation's instruments, the sources' sounds and the benches are used here too."""

import sys
from pathlib import Path

TRAINER = Path(__file__).parents[1]
ABLATIONS = TRAINER.parents[1] / "bench" / "ablations"
FOLDERS = ("evaluation", "latent", "pipeline", "sources")
sys.path[:0] = [*(str(TRAINER / name) for name in FOLDERS), str(ABLATIONS)]
