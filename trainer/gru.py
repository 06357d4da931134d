"""A GRU layer over a whole window, fast on a CPU.

`torch.nn.GRU` trains on a CPU step by step, weight gradients included, under autocast in bfloat16
throughout. Here only what must wait for the previous step is in the loop: one product forward, one
backward. The products with the input and all gradients of weights are three large products over
the window. State and gates stay float32; products run in `dtype`. The loop itself is native where
the machine has AVX-512 with bfloat16 (`NativeWindow`); `GruWindow` is the same in torch, for all
other machines and to read. Measured: docs/training.md.

Shapes: T frames, B batch, H hidden; time first, so that a step is contiguous. Gates in torch's
order r, z, n, and torch's equations:

    r = sigmoid(x_r + h_r)    z = sigmoid(x_z + h_z)    n = tanh(x_n + r h_n)
    h' = n + z (h - n)        with x = W_ih input + b_ih,  h_. = W_hh h + b_hh
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainer import _native

tanh_backward = torch.ops.aten.tanh_backward.default
sigmoid_backward = torch.ops.aten.sigmoid_backward.default

UNITS = 16  # of one AVX-512 register


def gru_window(x: Tensor, start: Tensor, w_hh: Tensor, b_hh: Tensor, dtype: torch.dtype) -> Tensor:
    """States h (T, B, H) float32 from the gates' input part x (T, B, 3H) and the state before.

    start: (B, H) float32, a constant (truncated back-propagation); w_hh: (3H, H) and b_hh: (3H,),
    float32; `dtype` is the products'. Differentiable once.
    """
    window = NativeWindow if native_fits(w_hh, dtype) else GruWindow
    states: Tensor = window.apply(x, start, w_hh, b_hh, dtype)  # type: ignore[no-untyped-call]
    return states


def native_fits(w_hh: Tensor, dtype: torch.dtype) -> bool:
    """Whether the native loop has these products, this width and this machine."""
    return dtype == torch.bfloat16 and w_hh.shape[1] % UNITS == 0 and _native.gru_window_runs_here()


class GruWindow(torch.autograd.Function):
    """`gru_window` with its hand-written gradient."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, start: Tensor, w_hh: Tensor, b_hh: Tensor, dtype: torch.dtype
    ) -> Tensor:
        """The loop over time; keeps states, gates and W_hh h + b_hh for the way back."""
        frames, batch, width = x.shape
        hidden = width // 3
        weight, bias = w_hh.to(dtype).t(), b_hh.to(dtype)
        states = x.new_empty((frames + 1, batch, hidden), dtype=torch.float32)
        states[0] = start
        gates = x.new_empty((frames, batch, width), dtype=torch.float32)  # r, z, n
        pulls = x.new_empty((frames, batch, width), dtype=dtype)  # W_hh h + b_hh
        low = start.to(dtype, copy=True)
        for t in range(frames):
            pull, gate, both = pulls[t], gates[t], gates[t, :, : 2 * hidden]
            torch.addmm(bias, low, weight, out=pull)
            torch.add(x[t, :, : 2 * hidden], pull[:, : 2 * hidden], out=both)
            both.sigmoid_()
            new = gate[:, 2 * hidden :]
            torch.addcmul(x[t, :, 2 * hidden :], gate[:, :hidden], pull[:, 2 * hidden :], out=new)
            new.mul_(2).sigmoid_().mul_(2).sub_(1)  # tanh, in a third of its time on a CPU
            torch.lerp(new, states[t], gate[:, hidden : 2 * hidden], out=states[t + 1])
            low.copy_(states[t + 1])
        ctx.save_for_backward(states, gates, pulls, w_hh)
        ctx.dtype = dtype
        return states[1:]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of x, w_hh, b_hh; all hidden-side gate gradients are linear in dh."""
        states, gates, pulls, w_hh = ctx.saved_tensors
        (frames, batch, width), hidden = gates.shape, w_hh.shape[1]
        weight = w_hh.to(ctx.dtype)
        towards_x = gates.new_empty((frames, batch, width), dtype=ctx.dtype)
        towards_h = torch.empty_like(towards_x)
        dh = torch.zeros_like(states[0])
        for t in range(frames - 1, -1, -1):
            dh += grads[0][t]
            r, z, n = gates[t].split(hidden, dim=1)
            kept = dh * z
            d_n = tanh_backward(dh - kept, n)
            d_r = sigmoid_backward(d_n * pulls[t, :, 2 * hidden :], r)
            d_z = sigmoid_backward((states[t] - n).mul_(dh), z)
            towards_x[t] = torch.cat([d_r, d_z, d_n], dim=1)
            towards_h[t] = torch.cat([d_r, d_z, d_n.mul_(r)], dim=1)
            dh = kept.add_(torch.mm(towards_h[t], weight))
        return towards_x, None, *weight_gradients(towards_h, states), None


class NativeWindow(torch.autograd.Function):
    """The same, its loops in trainer/native/gru_window.h; bfloat16 products only."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, start: Tensor, w_hh: Tensor, b_hh: Tensor, dtype: torch.dtype
    ) -> Tensor:
        """Keeps states, gates and W_n h + b_n for the way back."""
        frames, batch, width = x.shape
        states = start.new_empty((frames + 1, batch, width // 3))
        states[0] = start
        gates, pulls = start.new_empty(x.shape), torch.empty_like(states[1:])
        _native.gru_window_forward(
            bits(x.to(dtype)), values(w_hh), values(b_hh),
            states=values(states), gates=values(gates), pulls=values(pulls),
        )  # fmt: skip
        ctx.save_for_backward(states, gates, pulls, w_hh)
        ctx.dtype = dtype
        return states[1:]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of x, w_hh, b_hh."""
        states, gates, pulls, w_hh = ctx.saved_tensors
        towards_x = gates.new_empty(gates.shape, dtype=ctx.dtype)
        towards_h = torch.empty_like(towards_x)
        _native.gru_window_backward(
            values(grads[0]), values(w_hh), values(states), values(gates), values(pulls),
            towards_x=bits(towards_x), towards_h=bits(towards_h),
        )  # fmt: skip
        return towards_x, None, *weight_gradients(towards_h, states), None


def values(tensor: Tensor) -> NDArray[np.float32]:
    """A float32 tensor's own memory, or a copy where it is not contiguous."""
    return tensor.detach().contiguous().numpy()


def bits(tensor: Tensor) -> NDArray[np.uint16]:
    """The same of bfloat16, which numpy does not have."""
    return tensor.detach().contiguous().view(torch.uint16).numpy()


def weight_gradients(towards_h: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
    """Of w_hh and b_hh, float32, from those of the gates' hidden part (T, B, 3H)."""
    flat = towards_h.view(-1, towards_h.shape[2])
    d_weight = flat.t() @ states[:-1].to(flat.dtype).view(len(flat), -1)
    return d_weight.float(), column_sums(flat).float()


def column_sums(rows: Tensor) -> Tensor:
    """Sum over the rows as a product, whose accumulator is float32: (N, M) -> (M,)."""
    return (rows.new_ones(1, len(rows)) @ rows)[0]
