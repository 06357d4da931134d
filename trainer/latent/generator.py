"""A trained GAN as this part of the factory uses it: latents in, spectrograms and sounds out.

Shapes: N sounds, Z latent components, C channels, F bins, K frames, T samples.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from trainer.errors import TrainerError

SAMPLERATE = 16_000
BATCH = 64  # sounds per call: 8 MB of spectrograms, small enough for the cache's sake

Floats = NDArray[np.float32]
Pitches = NDArray[np.int64]


class Generator(Protocol):
    """What `trainer.gan.generator.load` gives. Latents are normalised inside: length is free."""

    @property
    def latent_size(self) -> int:
        """Z."""

    @property
    def pitches(self) -> tuple[int, ...]:
        """MIDI notes it was conditioned on; empty when unconditional."""

    @property
    def representation(self) -> str:
        """Name of the spectral representation, see `trainer.spectral`."""

    def spectrograms(self, latents: Floats, pitches: Pitches | None) -> Floats:
        """(N, Z), (N,) -> (N, C, F, K)."""

    def sounds(self, latents: Floats, pitches: Pitches | None, *, seed: int) -> Floats:
        """(N, Z), (N,) -> (N, T); the phases' random part follows the seed."""

    def module(self, latents: Any, condition: Any | None) -> Any:
        """Differentiable: tensors (N, Z), (N, len(pitches)) one-hot -> (N, C, F, K)."""


@dataclass(frozen=True)
class Opened:
    """A generator and the file that it came from: corners and meshes hold for that file only."""

    generator: Generator
    path: Path
    sha256: str


def open_generator(path: Path) -> Opened:
    """Read a GAN's generator. Raises TrainerError."""
    if not path.is_file():
        raise TrainerError(f"gan: {path}: no such generator; train one with `smf-train gan`")
    from trainer.gan.generator import load

    return Opened(load(path), path, fingerprint(path))


def fingerprint(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def magnitudes(generator: Generator, latents: Floats, pitches: Pitches | None) -> Floats:
    """Log-magnitude spectrograms (N, F, K) in the network's scale, in batches.

    Of a representation with phase channels only the first, the magnitude, is heard as timbre.
    """
    parts = [
        generator.spectrograms(latents[k : k + BATCH], _some(pitches, k))[:, 0]
        for k in range(0, len(latents), BATCH)
    ]
    return np.concatenate(parts).astype(np.float32, copy=False)


def sounds(generator: Generator, latents: Floats, pitches: Pitches | None, *, seed: int) -> Floats:
    """Sounds (N, T) in batches; each depends on its latent, pitch and the seed only."""
    parts = [
        generator.sounds(latents[k : k + BATCH], _some(pitches, k), seed=seed)
        for k in range(0, len(latents), BATCH)
    ]
    return np.concatenate(parts).astype(np.float32, copy=False)


def _some(pitches: Pitches | None, begin: int) -> Pitches | None:
    return None if pitches is None else pitches[begin : begin + BATCH]


def normalised(latents: Floats) -> Floats:
    """Latents (..., Z) on the sphere of radius sqrt(Z), where Gaussian vectors lie anyway."""
    length = np.linalg.norm(latents, axis=-1, keepdims=True)
    return np.asarray(latents * (np.sqrt(latents.shape[-1]) / length), dtype=np.float32)


def require_pitch(generator: Generator, pitch: float | None, where: str) -> int | None:
    """The pitch to condition on: the given one, or the middle one. Raises TrainerError."""
    if not generator.pitches:
        if pitch is not None:
            raise TrainerError(f"{where}: pitch {pitch:g}: this GAN has no pitches; leave it out")
        return None
    if pitch is None:
        return generator.pitches[len(generator.pitches) // 2]
    if pitch not in generator.pitches:
        low, high = min(generator.pitches), max(generator.pitches)
        raise TrainerError(f"{where}: pitch {pitch:g}: this GAN was trained on {low} to {high}")
    return int(pitch)
