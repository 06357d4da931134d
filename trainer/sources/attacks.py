"""Notes from their attack to their release, clarinet to trumpet, with the volume as a track.

Each clip: silence, one note of a SoundFont, its release, silence. Notes are tuned, and the levels
of one pitch and timbre keep their distances, the loudest being as loud everywhere (BS.1770).
Timbres between the two are both notes struck at once, the levels of their partials mixed
(trainer.blend).
Three kinds of takes: steady, of velocities from soft to loud; swells, from one velocity to another
and back or not; slurs, where pitch and timbre jump within the note and nothing is struck anew.
"""

import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import soxr

from smfosc.model_file import Parameter
from trainer.blend import blended
from trainer.errors import TrainerError
from trainer.loudness import lufs
from trainer.partials import align_phases
from trainer.soundfont import SOUNDFONT, Note, SoundFont
from trainer.sources.takes import Clip, ClipFormat, Floats, Listing, Row, SkipError, Take
from trainer.tuning import midi_to_hz
from trainer.volume import parameter as volume_parameter
from trainer.volume import track
from trainer.yin import YinConfig, yin

Tone = tuple[float, float]  # pitch, timbre
Turn = tuple[int, Tone]  # the sample from which on a note has the tone

KINDS = ("steady", "swell", "slur")
TUNING = YinConfig(window_s=0.05, hop_s=0.02)
FADE_S = 0.001  # before the onset, where aligned phases ring
SLUR_S = 0.004  # of a slur's crossing: a period of the lowest note
FIRST_SLUR_S = 0.2  # from the onset: attacks last up to 130 ms
NEAR = 1.0  # semitones
RELEASE_S = 0.35  # rendered behind the key's release; FluidR3's winds die away in less


@dataclass(frozen=True)
class AttacksConfig:
    """What is rendered, and why so."""

    soundfont: Path = SOUNDFONT  # Debian's, under MIT
    lowest: float = 64.0  # MIDI notes, as clarinet-trumpet.onnx
    highest: float = 76.0  # included
    pitch_step: float = 0.5  # the RNN fills in quarters by itself, as it does in clarinet-trumpet
    programs: tuple[int, int] = (71, 56)  # clarinet: 40-60 ms to its level; trumpet: 10-20 ms
    # 0 the first program ... 1 the second. With 0.5 alone between them an RNN played noise at 0.8
    timbres: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)
    steady: int = 4  # takes of each pitch and timbre, evenly spread in dB, the last the loudest
    swells: int = 2  # of each pitch and timbre, from one velocity to another
    # of each, where pitch and timbre jump within the note. A network that hears them change with
    # the clip alone, out of silence, goes by what it has played: see docs/training.md
    slurs: int = 8
    slur_s: tuple[float, float] = (0.04, 0.16)  # from one jump to the next
    slurred_s: tuple[float, float] = (0.85, 1.05)  # from a slurred note's onset to its release
    softest: int = 24  # velocity: 29 dB below the loudest
    loudest: int = 127  # velocity
    silence_s: tuple[float, float] = (0.03, 0.15)  # before the onset
    note_s: tuple[float, float] = (0.5, 0.95)  # from onset to release
    # of the loudest notes behind their attack, as of other models: of one RMS instead, they were
    # -15.7 ... -14.0, MIDI 73 of the clarinet the loudest
    loudness_lufs: float = -15.6
    seed: int = 1  # of velocities, lengths and courses


@dataclass(frozen=True)
class Attacks:
    """The source; see the module. Clips last as long as 97 windows of 256 samples."""

    config: AttacksConfig = AttacksConfig()
    clip: ClipFormat = field(default_factory=lambda: ClipFormat(frames=97 * 256))

    @property
    def reads(self) -> Path:
        """The SoundFont."""
        return self.config.soundfont

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What an RNN is told."""
        low, high = self.config.lowest, self.config.highest
        middle = float(round((low + high) / 2))
        return (
            Parameter("pitch", "MIDI note", low, high, middle, "Pitch; fractions are in tune."),
            Parameter("timbre", "", 0.0, 1.0, 0.0, "0 clarinet ... 1 trumpet."),
            volume_parameter(),
        )

    def listing(self) -> Listing:
        """Every pitch, timbre and take. Raises TrainerError where there is no SoundFont."""
        _font(self.config.soundfont, self.clip.samplerate)
        takes = []
        for pitch in self._pitches():
            for timbre in self.config.timbres:
                takes += [
                    self._take(pitch, timbre, kind, k)
                    for kind, count in zip(KINDS, self._counts(), strict=True)
                    for k in range(count)
                ]
        return Listing(takes)

    def _pitches(self) -> list[float]:
        config = self.config
        count = round((config.highest - config.lowest) / config.pitch_step) + 1
        return [float(p) for p in np.linspace(config.lowest, config.highest, count)]

    def _counts(self) -> tuple[int, int, int]:
        return self.config.steady, self.config.swells, self.config.slurs

    def _take(self, pitch: float, timbre: float, kind: str, number: int) -> Take:
        name = f"pitch{pitch:05.2f}_timbre{timbre:.2f}_{kind}{number}"
        values: Row = {"pitch": pitch, "timbre": timbre, "kind": kind, "take": number}
        return Take(name, name, values)

    def render(self, take: Take) -> list[Clip]:
        """The take's clip with its tracks. Raises SkipError, TrainerError."""
        draw = np.random.default_rng([self.config.seed, zlib.crc32(take.name.encode())])
        rate, pitch = self.clip.samplerate, float(take.values["pitch"])
        timbre, kind = float(take.values["timbre"]), str(take.values["kind"])
        lengths = self.config.slurred_s if kind == "slur" else self.config.note_s
        silence, held = (
            round(float(draw.uniform(*span)) * rate) for span in (self.config.silence_s, lengths)
        )
        velocities = self._velocities(kind, int(take.values["take"]), draw)
        notes = [self._note(pitch, timbre, velocity, held) for velocity in velocities]
        note, turns = notes[0], [(0, (pitch, timbre))]
        if kind == "swell":
            note = _swell(notes[0], notes[1], held, up=bool(draw.integers(2)))
        if kind == "slur":
            note, turns = self._slur(note, turns[0], velocities[0], held, draw)
        samples = self._placed(note, silence)
        full, pitches, timbres = (self._held(each, silence) for each in self._courses(turns, held))
        volume = track(samples, silence, silence + held, full, rate)
        tracks = {"volume": volume}
        if kind == "slur":
            low, high = self.config.lowest, self.config.highest
            tracks |= {"pitch": (pitches - low) / (high - low), "timbre": timbres}
        sounding = volume[volume > 0]
        middle = round(float(np.median(sounding)), 3) if len(sounding) else 0.0
        values: Row = {"velocity": velocities[0], "volume": middle}
        values |= {"onset": silence, "release": silence + held}
        return [Clip(samples, values, tracks, levelled=True)]

    def _velocities(self, kind: str, number: int, draw: np.random.Generator) -> list[int]:
        """One, or a swell's two. Level goes with 40 log10(velocity): even in its logarithm.

        The last steady one and the last slur are the loudest: of hardly any of volume 1, the
        default, an RNN was 1.5 dB too soft there.
        """
        low, high = np.log(self.config.softest), np.log(self.config.loudest)
        count = max(1, dict(zip(KINDS, self._counts(), strict=True))[kind])
        share = (number + draw.random()) / count
        if kind != "swell" and number == count - 1:
            share = 1.0
        first = round(float(np.exp(low + share * (high - low))))
        if kind != "swell":
            return [first]
        other = share + (0.5 if share < 0.5 else -0.5)
        return [first, round(float(np.exp(low + other * (high - low))))]

    def _note(self, pitch: float, timbre: float, velocity: int, held: int) -> Floats:
        """A note from its onset on, tuned, its level in relation to the loudest's."""
        return self._unscaled(pitch, timbre, velocity, held) * _full(self, pitch, timbre)

    def _unscaled(self, pitch: float, timbre: float, velocity: int, held: int) -> Floats:
        """The same where the loudest note has an RMS of 1."""
        if timbre in (0.0, 1.0):
            return self._played(self.config.programs[round(timbre)], pitch, velocity, held)
        first, second = (
            self._played(program, pitch, velocity, held) for program in self.config.programs
        )
        note = blended(first, second, timbre, float(midi_to_hz(pitch)), self.clip.samplerate)
        return _levelled(note, first, second, timbre, held)

    def _played(self, program: int, pitch: float, velocity: int, held: int) -> Floats:
        """One instrument's."""
        where = (self.config.soundfont, self.clip.samplerate, program, pitch)
        loudest = _full_rms(*where, self.config.loudest)
        return _tuned(*where, velocity, held) / loudest

    def _courses(self, turns: list[Turn], held: int) -> Floats:
        """What is full volume, as RMS, the pitch and the timbre at each sample, (3, held)."""
        starts = [start for start, _ in turns]
        each = np.array([(_full(self, *tone), *tone) for _, tone in turns]).T
        return each[:, np.searchsorted(starts, np.arange(held), side="right") - 1]

    def _slur(
        self, note: Floats, first: Turn, velocity: int, held: int, draw: np.random.Generator
    ) -> tuple[Floats, list[Turn]]:
        """The note going over to other tones' sustains again and again, and where it does."""
        turns, width = [first], round(SLUR_S * self.clip.samplerate)
        for at in self._turns(held, draw):
            tone = self._other(turns[-1][1], draw)
            second = self._note(*tone, velocity, held)
            length = min(len(note), len(second))
            share = np.clip((np.arange(length) - at) / width, 0, 1)
            note = (1 - share) * note[:length] + share * second[:length]
            turns.append((at, tone))
        return note, turns

    def _turns(self, held: int, draw: np.random.Generator) -> list[int]:
        """Where the tone jumps, samples from the onset: behind the attack, before the release."""
        rate, config = self.clip.samplerate, self.config
        at, turns = round(FIRST_SLUR_S * rate), []
        while at < held - round(config.slur_s[0] * rate):
            turns.append(at)
            at += round(float(draw.uniform(*config.slur_s)) * rate)
        return turns

    def _other(self, tone: Tone, draw: np.random.Generator) -> Tone:
        """Another pitch, every second one at most NEAR away: the error of a free run; as often the
        same timbre as any.
        """
        pitch, timbre = tone
        others = [p for p in self._pitches() if p != pitch] or [pitch]
        near = [p for p in others if abs(p - pitch) <= NEAR] or others
        kept = (timbre,) if draw.integers(2) else self.config.timbres
        return float(draw.choice(near if draw.integers(2) else others)), float(draw.choice(kept))

    def _placed(self, note: Floats, silence: int) -> Floats:
        """The note behind so much silence, in a clip's length, faded out at its end."""
        whole = np.zeros(self.clip.frames)
        end = min(self.clip.frames, silence + len(note))
        whole[silence:end] = note[: end - silence]
        fade = round(0.02 * self.clip.samplerate)
        whole[end - fade : end] *= np.linspace(1, 0, fade)
        peak = float(np.abs(whole).max())
        if peak > self.clip.peak:
            raise SkipError("its attack passes full scale")
        return whole

    def _held(self, values: Floats, silence: int) -> Floats:
        """A note's course placed as `_placed`, its ends going on."""
        return np.pad(values, (silence, self.clip.frames), mode="edge")[: self.clip.frames]


def _levelled(note: Floats, first: Floats, second: Floats, share: float, held: int) -> Floats:
    """The note (T,) at the level that lies between two others' in dB."""
    sustain = slice(held // 3, held)
    low, high, own = (_rms(each[sustain]) for each in (first, second, note))
    return np.asarray(note * (low ** (1 - share) * high**share / own))


def _swell(first: Floats, second: Floats, held: int, *, up: bool) -> Floats:
    """From one velocity's note to the other's, evenly in dB; and back, if not `up`.

    Both come from one sample of the SoundFont through its low-pass, so that their waves add.
    """
    length = min(len(first), len(second))
    place = np.clip((np.arange(length) / held - 0.2) / 0.7, 0, 1)
    turn = 0.5 - 0.5 * np.cos(np.pi * (place if up else 1 - np.abs(2 * place - 1)))
    sustain = slice(held // 3, held)
    low, high = _rms(first[sustain]), _rms(second[sustain])
    # a linear share would be at the louder's level, but for a few dB, from the beginning on
    share = turn if low == high else (low * (high / low) ** turn - low) / (high - low)
    return np.asarray((1 - share) * first[:length] + share * second[:length])


def _rms(samples: Floats) -> float:
    return float(np.sqrt(np.mean(samples**2)))


@lru_cache(maxsize=256)
def _full(source: Attacks, pitch: float, timbre: float) -> float:
    """What an RMS of 1 becomes, for the loudest note there to be as loud as asked."""
    held = source.clip.samplerate
    note = source._unscaled(pitch, timbre, source.config.loudest, held)[held // 3 : held]
    return float(10 ** ((source.config.loudness_lufs - lufs(note, held)) / 20))


@lru_cache(maxsize=64)
def _tuned(
    path: Path, samplerate: int, program: int, pitch: float, velocity: int, held: int
) -> Floats:
    """A note (T,) from its onset, in tune to a cent, its partials' phases aligned."""
    ratio, key = _ratio(path, samplerate, program, pitch), round(pitch)
    seconds = held / samplerate
    note = Note(program, key, pitch - key, velocity, 0.0, (seconds + RELEASE_S) * ratio)
    raw = _font(path, samplerate).play(note, seconds * ratio)
    if not np.any(raw):
        raise SkipError("silent: the SoundFont has nothing there")
    tuned = soxr.resample(raw, samplerate, samplerate * ratio, quality="VHQ")
    lead = round(0.02 * samplerate)
    aligned = align_phases(np.pad(tuned, (lead, lead)), float(midi_to_hz(pitch)), samplerate)
    fade = round(FADE_S * samplerate)
    aligned[lead : lead + fade] *= np.linspace(0, 1, fade)
    return aligned[lead:-lead]


@lru_cache(maxsize=256)
def _ratio(path: Path, samplerate: int, program: int, pitch: float) -> float:
    """How much too high the SoundFont plays this pitch, as YIN hears its sustain."""
    key = round(pitch)
    note = Note(program, key, pitch - key, 127, 0.4, 1.0)
    raw = _font(path, samplerate).render(note)
    if not np.any(raw):
        raise TrainerError(f"rendering: program {program}, key {key}: silence; {path} lacks it")
    return float(np.median(yin(raw, samplerate, TUNING))) / float(midi_to_hz(pitch))


@lru_cache(maxsize=256)
def _full_rms(path: Path, samplerate: int, program: int, pitch: float, velocity: int) -> float:
    """RMS of the loudest note behind its attack."""
    key = round(pitch)
    sound = _font(path, samplerate).render(Note(program, key, pitch - key, velocity, 0.4, 0.6))
    return _rms(sound)


@lru_cache(maxsize=1)
def _font(path: Path, samplerate: int) -> SoundFont:
    """One SoundFont per process: opening FluidR3 reads 140 MB."""
    return SoundFont(path, samplerate=samplerate, exact=True)
