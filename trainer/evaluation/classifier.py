"""Our own classifier of sounds: multinomial logistic regression on log-mel features.

Small enough to be trained anew for every run, on the recordings' own classes, and judged by
cross-validation in which all clips of one source are held out together.

Shapes: N sounds, D features, C classes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

Rows = NDArray[np.float64]
Labels = NDArray[np.intp]

RIDGE = 0.01  # on standardised features: hundreds of clips, eighty numbers each
FOLDS = 5


@dataclass(frozen=True)
class Classifier:
    """logits = (features - mean) / scale @ weights + bias."""

    mean: Rows
    scale: Rows
    weights: Rows  # (D, C)
    bias: Rows  # (C,)

    def logits(self, rows: Rows) -> Rows:
        """(N, D) -> (N, C)."""
        return np.asarray((rows - self.mean) / self.scale @ self.weights + self.bias)

    def classes(self, rows: Rows) -> Labels:
        """(N, D) -> (N,), the likeliest."""
        return np.asarray(np.argmax(self.logits(rows), axis=1))


def train(rows: Rows, labels: Labels, classes: int, *, ridge: float = RIDGE) -> Classifier:
    """Minimise cross-entropy, every class of equal weight, + ridge |weights|^2 / 2 by L-BFGS."""
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    inputs = (rows - mean) / scale
    counts = np.bincount(labels, minlength=classes)
    share = 1 / (np.count_nonzero(counts) * counts[labels])  # of each clip in the loss
    wanted = np.eye(classes)[labels]
    size = inputs.shape[1] * classes

    def loss(flat: Rows) -> tuple[float, Rows]:
        weights, bias = flat[:size].reshape(-1, classes), flat[size:]
        logits = inputs @ weights + bias
        logs = logits - logsumexp(logits, axis=1, keepdims=True)
        slope = share[:, None] * (np.exp(logs) - wanted)
        value = -np.sum(share[:, None] * wanted * logs) + ridge / 2 * np.sum(weights**2)
        return value, np.concatenate([(inputs.T @ slope + ridge * weights).ravel(), slope.sum(0)])

    found = minimize(loss, np.zeros(size + classes), jac=True, method="L-BFGS-B").x
    return Classifier(mean, scale, found[:size].reshape(-1, classes), found[size:])


def cross_validated(rows: Rows, labels: Labels, groups: Labels, classes: int, seed: int) -> float:
    """Mean over classes of the share of held-out clips put into the right one."""
    order = np.random.default_rng(seed).permutation(int(groups.max()) + 1)
    fold = order[groups] % FOLDS
    right = np.zeros(len(labels), dtype=bool)
    for k in range(FOLDS):
        out = fold == k
        if out.any() and not out.all():
            right[out] = train(rows[~out], labels[~out], classes).classes(rows[out]) == labels[out]
    return float(
        np.mean([right[labels == c].mean() for c in range(classes) if (labels == c).any()])
    )
