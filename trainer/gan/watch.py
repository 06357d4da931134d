"""A run on TensorBoard: curves, pictures of real and generated clips, and their sound."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from trainer import spectral
from trainer.board import board
from trainer.gan.data import SAMPLERATE
from trainer.gan.layers import grown
from trainer.gan.train import Progress

SHOWN = 8  # pictures
HEARD = 4  # clips


def watched(progress: Iterator[Progress], folder: Path, representation: str) -> Iterator[Progress]:
    """Pass each report on after it was written to TensorBoard's file in `folder`."""
    decoder = spectral.representation(representation)
    writer = None
    with ExitStack() as opened:
        for state in progress:
            # not before the run is known to work
            writer = writer or opened.enter_context(board(folder))
            _write(writer, state, decoder)
            yield state


def _write(writer: SummaryWriter, state: Progress, decoder: spectral.Representation) -> None:
    losses = {name: value for name, value in state.losses.items() if value}  # 0: not computed
    scalars = {f"loss/{name}": value for name, value in losses.items()}
    scalars |= {"schedule/stage": state.moment.stage, "schedule/alpha": state.moment.alpha}
    if state.look is not None:
        scalars |= {"look/diversity": state.look.diversity, "look/distance": state.look.distance}
    for name, value in scalars.items():
        writer.add_scalar(name, value, state.clips)
    for name, images in (("real", state.real), ("fake", state.fake)):
        if images is not None:
            writer.add_images(name, _pictures(images[:SHOWN]), state.clips)
            _write_sounds(writer, name, images[:HEARD], state.clips, decoder)


def _pictures(images: Tensor) -> Tensor:
    """(N, C, H, W), -1..1 -> (N, 1, H, W), 0..1, low frequencies at the bottom."""
    return (images[:, :1].flip(2).clamp(-1, 1) + 1) / 2


def _write_sounds(
    writer: SummaryWriter, name: str, images: Tensor, clips: int, decoder: spectral.Representation
) -> None:
    """Sounds of full-size pictures; of a stage's smaller ones, made larger, they are dull."""
    while images.shape[3] < decoder.frames:
        images = grown(images, (2 * images.shape[2] - 1, 2 * images.shape[3]))
    sounds = decoder.decode(np.ascontiguousarray(images.clamp(-1, 1).numpy()), seed=0)
    for index, sound in enumerate(sounds):
        writer.add_audio(f"{name}/{index}", sound[None], clips, SAMPLERATE)
