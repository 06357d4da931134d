"""`inversion_methods` of the bench on the path: one set of sounds for tests and measurements."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "bench"))
