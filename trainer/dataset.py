"""The training set: clarinet to trumpet, MIDI 64-76, as WAVs and `metadata.csv`.

The grid is pitch x timbre. At timbre 0 and 1 stand the recordings themselves (bent by fluidsynth
at fractional pitches); between them, and half-way between two keys, tones are resynthesised from
their partials. Every clip is corrected to its label's pitch as YIN measures it, and matched in
level; the loudness it had is kept in the metadata. The folder follows the audiofolder convention.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from smfosc.model_file import Parameter
from trainer.clips import read_metadata, write_clip, write_parameters
from trainer.errors import TrainerError
from trainer.files import write_csv
from trainer.partials import Tone, align_phases, analyse, mix, synthesise
from trainer.soundfont import SOUNDFONT, Note, SoundFont
from trainer.tuning import midi_to_hz
from trainer.yin import YinConfig, yin

Floats = NDArray[np.float64]

PARAMETERS = (
    Parameter("pitch", "MIDI note", 64.0, 76.0, 70.0, "Pitch; fractions are in tune."),
    Parameter("timbre", "", 0.0, 1.0, 0.0, "0 clarinet ... 1 trumpet."),
)
EDGE_S = 0.02  # where the resampler and the phase filter ring: cut off
TUNING = YinConfig(window_s=0.05, hop_s=0.02)  # longer than for playing: labels must be exact


@dataclass(frozen=True)
class DatasetConfig:
    """What is rendered, and why so."""

    soundfont: Path = SOUNDFONT  # Debian's, under MIT
    samplerate: int = 16_000  # the paper's
    lowest: float = 63.5  # half a semitone beyond 64-76: the ends are learnt from both sides
    highest: float = 76.5  # included
    pitch_step: float = 0.25  # semitones; the model must be in tune everywhere
    programs: tuple[int, int] = (71, 56)  # General MIDI from 0: clarinet = timbre 0, trumpet = 1
    timbres: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)  # from ends alone the RNN fails
    velocities: tuple[int, ...] = (104, 112, 120)  # one take each; from 100 up only the level moves
    skip_s: float = 0.4  # the attack
    duration_s: float = 1.0  # 0.4-1.4 s: before the clarinet's slow LFO
    rms: float = 0.15  # the trumpet's crest factor of 5.1 then peaks at 0.77
    held_out: float = 0.05  # share of grid points kept for validation
    seed: int = 1  # of the held-out points and of the resynthesised noise


@dataclass(frozen=True)
class Clip:
    """One line of metadata.csv."""

    file_name: str
    pitch: float  # MIDI note
    timbre: float  # 0 clarinet ... 1 trumpet
    take: int
    source: str  # recording or resynthesis
    loudness_db: float  # RMS before level matching, dB below full scale
    correction_cents: float  # how far the clip was out of tune before
    split: str  # train or validation


COLUMNS = tuple(field.name for field in fields(Clip))


def build(folder: Path, config: DatasetConfig = DatasetConfig()) -> Iterator[Clip]:
    """Write the dataset, yielding each clip once it is on disk (for a progress bar)."""
    folder.mkdir(parents=True, exist_ok=True)
    _refuse_to_overwrite(folder)
    held_out = _held_out(config)
    clips = []
    with SoundFont(config.soundfont, samplerate=config.samplerate) as font:
        (folder / "metadata.csv").unlink(missing_ok=True)  # unfinished from here on
        for pitch in pitches(config):
            for clip in _write_pitch(folder, font, config, float(pitch), held_out):
                clips.append(clip)
                yield clip
    write_parameters(folder, PARAMETERS)
    write_csv(folder / "metadata.csv", COLUMNS, map(asdict, clips))


def _refuse_to_overwrite(folder: Path) -> None:
    """What we have not made is not ours to replace."""
    table = folder / "metadata.csv"
    if table.is_file() and any(set(row) != set(COLUMNS) for row in read_metadata(folder)[:1]):
        raise TrainerError(
            f"dataset: {folder}: a metadata.csv of other columns; choose another --out, "
            "or take the folder away"
        )


def pitches(config: DatasetConfig) -> Floats:
    """The grid's MIDI notes, ends included."""
    count = round((config.highest - config.lowest) / config.pitch_step) + 1
    return np.linspace(config.lowest, config.highest, count)


def clip_count(config: DatasetConfig) -> int:
    """How many clips `build` writes."""
    return len(pitches(config)) * len(config.timbres) * len(config.velocities)


def _held_out(config: DatasetConfig) -> set[tuple[float, float]]:
    """Grid points for validation: no half semitone and neither end of the timbre.

    Half semitones are what the card promises. At the ends a SoundFont changes its sample from one
    key to the next, and a point held out there is half of such a change.
    """
    inner = config.timbres[1:-1]
    between = [(float(p), t) for p in pitches(config) for t in inner if p % 0.5 != 0]
    rng = np.random.default_rng(config.seed)
    count = round(config.held_out * len(pitches(config)) * len(config.timbres))
    if not 0 < count <= len(between):
        raise TrainerError(
            f"dataset: held_out {config.held_out:g} is {count} grid points, of {len(between)} that "
            "may be held out (no half semitones); choose another held_out or pitch_step"
        )
    return {between[k] for k in rng.choice(len(between), count, replace=False)}


def _write_pitch(
    folder: Path,
    font: SoundFont,
    config: DatasetConfig,
    pitch: float,
    held_out: set[tuple[float, float]],
) -> Iterator[Clip]:
    """All timbres and takes of one pitch."""
    for take in range(len(config.velocities)):
        ends = [_instrument(font, config, program, pitch, take) for program in config.programs]
        for timbre in config.timbres:
            source, raw = _sound(ends, config, pitch, timbre, take)
            samples, correction, rms = _finish(raw, pitch, config)
            clip = Clip(
                file_name=f"pitch{pitch:05.2f}_timbre{timbre:.2f}_take{take}.wav",
                pitch=pitch,
                timbre=timbre,
                take=take,
                source=source,
                loudness_db=round(20 * np.log10(rms), 2),
                correction_cents=round(correction, 2),
                split="validation" if (pitch, timbre) in held_out else "train",
            )
            write_clip(folder / clip.file_name, samples, config.samplerate)
            yield clip


@dataclass(frozen=True)
class _Instrument:
    """One instrument at one pitch: its recording if a single key serves it, and its partials."""

    recording: Floats | None
    tone: Tone


def _instrument(
    font: SoundFont, config: DatasetConfig, program: int, pitch: float, take: int
) -> _Instrument:
    """Render the nearest key; half-way, where samples may change, mix both neighbours' partials."""
    keys = sorted({int(np.ceil(pitch - 0.5)), int(np.floor(pitch + 0.5))})
    sounds = [
        _render(
            font,
            config,
            Note(
                program, key, pitch - key, config.velocities[take], config.skip_s, config.duration_s
            ),
        )
        for key in keys
    ]
    tones = [
        analyse(sound, measured_hz(sound, config.samplerate), config.samplerate) for sound in sounds
    ]
    tone = mix(tones, [1.0] * len(tones), float(midi_to_hz(pitch)))
    return _Instrument(sounds[0] if len(sounds) == 1 else None, tone)


def _render(font: SoundFont, config: DatasetConfig, note: Note) -> Floats:
    sound = font.render(note)
    if not np.any(sound):
        raise TrainerError(
            f"rendering: program {note.program}, key {note.key}: silence; "
            f"{config.soundfont} seems to lack this instrument"
        )
    return sound


def _sound(
    ends: list[_Instrument], config: DatasetConfig, pitch: float, timbre: float, take: int
) -> tuple[str, Floats]:
    """Source and samples at one timbre: the recording at the ends, else a resynthesis."""
    recording = ends[round(timbre)].recording
    if timbre in (0.0, 1.0) and recording is not None:
        return "recording", recording
    tone = mix([end.tone for end in ends], [1 - timbre, timbre], float(midi_to_hz(pitch)))
    rng = np.random.default_rng([config.seed, round(pitch * 100), round(timbre * 100), take])
    return "resynthesis", synthesise(tone, round(config.duration_s * config.samplerate), rng)


def measured_hz(samples: Floats, samplerate: int) -> float:
    """The clip's fundamental in Hz: the median over YIN's frames."""
    return float(np.median(yin(samples, samplerate, TUNING)))


def _finish(raw: Floats, pitch: float, config: DatasetConfig) -> tuple[Floats, float, float]:
    """Tune by resampling, align phases, match the level. Returns samples, cents and RMS before."""
    ratio = measured_hz(raw, config.samplerate) / float(midi_to_hz(pitch))
    tuned = soxr.resample(raw, config.samplerate, config.samplerate * ratio, quality="VHQ")
    aligned = align_phases(tuned, float(midi_to_hz(pitch)), config.samplerate)
    edge = round(EDGE_S * config.samplerate)
    whole = aligned[edge:-edge]
    rms = float(np.sqrt(np.mean(whole**2)))
    return whole * (config.rms / rms), 1200 * float(np.log2(ratio)), rms
