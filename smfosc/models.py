"""Models ready to play: read from the model folders, packed once, shared by all voices.

Loading takes a while (some 0.1-1 s): loader thread. `names` and `info` read files too.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

from smfosc import _core, library
from smfosc.model_file import (
    ModelInfo,
    NotCanonical,
    SoundModel,
    mulaw_table,
    read_info,
    read_model,
)
from smfosc.voices import LoadedModel

DEFAULT_PRECISION = "int8"  # 0.001 nats from float32 and four times as fast

Stamp = tuple[Path, int, int]  # file, its time of change, its size


class Models:
    """Loads models by name. precision: float32, bfloat16 or int8.

    A file that has changed since is loaded anew; voices that play the old one keep it.
    """

    def __init__(self, precision: str = DEFAULT_PRECISION) -> None:
        self.precision = precision
        self.engines: dict[str, str] = {}  # by model: native, onnx or onnx-cuda; none: what fits
        self._given: dict[str, Path] = {}
        self._loaded: dict[Stamp, LoadedModel] = {}
        self._played: dict[str, Stamp] = {}  # what each name was when it was loaded
        self._lock = threading.Lock()

    def give(self, path: Path) -> str:
        """Make a file that the command line named playable; the name that it got: its own."""
        name = read_info(path).name
        self._given[name] = path
        return name

    def names(self) -> list[str]:
        """Names of all models in the model folders, and of those that were given."""
        return sorted({*library.available(), *self._given})

    def info(self, name: str) -> ModelInfo:
        """What a model file says. Raises LibraryError, ModelFileError."""
        return read_info(self._path(name))

    def load(self, name: str) -> LoadedModel:
        """A model ready to play. Raises LibraryError, ModelFileError."""
        path = self._path(name)
        stamp = self._stamp(path)
        with self._lock:  # two voices that start together share one kernel
            if stamp not in self._loaded:
                model = self._read(path, self.engines.get(name, ""))
                self._loaded = {s: m for s, m in self._loaded.items() if s[0] != path}
                self._loaded[stamp] = model
            self._played[name] = stamp
            return self._loaded[stamp]

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

    def _read(self, path: Path, engine: str) -> LoadedModel:
        """The model, for the engine that is asked for, or by the first that can play it."""
        if engine in ("", "native"):
            try:
                model = read_model(path)
                return LoadedModel(model.info, self._kernel(model))
            except NotCanonical:
                if engine == "native":
                    raise
        from smfosc import onnx_engine  # only where a model needs it

        return onnx_engine.load(path, "cuda" if engine == "onnx-cuda" else "cpu")

    def _path(self, name: str) -> Path:
        return self._given.get(name) or library.find(name)

    def _kernel(self, model: SoundModel) -> _core.Kernel:
        weights = model.weights
        return _core.Kernel(
            [(layer.w_ih, layer.w_hh, layer.b_ih, layer.b_hh) for layer in weights.layers],
            weights.out_weight,
            weights.out_bias,
            mulaw_table(model.info.levels),
            precision=self.precision,
        )
