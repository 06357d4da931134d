"""Real reed and brass: FluidR3's wind instruments, many takes of each key.

The stand-in for NSynth's acoustic reed and brass. Saxes, double reeds, French horn and brass
section are recordings that last longer than the clip; trumpets, trombone and clarinet are loops
(column `repetition`, measured: 1 is a loop). Takes differ in velocity (low-pass and level), in the
part of the note, in which key's recording is transposed by up to two semitones, and a little in
vibrato. What is out of tune or swells is drawn again, and left out if that does not help.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from trainer.soundfont import SOUNDFONT, Note, SoundFont
from trainer.sources.steady import level_deviation_db
from trainer.sources.takes import Clip, ClipFormat, Listing, Row, SkipError, Take
from trainer.sources.tuned import repetition, tuning

REED = {
    "soprano sax": 64,
    "alto sax": 65,
    "tenor sax": 66,
    "baritone sax": 67,
    "oboe": 68,
    "english horn": 69,
    "bassoon": 70,
    "clarinet": 71,
}
BRASS = {
    "trumpet": 56,
    "trombone": 57,
    "muted trumpet": 59,
    "french horn": 60,
    "brass section": 61,
}  # no tuba: five of six keys are loops of 60 ms, the sixth is silent


@dataclass(frozen=True)
class TrumpinetConfig:
    """What is rendered, and why so."""

    soundfont: Path = SOUNDFONT  # Debian's, under MIT; any of General MIDI's programs
    lowest: int = 56  # 21 keys, as the paper's 21 x 21 grid
    highest: int = 76  # MIDI note, included: the paper ends there
    reed_takes: int = 10  # by key; 8 x 10 reeds stand beside 5 x 16 brass
    brass_takes: int = 16  # by key; as many clips of brass as of reed
    velocities: tuple[int, int] = (56, 127)  # below, the low-pass leaves half the harmonics
    skip_s: tuple[float, float] = (0.2, 1.4)  # behind the attack, before the last of life loops
    transpose: int = 2  # semitones; beyond, formants move audibly
    vibrato: tuple[int, int] = (4, 20)  # CC 1 of the third of takes that has any
    out_of_tune_cents: float = 15.0  # median
    in_tune: float = 0.9  # share of frames within 25 cents
    deviation_db: float = 2.5  # of the level; French horns beat by 3, now and then less
    draws: int = 6  # before a take is given up
    seed: int = 1  # of what differs from take to take


@dataclass(frozen=True)
class Trumpinet:
    """The source; see the module."""

    config: TrumpinetConfig = TrumpinetConfig()
    clip: ClipFormat = field(default_factory=ClipFormat)
    families: Mapping[str, Mapping[str, int]] = field(
        default_factory=lambda: {"reed": REED, "brass": BRASS}
    )

    @property
    def reads(self) -> Path:
        """The SoundFont."""
        return self.config.soundfont

    def listing(self) -> Listing:
        """Every instrument, key and take. Raises TrainerError where there is no SoundFont."""
        _font(self.config.soundfont, self.clip.samplerate)
        return Listing(
            [
                self._take(family, instrument, key, take)
                for family, instruments in self.families.items()
                for instrument in instruments
                for key in range(self.config.lowest, self.config.highest + 1)
                for take in range(self._takes(family))
            ]
        )

    def _takes(self, family: str) -> int:
        return self.config.reed_takes if family == "reed" else self.config.brass_takes

    def _take(self, family: str, instrument: str, key: int, take: int) -> Take:
        name = f"{family}_{instrument.replace(' ', '-')}_{key}_{take:02d}"
        values: Row = {"class": family, "instrument": instrument, "pitch": key, "take": take}
        return Take(name, f"{instrument}/{key}/{take}", values)

    def render(self, take: Take) -> list[Clip]:
        """One clip, drawn until it is in tune and steady. Raises SkipError."""
        rng = np.random.default_rng([self.config.seed, zlib.crc32(take.name.encode())])
        reason = ""
        for _ in range(self.config.draws):
            try:
                return [self._draw(take, rng)]
            except SkipError as error:
                reason = str(error)
        raise SkipError(reason)

    def _draw(self, take: Take, rng: np.random.Generator) -> Clip:
        note = self._note(take, rng)
        samples = _font(self.config.soundfont, self.clip.samplerate).render(note)
        if not np.any(samples):
            raise SkipError("silent: the SoundFont has nothing there")
        values = self._judge(samples, int(take.values["pitch"]))
        drawn = {
            "velocity": note.velocity,
            "vibrato": note.vibrato,
            "transposed": round(note.bend),
            "skip_s": note.skip_s,
        }
        return Clip(samples, {**drawn, **values})

    def _note(self, take: Take, rng: np.random.Generator) -> Note:
        config, key = self.config, int(take.values["pitch"])
        bend = int(rng.integers(-config.transpose, config.transpose + 1))
        vibrato = int(rng.integers(config.vibrato[0], config.vibrato[1] + 1))
        family = self.families[str(take.values["class"])]
        return Note(
            program=family[str(take.values["instrument"])],
            key=key - bend,
            bend=bend,
            velocity=int(rng.integers(config.velocities[0], config.velocities[1] + 1)),
            skip_s=round(float(rng.uniform(*config.skip_s)), 3),
            duration_s=self.clip.frames / self.clip.samplerate,
            vibrato=vibrato if rng.random() < 1 / 3 else 0,
        )

    def _judge(self, samples: np.ndarray, pitch: int) -> dict[str, float]:
        """Columns of what was measured. Raises SkipError."""
        config, rate = self.config, self.clip.samplerate
        deviation = level_deviation_db(samples, rate)
        if deviation > config.deviation_db:
            raise SkipError(f"not steady (level deviates by more than {config.deviation_db:g} dB)")
        found = tuning(samples, rate, pitch)
        if abs(found.cents) > config.out_of_tune_cents or found.in_tune < config.in_tune:
            raise SkipError("out of tune")
        return {
            "cents": round(found.cents, 1),
            "level_deviation_db": round(deviation, 2),
            "repetition": round(repetition(samples, rate), 4),
        }


@lru_cache(maxsize=1)
def _font(path: Path, samplerate: int) -> SoundFont:
    """One SoundFont per process: opening FluidR3 reads 140 MB."""
    return SoundFont(path, samplerate=samplerate, exact=True)
