"""Tensors and plain values on disk, as torch writes them: equal content, equal bytes."""

from pathlib import Path
from typing import Any

import torch

from trainer.errors import TrainerError
from trainer.files import replacing


def write(path: Path, held: dict[str, Any]) -> None:
    """Put `held` at `path` whole or not at all. Raises TrainerError where the disk is full.

    Into an open file: given a path, torch puts its name into the archive, and the name of a part
    holds the process's number. Corners know their GAN by its bytes.
    """
    try:
        with replacing(path) as part, part.open("wb") as file:
            torch.save(held, file)
    except (TrainerError, RuntimeError) as error:  # torch has its own words for a full disk
        raise TrainerError(
            f"checkpoint: {path}: cannot be written ({error}); is the disk full?"
        ) from error
