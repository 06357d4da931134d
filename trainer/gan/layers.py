"""The layers of a progressive GAN, each with its equation."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.2  # of the leaky ReLU below zero
NORM_EPSILON = 1e-8  # progressive GAN's


class EqualisedConv(nn.Module):
    """A 'same' convolution whose weights are N(0, 1) and scaled by He's constant when used.

    y = conv(x, w * gain / sqrt(fan_in)) + b. Adam's step is as large as the weights of every
    layer: that is the equalised learning rate (Karras et al. 2018, 4.1).
    """

    def __init__(
        self, inputs: int, outputs: int, size: int = 3, gain: float = math.sqrt(2)
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, size, size))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = gain / math.sqrt(inputs * size * size)
        self.padding = size // 2

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H, W)."""
        return functional.conv2d(x, self.weight * self.scale, self.bias, padding=self.padding)


class EqualisedLinear(nn.Module):
    """y = x (w * gain / sqrt(fan_in))' + b, see EqualisedConv."""

    def __init__(self, inputs: int, outputs: int, gain: float = math.sqrt(2)) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = gain / math.sqrt(inputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs) -> (B, outputs)."""
        return functional.linear(x, self.weight * self.scale, self.bias)


def rectify(x: Tensor) -> Tensor:
    """Leaky ReLU, max(x, .2 x)."""
    return functional.leaky_relu(x, SLOPE)


def pixel_norm(x: Tensor) -> Tensor:
    """Each pixel's channels to a root mean square of 1: x / sqrt(mean_c x^2 + eps)."""
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + NORM_EPSILON)


def grown(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Nearest up-sampling by two; an odd size drops the last copy: out[i] = in[i // 2]."""
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")[..., : size[0], : size[1]]


def shrunk(x: Tensor) -> Tensor:
    """Means of 2 x 2 pixels, of fewer at an odd edge; shrunk(grown(x)) is x."""
    return functional.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False)


def with_spread(x: Tensor, group: int) -> Tensor:
    """Append a channel holding the mean standard deviation within each `group` clips in a row.

    (B, C, H, W) -> (B, C + 1, H, W). A generator that makes one sound only is seen at once.
    """
    together = x.float().reshape(-1, group, *x.shape[1:])
    deviation = (together.var(1, correction=0) + NORM_EPSILON).sqrt()
    spread = deviation.mean((1, 2, 3)).repeat_interleave(group)[:, None, None, None]
    return torch.cat([x, spread.to(x.dtype).expand(-1, 1, *x.shape[2:])], 1)
