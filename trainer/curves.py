"""What TensorBoard shows of a training: curves, the audition's sounds and its pictures."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from trainer.audition import Audition
from trainer.board import board
from trainer.rnn import Progress as RnnProgress
from trainer.rnn import RnnConfig
from trainer.stage import Progress

SHOWN = 4  # sounds per audition, over the range


def watched(news: Iterable[RnnProgress], config: RnnConfig, folder: Path) -> Iterator[Progress]:
    """Write each step's figures into `folder` for TensorBoard; tell them as a bar shows them."""
    with board(folder) as writer:
        for each in news:
            _scalars(writer, each)
            note = ""
            if each.audition is not None:
                _heard(writer, each.audition, config.audition.samplerate, each.step)
                note = (
                    f"step {each.step}: validation {each.validation:.4f} nats, "
                    f"penalty {each.audition.penalty:.1f}; worst {each.audition.worst(8)}"
                )
            yield Progress(each.step, config.steps, "step", f"loss {each.loss:.3f}", note)


def _scalars(writer: Any, news: RnnProgress) -> None:
    writer.add_scalar("loss/train", news.loss, news.step)
    writer.add_scalar("learning_rate", news.learning_rate, news.step)
    if news.audition is not None:
        writer.add_scalar("loss/validation", news.validation, news.step)
        writer.add_scalar("audition/penalty", news.audition.penalty, news.step)


def _heard(writer: Any, audition: Audition, samplerate: int, step: int) -> None:
    """A few sounds with their spectrograms, and the penalty over the range."""
    chosen = np.unique(np.linspace(0, len(audition.points) - 1, SHOWN).round().astype(int))
    for k in chosen:
        name = "_".join(f"{value:g}" for value in audition.points[k])
        writer.add_audio(f"audition/{name}", audition.sounds[k], step, sample_rate=samplerate)
    writer.add_figure("audition/spectrograms", _spectrograms(audition, chosen, samplerate), step)
    writer.add_figure("audition/penalties", _penalties(audition), step)


def _spectrograms(audition: Audition, chosen: Any, samplerate: int) -> Figure:
    figure = Figure(figsize=(10, 6), layout="constrained")
    for axes, k in zip(figure.subplots(2, 2).flat, chosen, strict=False):
        # a faint noise, so that digital silence has a level
        faint = 1e-6 * np.random.default_rng(0).standard_normal(audition.sounds[k].shape)
        axes.specgram(audition.sounds[k] + faint, NFFT=512, noverlap=384, Fs=samplerate, vmin=-140)
        axes.set_title(f"{audition.points[k].round(2)}: {audition.verdicts[k]}")
    return figure


def _penalties(audition: Audition) -> Figure:
    """Over the first two parameters."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    across, up = audition.points[:, 0], audition.points[:, min(1, audition.points.shape[1] - 1)]
    marks = axes.scatter(across, up, c=audition.penalties, s=60, vmin=0, cmap="magma")
    figure.colorbar(marks, label="penalty (0 is perfect)")
    axes.set_xlabel("first parameter")
    axes.set_ylabel("second parameter")
    return figure
