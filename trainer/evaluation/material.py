"""What a run has to be measured by, and the sounds its model plays, made once for all measures."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from smfosc.model_file import (
    ModelFileError,
    ModelInfo,
    Parameter,
    mulaw_decode,
    mulaw_position,
    read_model,
)
from trainer.audition import in_units
from trainer.clips import read_metadata
from trainer.errors import TrainerError
from trainer.evaluate import Performance, Player
from trainer.evaluation.config import RunEvaluationConfig
from trainer.grid import Steadiness, in_step
from trainer.hearing import Setting
from trainer.latent.generator import Opened, Pitches, fingerprint, open_generator
from trainer.latent.generator import sounds as gan_sounds
from trainer.latent.mesh import Mesh, load, require_same_gan
from trainer.players import DaemonPlayer
from trainer.stage import read_record
from trainer.volume import audible

Floats = NDArray[np.float32]
Points = NDArray[np.float64]

CLIP = 16_384  # samples: a clip of the GAN's
SILENT = 1e-9  # RMS; nothing there to be brought to a level


class Absent(Exception):  # noqa: N818  a finding about the run, nothing failed
    """A measure that this run has no material for; its text is the reason."""


@dataclass(frozen=True)
class Material:
    """Where a run keeps what; None: it has no such thing."""

    model: Path
    learned: Path | None = None  # what the RNN was trained on: grid, or dataset
    dataset: Path | None = None  # the recordings
    gan: Path | None = None
    mesh: Path | None = None
    checkpoint: Path | None = None
    answers: Path | None = None  # of listeners, to this very mesh


def material(run: Path) -> Material:
    """What lies in a run's folder, or in that of the run whose grid it took (a light model's).

    Raises TrainerError where no model was exported.
    """
    model = _one(run / "export", "*.onnx")
    if model is None:
        raise TrainerError(
            f"evaluate: {run}: no export/*.onnx; finish the run with `smf-train run` first"
        )
    origin = _origin(run)
    dataset, grid = (_folder(origin / name) for name in ("dataset", "grid"))
    mesh = _one(origin / "mesh", "mesh.npz")
    return Material(
        model=model,
        learned=grid or dataset,
        dataset=dataset,
        gan=_one(origin / "gan", "generator.pt"),
        mesh=mesh,
        checkpoint=_one(run / "rnn", "best.pt"),
        answers=None if mesh is None else answers_file(run, mesh),
    )


def _origin(run: Path) -> Path:
    """The run in which the clips of a run's dataset lie: itself, unless it took them."""
    dataset = _folder(run / "dataset")
    rows = [] if dataset is None else read_metadata(dataset)
    if dataset is None or not rows:
        return run
    clip = (dataset / rows[0]["file_name"]).resolve()
    if clip.is_relative_to(dataset.resolve()):
        return run
    return next(
        (p.parent for p in clip.parents if p.name in ("grid", "dataset") and _folder(p)), run
    )


def answers_file(run: Path, mesh: Path) -> Path:
    """Where a run keeps its listeners' answers: another mesh, another file."""
    return run / "listening" / f"answers-{fingerprint(mesh)[:12]}.jsonl"


def _one(folder: Path, pattern: str) -> Path | None:
    return next(iter(sorted(folder.glob(pattern))), None)


def _folder(path: Path) -> Path | None:
    return path if (path / "metadata.csv").is_file() else None


class Studio:
    """A run's sounds. N points in the parameters' range, P parameters, in units."""

    def __init__(
        self, held: Material, config: RunEvaluationConfig, player: Player | None = None
    ) -> None:
        self.material, self.config = held, config
        self.player = player or DaemonPlayer(held.model.absolute())
        self.samplerate = self.player.samplerate

    @cached_property
    def info(self) -> ModelInfo:
        """What the model file tells. Raises TrainerError."""
        try:
            return read_model(self.material.model).info
        except ModelFileError as error:
            raise TrainerError(f"evaluate: {error}") from None

    @property
    def ranges(self) -> tuple[Parameter, ...]:
        """The model's own parameters. Raises TrainerError."""
        return self.info.parameters

    @property
    def told_lufs(self) -> float:
        """The loudness at the defaults that the model file tells. Raises TrainerError."""
        return self.info.loudness_lufs

    @property
    def names(self) -> list[str]:
        """Of the parameters."""
        return [parameter.name for parameter in self.ranges]

    @cached_property
    def points(self) -> Points:
        """`pairs` points (N, P), even over the mesh's nodes or the data's rows; few are repeated.

        Raises Absent for a lone model file.
        """
        known = self._node_points() if self.material.mesh else self._row_points()
        return known[self.places]

    @cached_property
    def places(self) -> NDArray[np.intp]:
        """(N,) which node, or row, each point is."""
        known = self.mesh.lattice.numbers.size if self.material.mesh else len(self._row_points())
        return spread(known, self.config.pairs)

    def _node_points(self) -> Points:
        order = [axis.name for axis in self.mesh.ordered_axes()]
        missing = [name for name in self.names if name not in order]
        if missing:
            raise Absent(f"the mesh has no parameter {missing[0]!r}, which the model has")
        return self.mesh.parameters()[:, [order.index(name) for name in self.names]]

    def _row_points(self) -> Points:
        rows = read_metadata(self.require("learned", "a dataset that it was trained on"))
        try:
            values = np.array([[float(row[name]) for name in self.names] for row in rows])
        except (KeyError, ValueError):
            raise Absent(f"its clips do not all tell their {' and '.join(self.names)}") from None
        return np.unique(values, axis=0)

    def require(self, name: str, what: str) -> Path:
        """One of the material's paths. Raises Absent."""
        path: Path | None = getattr(self.material, name)
        if path is None:
            raise Absent(f"this run has no {what}")
        return path

    @cached_property
    def mesh(self) -> Mesh:
        """Raises Absent."""
        path = self.require("mesh", "mesh")
        mesh = load(path)[0]
        require_same_gan(path, mesh, self.generator)
        return mesh

    @cached_property
    def generator(self) -> Opened:
        """Raises Absent."""
        return open_generator(self.require("gan", "GAN"))

    @cached_property
    def played(self) -> Floats:
        """The model's sounds (N, CLIP) at `points`, settled, the seed another for each."""
        return self.played_by(1)

    def played_by(self, first_seed: int) -> Floats:
        """The same, by the seeds from that one on."""
        seconds = self.config.settle_s + CLIP / self.samplerate
        held = [
            held_at(p, self.names, seconds, seed) for seed, p in enumerate(self.points, first_seed)
        ]
        return np.stack([self.settled(sound)[:CLIP] for sound in self.player.play(held)])

    def settled(self, sound: Floats) -> Floats:
        """Without its beginning."""
        return sound[round(self.config.settle_s * self.samplerate) :]

    def drawn(self, seed: int) -> Floats:
        """The GAN's sounds (N, CLIP) at the same places, their harmonics in step where the grid's
        are. seed: of their phases. Raises Absent.
        """
        mesh = self.mesh
        pitches = None if mesh.flat_pitches is None else mesh.flat_pitches[self.places]
        latents = mesh.flat_latents[self.places]
        made = gan_sounds(self.generator.generator, latents, pitches, seed=seed)
        return self.as_the_grid(made, pitches)

    def as_the_grid(self, sounds: Floats, pitches: Pitches | None) -> Floats:
        """The GAN's sounds (N, CLIP), at these notes, as the grid has them."""
        if self.locking is None:
            return sounds
        asked = [None] * len(sounds) if pitches is None else list(map(float, pitches))
        told = zip(sounds.astype(np.float64), asked, strict=True)
        return np.stack([in_step(one, p, p, self.locking) for one, p in told]).astype(np.float32)

    @cached_property
    def locking(self) -> Steadiness | None:
        """What the grid takes off the GAN's sounds; None where they were left as drawn."""
        learned = self.material.learned
        record = None if learned is None else read_record(learned)
        if record is None or record.stage != "grid" or not record.config.get("locked"):
            return None
        config = record.config
        sway, gusts = (float(config.get(name, 1.0)) for name in ("sway", "gusts"))
        return Steadiness(float(config["between_db"]), sway, gusts)

    def coded(self, sounds: Floats) -> Floats:
        """(N, T) at the model's loudness, as its mu-law codes have them, rounded up or down by
        chance as in training: what it is told of them, and all that it could play.
        """
        wanted = float(np.sqrt(np.mean(self.played.astype(np.float64) ** 2)))
        own = np.sqrt(np.mean(sounds.astype(np.float64) ** 2, axis=1, keepdims=True))
        level = np.clip(sounds * (wanted / np.maximum(own, SILENT)), -1, 1)
        chance = np.random.default_rng(self.config.seed).random(level.shape, dtype=np.float32)
        codes = np.floor(mulaw_position(level, self.info.levels) + chance).astype(np.int16)
        return mulaw_decode(codes, self.info.levels).astype(np.float32)

    def middle(self) -> Points:
        """Half-way in every parameter, (P,)."""
        return in_units(audible(np.full(len(self.ranges), 0.5), self.ranges), self.ranges)

    def distances(self) -> dict[str, dict[str, dict[str, float]]]:
        """mesh.json's measures. Raises Absent."""
        path = self.require("mesh", "mesh").with_name("mesh.json")
        try:
            held: dict[str, dict[str, dict[str, float]]] = json.loads(path.read_text())["measures"]
        except (OSError, ValueError, KeyError):
            raise Absent(f"{path.name} with the mesh's measures is not there") from None
        return held


def held_at(
    point: Sequence[float] | Points, names: list[str], seconds: float, seed: int
) -> Performance:
    """A point held from a reset on."""
    values = tuple((name, float(v)) for name, v in zip(names, point, strict=True))
    return Performance((Setting(0.0, values),), seconds, seed)


def moved_along(path: Points, names: list[str], seconds: float, seed: int) -> Performance:
    """A performance that takes the points (K, P) one after the other, evenly in time."""
    turns = tuple(
        Setting(k * seconds / len(path), tuple(zip(names, map(float, point), strict=True)))
        for k, point in enumerate(path)
    )
    return Performance(turns, seconds, seed)


def spread(known: int, wanted: int) -> NDArray[np.intp]:
    """`wanted` of the numbers 0 ... known - 1, evenly; each as often as any other, or once more."""
    return np.sort(
        np.arange(wanted) * known // wanted if wanted <= known else np.arange(wanted) % known
    ).astype(np.intp)
