"""The layers of a progressive GAN, each with its equation."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
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


class PixelMap(nn.Module):
    """A 1 x 1 convolution, as a matrix product over pixels: y = x (w * gain / sqrt(fan_in))' + b.

    A convolution from one channel gives its result in the slow memory order (10 times, and all
    that follows suffers); a product over the last dimension keeps channels last.
    """

    def __init__(self, inputs: int, outputs: int, gain: float = math.sqrt(2)) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = gain / math.sqrt(inputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H, W)."""
        weight = self.weight[:, :, 0, 0] * self.scale
        return functional.linear(x.permute(0, 2, 3, 1), weight, self.bias).permute(0, 3, 1, 2)


def full(x: Tensor) -> Tensor:
    """In float32 at least, for sums that bfloat16 would spoil."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def rectify(x: Tensor) -> Tensor:
    """Leaky ReLU, max(x, .2 x); differentiable as often as you like, but flat beyond once."""
    rectified: Tensor = _apply(_Rectify, x, x)
    return rectified


class _Rectify(torch.autograd.Function):
    """g where x > 0, else .2 g: linear in g, so that its own derivative is itself.

    With g = x it is the leaky ReLU. torch's own sends a picture of zeros back to x for each
    layer of the gradient penalty; here x of the second and further derivatives gets nothing.
    """

    @staticmethod
    def forward(ctx: Any, gradient: Tensor, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return torch.ops.aten.leaky_relu_backward(gradient, x, SLOPE, False)  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        return _apply(_Rectify, gradients[0], x), None


def _apply(function: type[torch.autograd.Function], *inputs: Any) -> Any:
    """function.apply, which has no types."""
    return function.apply(*inputs)  # type: ignore[no-untyped-call]


def unit_norm(x: Tensor) -> Tensor:
    """Each row to a root mean square of 1: x / sqrt(mean_c x^2 + eps), over dimension 1."""
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + NORM_EPSILON)


def pixel_norm(x: Tensor) -> Tensor:
    """`unit_norm` over the channels of (B, C, H, W), 4 times faster; differentiable once."""
    normed: Tensor = _apply(_PixelNorm, x)
    return normed


class _PixelNorm(torch.autograd.Function):
    """y = x r, r = 1 / sqrt(mean_c x^2 + eps); dx = r (dy - y mean_c(dy y)).

    A mean over the last dimension and its broadcast are slow loops of C; a product with a C x C
    matrix of 1/C is both at once. With channels last everything else runs through memory in order.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        pixels = x.permute(0, 2, 3, 1)
        mean = torch.full((x.shape[1], x.shape[1]), 1 / x.shape[1], dtype=x.dtype, device=x.device)
        inverse = functional.linear(pixels * pixels, mean).add_(NORM_EPSILON).rsqrt_()
        y = pixels * inverse
        ctx.save_for_backward(y, inverse, mean)
        return y.permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        y, inverse, mean = ctx.saved_tensors
        gradient = gradients[0].permute(0, 2, 3, 1)
        along = functional.linear(gradient * y, mean).mul_(y)
        across: Tensor = torch.sub(gradient, along, out=along).mul_(inverse)
        return across.permute(0, 3, 1, 2)


def grown(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Nearest up-sampling by two; an odd size drops the last copy: out[i] = in[i // 2]."""
    return functional.interpolate(x, size=size, mode="nearest")


def shrunk(x: Tensor) -> Tensor:
    """Means of 2 x 2 pixels, of fewer at an odd edge; shrunk(grown(x)) is x."""
    smaller: Tensor = _apply(_Shrink, x)
    return smaller


def _means(x: Tensor) -> Tensor:
    return functional.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False)


def _shared_out(x: Tensor, size: tuple[int, int]) -> Tensor:
    """The adjoint of `_means`: each pixel in equal parts to those it is the mean of."""
    parts = x / 4
    if size[0] % 2:
        parts[..., -1, :] *= 2
    if size[1] % 2:
        parts[..., :, -1] *= 2
    return grown(parts, size)


class _Shrink(torch.autograd.Function):
    """`_means` and its adjoint, each the other's derivative: linear, so nothing is saved."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.size = (x.shape[2], x.shape[3])
        return _means(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        grown_back: Tensor = _apply(_ShareOut, gradients[0], ctx.size)
        return grown_back


class _ShareOut(torch.autograd.Function):
    """The other half of `_Shrink`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, size: tuple[int, int]) -> Tensor:
        return _shared_out(x, size)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return _apply(_Shrink, gradients[0]), None


def with_spread(x: Tensor, group: int) -> Tensor:
    """Append a channel holding the mean standard deviation within each `group` clips in a row.

    (B, C, H, W) -> (B, C + 1, H, W). A generator that makes one sound only is seen at once.
    """
    together = full(x).reshape(-1, group, *x.shape[1:])
    deviation = (together.var(1, correction=0) + NORM_EPSILON).sqrt()
    spread = deviation.mean((1, 2, 3)).repeat_interleave(group)[:, None, None, None]
    return torch.cat([x, spread.to(x.dtype).expand(-1, 1, *x.shape[2:])], 1)
