"""Generator and critic, grown stage by stage.

Shapes: B clips, Z latent, P pitches, C channels, (H, W) bins and frames of a stage.
"""

import torch
from torch import Tensor, nn

from trainer.gan.config import NetworkConfig
from trainer.gan.layers import (
    EqualisedConv,
    EqualisedLinear,
    PixelMap,
    full,
    grown,
    pixel_norm,
    rectify,
    shrunk,
    unit_norm,
    with_spread,
)


class PitchMap(nn.Module):
    """A spectrum per channel and pitch, the same in every frame: y = x + gain g sum_p c_p m_p.

    Without a condition there is one for all, of which later layers take what the latent asks for.
    g: 1, or (gated) how much of each channel's the latent asks for: 1 + W z.
    """

    gain = 2**-0.5  # of what it is added to, at first: half as much power

    def __init__(self, pitches: int, channels: int, bins: int, gated_by: int = 0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(pitches, channels, bins))
        self.gate = EqualisedLinear(gated_by, channels, gain=0.5) if gated_by else None

    def forward(self, x: Tensor, latents: Tensor, condition: Tensor | None) -> Tensor:
        """(B, C, bins, W), (B, Z) of mean square 1, (B, P) or None -> (B, C, bins, W)."""
        if condition is None:
            condition = self.weight.new_ones(len(x), 1)
        spectra: Tensor = torch.einsum("bp,pcf->bcf", condition, self.weight) * self.gain
        if self.gate is not None:
            spectra = spectra * (1 + self.gate(latents))[..., None]
        return x + spectra[..., None].to(x.dtype)


class GrowingBlock(nn.Module):
    """Twice the size, then two convolutions, each rectified and normalised.

    pitch: what is added to what the first convolution draws.
    """

    def __init__(
        self, inputs: int, outputs: int, size: tuple[int, int], pitch: PitchMap | None
    ) -> None:
        super().__init__()
        self.first = EqualisedConv(inputs, outputs)
        self.second = EqualisedConv(outputs, outputs)
        self.pitch = pitch
        self.size = size

    def forward(self, x: Tensor, latents: Tensor, condition: Tensor | None) -> Tensor:
        """(B, inputs, h, w), (B, Z), (B, P) or None -> (B, outputs, *size)."""
        x = self.first(grown(x, self.size))
        if self.pitch is not None:
            x = self.pitch(x, latents, condition)
        x = pixel_norm(rectify(x))
        return pixel_norm(rectify(self.second(x)))


class ShrinkingBlock(nn.Module):
    """Two convolutions, each rectified, then half the size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = EqualisedConv(inputs, inputs)
        self.second = EqualisedConv(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H/2, W/2)."""
        return shrunk(rectify(self.second(rectify(self.first(x)))))


class GeneratorNetwork(nn.Module):
    """Latents, and a one-hot pitch, to spectrograms. Linear at the output."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        coarse, finer = config.channels[0], config.channels[1:]
        bins, frames = config.sizes[0]
        inputs = config.latent + len(config.pitches)
        self.first = EqualisedLinear(inputs, coarse * bins * frames)
        self.second = EqualisedConv(coarse, coarse)
        self.blocks = nn.ModuleList(
            GrowingBlock(before, after, size, _pitch_map(config, after, size[0]))
            for before, after, size in zip(
                config.channels[:-1], finer, config.sizes[1:], strict=True
            )
        )
        self.images = nn.ModuleList(
            PixelMap(channels, config.image_channels, gain=1.0) for channels in config.channels
        )

    def forward(
        self, latents: Tensor, condition: Tensor | None, stage: int, alpha: float
    ) -> Tensor:
        """(B, Z), one-hot (B, P) or None -> (B, image channels, H, W) of the stage, float32."""
        latents = unit_norm(latents)
        x, coarser = self._coarsest(latents, condition), None
        for index in range(stage):
            x, coarser = self.blocks[index](x, latents, condition), x
        image: Tensor = full(self.images[stage](x))
        if alpha == 1 or coarser is None:
            return image
        before = grown(full(self.images[stage - 1](coarser)), self.config.sizes[stage])
        return torch.lerp(before, image, alpha)

    def _coarsest(self, latents: Tensor, condition: Tensor | None) -> Tensor:
        if condition is not None:
            latents = torch.cat([latents, condition], 1)
        x = self.first(latents).unflatten(1, (self.config.channels[0], *self.config.sizes[0]))
        x = pixel_norm(rectify(x).contiguous(memory_format=torch.channels_last))
        return pixel_norm(rectify(self.second(x)))


def _pitch_map(config: NetworkConfig, channels: int, bins: int) -> PitchMap | None:
    if not config.pitch_maps:
        return None
    gated_by = config.latent if config.map_gates else 0
    return PitchMap(max(1, len(config.pitches)), channels, bins, gated_by)


class Critic(nn.Module):
    """Spectrograms to scores, higher for real ones, and to the logits of their pitch."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        coarse, finer = config.channels[0], config.channels[1:]
        bins, frames = config.sizes[0]
        self.images = nn.ModuleList(
            PixelMap(config.image_channels, channels) for channels in config.channels
        )
        self.blocks = nn.ModuleList(
            ShrinkingBlock(after, before)
            for before, after in zip(config.channels[:-1], finer, strict=True)
        )
        self.last = EqualisedConv(coarse + 1, coarse)
        self.whole = EqualisedLinear(coarse * bins * frames, coarse)
        self.score = EqualisedLinear(coarse, 1, gain=1.0)
        self.pitch = (
            EqualisedLinear(coarse, len(config.pitches), gain=1.0) if config.pitches else None
        )

    def forward(self, image: Tensor, stage: int, alpha: float) -> tuple[Tensor, Tensor | None]:
        """(B, image channels, H, W) -> scores (B,), logits (B, P) or None, float32."""
        x = rectify(self.images[stage](image))
        for index in range(stage - 1, -1, -1):
            x = self.blocks[index](x)
            if index == stage - 1 and alpha < 1:
                before = rectify(self.images[index](shrunk(image)))
                x = torch.lerp(before, x, alpha)
        x = rectify(self.last(with_spread(x, self.config.group)))
        x = rectify(self.whole(x.flatten(1)))
        with torch.autocast(x.device.type, enabled=False):
            x = full(x)
            return self.score(x)[:, 0], None if self.pitch is None else self.pitch(x)
