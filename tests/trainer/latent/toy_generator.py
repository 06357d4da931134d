"""A GAN's double: a random decoder, smooth in its latent, whose sounds differ and can be heard."""

from pathlib import Path

import numpy as np
import torch

from trainer.latent.generator import Opened

BINS, FRAMES, SAMPLES = 257, 128, 16_384
SECONDS = np.arange(SAMPLES) / 16_000


class ToyGenerator(torch.nn.Module):
    """latent -> direction -> two random layers -> 16 bands of level, breath and pitch.

    With pitches, the condition sets the fundamental; without, the latent does.
    """

    representation = "log-magnitude"

    def __init__(self, *, latent_size=16, pitches=(), seed=3, frames=8):
        super().__init__()
        self.latent_size, self.pitches, self.frames = latent_size, tuple(pitches), frames
        rng = torch.Generator().manual_seed(seed)
        self.first = torch.randn(latent_size, 32, generator=rng) * 1.4 / latent_size**0.5
        self.second = torch.randn(32, 18, generator=rng) / 32**0.5 * 1.6

    def _code(self, latents):
        direction = latents * latents.shape[-1] ** 0.5 / latents.norm(dim=-1, keepdim=True)
        return torch.tanh(torch.tanh(direction @ self.first) @ self.second)

    def _hertz(self, code, condition):
        """(N, 1): the latent's pitch, or the condition's mean pitch."""
        if not self.pitches:
            return 440 * 2 ** code[:, 17:18]
        notes = condition @ torch.tensor(self.pitches, dtype=torch.float32)
        return (440 * 2 ** ((notes - 69) / 12))[:, None]

    def module(self, latents, condition=None):
        code = self._code(latents)
        hertz = torch.arange(BINS)[None] * 16_000 / 512
        bands = torch.nn.functional.interpolate(
            code[:, None, :16], size=BINS, mode="linear", align_corners=True
        )[:, 0]
        f0 = self._hertz(code, condition)
        comb = torch.cos(2 * torch.pi * hertz / f0) * (1 - code[:, 16:17]) / 2
        level = (0.6 * bands + 0.4 * comb - hertz / 16_000).clamp(-1, 1)
        return level[:, None, :, None].expand(-1, 1, -1, self.frames)

    def _condition(self, pitches):
        if not self.pitches:
            return None
        places = torch.tensor([self.pitches.index(int(p)) for p in pitches])
        return torch.nn.functional.one_hot(places, len(self.pitches)).float()

    @torch.no_grad()
    def spectrograms(self, latents, pitches):
        return self.module(torch.as_tensor(latents), self._condition(pitches)).numpy()

    @torch.no_grad()
    def sounds(self, latents, pitches, *, seed):
        """Partials under the bands' envelope and filtered noise: pitched, breathy or both."""
        code = self._code(torch.as_tensor(latents))
        f0 = self._hertz(code, self._condition(pitches)).numpy()
        rng = np.random.default_rng(seed)
        return np.stack(
            [_sound(c, float(f[0]), rng) for c, f in zip(code.numpy(), f0, strict=True)]
        ).astype(np.float32)


def _sound(code, f0, rng):
    hertz = np.fft.rfftfreq(SAMPLES, 1 / 16_000)
    envelope = 10 ** (1.5 * np.interp(hertz, np.linspace(0, 8000, 16), code[:16]) - hertz / 8000)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(SAMPLES)) * envelope)
    partials = np.arange(1, max(2, int(7600 / f0)))
    levels = np.interp(partials * f0, hertz, envelope)
    tone = (levels[:, None] * np.sin(2 * np.pi * f0 * partials[:, None] * SECONDS)).sum(0)
    breath = (1 + code[16]) / 2
    mix = (1 - breath) * tone / tone.std() + breath * noise / noise.std()
    return 0.2 * mix / np.abs(mix).max()


def opened(**options):
    """As `open_generator` gives it."""
    return Opened(ToyGenerator(**options), Path("toy/generator.pt"), "a1" * 32)
