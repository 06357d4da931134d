"""Having one thread run soon after it wakes, beside busy others. Control thread."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SWITCH_INTERVAL_S = 0.0005  # another Python thread holds us up for no longer than this
NICENESS = -10  # of the control thread, where we may: a flood beside a busy machine


@contextmanager
def prompt() -> Iterator[None]:
    """Have this thread run soon after it wakes, as far as we may, beside busy others."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()  # later collections need not walk all that was imported: some 10 ms
    thread = threading.get_native_id()
    with suppress(OSError, AttributeError):  # Linux has a niceness for each thread
        before = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, NICENESS)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.unfreeze()
        with suppress(OSError, AttributeError, UnboundLocalError):
            os.setpriority(os.PRIO_PROCESS, thread, before)
