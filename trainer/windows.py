"""Training batches: windows of random clips, drawn from (seed, step) alone.

A batch is a row of streams. A stream stays on one clip for `hold` windows, the network's state
carried from each to the next, then goes to another clip; mostly with the state it has, as a player
goes from one note to the next, sometimes from silence. So the network learns to play what its
parameters say whatever it played before.

No generator lives across steps: whoever resumes at step k draws exactly what an uninterrupted run
would have drawn.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from smfosc.model_file import mulaw_decode
from trainer.clips import Clips
from trainer.errors import TrainerError

DRAWERS = 4  # a batch of 128 x 256 costs a CPU some 10 ms, a GPU's whole step is not much longer
LEAST_NOISE = 0.01  # of windows of silence: two mu-law steps around zero, if noise is 0.02
DRAWN = 5  # numbers for each visit of a clip
UNJUDGED = -100  # torch's ignore_index: a target that the loss leaves out


@dataclass(frozen=True)
class WindowConfig:
    """What one batch holds."""

    batch: int = 64  # more steps beat bigger batches within the same hour (FACTORY trials)
    frames: int = 256  # the paper's; 16 ms, 5 periods of the lowest note
    noise: float = 0.02  # std on the input sample, full scale 1: keeps a free run on its pitch
    # RMS of a window from which on it gets all the noise, quieter ones less; 0: all get all. Where
    # the level moves, or a soft note's own wave would drown in the noise
    noise_rms: float = 0.0
    # a clip is heard by up to so much louder or softer than its targets are: a free run that has
    # become too soft then finds back to the level that its parameters ask for
    gain_db: float = 0.0
    # ... and by up to so much brighter or darker, at the Nyquist frequency: the spectrum, too, then
    # comes from the parameters
    tilt_db: float = 0.0
    # samples after which 1 / e of both is left; 0: they stay. What stays teaches a network to trust
    # its past less, and so to draw spectra less exactly; what fades, only that what it played
    # before a jump tells little after it (docs/training.md)
    fading: int = 0
    # windows after which both are drawn again within a visit; 0: never. A network that hears them
    # only behind a jump learns that what it has played for long is right: a held level wanders
    anew: int = 0
    hold: int = 8  # windows per clip: 128 ms, by when a note has settled
    silence: float = 0.25  # share of the clips begun from a zero state, as a voice begins
    burn_in: int = 32  # samples of a new clip heard before the loss counts
    dither: bool = (
        True  # codes rounded up or down by chance: clean tones lock less to whole periods
    )
    sampling: float = 0.0  # share of input samples the network draws itself (scheduled sampling);
    # a second pass, 1.4 times the time; the input noise does the same for free


@dataclass(frozen=True)
class Batch:
    """inputs: (T, B, 1 + P) float32, sample t - 1 and parameters; targets: (T, B) code of t.

    kept: (B,) float32, 1 where the stream's state goes on and 0 where it begins from silence.
    luck: (T, B) float32, the uniform number by which the network draws sample t - 1 itself, or -1
    where it is told; only with scheduled sampling.
    """

    inputs: Tensor
    targets: Tensor
    kept: Tensor
    luck: Tensor | None = None

    def part(self, index: int, count: int) -> "Batch":
        """The streams of one process, or thread, out of `count`."""
        luck = None if self.luck is None else self.luck.tensor_split(count, 1)[index]
        inputs, targets = (x.tensor_split(count, 1)[index] for x in (self.inputs, self.targets))
        return Batch(inputs, targets, self.kept.tensor_split(count)[index], luck)

    def to(self, device: torch.device) -> "Batch":
        """The same on a device."""
        luck = None if self.luck is None else self.luck.to(device)
        return Batch(self.inputs.to(device), self.targets.to(device), self.kept.to(device), luck)


@dataclass(frozen=True)
class _Places:
    """Where each stream of one step is: (B,) each."""

    clips: NDArray[np.int64]
    starts: NDArray[np.int64]
    new: NDArray[np.bool_]  # the stream has just come to this clip
    silent: NDArray[np.bool_]  # ... from a zero state
    age: NDArray[np.int64]  # samples since both of the following were drawn
    gain_db: NDArray[np.float64]  # of what is heard of the clip, at first
    tilt_db: NDArray[np.float64]  # ... and at the Nyquist frequency, on top


def require_length(clips: Clips, samples: int) -> None:
    """Raise TrainerError unless the clips last for `samples` and the one before."""
    length = clips.codes.shape[1]
    if length <= samples:
        raise TrainerError(
            f"rnn: clips of {length} samples, wanted {samples + 1} for windows x hold; "
            "choose a smaller --hold or --frames, or longer clips"
        )


def draw(clips: Clips, config: WindowConfig, seed: int, step: int, *, levels: int) -> Batch:
    """The batch of one step. Noise goes on the inputs only: the network learns to undo it."""
    places = _places(clips, config, seed, step)
    span = places.starts[:, None] + np.arange(config.frames + 1)
    codes = _rounded(clips, config, places.clips[:, None], span, seed, step)  # (B, T + 1)
    heard = mulaw_decode(codes[:, :-1], levels)
    rng = np.random.default_rng([seed, step, 1])
    noise = config.noise * _share(heard, config.noise_rms)
    told = _otherwise(heard, places, config) + noise * rng.standard_normal(heard.shape)
    inputs = np.empty((config.frames, config.batch, 1 + clips.parameters.shape[1]), np.float32)
    inputs[:, :, 0] = np.clip(told, -1, 1).T
    inputs[:, :, 1:] = clips.moving(places.clips, span[:, 1:]).transpose(1, 0, 2)
    targets = codes[:, 1:].T.astype(np.int64)
    targets[: config.burn_in, places.new] = UNJUDGED
    kept = torch.from_numpy((~places.silent).astype(np.float32))
    luck = _luck(config, seed, step) if config.sampling > 0 else None
    return Batch(torch.from_numpy(inputs), torch.from_numpy(targets), kept, luck)


def _otherwise(
    heard: NDArray[np.floating], places: _Places, config: WindowConfig
) -> NDArray[np.floating]:
    """What is heard (B, T), louder and brighter: h[t] + (bright - 1) / 2 (h[t] - h[t - 1]).

    Of a level at which the target is, on the whole, as loud as what foretells it: the slope of its
    regression on what is heard is 1. Were it less, a free run would sink below its clips' level.
    """
    left = _left(places.age, heard.shape[1], config.fading)
    bright = 10 ** (places.tilt_db[:, None] * left / 20)
    change = np.diff(heard, axis=1, prepend=heard[:, :1])
    tilted = heard + (bright - 1) / 2 * change
    own, both = (np.sum(tilted * each, axis=1, keepdims=True) for each in (tilted, heard))
    gain = _unbiased(places.gain_db[:, None] * left, config.gain_db * left)
    return np.asarray(tilted * _ratio(both, own) * gain)


def _ratio(above: NDArray[np.floating], below: NDArray[np.floating]) -> NDArray[np.floating]:
    """Their quotient, 1 where there is nothing below."""
    return np.asarray(np.divide(above, below, out=np.ones_like(below), where=below > 0))


def _left(age: NDArray[np.int64], frames: int, fading: int) -> NDArray[np.float64]:
    """How much of a visit's gain and tilt is left, (B, frames) or (B, 1): e^(-samples / fading)."""
    if not fading:
        return np.ones((len(age), 1))
    return np.exp(-(age[:, None] + np.arange(frames)) / fading)


def _unbiased(drawn_db: NDArray[np.float64], most_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gains of -most_db ... most_db, made smaller until their mean is their mean square."""
    most = most_db / 20 * np.log(10)  # mean of e^(k u) for u in -most ... most: sinh(k most) / ...
    return np.asarray(10 ** (drawn_db / 20) * _ratio(2 * np.sinh(most), np.sinh(2 * most)))


def _share(heard: NDArray[np.floating], noise_rms: float) -> NDArray[np.floating]:
    """How much of the noise each window (B, T) gets: as its level is to noise_rms, (B, 1)."""
    if noise_rms == 0:
        return np.ones((len(heard), 1))
    rms = np.sqrt(np.mean(np.square(heard, dtype=np.float64), axis=1, keepdims=True))
    return np.asarray(np.clip(rms / noise_rms, LEAST_NOISE, 1.0))


def _rounded(
    clips: Clips,
    config: WindowConfig,
    chosen: NDArray[np.int64],
    span: NDArray[np.int64],
    seed: int,
    step: int,
) -> NDArray[np.uint16]:
    """Codes whose mean is the sound: floor(place + u), u uniform from 0 to 1 (dither)."""
    codes = clips.codes[chosen, span]
    if clips.rests is None or not config.dither:
        return codes
    chance = np.random.default_rng([seed, step, 3]).random(codes.shape, dtype=np.float32)
    # no place is below 0 or above the last code, so no floor is either
    rests = clips.rests[chosen, span].astype(np.float32)
    rounded: NDArray[np.uint16] = np.floor(codes + rests + chance).astype(np.uint16)
    return rounded


def batches(
    clips: Clips, config: WindowConfig, seed: int, steps: range, *, levels: int, ahead: int = 0
) -> Iterator[Batch]:
    """The batch of each step. ahead: how many are drawn beforehand, by threads, for a GPU."""
    if ahead == 0:
        yield from (draw(clips, config, seed, step, levels=levels) for step in steps)
        return
    with ThreadPoolExecutor(DRAWERS) as pool:
        waiting: deque[Future[Batch]] = deque()
        for step in steps:
            waiting.append(pool.submit(draw, clips, config, seed, step, levels=levels))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        yield from (each.result() for each in waiting)


def _luck(config: WindowConfig, seed: int, step: int) -> Tensor:
    """Which inputs the network draws, and by which number; never a window's first."""
    rng = np.random.default_rng([seed, step, 2])
    chosen, luck = rng.random((2, config.frames, config.batch), dtype=np.float32)
    told = chosen >= config.sampling
    told[0] = True
    return torch.from_numpy(np.where(told, np.float32(-1), luck))


def _places(clips: Clips, config: WindowConfig, seed: int, step: int) -> _Places:
    """Streams change clips in turn, so that every batch has streams of every age."""
    turn = step + np.arange(config.batch) * config.hold // config.batch
    visit, age = turn // config.hold, turn % config.hold
    room = clips.codes.shape[1] - config.frames * config.hold
    chosen, since = _drawn(DRAWN, seed, visit), age
    if config.anew:
        draws, since = np.divmod(age, config.anew)
        again = _drawn(2, seed, visit, draws, np.full_like(visit, 4))
        chosen[3:] = np.where(draws > 0, again, chosen[3:])
    new = (age == 0) | (step == 0)
    return _Places(
        clips=(chosen[0] * len(clips)).astype(np.int64),
        starts=(chosen[1] * room).astype(np.int64) + age * config.frames,
        new=new,
        silent=(step == 0) | (new & (chosen[2] < config.silence)),
        age=since * config.frames,
        gain_db=config.gain_db * (2 * chosen[3] - 1),
        tilt_db=config.tilt_db * (2 * chosen[4] - 1),
    )


def _drawn(count: int, seed: int, *keys: NDArray[np.int64]) -> NDArray[np.float64]:
    """Uniform numbers (count, B): of each stream by the seed, its keys (B,) and its place alone."""
    each = np.stack(keys)
    found = np.empty((count, each.shape[1]))
    for key in np.unique(each, axis=1).T:
        own = np.all(key == each.T, axis=1)
        found[:, own] = np.random.default_rng([seed, *key]).random(found.shape)[:, own]
    return found
