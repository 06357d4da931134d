"""How even and how direct the mesh is, before and after it was adapted, as its stage measured."""

from typing import Any

from trainer.evaluation.material import Studio

NAME = "grid"


def measure(studio: Studio) -> dict[str, Any]:
    """CV, max/mean, detour, centredness by the SOM's distance (spectrograms) and another (ears)."""
    rows = {
        f"{distance}, {when}": {name: round(value, 4) for name, value in figures.items()}
        for distance, both in studio.distances().items()
        for when, figures in both.items()
    }
    return {"distances": rows}
