"""Cores that do not fall asleep between blocks: one that has to wake first comes late.

Linux, power management's quality of service: whoever holds /dev/cpu_dma_latency open says how
many microseconds a core may take to wake, 0 for none of its sleep states. The device is root's
until the machine's owner gives it to others (docs/installation.md), so that asking for it takes
nothing that was not granted. https://docs.kernel.org/power/pm_qos_interface.html
"""

from __future__ import annotations

import logging
import os
import struct
from pathlib import Path

log = logging.getLogger(__name__)

DEVICE = Path("/dev/cpu_dma_latency")
NO_SLEEP = struct.pack("=i", 0)  # us


class AwakeCores:
    """A wish that holds until `release`, or the end of the process. Control thread."""

    def __init__(self, device: Path = DEVICE) -> None:
        self._device = device
        self._held: int | None = None

    def hold(self) -> bool:
        """Ask for it; whether it was granted. A refusal is no error: sound plays without."""
        try:
            self._held = os.open(self._device, os.O_WRONLY | os.O_CLOEXEC)
            os.write(self._held, NO_SLEEP)
        except OSError as error:
            log.info("cores may sleep between blocks: %s: %s", self._device, error.strerror)
            self.release()
            return False
        log.info("cores are kept awake between blocks")
        return True

    def release(self) -> None:
        """Let them sleep again; without a wish that was granted, nothing."""
        if self._held is not None:
            os.close(self._held)
            self._held = None
