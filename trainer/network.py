"""The paper's sample RNN: [previous sample, parameters] -> Linear -> GRUs -> Linear -> logits.

The embedding has no activation, so that it folds exactly into the first GRU layer: here while
training (the window's first product is 1 + P wide instead of H), and for good at export.

Shapes: T frames, B batch, P parameters, H hidden, L layers, Q mu-law levels.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from trainer.gru import gru_window


@dataclass(frozen=True)
class NetworkConfig:
    """The shape of the network; the defaults are the paper's."""

    parameters: int = 2  # pitch, timbre
    hidden: int = 256  # units of each layer; the paper's
    layers: int = 3  # the paper's
    levels: int = 256  # mu-law codes, the paper's: 38 dB of signal to noise


class SampleRnn(nn.Module):
    """Predicts each sample's mu-law code from the samples before it and the parameters."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Linear(1 + config.parameters, config.hidden)
        self.gru = nn.GRU(config.hidden, config.hidden, config.layers)
        self.head = nn.Linear(config.hidden, config.levels)

    def zero_state(self, batch: int) -> Tensor:
        """The state (L, B, H) float32 of silence, where the weights are."""
        config = self.config
        return self.head.weight.new_zeros((config.layers, batch, config.hidden))

    def forward(
        self, inputs: Tensor, state: Tensor, *, dtype: torch.dtype = torch.float32
    ) -> tuple[Tensor, Tensor]:
        """Logits (T, B, Q) and the state after, from inputs (T, B, 1 + P) and the state before.

        States are (L, B, H) float32 and carry no gradient; `dtype` is the products'.
        """
        if inputs.is_cuda:
            return self._forward_cudnn(inputs, state, dtype)
        ends = []
        hidden = linear(inputs, *self.folded()).to(dtype)
        for k in range(self.config.layers):
            if k > 0:
                w_ih, b_ih = self._layer("ih", k)
                hidden = linear(hidden.to(dtype), w_ih.to(dtype), b_ih.to(dtype))
            hidden = gru_window(hidden, state[k], *self._layer("hh", k), dtype)
            ends.append(hidden[-1].detach())
        logits = linear(hidden.to(dtype), self.head.weight.to(dtype), self.head.bias.to(dtype))
        return logits, torch.stack(ends)

    def _forward_cudnn(
        self, inputs: Tensor, state: Tensor, dtype: torch.dtype
    ) -> tuple[Tensor, Tensor]:
        """The same through cuDNN's fused GRU, which is milliseconds on a GPU."""
        with torch.autocast("cuda", dtype, enabled=dtype != torch.float32):
            hidden, after = self.gru(self.embedding(inputs), state)
            return self.head(hidden), after.detach().float()

    def folded(self) -> tuple[Tensor, Tensor]:
        """Weight (3H, 1 + P) and bias (3H,) of the first layer's input with the embedding in."""
        w_ih, b_ih = self._layer("ih", 0)
        return w_ih @ self.embedding.weight, w_ih @ self.embedding.bias + b_ih

    def layer_weights(self, k: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """w_ih, w_hh, b_ih, b_hh of layer k, the embedding folded into the first."""
        w_ih, b_ih = self.folded() if k == 0 else self._layer("ih", k)
        w_hh, b_hh = self._layer("hh", k)
        return w_ih, w_hh, b_ih, b_hh

    def _layer(self, part: str, k: int) -> tuple[Tensor, Tensor]:
        """Weight and bias of layer k; part: "ih" (input) or "hh" (hidden)."""
        return getattr(self.gru, f"weight_{part}_l{k}"), getattr(self.gru, f"bias_{part}_l{k}")
