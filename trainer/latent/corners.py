"""The chosen sounds: a JSON file that `smf-train explore` writes and `smf-train mesh` reads."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.errors import TrainerError
from trainer.files import write_json
from trainer.latent.generator import Opened

FORMAT = 1
CHOOSE = "choose corners with `smf-train explore`"


@dataclass(frozen=True)
class Corner:
    """One chosen sound. latent: (Z,) float32; pitch: MIDI note it was chosen at, or None."""

    name: str
    latent: NDArray[np.float32]
    pitch: float | None = None


def write(path: Path, opened: Opened, corners: list[Corner]) -> None:
    """Put the choice at `path`, whole or not at all."""
    write_json(path, as_json(opened, corners))


def as_json(opened: Opened, corners: list[Corner]) -> dict[str, Any]:
    """What the file says."""
    held = [
        {"name": c.name, "latent": [round(float(v), 6) for v in c.latent], "pitch": c.pitch}
        for c in corners
    ]
    generator = {"sha256": opened.sha256, "path": str(opened.path)}
    return {"format": FORMAT, "generator": generator, "corners": held}


def read(path: Path, opened: Opened) -> list[Corner]:
    """The corners, checked against the generator that is to play them. Raises TrainerError."""
    try:
        held = json.loads(path.read_text())
        if held["format"] != FORMAT:
            raise TrainerError(f"corners: {path}: format {held['format']}, wanted {FORMAT}")
        made_for = str(held["generator"]["sha256"])
        corners = [_corner(each) for each in held["corners"]]
    except FileNotFoundError:
        raise TrainerError(f"corners: {path}: no such file; {CHOOSE}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise TrainerError(f"corners: {path}: not a file of corners; {CHOOSE}") from None
    _require_same_gan(path, made_for, corners, opened)
    return corners


def _corner(held: dict[str, Any]) -> Corner:
    latent = np.array(held["latent"], dtype=np.float32)
    pitch = held["pitch"]
    if latent.ndim != 1 or not np.isfinite(latent).all() or not np.any(latent):
        raise ValueError(held["name"])
    if pitch is not None and not math.isfinite(float(pitch)):
        raise ValueError(pitch)
    return Corner(str(held["name"]), latent, None if pitch is None else float(pitch))


def _require_same_gan(path: Path, made_for: str, corners: list[Corner], opened: Opened) -> None:
    size = opened.generator.latent_size
    for corner in corners:
        if len(corner.latent) != size:
            raise TrainerError(
                f"corners: {path}: {corner.name!r} has {len(corner.latent)} components, "
                f"{opened.path} wants {size}; {CHOOSE}"
            )
    if made_for != opened.sha256:
        raise TrainerError(
            f"corners: {path}: chosen in another GAN ({made_for[:12]}, "
            f"not {opened.sha256[:12]} of {opened.path}); {CHOOSE}"
        )
