"""Sounds of random vectors, and what is heard of them as numbers to sort by."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.explore.recordings import heard_pitch
from trainer.latent.distance import log_mel
from trainer.latent.generator import SAMPLERATE, Floats, Generator, magnitudes
from trainer.sources.tuned import repetition

SHORTEST_S = 0.002  # 500 Hz: a tone repeats at a multiple of its period, noise does not
NOISE = 0.5  # from here on a pitch that YIN finds is the colour of a noise
BATCH = 16  # sounds between two signs of progress


@dataclass(frozen=True)
class Sound:
    """One sound to choose. samples: (T,); picture: (F, K) in -1..1; latent: (Z,), None if heard
    from a file; pitch: MIDI note it is conditioned on."""

    name: str
    samples: NDArray[np.float32]
    picture: NDArray[np.float32]
    latent: NDArray[np.float32] | None
    pitch: int | None


@dataclass(frozen=True)
class Heard:
    """What a sound is like."""

    pitch: float | None  # MIDI note
    centroid_hz: float
    noisiness: float  # 0 repeats itself ... 1 never


def random_latents(count: int, size: int, seed: int) -> Floats:
    """(count, size) Gaussian; the first ones stay when more are asked for."""
    draws = [np.random.default_rng([seed, k]).standard_normal(size) for k in range(count)]
    return np.array(draws, dtype=np.float32)


def render(
    generator: Generator, names: list[str], latents: Floats, pitch: int | None, *, seed: int
) -> Iterator[list[Sound]]:
    """Sounds of latents (N, Z), some at a time."""
    for k in range(0, len(latents), BATCH):
        some = latents[k : k + BATCH]
        pitches = None if pitch is None else np.full(len(some), pitch)
        pictures = magnitudes(generator, some, pitches)
        samples = generator.sounds(some, pitches, seed=seed)
        yield [
            Sound(name, sound, picture, latent, pitch)
            for name, sound, picture, latent in zip(
                names[k : k + BATCH], samples, pictures, some, strict=True
            )
        ]


def hear(sound: NDArray[np.float32]) -> Heard:
    """Pitch, centroid and noisiness of (T,)."""
    power = np.abs(np.fft.rfft(sound.astype(np.float64))) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / SAMPLERATE)
    repeats = repetition(sound.astype(np.float64), SAMPLERATE, SHORTEST_S)
    noisiness = float(np.clip(1 - repeats, 0.0, 1.0))
    return Heard(
        pitch=heard_pitch(sound) if noisiness < NOISE else None,
        centroid_hz=float(np.sum(hertz * power) / max(np.sum(power), 1e-20)),
        noisiness=noisiness,
    )


def differences(sounds: list[Sound]) -> NDArray[np.float64]:
    """Mean log-mel differences in dB of all pairs, (N, N)."""
    spectra = log_mel(np.stack([sound.samples for sound in sounds]))
    return np.asarray(np.abs(spectra[:, None] - spectra[None]).mean(axis=2), dtype=np.float64)
