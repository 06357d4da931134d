"""The fast windows against torch.nn.GRU, and the fold against the unfolded network."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parts import require_or_skip
from trainer import _native
from trainer.gru import GruWindow, NativeWindow, gru_window, native_fits
from trainer.network import NetworkConfig, SampleRnn

TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 2e-2}


def require_native():
    require_or_skip(_native.gru_window_runs_here(), "AVX-512 with BF16: a processor that has it")


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


def passed(window, case, dtype):
    """States and the gradients of x, w_hh, b_hh of one case."""
    x, start, w_hh, b_hh, pull = case
    leaves = [x.to(dtype).requires_grad_(), *(w.clone().requires_grad_() for w in (w_hh, b_hh))]
    states = window.apply(leaves[0], start, leaves[1], leaves[2], dtype)
    return [states.detach(), *torch.autograd.grad(states, leaves, pull)]


def a_case(frames, batch, hidden, scale=1.0):
    x = torch.randn(frames, batch, 3 * hidden).bfloat16() * scale
    w_hh, b_hh = torch.randn(3 * hidden, hidden) / hidden**0.5, torch.randn(3 * hidden)
    return x, torch.rand(batch, hidden) * 2 - 1, w_hh, b_hh, torch.randn(frames, batch, hidden)


def error(found, exact):
    return float((found.float() - exact.float()).norm() / exact.float().norm())


@settings(max_examples=40, deadline=None)
@given(
    frames=st.integers(1, 30),
    batch=st.integers(1, 19),
    hidden=st.sampled_from([16, 32, 48, 96]),
    seed=st.integers(0, 2**32),
)
def test_the_native_window_is_as_exact_as_the_one_to_read(frames, batch, hidden, seed):
    """Both against float32, of products of a rounded state. Its sums are never rounded between."""
    require_native()
    torch.manual_seed(seed)
    case = a_case(frames, batch, hidden)
    exact = passed(GruWindow, case, torch.float32)
    readable = passed(GruWindow, case, torch.bfloat16)
    native = passed(NativeWindow, case, torch.bfloat16)
    for fast, slow, right in zip(native, readable, exact, strict=True):
        assert error(fast, right) <= 1.5 * error(slow, right) + 1e-3


def test_gates_driven_to_their_ends_stay_finite_and_right():
    require_native()
    torch.manual_seed(0)
    case = a_case(20, 9, 32, scale=1e4)
    native = passed(NativeWindow, case, torch.bfloat16)
    exact = passed(GruWindow, case, torch.float32)
    for fast, right in zip(native, exact, strict=True):
        assert torch.isfinite(fast).all()
        assert (fast.float() - right.float()).norm() <= 5e-3 * (1 + right.float().norm())


def test_the_native_window_is_taken_where_it_fits():
    w_hh = torch.zeros(48, 16)
    assert native_fits(w_hh, torch.bfloat16) == _native.gru_window_runs_here()
    assert not native_fits(w_hh, torch.float32)
    assert not native_fits(torch.zeros(45, 15), torch.bfloat16)


def test_wrong_shapes_are_refused_before_anything_is_written():
    require_native()
    x, weight, bias = np.zeros((2, 3, 48), np.uint16), np.zeros((48, 16)), np.zeros(48)
    weight, bias = weight.astype(np.float32), bias.astype(np.float32)
    shapes = {"states": (3, 3, 16), "gates": (2, 3, 48), "pulls": (2, 3, 16)}
    room = {name: np.full(shape, 7, np.float32) for name, shape in shapes.items()}
    for name, array in room.items():
        with pytest.raises(ValueError, match=f"{name}: .* wanted"):
            _native.gru_window_forward(x, weight, bias, **room | {name: array[1:]})
    with pytest.raises(ValueError, match="multiple of 16"):
        _native.gru_window_forward(x[..., :45].copy(), weight, bias, **room)
    assert all((array == 7).all() for array in room.values())


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
