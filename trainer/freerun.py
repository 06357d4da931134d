"""The network played free, many voices as one batch: the trainer's judge and torch oracle.

Plain and slow (some 1 ms per sample for 64 voices); the daemon's native kernel is for playing.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import linear

from smfosc.model_file import mulaw_decode, mulaw_encode
from trainer.network import SampleRnn


@torch.inference_mode()
def play(
    network: SampleRnn,
    parameters: NDArray[np.float32],
    *,
    seed: int = 0,
    temperature: float = 1.0,
    dtype: torch.dtype = torch.float32,
) -> NDArray[np.float32]:
    """Samples (T, V) for parameters (T, V, P) in the network's 0..1, from silence, zero state."""
    levels = network.config.levels
    decode = torch.from_numpy(mulaw_decode(np.arange(levels), levels))
    generator = torch.Generator().manual_seed(seed)
    step = _Step(network, dtype)
    frames, voices, _ = parameters.shape
    state = step.zero_state(voices)
    code = torch.full((voices,), int(mulaw_encode(np.zeros(1), levels)[0]))
    codes = torch.empty((frames, voices), dtype=torch.long)
    for t in range(frames):
        inputs = torch.cat([decode[code, None], torch.from_numpy(parameters[t])], dim=1)
        logits, state = step(inputs, state)
        code = _draw(logits / temperature, generator)
        codes[t] = code
    return decode[codes].numpy()


def _draw(logits: Tensor, generator: torch.Generator) -> Tensor:
    """One code per row by the Gumbel trick: argmax of logits + Gumbel noise ~ softmax."""
    uniform = torch.rand(logits.shape, generator=generator).clamp_(1e-12)
    return torch.argmax(logits - torch.log(-torch.log(uniform)), dim=1)


class _Step:
    """One sample for V voices, from weights with the embedding folded in."""

    def __init__(self, network: SampleRnn, dtype: torch.dtype) -> None:
        self.dtype = dtype
        self.hidden = network.config.hidden
        self.layers = [
            tuple(w.to(dtype) for w in network.layer_weights(k))
            for k in range(network.config.layers)
        ]
        self.head = [w.to(dtype) for w in (network.head.weight, network.head.bias)]

    def zero_state(self, voices: int) -> list[Tensor]:
        """(V, H) float32 per layer."""
        return [torch.zeros(voices, self.hidden) for _ in self.layers]

    def __call__(self, inputs: Tensor, state: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Logits (V, Q) float32 and the next state from inputs (V, 1 + P)."""
        below, after = inputs, []
        for weights, h in zip(self.layers, state, strict=True):
            below = self._cell(weights, below, h)
            after.append(below)
        return linear(below.to(self.dtype), *self.head).float(), after

    def _cell(self, weights: tuple[Tensor, ...], x: Tensor, h: Tensor) -> Tensor:
        """torch.nn.GRU's equations, gates r, z, n."""
        w_ih, w_hh, b_ih, b_hh = weights
        x_r, x_z, x_n = linear(x.to(self.dtype), w_ih, b_ih).float().chunk(3, 1)
        h_r, h_z, h_n = linear(h.to(self.dtype), w_hh, b_hh).float().chunk(3, 1)
        z = torch.sigmoid(x_z + h_z)
        return torch.lerp(torch.tanh(x_n + torch.sigmoid(x_r + h_r) * h_n), h, z)
