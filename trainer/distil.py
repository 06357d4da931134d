"""Distillation: a small network learns what a big one expects, beside what was played.

After Hinton, Vinyals and Dean (2015): each sample's target is a distribution, a share of it the
teacher's, the rest the code that was recorded. The teacher is an exported model; it hears the very
inputs that the pupil hears, noise included, and keeps a state of its own from window to window.

Shapes: T frames, B batch, P parameters, H the teacher's hidden, L its layers, Q mu-law levels.
"""

import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear, log_softmax

from smfosc.model_file import Parameter
from trainer.errors import TrainerError
from trainer.gru import gru_window
from trainer.model_weights import as_torch, read
from trainer.windows import UNJUDGED

FOREIGN = 1.25  # times the bits of blind chance: only what expects something else is so wrong


class Teacher(nn.Module):
    """A model file's network, which is asked and never changed."""

    def __init__(self, path: Path, parameters: tuple[Parameter, ...], levels: int) -> None:
        """Raises TrainerError where it was not made for these parameters and levels."""
        super().__init__()
        model = read(path, "teacher")
        _require_same(path, model.info.parameters, model.info.levels, parameters, levels)
        layers = model.weights.layers
        self.gru = nn.GRU(layers[0].w_ih.shape[1], layers[0].w_hh.shape[1], len(layers))
        self.head = nn.Linear(layers[-1].w_hh.shape[1], levels)
        self.load_state_dict(as_torch(model))
        self.requires_grad_(requires_grad=False)

    def zero_state(self, batch: int) -> Tensor:
        """The state (L, B, H) float32 of silence."""
        return self.head.weight.new_zeros((self.gru.num_layers, batch, self.gru.hidden_size))

    @torch.no_grad()
    def expects(self, inputs: Tensor, state: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Probabilities (T, B, Q) float32 of each next code, and the state after.

        inputs: (T, B, 1 + P); `dtype` is the products'.
        """
        if inputs.is_cuda:
            hidden, after = self.gru(inputs, state)
            return torch.softmax(self.head(hidden), dim=2), after
        hidden, ends = inputs, []
        for k in range(self.gru.num_layers):
            w_ih, w_hh, b_ih, b_hh = self.gru.all_weights[k]
            gates = linear(hidden.to(dtype), w_ih.to(dtype), b_ih.to(dtype))
            hidden = gru_window(gates, state[k], w_hh, b_hh, dtype)
            ends.append(hidden[-1])
        logits = linear(hidden.to(dtype), self.head.weight.to(dtype), self.head.bias.to(dtype))
        return torch.softmax(logits.float(), dim=2), torch.stack(ends)

    def require_fit(self, path: Path, inputs: Tensor, targets: Tensor, dtype: torch.dtype) -> None:
        """Raise TrainerError where these sounds are none that it was trained on.

        Of the same parameters, but of other phases or instruments: half of each target would then
        be wrong. inputs: (T, B, 1 + P), targets: (T, B).
        """
        expected, _ = self.expects(inputs, self.zero_state(inputs.shape[1]), dtype)
        judged = targets != UNJUDGED
        chances = expected.gather(2, targets.clamp(min=0)[..., None])[..., 0][judged]
        bits = float(-torch.log2(chances.clamp(min=1e-12)).mean())
        chance = math.log2(expected.shape[2])
        if bits > FOREIGN * chance:
            raise TrainerError(
                f"rnn: teacher {path}: foretells these clips by {bits:.1f} bits a sample, blind "
                f"chance by {chance:g}: it was trained on other sounds; take one of these data"
            )


def _require_same(
    path: Path,
    taught: tuple[Parameter, ...],
    taught_levels: int,
    wanted: tuple[Parameter, ...],
    levels: int,
) -> None:
    """Refuse a teacher whose parameters, or codes, mean something else."""
    ranges = [[(p.name, p.minimum, p.maximum) for p in some] for some in (taught, wanted)]
    if ranges[0] != ranges[1] or taught_levels != levels:
        told, asked = (
            ", ".join(f"{name} {low:g}-{high:g}" for name, low, high in some) for some in ranges
        )
        raise TrainerError(
            f"rnn: teacher {path}: {told}, {taught_levels} levels; the data have {asked}, "
            f"{levels} levels; take a teacher that was trained on these data"
        )


def mixed_loss(logits: Tensor, targets: Tensor, expected: Tensor, share: float) -> Tensor:
    """Cross-entropy, nats summed over the judged samples, against codes and expectations.

    logits, expected: (T, B, Q); targets: (T, B) codes or UNJUDGED; share: of the expectations.
    """
    logs = log_softmax(logits.float(), dim=2)
    hard = cross_entropy(
        logs.flatten(0, 1), targets.flatten(), reduction="sum", ignore_index=UNJUDGED
    )
    judged = (targets != UNJUDGED)[..., None]
    soft = -(expected * logs * judged).sum()
    return (1 - share) * hard + share * soft
