"""Sets of sounds against one another: Frechet distance, KID, modes, on an embedding of our own.

The embedding is log-mel means and deviations of the reference set, projected on its first
directions of variation and scaled to unit variance there. Its distances compare with nobody's
"FAD" (VGGish), only with themselves: hence beside each stands that of two halves of the reference.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2

from trainer.evaluation.features import Rows, features, read_clips, some_rows
from trainer.evaluation.material import Absent, Studio
from trainer.latent.generator import sounds as gan_sounds

NAME = "distribution"
EMBEDDING = "log-mel statistics of this run (not VGGish)"
DIRECTIONS = 16
MODES = 20
FEWEST = 8  # sounds of a set
VARIES_DB = 0.01  # a direction in which the reference varies less is rounding


@dataclass(frozen=True)
class Embedding:
    """(N, D) features to (N, E)."""

    mean: Rows
    directions: Rows  # (D, E), scaled

    def __call__(self, rows: Rows) -> Rows:
        """Project."""
        return np.asarray((rows - self.mean) @ self.directions)


def embedding(reference: Rows) -> Embedding:
    """The directions that hold the reference's variance; at most a quarter as many as sounds."""
    mean = reference.mean(axis=0)
    _, sizes, directions = np.linalg.svd(reference - mean, full_matrices=False)
    spread = sizes / np.sqrt(max(1, len(reference) - 1))
    count = min(DIRECTIONS, max(1, len(reference) // 4), int(np.sum(spread > VARIES_DB)) or 1)
    return Embedding(mean, directions[:count].T / np.maximum(spread[:count], VARIES_DB))


def frechet(a: Rows, b: Rows) -> float:
    """|mean difference|^2 + tr(A + B - 2 (A B)^1/2) of two sets (N, E). Heusel et al., 2017."""
    mean = np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2)
    spread_a, spread_b = (np.atleast_2d(np.cov(each, rowvar=False)) for each in (a, b))
    root = _root(spread_a)
    both = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ spread_b @ root), 0)).sum()
    return float(max(0.0, mean + np.trace(spread_a) + np.trace(spread_b) - 2 * both))


def _root(spread: Rows) -> Rows:
    values, vectors = np.linalg.eigh(spread)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T)


def kid(a: Rows, b: Rows) -> float:
    """Unbiased squared MMD with the kernel (x y / E + 1)^3. Binkowski et al., 2018. May be < 0."""
    kernel = [(x @ y.T / a.shape[1] + 1) ** 3 for x, y in ((a, a), (b, b), (a, b))]
    own = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in kernel[:2]]
    return float(own[0] + own[1] - 2 * kernel[2].mean())


def modes(reference: Rows, sample: Rows, seed: int) -> dict[str, int]:
    """How many of the reference's clusters (k-means) the sample falls into."""
    count = min(MODES, max(2, len(reference) // 4))
    centres, mine = kmeans2(reference, count, minit="++", rng=np.random.default_rng(seed))
    distances = np.linalg.norm(sample[:, None] - centres[None], axis=2)
    return {
        "modes_hit": len(np.intersect1d(np.unique(distances.argmin(axis=1)), np.unique(mine))),
        "modes": len(np.unique(mine)),
    }


def compare(reference: Rows, samples: dict[str, Rows], seed: int) -> dict[str, dict[str, float]]:
    """Every sample against the reference (N, D), and one half of that, drawn, against the other."""
    embed = embedding(reference)
    whole = embed(reference)
    drawn = np.random.default_rng(seed).permutation(whole)
    found: dict[str, dict[str, float]] = {
        "reference, half and half": _distances(drawn[::2], drawn[1::2], seed)
    }
    for name, sample in samples.items():
        found[name] = _distances(whole, embed(sample), seed)
    return found


def _distances(reference: Rows, sample: Rows, seed: int) -> dict[str, float]:
    return {
        "sounds": len(sample),
        "frechet": round(frechet(reference, sample), 3),
        "kid": round(kid(reference, sample), 4),
        **modes(reference, sample, seed),
    }


def measure(studio: Studio) -> dict[str, Any]:
    """GAN and RNN against the recordings; the RNN against what it learned."""
    found: dict[str, Any] = {"embedding": EMBEDDING}
    if studio.material.dataset is not None:
        against = {}
        if studio.material.gan is not None:
            against["GAN, random latents"] = features(_random(studio))
        against["RNN, over its range"] = features(studio.played)
        found["against_recordings"] = _against(studio, "dataset", against)
    if studio.material.learned not in (None, studio.material.dataset):
        rows = {"RNN, over its range": features(studio.played)}
        found["against_grid"] = _against(studio, "learned", rows)
    if len(found) == 1:
        raise Absent("this run has no recordings and no grid")
    return found


def _against(studio: Studio, name: str, samples: dict[str, Rows]) -> dict[str, Any]:
    folder = studio.require(name, "dataset")
    chosen = some_rows(folder, studio.config.clips)
    if len(chosen) < FEWEST:
        return {"absent": f"{len(chosen)} clips in {folder.name}, wanted {FEWEST}"}
    return compare(features(read_clips(folder, chosen)), samples, studio.config.seed)


def _random(studio: Studio) -> NDArray[np.float32]:
    """Sounds of random latents, at the generator's pitches in turn."""
    generator, count = studio.generator.generator, studio.config.clips
    draw = np.random.default_rng(studio.config.seed)
    latents = draw.standard_normal((count, generator.latent_size)).astype(np.float32)
    pitches = np.resize(generator.pitches, count) if generator.pitches else None
    return gan_sounds(generator, latents, pitches, seed=studio.config.seed)
