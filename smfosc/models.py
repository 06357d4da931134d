"""Models ready to play: read from the model folders, packed once, shared by all voices.

Loading takes a while (some 0.1-1 s): loader thread. `names` and `info` read files too.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from smfosc import _core, library
from smfosc.model_file import (
    GruWeights,
    ModelInfo,
    NotCanonical,
    mulaw_table,
    read_info,
    read_model,
)
from smfosc.voices import LoadedModel

DEFAULT_PRECISION = "int8"  # 0.001 nats from float32 and four times as fast

Stamp = tuple[Path, int, int]  # file, its time of change, its size


def kernel_of(
    weights: GruWeights, *, precision: str = DEFAULT_PRECISION, isa: str = ""
) -> _core.Kernel:
    """Weights packed for the native kernel. isa: one of `_core`'s; empty: the best one here."""
    return _core.Kernel(
        [(layer.w_ih, layer.w_hh, layer.b_ih, layer.b_hh) for layer in weights.layers],
        weights.out_weight,
        weights.out_bias,
        mulaw_table(len(weights.out_bias)),
        precision=precision,
        isa=isa,
    )


class Models:
    """Loads models by name. precision: float32, bfloat16 or int8.

    A file that has changed since is loaded anew; voices that play the old one keep it.
    """

    def __init__(self, precision: str = DEFAULT_PRECISION) -> None:
        self.precision = precision
        self.engines: dict[str, str] = {}  # by model: native, onnx or onnx-cuda; none: what fits
        self._given: dict[str, Path] = {}
        self.precisions: dict[str, str] = {}  # by model, where it is not that of all
        self._loaded: dict[tuple[Stamp, str, str], LoadedModel] = {}  # by name and precision too
        self._played: dict[str, Stamp] = {}  # what each name was when it was loaded
        self._lock = threading.Lock()

    def give(self, path: Path, name: str = "") -> str:
        """Make a file that the user named playable; the name that it got, its own without one.

        Raises ModelFileError.
        """
        name = name or read_info(path).name
        self._given[name] = path
        return name

    def names(self) -> list[str]:
        """Names of all models in the model folders, and of those that were given."""
        return sorted({*library.available(), *self._given})

    def info(self, name: str) -> ModelInfo:
        """What a model file says. Raises LibraryError, ModelFileError."""
        return self._called(read_info(self._path(name)), name)

    def _called(self, info: ModelInfo, name: str) -> ModelInfo:
        """By the name that it was given, where that is not its own."""
        return replace(info, name=name) if name in self._given and info.name != name else info

    def precision_of(self, name: str) -> str:
        """Of the weights that `load` packs."""
        return self.precisions.get(name) or self.precision

    def load(self, name: str) -> LoadedModel:
        """A model ready to play. Raises LibraryError, ModelFileError."""
        path = self._path(name)
        stamp = self._stamp(path)
        with self._lock:  # two voices that start together share one kernel
            key = stamp, name, self.precision_of(name)
            if key not in self._loaded:
                model = self._read(path, name)
                self._loaded = {k: m for k, m in self._loaded.items() if k[1] != name}
                self._loaded[key] = model
            self._played[name] = stamp
            return self._loaded[key]

    def files(self) -> dict[str, tuple[Stamp, Stamp]]:
        """Of each model that was loaded: its file as it was then, and as it is now. Any thread.

        A file that is gone is left out: what was read of it is played on.
        """
        found = {}
        for name, stamp in list(self._played.items()):
            with suppress(OSError, library.LibraryError):
                found[name] = stamp, self._stamp(self._path(name))
        return found

    def _stamp(self, path: Path) -> Stamp:
        status = path.stat()
        return path, status.st_mtime_ns, status.st_size

    def _read(self, path: Path, name: str) -> LoadedModel:
        """The model, for the engine that is asked for, or by the first that can play it."""
        engine = self.engines.get(name, "")
        if engine in ("", "native"):
            try:
                model = read_model(path)
                kernel = kernel_of(model.weights, precision=self.precision_of(name))
                return LoadedModel(self._called(model.info, name), kernel)
            except NotCanonical:
                if engine == "native":
                    raise
        from smfosc import onnx_engine  # only where a model needs it

        device = "cuda" if engine == "onnx-cuda" else "cpu"
        return onnx_engine.load(path, device, called=lambda info: self._called(info, name))

    def _path(self, name: str) -> Path:
        return self._given.get(name) or library.find(name)
