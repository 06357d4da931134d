"""Small trainings of the RNN that differ in one thing, each judged in the same way.

A training that was stopped goes on where it was (its folder keeps checkpoints); one that is done is
judged at once.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS  # noqa: F401  the sources' folder is put on the path there
from tqdm import tqdm

from trainer.audition import Audition, AuditionConfig, audition
from trainer.checkpoint import averaged_network, load
from trainer.clips import Clips
from trainer.clips import load as load_clips
from trainer.evaluation.likelihood import bits_per_sample
from trainer.files import write_json
from trainer.network import NetworkConfig
from trainer.rnn import RnnConfig, train
from trainer.windows import WindowConfig

DATA = Path("runs/clarinet-trumpet/dataset")  # by `smf-train dataset --out` of this folder
HELD_CLIPS, HELD_FRAMES = 32, 4096


def options(parser: argparse.ArgumentParser, *, hidden: int, steps: int) -> argparse.ArgumentParser:
    """How big and how long."""
    parser.add_argument("--data", type=Path, default=DATA, help="dataset folder")
    parser.add_argument("--runs", type=Path, default=Path("runs/ablations"), help="checkpoints")
    parser.add_argument("--hidden", type=int, default=hidden, help=f"[default: {hidden}]")
    parser.add_argument("--steps", type=int, default=steps, help=f"[default: {steps}]")
    parser.add_argument("--batch", type=int, default=32, help="[default: 32]")
    parser.add_argument("--frames", type=int, default=256)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each note that is judged")
    return parser


def config(given: argparse.Namespace) -> RnnConfig:
    """The training as the options say; no auditions on the way, but at the end."""
    windows = WindowConfig(batch=given.batch, frames=given.frames)
    network = NetworkConfig(hidden=given.hidden)
    heard = AuditionConfig(seconds=given.seconds, settle_s=settle_s(given.seconds))
    return RnnConfig(
        network, windows, steps=given.steps, audition=heard, audition_every=10 * given.steps
    )


def settle_s(seconds: float) -> float:
    """What is left out before so many seconds are judged."""
    return min(0.25, seconds / 4)


def trained(name: str, given: argparse.Namespace, config: RnnConfig) -> dict[str, Any]:
    """Train `name` unless it is done, and judge it: bits per sample, pitch of a free run."""
    folder = given.runs / name
    data = getattr(given, "learned", given.data)
    held_out = load_clips(given.data, "validation")
    config = replace(config, network=replace(config.network, parameters=len(held_out.ranges)))
    seconds, heard = _train(folder, load_clips(data, "train"), held_out, config, name)
    held = load(folder / "latest.pt")
    network = averaged_network(held)
    heard = heard or audition(network, held_out, config.audition)
    return {
        "steps": held.step,
        "CPU s": float(f"{seconds:.4g}"),
        "bits/sample": round(bits_per_sample(network, _some(held_out)), 4),
        "penalty": round(heard.penalty, 2),
        "worst": heard.worst(1),
    }


def _train(
    folder: Path, clips: Clips, held_out: Clips, config: RnnConfig, name: str
) -> tuple[float, Audition | None]:
    """Train to the end; processor seconds of all steps, those of earlier calls included, and what
    was heard then, if it was not before.

    Wall time is the machine's, which others use; the last step's audition is left out.
    """
    path = folder / "processor.json"
    spent = json.loads(path.read_text())["seconds"] if path.is_file() else 0.0
    begun, heard = time.process_time(), None
    for each in tqdm(train(folder, clips, held_out, config), total=config.steps, desc=name):
        heard = each.audition
        if heard is None:
            write_json(path, {"seconds": spent + time.process_time() - begun})
    return float(json.loads(path.read_text())["seconds"]), heard


def _some(clips: Clips) -> Clips:
    """Enough held-out sound for a figure."""
    chosen = np.linspace(0, len(clips) - 1, min(HELD_CLIPS, len(clips))).round().astype(int)
    frames = min(HELD_FRAMES, clips.codes.shape[1])
    tracks = {number: track[chosen] for number, track in clips.tracks.items()}
    held = Clips(clips.codes[chosen, :frames], clips.parameters[chosen], clips.ranges)
    return replace(held, tracks=tracks)
