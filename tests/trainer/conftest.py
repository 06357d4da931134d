"""The tests' shared folders on the path: `parts` above, `tiny` here; one torch thread."""

import sys
from pathlib import Path

import torch

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
torch.set_num_threads(1)
