"""Hosts of a network for tests: namespaces joined by a bridge. Needs root and iproute2."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator

import playing
from parts import require_or_skip


class Network:
    """A bridge, and hosts 10.77.0.1, 10.77.0.2, ... on it."""

    def __init__(self, hosts: int) -> None:
        self.tag = uuid.uuid4().hex[:6]
        self.bridge = f"br{self.tag}"
        self.hosts = [Host(self, n) for n in range(1, hosts + 1)]

    def __enter__(self) -> Network:
        # The bridge lives in a namespace too, so that nothing of this machine's network changes.
        ip("netns", "add", self.bridge)
        ip("-n", self.bridge, "link", "add", self.bridge, "type", "bridge", "mcast_snooping", "0")
        ip("-n", self.bridge, "link", "set", self.bridge, "up")
        for host in self.hosts:
            host.join()
        return self

    def __exit__(self, *_: object) -> None:
        for name in (*(host.namespace for host in self.hosts), self.bridge):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


class Host:
    """One namespace with an interface of its own."""

    def __init__(self, network: Network, number: int) -> None:
        self.network = network
        self.namespace = f"h{number}{network.tag}"
        self.address = f"10.77.0.{number}"
        self.inside, self.outside = f"e{number}{network.tag}", f"o{number}{network.tag}"

    def join(self) -> None:
        ip("netns", "add", self.namespace)
        ip("-n", self.namespace, "link", "set", "lo", "up")
        self.put_in()

    @property
    def hardware_address(self) -> str:
        """The same whenever it is put in, as a card's: other hosts remember it for seconds."""
        return "02:00:" + ":".join(f"{int(part):02x}" for part in self.address.split("."))

    def put_in(self) -> None:
        """Its network interface."""
        bridge = self.network.bridge
        ip("link", "add", self.inside, "type", "veth", "peer", "name", self.outside)
        ip("link", "set", self.outside, "netns", bridge)
        ip("link", "set", self.inside, "address", self.hardware_address)
        ip("link", "set", self.inside, "netns", self.namespace)
        ip("-n", bridge, "link", "set", self.outside, "master", bridge, "up")
        ip("-n", self.namespace, "address", "add", f"{self.address}/24", "dev", self.inside)
        ip("-n", self.namespace, "link", "set", self.inside, "up")
        ip("-n", self.namespace, "route", "add", "224.0.0.0/4", "dev", self.inside)

    def take_out(self) -> None:
        """Its network interface, as if it were a stick: addresses and groups go with it."""
        ip("-n", self.namespace, "link", "delete", self.inside)

    def cut_off(self) -> None:
        """Pull its cable."""
        ip("-n", self.network.bridge, "link", "set", self.outside, "down")

    def plug_in(self) -> None:
        """And put it back."""
        ip("-n", self.network.bridge, "link", "set", self.outside, "up")

    @contextlib.contextmanager
    def serve(self, *arguments: object, **more: str) -> Iterator[subprocess.Popen[str]]:
        """A daemon on this host, once it plays."""
        process = subprocess.Popen(
            self.command(*playing.command("serve", *arguments)),
            env=playing.environment(None, more),
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            assert any(line.startswith("delay") for line in process.stdout)
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=20)

    def python(self, code: str, *arguments: object) -> str:
        """What a program prints that runs on this host."""
        done = subprocess.run(
            self.command(sys.executable, "-c", code, *arguments),
            env=playing.environment(None, {}),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def command(self, *words: object) -> list[str]:
        return ["ip", "netns", "exec", self.namespace, *map(str, words)]


def ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"


def require_namespaces() -> None:
    """Skip where hosts cannot be made."""
    require_or_skip(shutil.which("ip"), "ip: apt-get install iproute2")
    allowed = os.geteuid() == 0
    if allowed:
        name = f"try{uuid.uuid4().hex[:6]}"
        made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
        allowed = made.returncode == 0
        subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
    require_or_skip(allowed, "network namespaces (root, CAP_SYS_ADMIN)")
