"""The tests' shared folder on the path, and the foreign graphs of this one."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
