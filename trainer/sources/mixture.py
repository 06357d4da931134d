"""Notes and noises in one dataset: two pitched corners and two textures, the paper's Figure 2."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from trainer.sources.takes import Clip, ClipFormat, Listing, Skipped, Take
from trainer.sources.textures import Textures, TexturesConfig
from trainer.sources.trumpinet import Trumpinet, TrumpinetConfig

NOTES, NOISES = "note", "noise"  # what the takes' names begin with


@dataclass(frozen=True)
class MixtureConfig:
    """As many of either as stand in each."""

    notes: TrumpinetConfig = field(default_factory=TrumpinetConfig)
    noises: TexturesConfig = field(default_factory=TexturesConfig)


@dataclass(frozen=True)
class Mixture:
    """Both sources; see the module."""

    config: MixtureConfig = field(default_factory=MixtureConfig)
    clip: ClipFormat = field(default_factory=ClipFormat)

    @property
    def reads(self) -> Path:
        """The SoundFont."""
        return self.config.notes.soundfont

    def listing(self) -> Listing:
        """The notes' takes, then the noises'."""
        both = {name: part.listing() for name, part in self._parts().items()}
        return Listing(
            [
                replace(take, name=f"{name}-{take.name}")
                for name, listing in both.items()
                for take in listing.takes
            ],
            [
                Skipped(f"{name}-{each.name}", each.reason)
                for name, listing in both.items()
                for each in listing.skipped
            ],
        )

    def render(self, take: Take) -> list[Clip]:
        """As the part it belongs to does. Raises SkipError."""
        name, own = take.name.split("-", 1)
        return self._parts()[name].render(replace(take, name=own))

    def _parts(self) -> dict[str, Trumpinet | Textures]:
        notes, noises = self.config.notes, self.config.noises
        return {NOTES: Trumpinet(notes, self.clip), NOISES: Textures(noises, self.clip)}
