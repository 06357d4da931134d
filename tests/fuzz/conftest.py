"""Shared folders on the path: `parts`, `live_server`, `asking`, and the fuzzer's own."""

import sys
from pathlib import Path

HERE = Path(__file__).parent

sys.path[:0] = [str(path) for path in (HERE, HERE.parent, HERE.parent / "query")]
