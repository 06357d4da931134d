"""Pairs for a blind test: one way through the mesh by its original and by its adapted latents."""

import io
import random
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray

from trainer.errors import TrainerError
from trainer.evaluation.answers import QUESTIONS
from trainer.latent.generator import SAMPLERATE, Generator, sounds
from trainer.latent.mesh import Mesh

Floats = NDArray[np.float32]
Way = NDArray[np.intp]

STOPS = 7  # of a way, ends included: some four seconds
STOP_S, FADE_S = 0.55, 0.05
RMS = 0.1


@dataclass(frozen=True)
class Trial:
    """One question about one way. original, adapted: WAV files' bytes."""

    name: str
    question: str
    original: bytes
    adapted: bytes

    def sides(self, listener: str) -> dict[str, bytes]:
        """What is A and what is B for this listener: drawn, and the same after a reload."""
        return {side: getattr(self, kind) for side, kind in self.kinds(listener).items()}

    def kinds(self, listener: str) -> dict[str, str]:
        """Which of the two is which."""
        kinds = ["original", "adapted"]
        random.Random(f"{listener}/{self.name}/sides").shuffle(kinds)
        return dict(zip("ab", kinds, strict=True))


def ways(mesh: Mesh, original: Floats) -> list[Way]:
    """Node numbers of lines between the mesh's ends where adaptation moved something.

    Diagonals of the first two free axes first: both their ends are corners, alike in both meshes.
    """
    lattice = mesh.lattice
    lines = [line for axis in lattice.free for line in lattice.lines(axis)]
    if len(lattice.shape) == 2 and lattice.apart is None:
        lines = [*_diagonals(lattice.numbers), *lines]
    before, after = (each.reshape(lattice.numbers.size, -1) for each in (original, mesh.latents))
    moved = [line for line in lines if not np.allclose(before[line], after[line], atol=1e-4)]
    return [thinned(line) for line in moved if len(line) > 2]


def _diagonals(numbers: Way) -> list[Way]:
    """Both, as many stops as the longer side has nodes."""
    rows, columns = numbers.shape
    count = max(rows, columns)
    down, right = (np.linspace(0, n - 1, count).round().astype(int) for n in (rows, columns))
    return [numbers[down, right], numbers[down, right[::-1]]]


def thinned(line: Way) -> Way:
    """At most STOPS of a line's nodes, ends included."""
    places = np.linspace(0, len(line) - 1, min(STOPS, len(line))).round().astype(int)
    return np.asarray(line[places])


def trials(mesh: Mesh, original: Floats, generator: Generator, count: int) -> list[Trial]:
    """Half of `count` on each question, on the same ways. Raises TrainerError."""
    found = ways(mesh, original)
    if not found:
        raise TrainerError(
            "listen: the mesh is as it was before adaptation, so there is nothing to compare; "
            "adapt it with `smf-train mesh --adapt som`"
        )
    chosen = found[: -(-count // len(QUESTIONS))]
    made = []
    for number, way in enumerate(chosen):
        pair = [
            _wav(joined(_heard(mesh, held, generator, way))) for held in (original, mesh.latents)
        ]
        made += [Trial(f"{question}-{number}", question, *pair) for question in QUESTIONS]
    return made[:count]


def _heard(mesh: Mesh, latents: Floats, generator: Generator, way: Way) -> Floats:
    flat = latents.reshape(mesh.lattice.numbers.size, -1)[way]
    pitches = None if mesh.flat_pitches is None else mesh.flat_pitches[way]
    return sounds(generator, flat, pitches, seed=1)


def joined(stops: Floats) -> Floats:
    """The middles of (K, T), at one level, cross-faded into one sound."""
    length, fade = round(STOP_S * SAMPLERATE), round(FADE_S * SAMPLERATE)
    begin = (stops.shape[1] - length) // 2
    parts = stops[:, begin : begin + length].copy()
    level = np.sqrt(np.mean(parts**2, axis=1, keepdims=True))
    parts *= RMS / np.maximum(level, 1e-9)
    ramp = np.sin(np.linspace(0, np.pi / 2, fade, dtype=np.float32))
    parts[:, :fade] *= ramp
    parts[:, -fade:] *= ramp[::-1]
    whole = np.zeros(len(parts) * (length - fade) + fade, dtype=np.float32)
    for k, part in enumerate(parts):
        whole[k * (length - fade) : k * (length - fade) + length] += part
    return np.asarray(whole * min(1.0, 0.98 / max(float(np.abs(whole).max()), 1e-9)))


def _wav(sound: Floats) -> bytes:
    held = io.BytesIO()
    soundfile.write(held, sound, SAMPLERATE, format="WAV", subtype="PCM_16")
    return held.getvalue()


def order(made: list[Trial], listener: str) -> list[Trial]:
    """Each listener's own order."""
    shuffled = list(made)
    random.Random(f"{listener}/order").shuffle(shuffled)
    return shuffled
