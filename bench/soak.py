"""Plays an ensemble under random OSC for a long time, and tells what wore out.

    python bench/soak.py --audio jack                 4 voices, an hour, into jackd's dummy driver
    python bench/soak.py ensemble.toml --minutes 600 --json soak.json      without a sound system

The daemon is a process of its own; with --audio jack a jackd with the dummy driver is started
for it, unless JACK_DEFAULT_SERVER names one. Between random messages (moves, ramps, notes, gates,
resets, voices that come and go, time-tagged bundles, broken packets) every voice is heard alone
for --listen-s at its model's defaults: thrice at the start, every --probe-s, thrice at the end.

Passed: no underrun and no missed pass of ours, no model restarted, no event dropped, memory grows
by less than --most-growth-kib after the warm-up, as many files are open as then, and no hearing of
a voice is 5 cents or 0.5 dB from the mean of its first three.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click
from scaling import of_tests, stolen_s
from soak_daemon import Daemon
from soak_hearing import hear
from soak_messages import Tormentor
from soak_verdict import REFERENCE, Soak, report

HERE = Path(__file__).parent


class Course:
    """One soak under way. listen_s: per voice and hearing."""

    def __init__(self, daemon: Daemon, listen_s: float, seed: int) -> None:
        self.soak = Soak()
        self._daemon = daemon
        self._listen_s = listen_s
        self._voices = daemon.voices()
        self._tormentor = Tormentor(self._voices, random.Random(seed))
        self._began = time.monotonic()

    def run(self, minutes: float, rate: float, probe_s: float) -> Soak:
        """Torment and listen in turn."""
        before, stolen = self._daemon.status(), stolen_s()
        for _ in range(REFERENCE):
            self._hear()
        end = self._now_s() + 60 * minutes
        while self._now_s() < end:
            until = min(end, self._now_s() + probe_s)
            while self._now_s() < until:
                self.soak.sent += self._torment(rate, min(1.0, until - self._now_s()))
                self._look()
            self._hear()
        for _ in range(REFERENCE - 1):
            self._hear()
        self.soak.seconds, self.soak.stolen_s = self._now_s(), stolen_s() - stolen
        after = self._daemon.status()
        self.soak.status = {name: after[name] - before[name] for name in after}
        self.soak.status |= {name: after[name] for name in ("load", "peak_load")}
        self.soak.status["voices"] = len(self._daemon.voice_names())
        return self.soak

    def _now_s(self) -> float:
        return time.monotonic() - self._began

    def _look(self) -> None:
        self.soak.samples.append(self._daemon.sample(self._now_s()))

    def _hear(self) -> None:
        self.soak.hearings += hear(self._daemon, self._voices, self._listen_s, self._now_s())
        self._tormentor.passing.clear()
        self._look()

    def _torment(self, rate: float, seconds: float) -> int:
        """Send packets at about `rate` for a while; how many. Answers are read and dropped."""
        sent, began = 0, time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            while sent < rate * passed:
                self._daemon.client.send_packet(self._tormentor.packet())
                sent += 1
            for _ in self._daemon.client.replies(0.005):
                pass
        return sent


@contextlib.contextmanager
def jack_server() -> Iterator[dict[str, str]]:
    """An environment with a jackd: one of our own, or the one that is named already."""
    if os.environ.get("JACK_DEFAULT_SERVER"):
        yield dict(os.environ)
        return
    if not shutil.which("jackd"):
        raise click.ClickException("--audio jack needs jackd (Debian: jackd2)")
    with of_tests("jackd").jackd(48_000, 256) as server:
        yield server.environment


@click.command(help=__doc__)
@click.argument("ensemble", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--minutes", default=60.0, show_default=True)
@click.option(
    "--audio", default="null", show_default=True, type=click.Choice(["null", "file", "jack"])
)
@click.option("--model", "models", multiple=True, help="Instead of an ensemble; one voice each.")
@click.option("--rate", default=100.0, show_default=True, help="Packets per second.")
@click.option("--probe-s", default=60.0, show_default=True, help="Seconds between hearings.")
@click.option("--listen-s", default=3.0, show_default=True, help="Of each voice in a hearing.")
@click.option("--seed", default=0, show_default=True, help="Of the messages.")
@click.option("--most-growth-kib", default=1024.0, show_default=True)
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write all there is.")
def main(
    ensemble: Path | None,
    minutes: float,
    audio: str,
    models: tuple[str, ...],
    rate: float,
    probe_s: float,
    listen_s: float,
    seed: int,
    most_growth_kib: float,
    json_path: Path | None,
) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        environment = stack.enter_context(jack_server()) if audio == "jack" else dict(os.environ)
        played = [f"--model={model}" for model in models] or [str(ensemble or HERE / "soak.toml")]
        sink = [f"--out={folder}/soak.w64"] if audio == "file" else []
        arguments = [*played, f"--audio={audio}", *sink, f"--state={folder}/state", "--fresh"]
        daemon = Daemon(arguments, environment)
        stack.callback(daemon.stop)
        soak = Course(daemon, listen_s, seed).run(minutes, rate, probe_s)
    criteria = list(soak.criteria(most_growth_kib))
    click.echo("\n".join(report(soak, criteria)))
    if json_path:
        json_path.write_text(json.dumps(soak.as_dict(most_growth_kib), indent=1) + "\n")
    sys.exit(0 if all(criterion.holds for criterion in criteria) else 1)


if __name__ == "__main__":
    main()
