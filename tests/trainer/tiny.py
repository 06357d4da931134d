"""A dataset and a network small enough for a test: seconds, no fluidsynth."""

import numpy as np

from smfosc.model_file import mulaw_encode
from trainer.clips import Clips
from trainer.dataset import PARAMETERS
from trainer.network import NetworkConfig
from trainer.rnn import RnnConfig
from trainer.windows import WindowConfig

NETWORK = NetworkConfig(hidden=16, layers=2)


def clips(count=4, frames=2000, seed=0, ranges=PARAMETERS):
    """Sines of rising pitch."""
    rng = np.random.default_rng(seed)
    pitch = np.linspace(0, 1, count)
    time = np.arange(frames)
    sound = 0.4 * np.sin(2 * np.pi * (0.02 + 0.02 * pitch[:, None]) * time)
    sound += 0.001 * rng.standard_normal(sound.shape)
    parameters = np.stack([pitch, np.zeros(count)], axis=1).astype(np.float32)
    return Clips(mulaw_encode(sound).astype(np.uint16), parameters, ranges)


def config(**changes):
    """A few steps of a tiny network."""
    defaults = {
        "network": NETWORK,
        "windows": WindowConfig(batch=4, frames=40),
        "steps": 6,
        "warmup_steps": 2,
        "checkpoint_every": 2,
        "audition_every": 1000,
        "validation_batches": 1,
    }
    return RnnConfig(**(defaults | changes))
