"""The losses beside the same sums done by hand, numerically, in float64."""

import pytest
import torch
from tiny_gan import NETWORK
from torch import Tensor

from trainer.gan.losses import Pair, Weights, critic_loss, generator_loss, gradient_penalty
from trainer.gan.networks import Critic

STAGE, ALPHA, STEP = 1, 0.5, 1e-6


@pytest.fixture
def critic() -> Critic:
    torch.manual_seed(5)
    return Critic(NETWORK).double()


@pytest.fixture
def pair() -> Pair:
    torch.manual_seed(6)
    size = (4, 1, *NETWORK.sizes[STAGE])
    real, fake = (torch.randn(size, dtype=torch.float64) for _ in range(2))
    return Pair(real, fake, None, None, torch.rand(4, dtype=torch.float64))


def judged(critic: Critic, images: Tensor) -> Tensor:
    return critic(images, STAGE, ALPHA)[0]


def penalty_by_hand(critic: Critic, pair: Pair) -> float:
    """Each pixel of each in-between clip moved by itself; slopes, lengths, mean."""
    mix = pair.mix[:, None, None, None]
    between = mix * pair.real + (1 - mix) * pair.fake
    slope = torch.zeros_like(between)
    with torch.no_grad():
        for place in range(between.numel()):
            moved = torch.zeros_like(between)
            moved.view(-1)[place] = STEP
            higher, lower = (judged(critic, between + way * moved).sum() for way in (1, -1))
            slope.view(-1)[place] = (higher - lower) / (2 * STEP)
    lengths = slope.square().sum((1, 2, 3)).sqrt()
    return float(((lengths - 1) ** 2).mean())


def test_the_gradient_penalty_is_that_of_slopes_measured_by_hand(
    critic: Critic, pair: Pair
) -> None:
    found = gradient_penalty(lambda x: critic(x, STAGE, ALPHA), pair)
    assert found.item() == pytest.approx(penalty_by_hand(critic, pair), rel=1e-5)


@pytest.mark.parametrize(
    "name", ["images.1", "images.0", "blocks.0.first", "blocks.0.second", "last"]
)
def test_what_the_penalty_teaches_is_its_slope_by_each_weight(
    critic: Critic, pair: Pair, name: str
) -> None:
    weight = critic.get_parameter(f"{name}.weight")
    (found,) = torch.autograd.grad(
        gradient_penalty(lambda x: critic(x, STAGE, ALPHA), pair), weight
    )
    direction = torch.randn_like(weight)

    def moved(step: float) -> float:
        with torch.no_grad():
            weight.add_(direction, alpha=step)
        value = gradient_penalty(lambda x: critic(x, STAGE, ALPHA), pair).item()
        with torch.no_grad():
            weight.add_(direction, alpha=-step)
        return value

    by_hand = (moved(STEP) - moved(-STEP)) / (2 * STEP)
    assert (found * direction).sum().item() == pytest.approx(by_hand, rel=1e-4)


def test_the_critics_loss_is_the_sum_of_its_terms(critic: Critic, pair: Pair) -> None:
    loss, (gap, penalty, entropy) = critic_loss(
        lambda x: critic(x, STAGE, ALPHA), pair, Weights(10.0, 1e-3, 10.0)
    )
    real, fake = judged(critic, pair.real), judged(critic, pair.fake)
    assert gap.item() == pytest.approx((real.mean() - fake.mean()).item())
    assert entropy == 0
    expected = fake.mean() - real.mean() + 10 * penalty + 1e-3 * real.square().mean()
    assert loss.item() == pytest.approx(expected.item())


def test_without_weight_the_penalty_is_not_computed(critic: Critic, pair: Pair) -> None:
    _, (_, penalty, _) = critic_loss(
        lambda x: critic(x, STAGE, ALPHA), pair, Weights(0.0, 1e-3, 10.0)
    )
    assert penalty == 0


def test_the_generator_is_pulled_to_the_pitch_asked_for() -> None:
    images = torch.zeros(2, 1, 4, 4)

    def judge(images: Tensor) -> tuple[Tensor, Tensor]:
        return torch.ones(2), torch.tensor([[9.0, 0.0], [9.0, 0.0]])

    def loss(labels: list[int]) -> float:
        pair = Pair(images, images, None, torch.tensor(labels), torch.zeros(2))
        return generator_loss(judge, pair, Weights(10.0, 1e-3, 10.0)).item()

    assert loss([0, 0]) == pytest.approx(-1, abs=0.01)
    assert loss([1, 1]) == pytest.approx(89, abs=0.01)
