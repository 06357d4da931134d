"""Textures: clips of noises that we synthesise, unpitched and steady, each checked by measuring.

The stand-in for the paper's "BOReilly" set. A clip that turns out pitched or uneven is drawn again.
"""

import zlib
from dataclasses import asdict, dataclass, field

import numpy as np

from trainer.errors import TrainerError
from trainer.sources.spectra import Texture, measure
from trainer.sources.synths import SYNTHS
from trainer.sources.synths.blocks import Canvas
from trainer.sources.takes import Clip, ClipFormat, Listing, SkipError, Take


@dataclass(frozen=True)
class TexturesConfig:
    """What is synthesised, and what is accepted."""

    clips: int = 500  # of each synthesizer; 13 of them make the paper's 6,500
    synths: tuple[str, ...] = tuple(SYNTHS)  # all there are; fewer are as many classes
    periodicity: float = 0.5  # at most: as much noise as tone; a pitch is heard from there
    deviation_db: float = 2.0  # of the level over 64 ms, at most
    crest_db: float = 24.0  # at most; beyond, level matching would leave a clip quieter
    draws: int = 40  # before a clip is given up
    seed: int = 1  # of the controls and of the noise


@dataclass(frozen=True)
class Textures:
    """The source; see the module."""

    config: TexturesConfig = field(default_factory=TexturesConfig)
    clip: ClipFormat = field(default_factory=ClipFormat)

    @property
    def reads(self) -> None:
        """Nothing: all is synthesised."""
        return None

    def listing(self) -> Listing:
        """Every synthesizer's clips. Raises TrainerError for a name that is none."""
        for name in self.config.synths:
            if name not in SYNTHS:
                raise TrainerError(
                    f"textures: {name!r}: no such synthesizer; wanted {', '.join(SYNTHS)}"
                )
        return Listing(
            [
                Take(f"{name}_{number:04d}", f"{name}/{number}", {"class": name})
                for name in self.config.synths
                for number in range(self.config.clips)
            ]
        )

    def render(self, take: Take) -> list[Clip]:
        """One clip, drawn until its measures are good. Raises SkipError."""
        synth = SYNTHS[str(take.values["class"])]
        rng = np.random.default_rng([self.config.seed, zlib.crc32(take.name.encode())])
        reason = ""
        for draw in range(self.config.draws):
            values = synth.draw(rng)
            samples = synth.play(values, Canvas(self.clip.frames, self.clip.samplerate, rng))
            found = measure(samples, self.clip.samplerate)
            reason = self.fault(found)
            if not reason:
                return [Clip(samples, {**values, **_rounded(found), "draw": draw})]
        raise SkipError(reason)

    def fault(self, found: Texture) -> str:
        """Why a clip of these measures is not taken, or ""."""
        if found.periodicity > self.config.periodicity:
            return f"pitched (autocorrelation above {self.config.periodicity:g})"
        if found.level_deviation_db > self.config.deviation_db:
            return f"not steady (level deviates by more than {self.config.deviation_db:g} dB)"
        if found.crest_db > self.config.crest_db:
            return f"too peaky (crest factor above {self.config.crest_db:g} dB)"
        return ""


def _rounded(found: Texture) -> dict[str, float]:
    return {name: float(f"{value:.4g}") for name, value in asdict(found).items()}
