"""A trained generator as the stages after it use it: latents in, spectrograms or sounds out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import one_hot

from trainer.errors import TrainerError
from trainer.gan.checkpoint import network_config, read
from trainer.gan.layers import grown
from trainer.gan.networks import GeneratorNetwork
from trainer.spectral import representation

MADE_AT_ONCE = 32  # pictures; some 100 MB of activations


class FullSize(nn.Module):
    """A generator at its stage, its picture up-sampled to full size where training ended before."""

    def __init__(self, network: GeneratorNetwork, stage: int, alpha: float) -> None:
        super().__init__()
        self.network, self.stage, self.alpha = network, stage, alpha

    def forward(self, latents: Tensor, condition: Tensor | None) -> Tensor:
        """(N, Z), one-hot (N, P) or None -> (N, C, bins, frames), differentiable, unclipped."""
        image: Tensor = self.network(latents, condition, self.stage, self.alpha)
        for size in self.network.config.sizes[self.stage + 1 :]:
            image = grown(image, size)
        return image


@dataclass(frozen=True)
class Generator:
    """The averaged generator on the CPU, float32. Latents of any length: only direction counts.

    pitches: the MIDI numbers it was trained on; empty when unconditional.
    """

    module: FullSize
    latent_size: int
    pitches: tuple[int, ...]
    representation: str

    def condition(self, pitches: NDArray[np.integer] | None, count: int) -> Tensor | None:
        """One-hot (N, P) of MIDI numbers (N,). Raises TrainerError for one never trained on."""
        if not self.pitches:
            return None
        if pitches is None:
            raise TrainerError(
                f"gan: the generator is conditional: give each latent a pitch of "
                f"{self.pitches[0]}-{self.pitches[-1]}"
            )
        wanted = np.broadcast_to(np.asarray(pitches), (count,))
        if strange := sorted(set(wanted.tolist()) - set(self.pitches)):
            raise TrainerError(
                f"gan: pitch {strange[0]:g} was never trained on; wanted one of "
                f"{', '.join(map(str, self.pitches))}"
            )
        classes = torch.tensor([self.pitches.index(int(pitch)) for pitch in wanted])
        return one_hot(classes, len(self.pitches)).float()

    @torch.no_grad()
    def spectrograms(
        self, latents: NDArray[np.float32], pitches: NDArray[np.integer] | None = None
    ) -> NDArray[np.float32]:
        """(N, Z), (N,) -> (N, C, bins, frames) float32, clipped to the pictures' -1..1."""
        inputs = torch.from_numpy(np.ascontiguousarray(latents, dtype=np.float32))
        condition = self.condition(pitches, len(inputs))
        conditions: Sequence[Tensor | None]
        conditions = (
            [None] * len(inputs) if condition is None else torch.split(condition, MADE_AT_ONCE)
        )
        images = [
            self.module(some, wanted).clamp(-1, 1)
            for some, wanted in zip(torch.split(inputs, MADE_AT_ONCE), conditions, strict=False)
        ]
        return np.asarray(torch.cat(images).contiguous().numpy())

    def sounds(
        self, latents: NDArray[np.float32], pitches: NDArray[np.integer] | None = None, *, seed: int
    ) -> NDArray[np.float32]:
        """(N, Z), (N,) -> (N, 16384) float32 at 16 kHz. seed: of the phases not determined."""
        decoder = representation(self.representation)
        return decoder.decode(self.spectrograms(latents, pitches), seed=seed)


def load(path: Path) -> Generator:
    """Read generator.pt, any checkpoint, or a run's folder. Raises TrainerError."""
    file = path / "generator.pt" if path.is_dir() else path
    held = read(file)
    try:
        config = network_config(held["shape"])
        network = GeneratorNetwork(config)
        network.load_state_dict(held["average"])
        module = FullSize(network, int(held["stage"]), float(held["alpha"]))
        representation(name := held["representation"])  # refuses one that it does not know
    except (RuntimeError, LookupError, TypeError, ValueError, AttributeError):
        raise TrainerError(  # torch's own words fill a screen
            f"gan: {file}: its weights do not fit the shape it names; train with `smf-train gan`"
        ) from None
    return Generator(module.eval().requires_grad_(False), config.latent, config.pitches, name)
