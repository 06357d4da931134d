"""A costly stage by its own command: stage.json tells it, too, whether its data has changed."""

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

from trainer.errors import TrainerError
from trainer.files import digest
from trainer.stage import Stage, made, read_record, recorded
from trainer.team import join

T = TypeVar("T")


def alone(
    stage: Stage,
    config: Any,
    data: Path,
    folder: Path,
    news: Iterator[T],
    *,
    adopt: bool = False,
    others: Mapping[str, str] | None = None,
) -> Iterator[T]:
    """`news`, the stage's work in `folder`, once it is sure that `data` is what it began with.

    A folder without a record, of an older version, is taken as it is. others: digests to note
    beside. `smf-train run` reads the record and does nothing twice. Of torchrun's processes the
    first looks and writes. Raises TrainerError where the data changed, unless told to adopt.
    """
    if not join().leads:
        yield from news
        return
    found = data_digest(data)
    before = read_record(folder)
    if before and found not in _data(before.inputs).values() and not adopt:
        raise TrainerError(
            f"{stage.name}: {folder}: {data} is not the data, or not as it was, that training "
            "began with; --adopt goes on with it all the same, another --out begins anew"
        )
    inputs = {**(before.inputs if before else {}), **(others or {}), name_of(data): found}
    first = list(islice(news, 1))  # a mistake shows before anything is written
    yield from recorded(stage, config, folder, inputs, chain(first, news))


def data_digest(data: Path) -> str:
    """A folder of clips by content, as `smf-train run` digests it."""
    from trainer.stages import REGISTRY

    return digest(data, made(REGISTRY["dataset"], data))


def name_of(data: Path) -> str:
    """What a run calls this folder."""
    return "grid" if data.name == "grid" else "dataset"


def _data(inputs: Mapping[str, str]) -> dict[str, str]:
    return {name: found for name, found in inputs.items() if name in ("grid", "dataset")}
