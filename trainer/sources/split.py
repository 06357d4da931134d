"""Training or validation: decided by a hash of the source, so that nothing else moves it."""

import hashlib

TRAIN, VALIDATION = "train", "validation"


def split_of(source: str, held_out: float) -> str:
    """The split of all clips of `source`. held_out: share of sources for validation, 0 ... 1.

    A sound added to the dataset or taken from it leaves all others where they were.
    """
    digest = hashlib.sha256(source.encode()).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    return VALIDATION if share < held_out else TRAIN
