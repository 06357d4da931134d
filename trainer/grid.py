"""The grid: every node of a mesh rendered to clips, as a dataset that the RNN is trained on.

It is a source of `trainer.sources.build`, which renders in parallel, goes on where it was stopped,
matches loudness and keeps the level each clip had. Variations of a node differ in their random
phases, where asked for by a little in their latents, and, where the mesh has pitches and clips are
locked to them, in pitch: they are spread over the semitone around the node's, so that the RNN hears
what it is to play between the GAN's notes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from smfosc.model_file import Parameter
from trainer.clips import write_parameters
from trainer.errors import TrainerError
from trainer.gusts import calmed
from trainer.harmonics import locked, noise_share
from trainer.latent.generator import SAMPLERATE, Opened, fingerprint, open_generator
from trainer.latent.mesh import Axis, Mesh, load, require_same_gan
from trainer.sources.build import BuildConfig, Progress, build
from trainer.sources.split import TRAIN, VALIDATION
from trainer.sources.takes import Clip, ClipFormat, Floats, Listing, Row, Take, Value
from trainer.sources.tuned import pitch_of
from trainer.tuning import midi_to_hz

GAN_SAMPLES = ClipFormat().frames  # what a generator makes of a latent
STEADY = 0.9  # share of frames within 50 cents of their median: a sound with a pitch
MOSTLY_NOISE = 0.7  # of the power: no tone, though a pitch was heard (wind at 80 Hz, say)


@dataclass(frozen=True)
class Steadiness:
    """What is taken off a GAN's sounds: see `GridConfig`."""

    between_db: float
    sway: float
    gusts: float


@dataclass(frozen=True)
class GridConfig:
    """What is rendered of a mesh."""

    variations: int = 2  # per node: the RNN must not learn one noise by heart
    jitter: float = 0.0  # of the latents from the second on, std relative to theirs; 0: phases only
    held_out: Literal["rows", "nodes"] = "rows"  # rows: the RNN is judged between those it knows
    held_out_share: float = 0.1  # of inner rows, or of nodes but for the corners
    # left out at either end, 32 ms: pictures are circular in time, and a GAN has learnt the click
    # where its recordings' ends met their starts (docs/representation.md)
    seam_samples: int = 512
    # harmonics in step with the mesh's pitch, else with one that is heard (trainer.harmonics): PGHI
    # lets them drift apart
    locked: bool = True
    # what lies between them is mostly of PGHI's making, for a window of 32 ms tells nothing there:
    # trumpinet's tones stood 22 dB above it, 37 in all now, the steadiest recordings 28 ... 34. The
    # most that is taken off: what is too loud for that stays (trainer.harmonics)
    between_db: float = -15.0
    # of how harmonics' levels sway. Trumpinet's GAN has them 14 dB below the levels themselves, its
    # corners' recordings some 25 (trumpet) and 31 or more (clarinet). Nothing foretells it: it is a
    # network's noise, and one that plays leaves it out. With a quarter of it left 90 to 92 % of
    # 143 pairs were of one class, with none 94 %, by the same RNN (trained on the quarter)
    sway: float = 0.0
    gusts: float = 0.25  # the same of how a noise's bands sway (trainer.gusts); 1: as drawn
    # of every clip, as far as its peak allows (BS.1770): within 1 LU of clarinet-trumpet's, and a
    # cosine series of MIDI 56, crest factor 8, has room
    loudness_lufs: float = -16.3
    processes: int = 2  # as the machine has cores: each holds a generator
    seed: int = 1  # of phases, jitter and drawn nodes

    @property
    def steadiness(self) -> Steadiness:
        """Its part that `in_step` needs."""
        return Steadiness(self.between_db, self.sway, self.gusts)


@dataclass(frozen=True)
class GridSource:
    """A mesh as a source of clips; plain values, for it is sent to the rendering processes."""

    gan: Path
    gan_sha256: str
    mesh: Path
    mesh_sha256: str
    config: GridConfig
    clip: ClipFormat

    @property
    def reads(self) -> Path:
        """The mesh."""
        return self.mesh

    def listing(self) -> Listing:
        """One take per node and variation, row by row."""
        mesh = _mesh(self.mesh, self.mesh_sha256)
        names = [axis.name for axis in mesh.ordered_axes()]
        config = self.config
        held = held_out_nodes(mesh, config.held_out, config.held_out_share, config.seed)
        takes = []
        for node, values in enumerate(mesh.parameters()):
            known: Row = {"split": VALIDATION if node in held else TRAIN}
            known |= zip(names, (round(float(v), 6) for v in values), strict=True)
            known["node"] = node
            takes += [
                Take(_name(mesh, node, k), f"node {node}", self._varied(known, k))
                for k in range(config.variations)
            ]
        return Listing(takes)

    def _varied(self, known: Row, variation: int) -> Row:
        """A node's columns, its pitch moved: variations divide the semitone around it."""
        if not self.config.locked or "pitch" not in known:
            return known
        semitones = (variation / self.config.variations + 0.5) % 1 - 0.5
        return known | {"pitch": round(float(known["pitch"]) + semitones, 6)}

    def render(self, take: Take) -> list[Clip]:
        """The node's sound in the take's variation."""
        config, mesh = self.config, _mesh(self.mesh, self.mesh_sha256)
        generator = _opened(self.gan, self.gan_sha256).generator
        node, variation = int(take.values["node"]), int(take.name.rsplit("_", 1)[1])
        draw = np.random.default_rng([config.seed, node, variation])
        latent = mesh.flat_latents[node]
        if variation:
            spread = config.jitter * np.linalg.norm(latent) / np.sqrt(len(latent))
            latent = latent + spread * draw.standard_normal(len(latent))
        pitches = None if mesh.flat_pitches is None else mesh.flat_pitches[[node]]
        phases = int(draw.integers(2**31))
        sound = generator.sounds(latent[None].astype(np.float32), pitches, seed=phases)
        whole = sound[0].astype(np.float64)
        if config.locked:
            pitch = None if pitches is None else float(pitches[0])
            wanted = take.values.get("pitch", pitch)
            whole = in_step(whole, pitch, wanted, config.steadiness)
        heard = whole[config.seam_samples : len(whole) - config.seam_samples]
        return [Clip(heard, {"variation": variation})]


def in_step(
    samples: Floats, pitch: float | None, wanted: Value | None, steadiness: Steadiness
) -> Floats:
    """The sound with its harmonics in step, at `wanted`; calmed where it is no steady tone.

    pitch: MIDI note it was asked for; None: whatever is heard.
    """
    asked = pitch is not None
    if pitch is None:
        pitch, share = pitch_of(samples, SAMPLERATE)
        if share < STEADY:
            return calmed(samples, SAMPLERATE, steadiness.gusts)
    notes = pitch, pitch if wanted is None else float(wanted)
    hz, wanted_hz = map(float, midi_to_hz(notes))
    if not asked and noise_share(samples, hz, SAMPLERATE) > MOSTLY_NOISE:
        return calmed(samples, SAMPLERATE, steadiness.gusts)
    between = 10 ** (steadiness.between_db / 20)
    return locked(samples, hz, SAMPLERATE, wanted_hz, between, steadiness.sway)


def source(config: GridConfig, mesh: Path, opened: Opened) -> GridSource:
    """The mesh's clips as configured. Raises TrainerError for a mesh of another GAN."""
    require_same_gan(mesh, load(mesh)[0], opened)
    if config.variations < 1:
        raise TrainerError(f"grid: {config.variations} variations, wanted 1 or more")
    frames = GAN_SAMPLES - 2 * config.seam_samples
    if not 0 <= config.seam_samples < GAN_SAMPLES // 4:
        raise TrainerError(
            f"grid: seam_samples {config.seam_samples}, wanted 0 to {GAN_SAMPLES // 4 - 1}"
        )
    return GridSource(
        gan=opened.path,
        gan_sha256=opened.sha256,
        mesh=mesh,
        mesh_sha256=fingerprint(mesh),
        config=replace(config, processes=1),  # how many render it changes nothing
        clip=ClipFormat(frames=frames, lufs=config.loudness_lufs),
    )


def run(config: GridConfig, mesh: Path, opened: Opened, out: Path) -> Iterator[Progress]:
    """Make or complete the dataset `out`. Raises TrainerError."""
    clips = source(config, mesh, opened)
    axes = _mesh(mesh, clips.mesh_sha256).ordered_axes()
    write_parameters(out, [_parameter(axis) for axis in axes])
    yield from build(clips, out, BuildConfig(processes=config.processes))


def _parameter(axis: Axis) -> Parameter:
    middle = round((axis.minimum + axis.maximum) / 2) if axis.unit else 0.5
    return Parameter(axis.name, axis.unit, axis.minimum, axis.maximum, middle, axis.description)


def held_out_nodes(mesh: Mesh, kind: str, share: float, seed: int) -> set[int]:
    """Node numbers for validation; never a corner's, and one row or node at least if share > 0.

    Rows are spread evenly over the inner ones; nodes are drawn.
    """
    if share <= 0:
        return set()
    lattice = mesh.lattice
    if kind == "rows":
        return _inner_rows(lattice.numbers, share)
    among = np.setdiff1d(lattice.numbers.ravel(), lattice.corners)
    count = min(len(among), max(1, round(share * len(among))))
    return set(map(int, np.random.default_rng(seed).choice(among, count, replace=False)))


def _inner_rows(numbers: NDArray[np.intp], share: float) -> set[int]:
    inner = len(numbers) - 2
    if inner < 1:
        return set()
    count = min(inner, max(1, round(share * inner)))
    rows = 1 + np.floor((np.arange(count) + 0.5) * inner / count).astype(int)
    return set(map(int, numbers[rows].ravel()))


def _name(mesh: Mesh, node: int, variation: int) -> str:
    """r07c12_0: row 7, column 12, variation 0."""
    place = np.unravel_index(node, mesh.lattice.shape)
    letters = "rcdefghij"
    return "".join(f"{letters[k]}{int(i):02d}" for k, i in enumerate(place)) + f"_{variation}"


@lru_cache(maxsize=1)
def _mesh(path: Path, sha256: str) -> Mesh:
    """The mesh, once per process; sha256: of the file, so that another one is read anew."""
    return load(path)[0]


@lru_cache(maxsize=1)
def _opened(path: Path, sha256: str) -> Opened:
    """The generator, once per process, on one thread: the processes share the cores."""
    import torch

    torch.set_num_threads(1)
    return open_generator(path)
