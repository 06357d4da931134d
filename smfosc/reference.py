"""The kernel's slow twin: one model sample in NumPy, float64, as the equations read.

The native kernel (`smfosc/native/gru_core.h`) is tested against these functions,
and so are the trainer's exports. Nothing here is fast, and nothing calls it live.

Shapes: P parameters, H hidden units, L layers, Q mu-law levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """One GRU layer as `torch.nn.GRU` stores it, gates in the order r, z, n."""

    w_ih: NDArray[np.float32]  # (3H, 1 + P) in the first layer, else (3H, H)
    w_hh: NDArray[np.float32]  # (3H, H)
    b_ih: NDArray[np.float32]  # (3H,)
    b_hh: NDArray[np.float32]  # (3H,)


@dataclass(frozen=True)
class Network:
    """[previous sample, parameters] -> L x GRU(H) -> Linear(Q)."""

    layers: Sequence[Layer]
    out_weight: NDArray[np.float32]  # (Q, H)
    out_bias: NDArray[np.float32]  # (Q,)


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), written so that it overflows nowhere."""
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def gru(layer: Layer, x: Floats, h: Floats) -> Floats:
    """One step of a GRU layer: x (inputs,), h (H,) -> the new h (H,).

    r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)
    z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
    n = tanh(W_in x + b_in + r * (W_hn h + b_hn))
    h' = (1 - z) * n + z * h

    Source: the equations in the documentation of `torch.nn.GRU`.
    """
    in_r, in_z, in_n = np.split(layer.w_ih.astype(np.float64) @ x + layer.b_ih, 3)
    past_r, past_z, past_n = np.split(layer.w_hh.astype(np.float64) @ h + layer.b_hh, 3)
    r = sigmoid(in_r + past_r)
    z = sigmoid(in_z + past_z)
    n = np.tanh(in_n + r * past_n)
    return (1.0 - z) * n + z * h


def step(network: Network, sample: float, params: Floats, state: Floats) -> tuple[Floats, Floats]:
    """One model sample: (sample, params (P,), state (L, H)) -> (logits (Q,), new state)."""
    x = np.concatenate([[sample], params])
    new = np.empty_like(state)
    for index, layer in enumerate(network.layers):
        x = new[index] = gru(layer, x, state[index])
    return network.out_weight.astype(np.float64) @ x + network.out_bias, new


def logits(network: Network, samples: Floats, params: Floats) -> Floats:
    """Teacher-forced from a zero state: samples (T,), params (T, P) -> (T, Q)."""
    state = np.zeros((len(network.layers), network.out_weight.shape[1]))
    rows = []
    for sample, values in zip(samples, params, strict=True):
        row, state = step(network, float(sample), values, state)
        rows.append(row)
    return np.array(rows)


def probabilities(row: Floats, temperature: float = 1.0, pdf_floor: float = 0.0) -> Floats:
    """softmax(row / temperature), less the floor, clipped at 0 and made to sum to 1 again.

    If nothing lies above the floor, the likeliest level is certain. Source of the
    floor: J.-M. Valin, J. Skoglund, LPCNet (ICASSP 2019), section 3.4.
    """
    odds = np.exp((row - row.max()) / temperature)
    odds /= odds.sum()
    if pdf_floor > 0.0:
        odds = np.maximum(odds - pdf_floor, 0.0)
        if odds.sum() == 0.0:
            odds[np.argmax(row)] = 1.0
    return np.asarray(odds / odds.sum())


def draw(row: Floats, temperature: float, pdf_floor: float, uniform: float) -> int:
    """The level that `uniform` in (0, 1) picks: the first whose cumulated share exceeds it."""
    cumulated = np.cumsum(probabilities(row, temperature, pdf_floor))
    return int(np.searchsorted(cumulated, uniform * cumulated[-1], side="right"))


def philox4x32(counter: Sequence[int], key: int) -> list[int]:
    """Philox4x32-10 of four 32-bit words under a 64-bit key.

    Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, Parallel random numbers: as easy
    as 1, 2, 3 (SC 2011), section 3.3; constants of its table 2.
    """
    mask = 0xFFFFFFFF
    c0, c1, c2, c3 = counter
    k0, k1 = key & mask, key >> 32
    for _ in range(10):
        a, b = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (b >> 32) ^ c1 ^ k0, b & mask, (a >> 32) ^ c3 ^ k1, a & mask
        k0, k1 = (k0 + 0x9E3779B9) & mask, (k1 + 0xBB67AE85) & mask
    return [c0, c1, c2, c3]


def uniform(seed: int, counter: int) -> float:
    """The uniform in (0, 1) of model sample `counter`: 52 bits of two words, plus half a step."""
    low, high, _, _ = philox4x32([counter & 0xFFFFFFFF, counter >> 32, 0, 0], seed)
    return float((((high << 32 | low) >> 12) + 0.5) * 2.0**-52)
