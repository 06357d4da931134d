"""The native kernel beside its rivals and beside this machine's floors, all in one run.

    python bench/kernel.py [--json] [--quick] [--only NAME] [--cpu N]

One pinned core, the paper's network (3 x 256, 2 parameters, 256 levels) with random weights,
everything included: gates, softmax, draw. Figures are microseconds per voice and model sample;
62.5 is real time at 16 kHz. The best of many short runs: what other programs take is not ours.
Each engine runs in a process of its own, which gives its memory and start-up time.

LiteRT is not here: its interpreter is a light package, but a model can only be made for it with
TensorFlow. libopus has no such network. Figures measured elsewhere are in no table of ours.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

START = time.perf_counter()
sys.path.insert(0, str(Path(__file__).parent))

import rivals  # noqa: E402  its own start-up counts, and START stands before it

from smfosc import _core  # noqa: E402

REAL_TIME_US = 62.5  # one sample at 16 kHz
PRODUCTS = 1 << 20  # multiply-adds of one sample
BYTES = {"int8": 1 << 20, "bfloat16": 2 << 20, "float32": 4 << 20}  # of weights
VOICES = (1, 2, 4, 8)
RUN_US = 20_000  # one timed run: long against a call, short against other programs' turns


# --- one engine, in its own process ---------------------------------------------------------


def engines() -> dict[str, Any]:
    mine = {
        f"smfosc {isa} {precision}": rivals.ours(isa, precision)
        for isa in _core.isas()
        for precision in BYTES
    }
    return mine | rivals.RIVALS


def best_us(run: rivals.Run, voices: int, seconds: float) -> float:
    """Least microseconds per voice and sample of runs that fill `seconds`."""
    run(voices, 4)  # what is built on first use
    begun = time.perf_counter()
    run(voices, 16)
    steps = max(16, int(16 * RUN_US / (1e6 * (time.perf_counter() - begun))))
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        begun = time.perf_counter()
        run(voices, steps)
        best = min(best, time.perf_counter() - begun)
    return 1e6 * best / steps / voices


def measure(name: str, seconds: float) -> dict[str, Any]:
    run = engines()[name](rivals.paper_size())
    run(1, 1)
    started = time.perf_counter() - START
    per_voice = {str(voices): best_us(run, voices, seconds) for voices in VOICES}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"us": per_voice, "start_s": started, "memory_mib": memory}


def in_a_process(name: str, arguments: argparse.Namespace) -> dict[str, Any] | str:
    """The figures, or why there are none."""
    command = [sys.executable, __file__, "--engine", name, "--cpu", str(arguments.cpu)]
    done = subprocess.run(
        command + ["--quick"] * arguments.quick, capture_output=True, text=True, timeout=300
    )
    if done.returncode != 0:
        return done.stderr.strip().splitlines()[-1] if done.stderr else "failed"
    return dict(json.loads(done.stdout))


# --- the machine ----------------------------------------------------------------------------


def floors() -> dict[str, dict[str, float]]:
    """Per precision: us to read its weights once, us for its multiply-adds (0: no instruction)."""
    library = rivals.compiled("floors.c")
    library.read_seconds.restype = ctypes.c_double
    memory = np.ones((4 << 20) + 64, np.int8)
    start = memory.ctypes.data + -memory.ctypes.data % 64
    found = {}
    for precision, size in BYTES.items():
        per_second = getattr(library, f"{precision}_per_second")
        per_second.restype = ctypes.c_double
        reads = [
            library.read_seconds(ctypes.c_void_p(start), ctypes.c_long(size), 200)
            for _ in range(25)
        ]
        fastest = max(per_second(1_000_000) for _ in range(10))
        found[precision] = {
            "read_us": 1e6 * min(reads),
            "multiply_us": 1e6 * PRODUCTS / fastest if fastest else 0.0,
        }
    return found


def least(name: str, voices: int, limits: dict[str, dict[str, float]]) -> float | None:
    """The floor of an engine: weights are read once per sample, products made for each voice."""
    floor = limits[name.split()[-1]]
    if not floor["multiply_us"]:
        return None
    return max(floor["read_us"] / voices, floor["multiply_us"])


# --- the table ------------------------------------------------------------------------------


def print_floors(limits: dict[str, dict[str, float]]) -> None:
    print("This machine's floors, us per sample:")
    for precision, floor in limits.items():
        size = BYTES[precision] >> 20
        print(
            f"  {precision:9s} read {size} MiB of weights {floor['read_us']:5.1f}   "
            f"2^20 multiply-adds {floor['multiply_us']:5.1f}"
        )


def print_table(rows: dict[str, Any], limits: dict[str, dict[str, float]]) -> None:
    columns = "".join(f"{f'{v} voice' + 's' * (v > 1):>12s}" for v in VOICES)
    print(
        f"\n{'us per voice (x its floor)':28s}{columns}{'real time':>18s}{'MiB':>7s}{'start s':>9s}"
    )
    for name, row in rows.items():
        if isinstance(row, str):
            print(f"{name:28s}{row}")
            continue
        print(f"{name:28s}{cells(name, row, limits)}{row['memory_mib']:7.0f}{row['start_s']:9.2f}")


def cells(name: str, row: dict[str, Any], limits: dict[str, dict[str, float]]) -> str:
    text = ""
    for voices in VOICES:
        us, floor = row["us"][str(voices)], least(name, voices, limits)
        text += f"{us:6.1f} ({us / floor:3.1f})" if floor else f"{us:12.1f}"
    one, many = row["us"]["1"], min(row["us"].values())
    return text + f"{REAL_TIME_US / one:7.1f} /{REAL_TIME_US / many:5.1f} x "


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="shorter, less certain")
    parser.add_argument("--only", default="", help="engines whose names begin so")
    parser.add_argument("--cpu", type=int, default=max(os.sched_getaffinity(0)), help="core to use")
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {arguments.cpu})
    if arguments.engine:
        print(json.dumps(measure(arguments.engine, 0.1 if arguments.quick else 0.6)))
        return
    before = floors()
    names = [name for name in engines() if name.startswith(arguments.only)]
    rows = {name: in_a_process(name, arguments) for name in names}
    limits = {
        p: {k: min(v, after[k]) for k, v in before[p].items()} for p, after in floors().items()
    }
    if arguments.json:
        print(json.dumps({"floors": limits, "engines": rows}, indent=2))
    else:
        print_floors(limits)
        print_table(rows, limits)


if __name__ == "__main__":
    main()
