"""A real generator file with random weights, small enough for tests."""

import torch

from trainer.gan.config import NetworkConfig
from trainer.gan.networks import GeneratorNetwork
from trainer.tensor_file import write


def write_random_gan(path, *, seed=0, channels=(8, 6, 4, 4, 4), latent=12, pitches=()):
    torch.manual_seed(seed)
    shape = NetworkConfig(channels=channels, latent=latent, pitches=tuple(pitches))
    held = {
        "format": 1,
        "kind": "gan",
        "step": 1,
        "stage": len(channels) - 1,
        "alpha": 1.0,
        "average": GeneratorNetwork(shape).state_dict(),
        "shape": vars(shape),
        "representation": "log-magnitude",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, held)
    return path
