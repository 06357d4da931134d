"""Generator and critic: their sizes at every stage, and that a fade begins where it should."""

from itertools import pairwise

import pytest
import torch
from tiny_gan import NETWORK

from trainer.gan.checkpoint import network_config
from trainer.gan.config import NARROW_CHANNELS, PAPER_CHANNELS, PRESETS, NetworkConfig
from trainer.gan.layers import grown, shrunk
from trainer.gan.networks import Critic, GeneratorNetwork, PitchMap

PAPER_SIZES = [(17, 8), (33, 16), (65, 32), (129, 64), (257, 128)]


def test_the_stages_are_the_papers() -> None:
    assert list(NetworkConfig().sizes) == PAPER_SIZES


@pytest.mark.parametrize("channels", [NARROW_CHANNELS, PAPER_CHANNELS], ids=["narrow", "paper"])
def test_every_stage_draws_and_judges_its_size(channels: tuple[int, ...]) -> None:
    config = NetworkConfig(channels=channels, pitches=(64, 70, 76))
    generator, critic = GeneratorNetwork(config), Critic(config)
    latents, condition = torch.randn(4, 128), torch.eye(3)[[0, 1, 2, 0]]
    for stage, size in enumerate(PAPER_SIZES):
        with torch.no_grad():
            image = generator(latents, condition, stage, 0.5)
            scores, logits = critic(image, stage, 0.5)
        assert image.shape == (4, 1, *size)
        assert scores.shape == (4,)
        assert logits.shape == (4, 3)


def test_a_pitch_map_is_the_spectrum_of_its_pitch_in_every_frame() -> None:
    drawn, x = PitchMap(2, channels=3, bins=5), torch.randn(4, 3, 5, 6)
    condition = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.0, 0.0]])
    added = drawn(x, torch.randn(4, 7), condition) - x
    first, second = drawn.gain * drawn.weight.detach()
    for found, wanted in zip(added, (first, second, (first + second) / 2, 0 * first), strict=True):
        torch.testing.assert_close(found, wanted[..., None].expand(3, 5, 6), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("pitches", [(), (60, 61)], ids=["unconditional", "of two pitches"])
def test_generators_have_a_map_for_each_pitch_or_one_and_the_papers_none(pitches) -> None:
    for maps in (True, False):
        config = NetworkConfig(pitches=pitches, pitch_maps=maps)
        named = dict(GeneratorNetwork(config).named_parameters())
        found = [weight.shape for name, weight in named.items() if ".pitch." in name]
        sizes = zip(config.channels[1:], config.sizes[1:], strict=True)
        shapes = [(max(1, len(pitches)), channels, bins) for channels, (bins, _) in sizes]
        assert found == (shapes if maps else [])
    assert not PRESETS["paper"].network.pitch_maps


def test_without_a_condition_the_one_map_is_added_whole() -> None:
    drawn = PitchMap(1, 5, 3)
    x, latents = torch.zeros(2, 5, 3, 6), torch.randn(2, 7)
    added = drawn(x, latents, None).detach()
    torch.testing.assert_close(added, drawn(x, latents, torch.ones(2, 1)).detach())
    assert float(added.abs().max()) > 0


def test_a_gated_map_is_taken_by_channel_as_the_latent_asks() -> None:
    drawn = PitchMap(1, channels=2, bins=3, gated_by=4)
    assert drawn.gate is not None
    with torch.no_grad():
        drawn.gate.bias.copy_(torch.tensor([0.0, -1.0]))
        drawn.gate.weight.copy_(torch.tensor([[0, 0, 0, 0], [1.0, 0, 0, 0]]) / drawn.gate.scale)
    latents = torch.tensor([[0.0, 1, 1, 1], [2.0, 0, 0, 0]])
    added = drawn(torch.zeros(2, 2, 3, 5), latents, None).detach()
    whole = drawn.gain * drawn.weight[0].detach()
    wanted = torch.stack(
        [whole * torch.tensor([[1.0], [0.0]]), whole * torch.tensor([[1.0], [2.0]])]
    )
    torch.testing.assert_close(added, wanted[..., None].expand(2, 2, 3, 5))


def test_gates_are_the_latents_and_older_generators_have_none() -> None:
    names = [name for name, _ in GeneratorNetwork(NetworkConfig(map_gates=True)).named_parameters()]
    assert sum(".gate.weight" in name for name in names) == 4
    assert not network_config({}).map_gates


@pytest.mark.parametrize("stage", [1, 2])
def test_a_stage_begins_as_the_one_before_up_sampled(stage: int) -> None:
    generator, latents = GeneratorNetwork(NETWORK), torch.randn(4, 4)
    before = generator(latents, None, stage - 1, 1.0)
    assert torch.equal(generator(latents, None, stage, 0.0), grown(before, NETWORK.sizes[stage]))


@pytest.mark.parametrize("stage", [1, 2])
def test_the_critic_judges_a_new_stage_as_it_did_the_one_before(stage: int) -> None:
    critic, image = Critic(NETWORK), torch.randn(4, 1, *NETWORK.sizes[stage])
    before, _ = critic(shrunk(image), stage - 1, 1.0)
    torch.testing.assert_close(critic(image, stage, 0.0)[0], before)


@pytest.mark.parametrize("stage", [1, 2])
def test_a_fade_is_a_straight_line_between_two_pictures(stage: int) -> None:
    generator, latents = GeneratorNetwork(NETWORK), torch.randn(4, 4)
    first, half, last = (generator(latents, None, stage, alpha) for alpha in (0, 0.5, 1))
    torch.testing.assert_close(half, (first + last) / 2)


def test_the_length_of_a_latent_does_not_count() -> None:
    generator, latents = GeneratorNetwork(NETWORK).double(), torch.randn(4, 4).double()
    torch.testing.assert_close(
        generator(latents, None, 2, 1.0), generator(7 * latents, None, 2, 1.0)
    )


def test_the_pitch_asked_for_changes_the_picture() -> None:
    config = NetworkConfig(channels=(6, 5), latent=4, bins=9, frames=4, pitches=(60, 61))
    generator, latents = GeneratorNetwork(config), torch.randn(1, 4).repeat(2, 1)
    one, other = generator(latents, torch.eye(2), 1, 1.0)
    assert (one - other).abs().max() > 1e-3


def test_sizes_double_whatever_the_picture() -> None:
    sizes = NetworkConfig(channels=(1, 1, 1), bins=33, frames=20).sizes
    assert all(2 * a[0] - 1 == b[0] and 2 * a[1] == b[1] for a, b in pairwise(sizes))
