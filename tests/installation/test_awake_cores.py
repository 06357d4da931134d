"""Cores are kept from sleeping while the daemon plays, where it may ask for that."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from playing import Served, model_folder

from smfosc.awake import DEVICE, AwakeCores


def holders(device: Path) -> set[int]:
    """Processes that have it open."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link) == str(device):
                found.add(int(link.parts[2]))
        except OSError:  # it has ended
            continue
    return found


def test_what_is_asked_for_is_no_sleep_at_all(tmp_path):
    device = tmp_path / "latency"
    device.touch()
    cores = AwakeCores(device)
    assert cores.hold()
    assert holders(device) == {os.getpid()}
    assert struct.unpack("=i", device.read_bytes()) == (0,)
    cores.release()
    cores.release()
    assert holders(device) == set()


def test_who_may_not_ask_plays_without(tmp_path, caplog):
    caplog.set_level("INFO")
    assert not AwakeCores(tmp_path / "none").hold()
    assert "cores may sleep between blocks" in caplog.text
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("awake", ["true", "false"])
def test_the_daemon_asks_while_it_plays_where_it_may(tmp_path, awake):
    here = AwakeCores()
    allowed = here.hold()
    here.release()
    ensemble = tmp_path / "piece.toml"
    ensemble.write_text(f"[audio]\nawake = {awake}\n[voices.v1]\nmodel = 'example'\n")
    where = ("--audio", "null", "--state", tmp_path / "state")
    with Served(ensemble, *where, models=model_folder(tmp_path / "models")) as daemon:
        holds = daemon.process.pid in holders(DEVICE)
        assert daemon.end() == 0
    assert holds == (allowed and awake == "true")
