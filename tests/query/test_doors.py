"""Who is heard by default, and the switch that takes HTTP away: asked of the kernel."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playing import Served, free_port, model_folder

LISTENING, LOOPBACK = "0A", "0100007F"  # TCP's state, and 127.0.0.1, as /proc/net has them


@pytest.fixture
def models(tmp_path):
    return model_folder(tmp_path / "models")


def open_doors(pid: int) -> set[tuple[str, str, int]]:
    """(protocol, address in hex, port) of all that a process listens at; IPv6 as `tcp6`."""
    found = set()
    links = [fd.readlink().name for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.is_symlink()]
    own = {match[1] for link in links if (match := re.fullmatch(r"socket:\[(\d+)\]", link))}
    for protocol in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{protocol}").read_text().splitlines()[1:]:
            words = line.split()
            address, _, port = words[1].partition(":")
            if words[9] in own and (protocol[:3] == "udp" or words[3] == LISTENING):
                found.add((protocol, address, int(port, 16)))
    return found


def test_by_default_only_this_machine_is_heard(models):
    http = free_port()
    with Served("--audio", "null", "--http-port", http, "--no-announce", models=models) as daemon:
        doors = open_doors(daemon.process.pid)
        assert {("udp", LOOPBACK, daemon.port), ("tcp", LOOPBACK, http)} <= doors
        assert {address for _, address, port in doors if port in (daemon.port, http)} == {LOOPBACK}


def test_switched_off_there_is_no_http_at_all(models):
    with Served("--audio", "null", "--no-http", models=models) as daemon:
        ports = {port for protocol, _, port in open_doors(daemon.process.pid) if "tcp" in protocol}
        assert ports <= {daemon.port}  # OSC
        assert any("off" in line for line in daemon.lines if line.startswith("http"))
