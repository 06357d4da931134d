"""The fast window against torch.nn.GRU, and the fold against the unfolded network."""

import pytest
import torch

from trainer.gru import gru_window
from trainer.network import NetworkConfig, SampleRnn

TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 2e-2}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("frames", "batch", "hidden"), [(1, 1, 1), (7, 3, 5), (40, 4, 16)])
def test_a_window_gives_torchs_states_and_gradients(frames, batch, hidden, dtype):
    torch.manual_seed(0)
    theirs = torch.nn.GRU(hidden, hidden)
    inputs = torch.randn(frames, batch, hidden, requires_grad=True)
    start = torch.randn(batch, hidden)
    wanted, _ = theirs(inputs, start[None])
    pull = torch.randn_like(wanted)
    everything = [inputs, *theirs.parameters()]
    gradients = torch.autograd.grad(wanted, everything, pull)
    w_ih, w_hh, b_ih, b_hh = theirs.parameters()
    x = torch.nn.functional.linear(inputs, w_ih, b_ih).to(dtype)
    found = gru_window(x, start, w_hh, b_hh, dtype)
    torch.testing.assert_close(found, wanted, rtol=0, atol=TOLERANCE[dtype])
    for ours, right in zip(torch.autograd.grad(found, everything, pull), gradients, strict=True):
        assert (ours - right).norm() <= TOLERANCE[dtype] * (1e-3 + right.norm())


def test_the_folded_network_is_the_unfolded_one():
    torch.manual_seed(0)
    network = SampleRnn(NetworkConfig(hidden=12, layers=2))
    inputs = torch.rand(30, 4, 3)
    with torch.no_grad():
        unfolded = network.head(network.gru(network.embedding(inputs))[0])
        folded, _ = network(inputs, network.zero_state(4))
        torch.testing.assert_close(folded, unfolded, rtol=1e-5, atol=1e-6)


def test_two_windows_with_the_state_carried_are_one_long_window():
    torch.manual_seed(0)
    network = SampleRnn(NetworkConfig(hidden=12, layers=2))
    inputs = torch.rand(30, 4, 3)
    with torch.no_grad():
        whole, end = network(inputs, network.zero_state(4))
        first, state = network(inputs[:11], network.zero_state(4))
        second, last = network(inputs[11:], state)
    torch.testing.assert_close(torch.cat([first, second]), whole, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(last, end, rtol=1e-5, atol=1e-6)
