"""A reading of the daemon's health as Prometheus reads it. Any thread.

Names follow Prometheus's conventions: base units, `_total` for what only grows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from smfosc.health import Health

Read = Callable[[Health], float]

GAUGES: dict[str, tuple[str, Read]] = {
    "uptime_seconds": ("Since the start.", lambda h: h.uptime_s),
    "audible": ("1 while the sound system itself asks for sound.", lambda h: float(h.audible)),
    "still_seconds": ("Since the last block was rendered.", lambda h: h.still_s),
    "healthy": ("1 unless /health says failing.", lambda h: float(not h.failures)),
    "state_kept": ("1 while the state for a restart is on disk.",
                   lambda h: float(h.state_error is None)),
    "voices": ("There now.", lambda h: float(len(h.voices))),
    "load_ratio": ("CPU time of a block over its period, smoothed.", lambda h: h.counters.load),
    "peak_load_ratio": ("The highest load so far.", lambda h: h.counters.peak_load),
    "samplerate_hertz": ("Of the sound system.", lambda h: float(h.samplerate)),
    "blocksize_frames": ("Of the sound system.", lambda h: float(h.blocksize)),
}  # fmt: skip

COUNTERS: dict[str, tuple[str, Read]] = {
    "frames": ("Rendered.", lambda h: h.counters.frames),
    "underruns": ("Blocks whose own CPU time exceeded the period.",
                  lambda h: h.counters.underruns),
    "wall_misses": ("Blocks late though their CPU time was not: the machine was elsewhere.",
                    lambda h: h.counters.wall_misses),
    "missed_passes": ("Voices that were silent for a block: a worker had too much to do.",
                      lambda h: h.counters.missed_passes),
    "stolen_passes": ("The same, but the machine kept the worker from running.",
                      lambda h: h.counters.stolen_passes),
    "slow_blocks": ("As underruns, but the same work took 1.2 times its usual CPU time or more.",
                    lambda h: h.counters.slow_blocks),
    "slow_passes": ("As missed_passes, but likewise.", lambda h: h.counters.slow_passes),
    "resets": ("Models restarted: their sound was not finite, or stuck.",
               lambda h: h.counters.resets),
    "late_events": ("Events after their frame.", lambda h: h.counters.late_events),
    "dropped_events": ("Events for which there was no room.",
                       lambda h: h.counters.dropped_events),
    "packets": ("Received.", lambda h: h.packets),
    "lost_packets": ("That reached the host but not the daemon.", lambda h: h.lost_packets),
    "limited_messages": ("Dropped: their sender sent too many.", lambda h: h.limited_messages),
    "unheard_packets": ("From hosts that are not on the list.", lambda h: h.unheard_packets),
    "sound_losses": ("Times that the sound system was gone.", lambda h: h.sound_losses),
}  # fmt: skip


class _Reading(Collector):
    """One health as metric families."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        """All families."""
        health = self._health
        about = {"version": health.version, "backend": health.backend}
        yield InfoMetricFamily("smfosc", "What runs.", about)
        for name, (text, read) in GAUGES.items():
            yield GaugeMetricFamily(f"smfosc_{name}", text, read(health))
        for name, (text, read) in COUNTERS.items():
            yield CounterMetricFamily(f"smfosc_{name}", text, read(health))
        yield from self._voices()
        logged = CounterMetricFamily("smfosc_log_records", "Written, by level.", labels=["level"])
        for level in ("WARNING", "ERROR", "CRITICAL"):
            logged.add_metric([level.lower()], health.log_counts.get(level, 0))
        yield logged

    def _voices(self) -> Iterator[Metric]:
        names = ["voice", "model"]
        level = GaugeMetricFamily("smfosc_voice_rms_db", "Level, dB of full scale.", labels=names)
        gate = GaugeMetricFamily("smfosc_voice_gate", "1 while it is open.", labels=names)
        for voice in self._health.voices:
            level.add_metric([voice.name, voice.model], voice.rms_db)
            gate.add_metric([voice.name, voice.model], float(voice.gate))
        yield level
        yield gate


def exposition(health: Health, accept: str = "") -> tuple[bytes, str]:
    """The text of all metrics and its content type, in the form that `accept` asks for.

    The process's memory, file handles and CPU time are among them, where the system tells.
    """
    registry = CollectorRegistry()
    registry.register(_Reading(health))
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type
