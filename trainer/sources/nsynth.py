"""NSynth as it is unpacked: `examples.json` beside `audio/*.wav`, filtered.

Engel et al., "Neural Audio Synthesis of Musical Notes with WaveNet Autoencoders", ICML 2017;
CC-BY 4.0. Notes are 4 s, held for 3; the steadiest part is taken. Splits are by instrument, as in
NSynth itself.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainer.errors import TrainerError
from trainer.sources.listing import Candidate, list_files
from trainer.sources.recording import read, steady_parts
from trainer.sources.takes import Clip, ClipFormat, Listing, Take

EXAMPLES = "examples.json"
NEEDED = (
    "instrument_str",
    "instrument_family_str",
    "instrument_source_str",
    "pitch",
    "velocity",
)


@dataclass(frozen=True)
class NsynthConfig:
    """Which notes; what is empty lets all pass. The paper: brass and reed, acoustic, 64-76."""

    folder: Path = Path("nsynth-train")  # where you have it; it is never fetched
    families: tuple[str, ...] = ()  # brass, reed, string, ...
    sources: tuple[str, ...] = ()  # acoustic, electronic, synthetic
    instruments: tuple[str, ...] = ()  # such as brass_acoustic_006
    velocities: tuple[int, ...] = ()  # NSynth has 25, 50, 75, 100, 127
    lowest: int = 0  # MIDI note
    highest: int = 127  # with `lowest`: the paper took 64 to 76
    resample: bool = False  # NSynth is all 16 kHz; sets in its layout may not be


@dataclass(frozen=True)
class Nsynth:
    """The source; see the module."""

    config: NsynthConfig = field(default_factory=NsynthConfig)
    clip: ClipFormat = field(default_factory=ClipFormat)

    @property
    def reads(self) -> Path:
        """NSynth's folder."""
        return self.config.folder

    def listing(self) -> Listing:
        """A take per note that passes. Raises TrainerError where there is none."""
        notes = _notes(self.config.folder)
        passed = {name: note for name, note in notes.items() if self.passes(note)}
        if not passed:
            raise TrainerError(self._none_passed(notes))
        candidates = [_candidate(name, note) for name, note in sorted(passed.items())]
        found = list_files(self.config.folder, candidates, self.clip, resample=self.config.resample)
        if not found.takes:
            first = found.skipped[0]
            raise TrainerError(
                f"dataset: {self.config.folder}: {len(passed)} notes, but no sound of them: "
                f"{first.name}: {first.reason}; unpack the audio folder beside {EXAMPLES}"
            )
        return found

    def passes(self, note: dict[str, Any]) -> bool:
        """Whether a note of examples.json is asked for."""
        config = self.config
        wanted = (
            (config.families, note["instrument_family_str"]),
            (config.sources, note["instrument_source_str"]),
            (config.instruments, note["instrument_str"]),
            (config.velocities, note["velocity"]),
        )
        inside = config.lowest <= note["pitch"] <= config.highest
        return inside and all(not these or value in these for these, value in wanted)

    def render(self, take: Take) -> list[Clip]:
        """The note's steadiest part. Raises SkipError."""
        path = self.config.folder / str(take.values["recording"])
        parts = steady_parts(read(path, self.clip.samplerate), self.clip)
        return [
            Clip(samples, {"start_s": round(start / self.clip.samplerate, 3)})
            for start, samples in parts
        ]

    def _none_passed(self, notes: dict[str, dict[str, Any]]) -> str:
        kinds = Counter(
            f"{note['instrument_family_str']} {note['instrument_source_str']}"
            for note in notes.values()
        )
        have = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(8))
        return (
            f"dataset: {self.config.folder / EXAMPLES}: none of {len(notes)} notes passes the "
            f"filters; it has {have or 'nothing'}; relax them (--family, --source, ...)"
        )


def _notes(folder: Path) -> dict[str, dict[str, Any]]:
    """What examples.json holds, checked. Raises TrainerError."""
    path = folder / EXAMPLES
    try:
        notes = json.loads(path.read_text())
    except FileNotFoundError:
        raise TrainerError(
            f"dataset: {path}: no such file; wanted NSynth unpacked: {EXAMPLES} and audio/*.wav"
        ) from None
    except ValueError as error:
        raise TrainerError(f"dataset: {path}: not JSON ({error})") from None
    if not isinstance(notes, dict):
        raise TrainerError(f"dataset: {path}: a {type(notes).__name__}, wanted notes by name")
    for name, note in notes.items():
        _check(path, name, note)
    return notes


def _check(path: Path, name: str, note: Any) -> None:
    for key in NEEDED:
        kind = str if key.endswith("_str") else int
        value = note.get(key) if isinstance(note, dict) else None
        if not isinstance(value, kind) or isinstance(value, bool):
            raise TrainerError(
                f"dataset: {path}: note {name!r}: {key!r} is {value!r}, "
                f"wanted {'a text' if kind is str else 'a whole number'}"
            )


def _candidate(name: str, note: dict[str, Any]) -> Candidate:
    instrument = note["instrument_str"]
    qualities = " ".join(str(word) for word in note.get("qualities_str") or ())
    return Candidate(
        f"audio/{name}.wav",
        instrument,
        {
            "class": note["instrument_family_str"],
            "instrument": instrument,
            "pitch": note["pitch"],
            "velocity": note["velocity"],
            "production": note["instrument_source_str"],
            "qualities": qualities,
        },
    )
