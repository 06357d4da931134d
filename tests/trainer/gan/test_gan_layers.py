"""Each layer beside the equation that it stands for."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.nn import functional

from trainer.gan.layers import (
    EqualisedConv,
    EqualisedLinear,
    PixelMap,
    grown,
    pixel_norm,
    rectify,
    shrunk,
    unit_norm,
    with_spread,
)

SIZES = [(5, 2), (9, 4), (17, 8)]


def picture(*shape: int, seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=random, dtype=torch.float64)


@pytest.mark.parametrize("layer", [EqualisedConv(7, 5), EqualisedLinear(7, 5), PixelMap(7, 5)])
def test_weights_are_unit_normal_and_scaled_when_used(layer: torch.nn.Module) -> None:
    wide = type(layer)(64, 256)
    weight = next(p for name, p in wide.named_parameters() if name.endswith("weight"))
    assert weight.std().item() == pytest.approx(1, abs=0.02)
    x = torch.randn(16, 64) if isinstance(layer, EqualisedLinear) else torch.randn(4, 64, 8, 8)
    spread = wide(x).std().item()
    assert spread == pytest.approx(math.sqrt(2), rel=0.1)  # He's gain, whatever the fan-in


def test_a_pixel_map_is_a_convolution_of_one_pixel() -> None:
    layer, x = PixelMap(3, 5).double(), picture(2, 3, 5, 2)
    expected = functional.conv2d(x, layer.weight * layer.scale, layer.bias)
    torch.testing.assert_close(layer(x), expected)


@pytest.mark.parametrize("size", SIZES)
def test_pixel_norm_is_unit_norm_in_value_and_slope(size: tuple[int, int]) -> None:
    x = picture(2, 6, *size).requires_grad_()
    torch.testing.assert_close(pixel_norm(x), unit_norm(x))
    assert torch.autograd.gradcheck(pixel_norm, x)


def test_pixel_norm_gives_each_pixel_a_root_mean_square_of_one() -> None:
    rms = pixel_norm(10 * picture(2, 6, 5, 2)).square().mean(1).sqrt()
    torch.testing.assert_close(rms, torch.ones_like(rms))


@pytest.mark.parametrize(("coarse", "fine"), list(pairwise(SIZES)))
def test_what_was_grown_shrinks_to_itself(coarse: tuple[int, int], fine: tuple[int, int]) -> None:
    x = picture(2, 3, *coarse)
    assert grown(x, fine).shape[2:] == fine
    torch.testing.assert_close(shrunk(grown(x, fine)), x)


@pytest.mark.parametrize("size", [(17, 9), (129, 64), (257, 128)])
def test_growing_copies_every_pixel_twice(size: tuple[int, int]) -> None:
    rows, columns = (-(-edge // 2) for edge in size)
    x = torch.arange(rows * columns).reshape(1, 1, rows, columns).float()
    expected = x.repeat_interleave(2, 2).repeat_interleave(2, 3)[..., : size[0], : size[1]]
    assert torch.equal(grown(x, size), expected)


@pytest.mark.parametrize("size", [(4, 4), (5, 4), (5, 3)])
def test_shrinking_is_average_pooling_up_to_its_second_derivative(size: tuple[int, int]) -> None:
    def pooled(x: torch.Tensor) -> torch.Tensor:
        return functional.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False)

    x = picture(2, 3, *size).requires_grad_()
    torch.testing.assert_close(shrunk(x), pooled(x))
    assert torch.autograd.gradcheck(shrunk, x)
    assert torch.autograd.gradgradcheck(lambda x: shrunk(x).square(), x)


def test_rectify_is_the_leaky_relu_up_to_its_second_derivative() -> None:
    x = picture(2, 3, 5, 2).requires_grad_()
    torch.testing.assert_close(rectify(x), functional.leaky_relu(x, 0.2))
    assert torch.autograd.gradcheck(rectify, x)
    assert torch.autograd.gradgradcheck(lambda x: rectify(x).square(), x)


def test_spread_is_the_mean_deviation_of_each_group() -> None:
    x = picture(8, 3, 5, 2)
    channel = with_spread(x, 4)[:, 3].numpy()
    for group in range(2):
        members = x[4 * group : 4 * group + 4].numpy()
        expected = np.sqrt(members.var(0) + 1e-8).mean()
        np.testing.assert_allclose(channel[4 * group : 4 * group + 4], expected, rtol=1e-6)


def test_equal_clips_have_no_spread() -> None:
    x = picture(1, 3, 5, 2).repeat(4, 1, 1, 1)
    assert with_spread(x, 4)[:, 3].abs().max() < 2e-4
