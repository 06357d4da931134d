"""Players whose faults are known, and a small run on disk for them to play in."""

import csv
from dataclasses import dataclass

import numpy as np
import soundfile
import tiny
import torch
from meshes import random_corners
from random_gan import write_random_gan

from smfosc.model_file import Parameter
from trainer.checkpoint import save
from trainer.clips import write_parameters
from trainer.export import ExportConfig, export
from trainer.latent import corners as corner_file
from trainer.latent.generator import open_generator, sounds
from trainer.latent.mesh import Shape, load
from trainer.latent.som import ArcLengthConfig
from trainer.latent.stage import MeshConfig
from trainer.latent.stage import run as make_mesh
from trainer.rnn import Trainee
from trainer.tuning import midi_to_hz

RATE = 16_000
SQUARE = tuple(Parameter(name, "", 0.0, 1.0, 0.5, "") for name in ("x", "y"))


def held(performance, name):
    """A parameter's value (T,) over a performance."""
    frames = round(performance.seconds * RATE)
    values = np.empty(frames)
    for turn in performance.turns:
        values[round(turn.seconds * RATE) :] = dict(turn.parameters())[name]
    return values


@dataclass
class Tone:
    """Some partials at `pitch`, off by cents, late by samples."""

    off_cents: float = 0.0
    late: int = 0
    samplerate: int = RATE

    def play(self, performances):
        return [self._one(performance) for performance in performances]

    def _one(self, performance):
        pitch = held(performance, "pitch") + self.off_cents / 100
        pitch = np.concatenate([np.full(self.late, pitch[0]), pitch])[: len(pitch)]
        phase = 2 * np.pi * np.cumsum(midi_to_hz(pitch)) / RATE
        return (0.2 * sum(np.sin(k * phase) / k for k in range(1, 6))).astype(np.float32)


@dataclass
class Filtered:
    """Noise that x makes brighter, late by samples."""

    late: int = 0
    samplerate: int = RATE

    def play(self, performances):
        return [self._one(performance) for performance in performances]

    def _one(self, performance):
        x = held(performance, "x")
        x = np.concatenate([np.full(self.late, x[0]), x])[: len(x)]
        white = np.random.default_rng(performance.seed).standard_normal(len(x))
        bright = np.diff(white, prepend=0.0)
        dark = np.convolve(white, np.full(8, 0.35))[: len(x)]
        return (0.2 * (x * bright + (1 - x) * dark)).astype(np.float32)


def model(folder, ranges=tiny.clips.__defaults__[-1]):
    """A tiny exported model of these parameters, and its checkpoint."""
    checkpoint = folder / "rnn" / "best.pt"
    checkpoint.parent.mkdir(parents=True)
    trainee = Trainee(tiny.config(), torch.device("cpu"), ranges=ranges)
    save(checkpoint, trainee.checkpoint())
    out = folder / "export" / "tiny.onnx"
    out.parent.mkdir()
    export(checkpoint, out, tiny.clips(2, ranges=ranges), ExportConfig(loudness_s=0.3))
    return out


def write_clips(folder, made, rows):
    """A dataset folder of sounds (N, T) and their lines."""
    (folder / "clips").mkdir(parents=True)
    names = [f"clips/{k:03d}.wav" for k in range(len(made))]
    for name, sound in zip(names, made, strict=True):
        soundfile.write(folder / name, sound, RATE)
    lines = [{"file_name": name, **row} for name, row in zip(names, rows, strict=True)]
    with (folder / "metadata.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)


def whole_run(folder):
    """dataset (tones and noises), gan (random), mesh 3 x 3, grid, rnn, export."""
    draw = np.random.default_rng(0)
    time = np.arange(16_384) / RATE
    made, rows = [], []
    for k in range(24):
        tone = np.sin(2 * np.pi * (300 + 20 * k) * time)
        noise = draw.standard_normal(16_384)
        made.append(0.1 * (tone + 0.02 * noise if k % 2 else noise))
        rows.append({"split": "train", "class": ("noise", "tone")[k % 2], "source": f"s{k}"})
    write_clips(folder / "dataset", made, rows)
    opened = open_generator(write_random_gan(folder / "gan" / "generator.pt"))
    corner_file.write(folder / "corners.json", opened, random_corners(4, size=12))
    config = MeshConfig(
        shape=Shape(counts=(3, 3)), adapt="arc-length", arc_length=ArcLengthConfig(sweeps=1)
    )
    list(make_mesh(config, folder / "corners.json", opened, folder / "mesh"))
    mesh = load(folder / "mesh" / "mesh.npz")[0]
    points = [
        {"split": "validation" if 2 < k < 6 else "train", "x": x, "y": y}
        for k, (x, y) in enumerate(mesh.parameters())
    ]
    write_clips(folder / "grid", sounds(opened.generator, mesh.flat_latents, None, seed=1), points)
    write_parameters(folder / "grid", SQUARE)
    model(folder, SQUARE)
    return folder
