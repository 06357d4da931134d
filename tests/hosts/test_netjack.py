"""Sound between two hosts by JACK's own netjack2, as docs/several-hosts.md says it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from namespaces import Host, Network, require_namespaces
from parts import require_or_skip
from playing import command, environment, model_folder, read_wav, wait_until

RATE, BLOCK, SECONDS = 48_000, 1_024, 3


class Server:
    """A jackd on a host."""

    def __init__(self, host: Host, log: Path) -> None:
        self.host, self.log = host, log
        self.name = f"n{uuid.uuid4().hex[:10]}"
        more = {"JACK_NO_AUDIO_RESERVATION": "1", "JACK_NO_START_SERVER": "1"}
        self.environment = {**os.environ, "JACK_DEFAULT_SERVER": self.name, **more}

    @contextlib.contextmanager
    def running(self, *words: object, **more: str) -> Iterator[None]:
        """A program on the host that meets this server."""
        with self.log.open("a") as said:
            process = subprocess.Popen(
                self.host.command(*words),
                env={**self.environment, **more},
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def jackd(self, *driver: object) -> contextlib.AbstractContextManager[None]:
        return self.running("jackd", "-n", self.name, "-r", *driver)

    def run(self, *words: object) -> str:
        done = subprocess.run(
            self.host.command(*words),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return done.stdout + done.stderr

    def has(self, port: str) -> bool:
        return port in self.run("jack_lsp")


@pytest.mark.reach
@pytest.mark.timeout(180)
def test_what_a_slave_plays_is_heard_at_the_master(tmp_path) -> None:
    for tool in ("jackd", "jack_load", "jack_lsp", "jack_rec"):
        require_or_skip(shutil.which(tool), f"{tool}: apt-get install jackd2")
    require_namespaces()
    models, wav = model_folder(tmp_path / "models"), tmp_path / "x.wav"
    with Network(2) as network, contextlib.ExitStack() as stack:
        first, second = network.hosts
        master, slave = Server(first, tmp_path / "master"), Server(second, tmp_path / "slave")
        stack.enter_context(master.jackd("-d", "dummy", "-r", RATE, "-p", BLOCK))
        assert wait_until(lambda: master.has("system:playback_1"), 20, 0.2)
        master.run("jack_load", "netmanager")
        stack.enter_context(slave.jackd("-d", "net", "-l", 5))
        assert wait_until(lambda: master.has("from_slave_1"), 30, 0.2)
        settings = environment(models, {})
        more = {name: settings[name] for name in ("PYTHONPATH", "SMFOSC_MODELS")}
        state = ("--state", tmp_path / "state", "--no-http", "--fresh")
        serve = command("serve", "--model", "example", *state)
        stack.enter_context(slave.running(*serve, **more))
        assert wait_until(lambda: "smfosc:out_1" in slave.run("jack_lsp", "-c"), 30, 0.2)
        port = next(p for p in master.run("jack_lsp").split() if p.endswith("from_slave_1"))
        master.run("jack_rec", "-f", wav, "-d", SECONDS, port)
        sound, rate = read_wav(wav)
    silent = float((sound == 0.0).mean())
    print(f"{len(sound)} frames at {rate} Hz, peak {np.abs(sound).max():.2f}, {silent:.1%} silent")
    assert rate == RATE
    assert len(sound) == SECONDS * RATE
    assert silent < 0.5  # a machine without real time loses blocks
    assert np.abs(sound).max() > 0.01
