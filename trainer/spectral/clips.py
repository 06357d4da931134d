"""What every representation checks, and how it uses the machine's cores."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from trainer.errors import TrainerError

Floats = NDArray[np.float32]

CLIPS_AT_ONCE = 8  # about the second-level cache's share of a core: 8 clips of 0.5 MB of segments


def checked(array: NDArray[np.floating], shape: tuple[int, ...], what: str) -> Floats:
    """The array as (N, *shape) float32. Raises TrainerError for another shape or a value that is
    no number. what: the action and the object, such as "encoding: sounds".
    """
    if array.shape[1:] != shape or array.ndim != 1 + len(shape):
        raise TrainerError(f"{what}: got shape {array.shape}; wanted (N, {_text(shape)})")
    undefined = ~np.isfinite(array).all(axis=tuple(range(1, array.ndim)))
    if undefined.any():
        raise TrainerError(
            f"{what}: number {int(undefined.argmax())} of {len(array)} holds NaN or infinity; "
            "where it came from a network, go back to a checkpoint before it diverged"
        )
    return np.ascontiguousarray(array, dtype=np.float32)


def _text(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))


def in_parallel(work: Callable[[Floats], Floats], clips: Floats, empty: Floats) -> Floats:
    """work on batches of (N, ...), on all cores that we may use; `empty` is its result for N = 0.

    Which batch a clip falls in depends on N only, and no clip on its neighbours.
    """
    batches = [clips[n : n + CLIPS_AT_ONCE] for n in range(0, len(clips), CLIPS_AT_ONCE)]
    if len(batches) < 2:
        return work(clips) if batches else empty
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return np.concatenate(list(pool.map(work, batches)))


def within_full_scale(sounds: Floats) -> Floats:
    """Sounds whose peak exceeds 1 brought to a peak of 1."""
    peak = np.abs(sounds).max(axis=-1, keepdims=True, initial=1)
    return np.asarray(sounds / peak, dtype=np.float32)
