"""RNN beside GAN at the same parameters: same class? same logits? same spectrum?

The paper's classifier put 127 of 143 pairs (88.8 %) of brass and reed into one class. The GAN
beside itself, with other random phases, tells how much of the rest is the classifier's own doubt.
The RNN beside itself, with other seeds, tells how much of it is chance: a GAN's noise has the same
magnitudes whatever its phases, a second of an RNN's is another one each time.

All is heard as the RNN's codes have it, recordings too. Else a classifier goes by what no RNN can
play: it knew reed from brass by levels 50 dB down, below the rounding.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from trainer.clips import read_metadata
from trainer.evaluation.classifier import Classifier, Labels, cross_validated, train
from trainer.evaluation.features import Floats, Rows, features, read_clips
from trainer.evaluation.material import Absent, Studio
from trainer.latent.distance import l1, log_mel

NAME = "agreement"
TRUSTED = 0.9  # cross-validated; a classifier below it says little
FEWEST = 5  # clips of a class
MOST = 2000  # clips to train on
CLASS_COLUMNS = ("class", "family", "instrument")


def measure(studio: Studio) -> dict[str, Any]:
    """Pairs even over the mesh; the GAN's own agreement over two seeds beside the RNN's."""
    first, second = (studio.coded(studio.drawn(studio.config.seed + k)) for k in (0, 1))
    played = studio.played
    replayed = studio.played_by(1 + len(played))
    found: dict[str, Any] = {
        "pairs": len(played),
        "nodes": len(np.unique(studio.places)),
        "log_mel_l1_db": {
            "RNN and GAN": _apart(played, first),
            "GAN and itself": _apart(first, second),
            "RNN and itself": _apart(played, replayed),
        },
    }
    try:
        classifier, about = trained(studio)
    except Absent as absent:
        return found | {"classifier": {"absent": str(absent)}}
    rows = [features(sounds) for sounds in (played, replayed, first, second)]
    return found | caution(about) | {"classifier": about, **judged(classifier, *rows)}


def caution(about: dict[str, Any]) -> dict[str, str]:
    """What to say above the verdicts of a classifier that is not to be trusted."""
    if about["trusted"]:
        return {}
    right = f"{about['cross_validated']:.1%} of held-out clips right, wanted above {TRUSTED:.0%}"
    return {
        "caution": f"the classifier gets only {right}: its verdicts below count for little; give "
        "the recordings classes that differ more, or more clips of each"
    }


def _apart(a: Floats, b: Floats) -> float:
    """Mean over pairs of the L1 of time-averaged log-mel spectra, dB."""
    count = np.arange(len(a))
    pairs = (count, count + len(a))
    return round(float(l1(log_mel(np.concatenate([a, b])), pairs).mean()), 2)


def judged(
    classifier: Classifier, rnn: Rows, replayed: Rows, gan: Rows, again: Rows
) -> dict[str, Any]:
    """Agreement of classes and KS distance of logits, each beside their own. (N, D) each."""
    return {
        "same_class": {
            "RNN and GAN": _same(classifier, rnn, gan),
            "GAN and itself": _same(classifier, gan, again),
            "RNN and itself": _same(classifier, rnn, replayed),
            "paper": 0.888,
        },
        "ks_of_logits": {
            "RNN and GAN": ks(classifier.logits(rnn), classifier.logits(gan)),
            "GAN and itself": ks(classifier.logits(gan), classifier.logits(again)),
            "RNN and itself": ks(classifier.logits(rnn), classifier.logits(replayed)),
        },
        "margins": margins(classifier, rnn, gan),
    }


def margins(classifier: Classifier, rnn: Rows, gan: Rows) -> dict[str, list[float]]:
    """How far the logit of the class that the GAN's sound is put in lies above the best other one,
    pair by pair: below 0 the RNN's sound is put elsewhere.
    """
    winners = classifier.classes(gan)
    return {
        name: [round(float(v), 2) for v in margin(classifier.logits(rows), winners)]
        for name, rows in (("GAN", gan), ("RNN", rnn))
    }


def margin(logits: Rows, chosen: Labels) -> Rows:
    """(N, C) and (N,) -> (N,): the chosen class's logit less the greatest of the others."""
    pairs = np.arange(len(logits))
    others = logits.copy()
    others[pairs, chosen] = -np.inf
    return np.asarray(logits[pairs, chosen] - others.max(axis=1))


def _same(classifier: Classifier, a: Rows, b: Rows) -> float:
    return round(float(np.mean(classifier.classes(a) == classifier.classes(b))), 4)


def ks(a: Rows, b: Rows) -> float:
    """Kolmogorov-Smirnov distance of two sets of logits (N, C), mean over classes, 0 ... 1.

    Each class's logit is taken against the mean of all, for a common offset means nothing.
    """
    a, b = (each - each.mean(axis=1, keepdims=True) for each in (a, b))
    distances = [ks_2samp(a[:, c], b[:, c]).statistic for c in range(a.shape[1])]
    return round(float(np.mean(distances)), 4)


def trained(studio: Studio) -> tuple[Classifier, dict[str, Any]]:
    """A classifier of the recordings' classes and how good it is. Raises Absent without classes."""
    folder = studio.require("dataset", "recordings with classes")
    rows = read_metadata(folder)
    column = next((c for c in CLASS_COLUMNS if rows and rows[0].get(c)), None)
    if column is None:
        raise Absent(f"the recordings have no column {' or '.join(CLASS_COLUMNS)}")
    rows = rows[:: -(-len(rows) // MOST)]
    names, labels, counts = np.unique(
        [row[column] for row in rows], return_inverse=True, return_counts=True
    )
    if len(names) < 2 or counts.min() < FEWEST:
        raise Absent(
            f"classes {', '.join(f'{n} ({c})' for n, c in zip(names, counts, strict=True))}: "
            f"wanted two or more, of {FEWEST} clips at least"
        )
    heard = features(studio.coded(read_clips(folder, rows)))
    groups = _groups(rows)
    accuracy = cross_validated(heard, labels, groups, len(names), studio.config.seed)
    about = {
        "classes": list(map(str, names)),
        "clips": len(rows),
        "cross_validated": round(accuracy, 4),
        "trusted": accuracy > TRUSTED,
    }
    return train(heard, labels, len(names)), about


def _groups(rows: list[dict[str, str]]) -> Labels:
    """Clips of one source are held out together."""
    sources = [row.get("source") or row["file_name"] for row in rows]
    return np.unique(sources, return_inverse=True)[1].astype(np.intp)


def class_shares(classifier: Classifier, rows: Rows) -> NDArray[np.float64]:
    """How often each class was heard, (C,)."""
    found = classifier.classes(rows)
    return np.bincount(found, minlength=len(classifier.bias)) / len(rows)
