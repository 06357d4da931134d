"""The latents stage: random vectors on a page to choose from, or chosen by a rule."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trainer.errors import TrainerError
from trainer.explore import media
from trainer.explore.picking import most_distant
from trainer.explore.recordings import Wanted, wanted
from trainer.explore.vectors import Sound, differences, hear, random_latents, render
from trainer.files import write_text
from trainer.latent import corners
from trainer.latent.corners import Corner
from trainer.latent.generator import Generator, Opened, require_pitch
from trainer.latent.inversion import InversionConfig, invert
from trainer.stage import Progress

PAGE, CORNERS = "explore.html", "corners.json"
NEAREST = "≈ "  # before the name of the recording that a sound is nearest to
INVERSION_COUNT = 25  # of the bar: what an inversion takes, in sounds


@dataclass(frozen=True)
class ExploreConfig:
    """What is offered, and whether a rule chooses."""

    count: int = 150  # the paper listened to 100-200
    pitch: int | None = None  # all are heard at; None: the middle of those the GAN knows
    like: tuple[str, ...] = ()  # recordings to find: files, or COLUMN=VALUE of the dataset
    # "like": the recordings' nearest, in their order; "distant": sounds far from one another;
    # "": whoever listens chooses on the page
    pick: Literal["", "like", "distant"] = ""
    corners: int = 4  # that "distant" picks: a square, the paper's
    inversion: InversionConfig = field(default_factory=InversionConfig)
    seed: int = 1  # of the vectors and of the phases


def run(config: ExploreConfig, opened: Opened, data: Path, out: Path) -> Iterator[Progress]:
    """Write out/explore.html and, where a rule picks, out/corners.json.

    data: the dataset that COLUMN=VALUE is looked up in. Raises TrainerError.
    """
    generator = opened.generator
    pitch = require_pitch(generator, config.pitch, "explore")
    recordings = [_wanted(text, data, generator, pitch) for text in config.like]
    _require_enough(config)
    total = config.count + len(recordings) * INVERSION_COUNT
    latents = random_latents(config.count, generator.latent_size, config.seed)
    names = [str(k + 1) for k in range(config.count)]
    shown: list[Sound] = []
    for some in render(generator, names, latents, pitch, seed=config.seed):
        shown += some
        yield Progress(len(shown), total, "sound")
    found: list[Sound] = []
    for number, recording in enumerate(recordings, start=1):
        found.append(_invert(generator, recording, pitch, config))
        yield Progress(config.count + number * INVERSION_COUNT, total, "sound", recording.name)
    originals = [_original(generator, recording) for recording in recordings]
    apart = differences([*originals, *found, *shown])
    picked = _picked(config, shown, found, apart)
    if picked:
        corners.write(out / CORNERS, opened, [_corner(sound) for sound in picked])
    write_text(out / PAGE, _page(opened, [*originals, *found, *shown], picked, apart))


def _wanted(text: str, data: Path, generator: Generator, pitch: int | None) -> Wanted:
    return wanted(text, data, _representation(generator).samples, pitch)


def _representation(generator: Generator) -> Any:
    from trainer.spectral import representation

    return representation(generator.representation)


def _require_enough(config: ExploreConfig) -> None:
    if config.pick == "like" and len(config.like) < 2:
        raise TrainerError(
            f"explore: pick = like: {len(config.like)} recordings, wanted 2, 4, 8: one per corner"
        )
    if config.pick == "distant" and not 2 <= config.corners <= config.count:
        raise TrainerError(f"explore: {config.corners} corners out of {config.count} sounds")


def _invert(
    generator: Generator, recording: Wanted, pitch: int | None, config: ExploreConfig
) -> Sound:
    """The recording's nearest sound, at its own pitch where the GAN knows it."""
    targets = _representation(generator).encode(recording.sounds)[:, 0]
    near = None if recording.pitch is None else round(recording.pitch)
    at = near if near in generator.pitches else pitch
    latent = invert(generator, targets, at, seed=config.seed, config=config.inversion).latent
    return next(render(generator, [NEAREST + recording.name], latent[None], at, seed=config.seed))[
        0
    ]


def _original(generator: Generator, recording: Wanted) -> Sound:
    picture = _representation(generator).encode(recording.sounds[:1])[0, 0]
    level = 0.5 / max(float(np.abs(recording.sounds[0]).max()), 1e-9)
    return Sound(recording.name, recording.sounds[0] * level, picture, None, None)


def _picked(
    config: ExploreConfig, shown: list[Sound], found: list[Sound], apart: NDArray[np.float64]
) -> list[Sound]:
    """The corners that the rule chooses, in their order."""
    if config.pick == "like":
        return found
    if config.pick == "distant":
        among = apart[-len(shown) :, -len(shown) :]
        return [shown[k] for k in most_distant(among, config.corners)]
    return []


def _corner(sound: Sound) -> Corner:
    assert sound.latent is not None
    return Corner(sound.name.removeprefix(NEAREST), sound.latent, sound.pitch)


def _page(
    opened: Opened, sounds: list[Sound], picked: list[Sound], apart: NDArray[np.float64]
) -> str:
    scale = max(float(apart.max()), 1e-9)
    data = {
        "generator": {"sha256": opened.sha256, "path": str(opened.path)},
        "sounds": [_shown(sound) for sound in sounds],
        "picked": [next(k for k, one in enumerate(sounds) if one is sound) for sound in picked],
        "differences": media.numbers(np.round(apart / scale * 255).astype(np.uint8)),
        "scale_db": scale,
    }
    return media.page("explore", f"Sounds of {opened.path}", data)


def _shown(sound: Sound) -> dict[str, Any]:
    heard = hear(sound.samples)
    return {
        "name": sound.name,
        "audio": media.flac(sound.samples),
        "picture": media.png(sound.picture),
        "latent": None if sound.latent is None else media.numbers(sound.latent),
        "condition": sound.pitch,
        "pitch": None if heard.pitch is None else round(heard.pitch, 2),
        "centroid": round(heard.centroid_hz, 1),
        "noisiness": round(heard.noisiness, 3),
    }
