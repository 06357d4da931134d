"""Training batches: windows at random offsets of random clips, drawn from (seed, step) alone.

No generator lives across steps: whoever resumes at step k draws exactly what an uninterrupted run
would have drawn.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from smfosc.model_file import mulaw_decode
from trainer.clips import Clips


@dataclass(frozen=True)
class WindowConfig:
    """What one batch holds."""

    batch: int = 64  # more steps beat bigger batches within the same hour (FACTORY trials)
    frames: int = 256  # the paper's; 16 ms, 5 periods of the lowest note
    noise: float = 0.02  # std on the input sample, full scale 1: keeps a free run on its pitch


@dataclass(frozen=True)
class Batch:
    """inputs: (T, B, 1 + P) float32, sample t - 1 and parameters; targets: (T, B) code of t."""

    inputs: Tensor
    targets: Tensor


def draw(clips: Clips, config: WindowConfig, seed: int, step: int, *, levels: int) -> Batch:
    """The batch of one step. Noise goes on the inputs only: the network learns to undo it."""
    rng = np.random.default_rng([seed, step])
    chosen = rng.integers(len(clips), size=config.batch)
    starts = rng.integers(clips.codes.shape[1] - config.frames, size=config.batch)
    span = starts[:, None] + np.arange(config.frames + 1)
    codes = clips.codes[chosen[:, None], span]  # (B, T + 1)
    heard = mulaw_decode(codes[:, :-1], levels)
    heard = np.clip(heard + config.noise * rng.standard_normal(heard.shape), -1, 1)
    inputs = np.empty((config.frames, config.batch, 1 + clips.parameters.shape[1]), np.float32)
    inputs[:, :, 0] = heard.T
    inputs[:, :, 1:] = clips.parameters[chosen]
    return Batch(torch.from_numpy(inputs), torch.from_numpy(codes[:, 1:].T.astype(np.int64)))
