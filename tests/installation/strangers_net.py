"""Two hosts on one machine: network namespaces joined by a pair of virtual interfaces."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from parts import require_or_skip


@dataclass
class Hosts:
    """`here` has 10.77.0.1, `there` 10.77.0.2."""

    here: str
    there: str

    def ip(self, *words: str) -> None:
        """Run `ip` from outside."""
        subprocess.run(["ip", *words], check=True, capture_output=True)

    def join(self) -> None:
        """Put the cable in."""
        cable = f"v{self.here[2:10]}"
        self.ip("link", "add", cable, "netns", self.here, "type", "veth", "peer", "name", "eth0",
                "netns", self.there)  # fmt: skip
        for name, device, host in ((self.here, cable, "1"), (self.there, "eth0", "2")):
            self.ip("-n", name, "address", "add", f"10.77.0.{host}/24", "dev", device)
            self.ip("-n", name, "link", "set", device, "up")

    def part(self) -> None:
        """Pull it out, and the interfaces with it."""
        self.ip("-n", self.there, "link", "delete", "eth0")

    def inside(self, name: str, *command: str) -> list[str]:
        """A command line as run on one of the hosts."""
        return ["ip", "netns", "exec", name, *command]


@contextlib.contextmanager
def two_hosts() -> Iterator[Hosts]:
    """Two joined hosts; nothing is left of them."""
    tag = uuid.uuid4().hex[:8]
    may = os.geteuid() == 0 and shutil.which("ip") and _try("ip", "netns", "add", f"h-{tag}a")
    require_or_skip(may, "network namespaces (package iproute2, and the right to make them)")
    hosts = Hosts(f"h-{tag}a", f"h-{tag}b")
    try:
        hosts.ip("netns", "add", hosts.there)
        for name in (hosts.here, hosts.there):
            hosts.ip("-n", name, "link", "set", "lo", "up")
        hosts.join()
        yield hosts
    finally:
        for name in (hosts.here, hosts.there):
            _try("ip", "netns", "delete", name)


def _try(*command: str) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0
