"""`smfosc top`: a daemon's health as a live view on the terminal."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from smfosc.names import shorten

ANSWER_S = 3.0
MAX_ANSWER = 4 << 20  # bytes; 1,024 voices take some 100 KB
BAR = 20  # characters of a meter
FLOOR_DB = -60.0  # the meter's left end
EVENTS = 8

COLOURS = {"ok": "green", "degraded": "yellow", "failing": "red"}

Told = dict[str, Any]


def ask(host: str, port: int) -> Told:
    """What /health says; why it says nothing, as a failure."""
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_S)
    try:
        connection.request("GET", "/health")
        told = json.loads(connection.getresponse().read(MAX_ANSWER))
        if "status" not in told:
            raise ValueError(told.get("ERROR", "an answer that is no /health"))
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or error
        return {"status": "failing", "failures": [f"http://{host}:{port}/health: {reason}"]}
    finally:
        connection.close()
    return dict(told)


def show_once(host: str, port: int) -> int:
    """Print one look; the exit code: 1 when the daemon is failing."""
    told = ask(host, port)
    Console().print(view(told))
    return int(told["status"] == "failing")


def watch(host: str, port: int, every_s: float) -> int:
    """Look again and again until Ctrl-C; the exit code."""
    console = Console()
    try:
        with Live(console=console, screen=console.is_terminal, auto_refresh=False) as live:
            while True:
                live.update(view(ask(host, port)), refresh=True)
                time.sleep(every_s)
    except KeyboardInterrupt:
        return 0


def view(told: Told) -> RenderableType:
    """All that is told, for a terminal of any width."""
    parts: list[RenderableType] = [headline(told)]
    parts += [Text(f"  {line}", style="red") for line in told.get("failures", [])]
    parts += [Text(f"  {line}", style="yellow") for line in told.get("worries", [])]
    if "voices" in told:
        parts += [figures(told), voices(told["voices"]), events(told["events"])]
    return Group(*parts)


def headline(told: Told) -> Text:
    """The status, and what runs for how long."""
    line = Text(f"smfosc {told['status']}", style=f"bold {COLOURS.get(told['status'], 'red')}")
    if "backend" in told:
        line.append(f"  {told['backend']}, up {duration(told['uptime_s'])}", style="default")
    return line


def figures(told: Told) -> RenderableType:
    """Load and counters."""
    counters = told["counters"]
    grid = Table.grid(padding=(0, 2))
    grid.add_row(
        f"load {counters['load']:6.1%}",
        meter(counters["load"]),
        f"peak {counters['peak_load']:.0%}",
    )
    late = ("underruns", "missed_passes", "wall_misses", "stolen_passes")
    bad = (*late, "slow_blocks", "slow_passes", "resets", "late_events", "dropped_events")
    counted = [f"{name.replace('_', ' ')} {counters[name]}" for name in bad]
    counted += [f"packets {told['packets']}", f"lost {told['lost_packets']}"]
    counted += [f"limited {told['limited_messages']}", f"unheard {told['unheard_packets']}"]
    return Group(grid, Text("  ".join(counted), style="dim"))


def voices(told: list[Told]) -> RenderableType:
    """A row for each voice."""
    table = Table(expand=True, box=None, header_style="dim")
    for name in ("voice", "model", "gate", "level", "rms dB", "peak dB"):
        table.add_column(name, justify="right" if "dB" in name else "left", no_wrap=True)
    for voice in told:
        share = 1.0 - max(FLOOR_DB, min(0.0, voice["rms_db"])) / FLOOR_DB
        gate = "open" if voice["gate"] else "-"
        numbers = f"{voice['rms_db']:.1f}", f"{voice['peak_db']:.1f}"
        table.add_row(Text(voice["name"]), Text(voice["model"]), gate, meter(share), *numbers)
    return table


def events(told: list[Told]) -> RenderableType:
    """The newest warnings and errors, the newest last."""
    lines = [
        Text(f"{clock(event['time_s'])} {event['level']:8s}{shorten(event['text'], 300)}")
        for event in told[-EVENTS:]
    ]
    return Panel(Group(*(lines or [Text("nothing to report", style="dim")])), title="events")


def meter(share: float) -> Text:
    """A bar for 0..1; red beyond 90 %."""
    full = round(BAR * max(0.0, min(1.0, share)))
    return Text("█" * full + "░" * (BAR - full), style="red" if share > 0.9 else "green")


def duration(seconds: float) -> str:
    """`3 d 04:05:06`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return (f"{days} d " if days else "") + f"{hour:02d}:{minute:02d}:{second:02d}"


def clock(time_s: float) -> str:
    """The time of day, here."""
    return time.strftime("%H:%M:%S", time.localtime(time_s))
