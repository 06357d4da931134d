"""The tests' shared folder on the path: `parts`, `live_server`, `playing`."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
