"""A dataset whose labels are moved by what a model plays off: for one more, short training.

A free run is off by a bias that teacher forcing does not see: asked for pitch p at a timbre, the
model plays p + e. Where a clip of true pitch f is labelled f + e(f), a network trained on it, with
the same bias, plays what it is asked for. `smf-train evaluate` measures e, in the worst seed.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trainer.clips import read_metadata, read_parameters, write_parameters
from trainer.errors import TrainerError
from trainer.files import write_csv

# cents; a note that is further off sticks to another pitch, and no label mends that
MOST_CENTS = 20.0


@dataclass(frozen=True)
class Errors:
    """What was measured. pitches: (N,) rising; timbres: (K,) rising; cents: (N, K)."""

    pitches: NDArray[np.float64]
    timbres: NDArray[np.float64]
    cents: NDArray[np.float64]

    def at(self, pitch: float, timbre: float) -> float:
        """Cents, linear between the measured notes, at most MOST_CENTS."""
        by_timbre = [np.interp(pitch, self.pitches, column) for column in self.cents.T]
        cents = np.interp(timbre, self.timbres, by_timbre)
        return float(np.clip(cents, -MOST_CENTS, MOST_CENTS))


def read_errors(path: Path) -> Errors:
    """The notes of an evaluation. Raises TrainerError."""
    if not path.is_file():
        raise TrainerError(f"retune: {path}: no such file; make one with `smf-train evaluate`")
    try:
        notes = json.loads(path.read_text())["steady"]
        held = {(note["pitch"], note["timbre"]): float(note["cents"]) for note in notes}
    except (ValueError, KeyError, TypeError) as error:
        raise TrainerError(
            f"retune: {path}: not an evaluation ({error!r}); make one with `smf-train evaluate`"
        ) from error
    pitches = sorted({pitch for pitch, _ in held})
    timbres = sorted({timbre for _, timbre in held})
    if not held or len(held) != len(pitches) * len(timbres):
        raise TrainerError(f"retune: {path}: not every pitch was measured at every timbre")
    cents = np.array([[held[pitch, timbre] for timbre in timbres] for pitch in pitches])
    return Errors(np.array(pitches), np.array(timbres), cents)


def retune(data: Path, errors: Errors, out: Path) -> int:
    """Link the clips of `data` into `out` under moved labels; how many. Raises TrainerError."""
    rows = read_metadata(data)
    out.mkdir(parents=True, exist_ok=True)
    for row in rows:
        link = out / row["file_name"]
        link.unlink(missing_ok=True)
        link.symlink_to((data / row["file_name"]).resolve())
        cents = errors.at(float(row["pitch"]), float(row["timbre"]))
        row["pitch"] = f"{float(row['pitch']) + cents / 100:.4f}"
    write_parameters(out, read_parameters(data))
    write_csv(out / "metadata.csv", list(rows[0]) if rows else [], rows)
    return len(rows)
